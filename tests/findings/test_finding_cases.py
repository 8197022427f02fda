"""Recall and false alarms of the rules on lists of statements, and texts of any form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.command_layers import parse_layers
from replay_tui.findings.findings import find_findings
from tests.support.effort import sampled
from tests.support.finding_cases import FOLDER, case_files, findings_of, read_cases

pytestmark = pytest.mark.slow

MIN_RECALL, MAX_FALSE_ALARMS = 0.9, 0.03
SHELL = Session.parse({})
DANGEROUS = "rm -rf /srv/data"
WRAPPERS = ("sudo", "env X=1", "nohup", "nice -n 5", "timeout 5", "command", "sudo -u root", "xargs", "setsid", "time")
QUOTED = ("sh -c '{}'", 'bash -lc "{}"', "eval '{}'", "ssh host '{}'", "su - app -c '{}'", "docker exec app sh -c '{}'")
AROUND = ("{}", "ls; {}", "true && {}", "if true; then {}; fi", "( {} )", "x=$({})", "{} > /dev/null 2>&1 &", "ls | {}")


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.name)
def test_rules_meet_recall_and_false_alarms(path: Path, tmp_path: Path) -> None:
    cases = read_cases(path)
    found = findings_of(path.name.split(".")[0], cases, tmp_path)
    bad = [hits for case, hits in zip(cases, found, strict=True) if case.bad]
    good = [hits for case, hits in zip(cases, found, strict=True) if not case.bad]
    alarms = [hits for hits in good if any(one.severity is not Severity.LOW and not one.informational for one in hits)]
    assert sum(bool(hits) for hits in bad) >= MIN_RECALL * len(bad)
    assert len(alarms) <= MAX_FALSE_ALARMS * len(good)


@given(
    st.lists(st.sampled_from(WRAPPERS), max_size=4),
    st.lists(st.sampled_from(QUOTED), max_size=1),
    st.sampled_from(AROUND),
)
def test_removal_behind_layers_is_found(wrappers: list[str], quoted: list[str], around: str) -> None:
    text = " ".join([*wrappers, DANGEROUS])
    for form in quoted:
        text = form.format(text)
    assert "shell-remove" in names(around.format(text))


LAYERS = (
    "/usr/bin/{}", "sudo -u root -- {}", "env A=b {}", "timeout 5 {}", "nohup {} &", "{} >/dev/null 2>&1", "{} || true",
    "({})", "if true; then {}; fi", "x=$({})", "bash -c '{}'", "ssh h '{}'", "su - bob -c '{}'", "ls\n{}",
    "kubectl exec -it p -- sh -c '{}'",
)  # fmt: skip
"""Forms in which a command is run with the same effect."""
BUILT_IN = re.compile(
    r"(?:for|while|if|until|case|export|unset|set|history|trap|exec|eval|source|fc|shopt|cd|alias|time|coproc|function"
    r"|umask|ulimit|kill)\b|\w+=|[^a-z]"
)


def layered(*, bad: bool) -> list[tuple[str, str]]:
    """Return a sample of the commands of the lists (text, the same behind a layer): each command behind one layer."""
    texts = [case.text for name in ("shell.txt", "shell.second.txt", "shell.third.txt")
             for case in read_cases(FOLDER / name) if case.bad is bad]  # fmt: skip
    texts = [one for one in texts if not BUILT_IN.match(one) and "'" not in one and "<<" not in one and "#" not in one]
    plain = [one for one in texts if one.split()[0].isalpha()]
    return [(one, LAYERS[at % len(LAYERS)].format(one)) for at, one in enumerate(plain)]


def test_layers_hide_no_dangerous_command() -> None:
    pairs = layered(bad=True)
    missed = [behind for text, behind in pairs if (found := names(text)) and not found & names(behind)]
    assert (len(pairs) > 200, missed) == (True, [])


def test_layers_make_no_harmless_command_dangerous() -> None:
    alarms = [behind for text, behind in layered(bad=False) if not alarming(text) and alarming(behind)]
    assert alarms == []


@given(st.sampled_from(WRAPPERS), st.sampled_from(("echo", "printf", "grep -rn", "git commit -m", "man")))
def test_words_of_a_removal_are_no_finding(wrapper: str, command: str) -> None:
    assert "shell-remove" not in names(f"{wrapper} {command} '{DANGEROUS}'".replace("xargs", "nice"))


@given(st.text(alphabet="rm -f/x'\"`$(){}|;&<>\\\n#=*:!", max_size=200))
@settings(max_examples=100)
def test_any_command_line_is_parsed(text: str) -> None:
    parse_layers(text)


@sampled("piece", ["$(", "`", "(", "'", '"', "<<A ", "<(", "${", "|", "sh -c '", "\\", "{ ", "a=$a$a;", "&&"], daily=5)
def test_repeated_construct_is_parsed_in_time(piece: str) -> None:
    """A construct of 1 MiB is examined up to its limit, without a failure."""
    found = find_findings(SHELL, [Statement(0.0, "shell", piece * ((1 << 20) // len(piece)))])
    assert {one.code for one in found.warnings} == {"text-cut"}


def test_finding_in_a_nested_statement_is_marked() -> None:
    session = Session.parse({"connection_subtype": "postgres"})
    row = Statement(0.0, "other", "DO $$ BEGIN DROP TABLE users; END $$")
    found = [one for one in find_findings(session, [row]).findings if one.rule == "sql-drop"]
    assert [one.message for one in found] == [
        "Removes a table, a view, a schema or another object (in a nested statement)."
    ]


def test_temporary_table_of_the_session_is_no_finding() -> None:
    session = Session.parse({"connection_subtype": "postgres"})
    rows = [Statement(0.0, "ddl", "CREATE TEMP TABLE t AS SELECT 1"), Statement(1.0, "ddl", "DROP TABLE t")]
    assert find_findings(session, rows).findings == []
    assert [one.rule for one in find_findings(session, rows[1:]).findings] == ["sql-drop"]


def test_findings_of_a_statement_begin_with_the_worst() -> None:
    found = find_findings(SHELL, [Statement(0.0, "shell", "sudo rm -rf /srv; kill -9 5; rm -rf ./x")]).findings
    assert [one.rule for one in found].count("shell-remove") == 1
    assert [one.severity.rank for one in found] == sorted((one.severity.rank for one in found), reverse=True)
    assert found[0].severity is Severity.HIGH


@pytest.mark.parametrize(
    ("target", "severity"),
    [
        ("/", "high"),
        ("/srv", "high"),
        ("~", "high"),
        ("*", "high"),
        ("./data", "medium"),
        ("node_modules", "low"),
        ("./dist/", "low"),
    ],
)
def test_severity_of_a_removal_depends_on_its_target(target: str, severity: str) -> None:
    found = find_findings(SHELL, [Statement(0.0, "shell", f"rm -rf {target}")]).findings
    assert [one.severity.value for one in found if one.rule == "shell-remove"] == [severity]


def alarming(text: str) -> set[str]:
    found = find_findings(SHELL, [Statement(0.0, "shell", text)]).findings
    return {one.rule for one in found if one.severity is not Severity.LOW and not one.informational}


def names(text: str) -> set[str]:
    result = find_findings(SHELL, [Statement(0.0, "shell", text)])
    assert not result.warnings
    return {one.rule for one in result.findings}
