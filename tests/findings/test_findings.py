"""Findings: positive and negative cases of each rule, recordings, hostile text, custom rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.analysis.session_analysis import analyse_session
from replay_tui.domain.errors import UsageError
from replay_tui.domain.finding import Finding, SequenceEvent
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings import findings
from replay_tui.findings.evidence_matching import matching_statements, quoted_words
from replay_tui.findings.rules import Rule, custom_rules, shipped_rules
from replay_tui.kinds import detect_kind
from replay_tui.terminal.sequence_filter import scan_sequences
from replay_tui.terminal.size_inference import infer_sizes
from tests.findings.rule_cases import CASES, SQL, statement
from tests.shell.test_commands import load
from tests.support import finding_cases
from tests.support.effort import sampled


def find(*arguments: Any) -> list[Finding]:
    """Return the findings. Asserts that no rule failed."""
    result = findings.find_findings(*arguments)
    assert {one.code for one in result.warnings} <= {"text-cut"}
    return result.findings


def names(where: str, text: str) -> list[str]:
    session, row = statement(where, text)
    return [one.rule for one in find(session, [row])]


@pytest.mark.parametrize(("rule", "where", "found", "left"), CASES, ids=[case[0] for case in CASES])
def test_rule_matches_only_its_cases(rule: str, where: str, found: list[str], left: list[str]) -> None:
    for text in found:
        assert rule in names(where, text), text
    for text in left:
        assert rule not in names(where, text), text


def test_shipped_rules_are_all_tested(tmp_path: Path) -> None:
    tested = {case[0] for case in CASES}
    in_code = {
        "typed-then-deleted",
        "pasted-block",
        "hidden-input",
        "clipboard-write",
        "file-transfer",
        "clipboard-read",
        "title-report",
        "title-change",
        "terminal-query",
        "notification",
        "guardrail-word",
        "guardrail-output",
        "ai-word",
        "displayed-key",
    }
    rules = shipped_rules()
    untested = {rule.name for rule in rules} - tested - in_code
    for path in finding_cases.case_files():
        if not untested:
            break
        kind, cases = path.name.split(".")[0], finding_cases.read_cases(path)
        untested -= {one.rule for found in finding_cases.findings_of(kind, cases, tmp_path) for one in found}
    assert untested == set()
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.message.endswith(".") and (rule.pattern or rule.check) for rule in rules)


def test_find_typed_input_is_classified() -> None:
    rows = [
        Statement(1.0, "shell", "rm -rf /", deleted=True),
        Statement(2.0, "shell", "lss", deleted=True),
        Statement(3.0, "shell", "a\nb", details={"pasted": 3}),
        Statement(4.0, "shell", "ls", details={"pasted": 12}),
        Statement(5.0, "input", "(8 hidden characters)", details={"masked": True, "prompt": "Password:"}),
        Statement(6.0, "shell", "rm x", details={"revised": ("rm -rf x",)}),
    ]
    found = [(one.time, one.rule, one.severity) for one in find(Session.parse({}), rows)]
    assert found == [
        (1.0, "typed-then-deleted", Severity.MEDIUM),
        (2.0, "typed-then-deleted", Severity.LOW),
        (3.0, "pasted-block", Severity.LOW),
        (5.0, "hidden-input", Severity.LOW),
        (6.0, "typed-then-deleted", Severity.MEDIUM),
    ]


def test_find_sequences_are_counted_by_kind() -> None:
    kinds = [
        ("clipboard-write", "52;c;eA=="),
        ("clipboard-read", "52;c;?"),
        ("title", "0;a"),
        ("title", "0;b"),
        ("query", "21t"),
        ("query", "6n"),
        ("query", ">c"),
        ("notification", "9;x"),
        ("hyperlink", "8;;x"),
        ("prompt-mark", "133;A"),
    ]
    events = [SequenceEvent(at, float(at), kind, text) for at, (kind, text) in enumerate(kinds)]
    found = find(Session.parse({}), [], events)
    assert [one.rule for one in found] == [
        "clipboard-write",
        "clipboard-read",
        "title-change",
        "title-report",
        "terminal-query",
        "notification",
    ]
    assert "2 times" in found[2].message
    assert "2 times" in found[4].message
    assert found[4].severity is Severity.LOW


def findings_of(name: str) -> list[Finding]:
    session, stream = load(name)
    kind, _ = detect_kind(session, stream)
    reading = analyse_session(session, stream, kind, infer_sizes(stream) if kind.has_screen else None)
    return find(session, reading.statements, scan_sequences(stream) if kind.has_screen else ())


RECORDED = [
    ("sessions/exec-postgres-tsv.json", []),
    ("sessions/exec-bash-failed.json", []),
    ("sessions/mongo-connect.json", []),
    ("sessions/mysql-connect.json", ["sql-role-column", "ai-word"]),
    ("sessions/httpproxy-connect.json", ["http-delete"]),
    ("sessions/exec-guardrail-blocked.json", ["sql-drop", "guardrail-word", "ai-word"]),
    ("sessions/pg-psql.json", ["sensitive-columns", "ai-word", "sql-drop"]),
    ("sessions/pg-psycopg-extended.json", ["sql-copy-out"]),
    ("sessions/shell-vim.json", ["ai-word", "terminal-query", "typed-then-deleted", "shell-privilege", "shell-remove"]),
    ("sessions/shell-htop-120x36.json", []),
    ("postgres/pgbench.json.gz", []),
    ("postgres/psycopg-pipeline.json.gz", []),
    ("programs/top-watch.json.gz", []),
    ("programs/vim.json.gz", ["terminal-query"]),
    ("programs/tmux.json.gz", ["terminal-query"]),
]


@pytest.mark.parametrize(("name", "rules"), RECORDED, ids=[name for name, _ in RECORDED])
def test_find_in_recordings_matches(name: str, rules: list[str]) -> None:
    found = findings_of(name)
    assert [one.rule for one in found] == rules
    assert [one.time for one in found] == sorted(one.time for one in found)


def test_find_in_flagged_psql_session_is_high() -> None:
    found = {one.rule: one.severity for one in findings_of("postgres/psql-flagged.json.gz")}
    assert {"sql-delete-all", "sql-grant", "sql-role-column", "sensitive-columns"} <= set(found)
    assert found["sql-delete-all"] is Severity.HIGH


def test_find_hidden_input_is_in_no_finding() -> None:
    for name in ("shells/bash-edit.json.gz", "shells/dash.json.gz"):
        assert "hunter2" not in repr(findings_of(name))


def test_matching_statements_of_ai_text_are_found() -> None:
    rows = [
        Statement(0.0, "read", "select 1"),
        Statement(1.0, "dml", "delete from payments"),
        Statement(2.0, "shell", "vim deploy.sh"),
    ]
    assert quoted_words("The `payments` table and 'x y z'") == ["payments", "x y z"]
    assert matching_statements("Empties the `payments` table.", rows) == [(1, ("payments",))]
    assert matching_statements("Edits deploy.sh in place.", rows) == [(2, ("deploy.sh",))]
    assert matching_statements("A harmless report.", rows) == []
    assert matching_statements("", rows) == []


def test_find_custom_rules_apply() -> None:
    own = custom_rules(
        [
            {
                "name": "prod-host",
                "pattern": r"\bprod-\w+",
                "severity": "high",
                "sentence": "Names a production host.",
                "where": ["shell"],
            },
            {"name": "orders", "pattern": "orders", "target": ["sql"], "message": "Names orders."},
        ]
    )
    rows = [Statement(0.0, "shell", "ssh PROD-1"), Statement(1.0, "read", "select 'orders'")]
    assert [(one.rule, one.severity) for one in find(SQL, rows, (), own)] == [
        ("prod-host", Severity.HIGH),
        ("orders", Severity.MEDIUM),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"name": "a"},
        {"name": "a", "pattern": "("},
        {"name": "a", "pattern": "(a+)+"},
        {"name": "a", "pattern": "(a|b*)*c"},
        {"name": "a", "pattern": r"(a)\1"},
        {"name": "a", "pattern": "x" * 2000},
        {"name": "a", "pattern": "b", "severity": "worst"},
        {"name": "a", "pattern": "b", "where": ["moon"]},
        {"name": "a", "pattern": "((a+)b){20}"},
        {"name": "a", "pattern": 5},
        {"name": "a", "pattern": "(?P<x>a)(?P=x)"},
        {"name": "a", "pattern": "a", "where": 7},
    ],
)
def test_custom_rules_invalid_row_is_rejected(row: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"[A-Z].+\.$"):
        custom_rules([row])


def test_find_many_findings_are_limited_per_rule() -> None:
    found = find(SQL, [Statement(float(at), "ddl", "drop table t") for at in range(2000)])
    assert len(found) == 500
    assert "1500 more" in found[-1].message


def test_find_many_harmless_statements_has_no_findings() -> None:
    rows = [Statement(at / 10, "dml", f"update t set a = {at} where id = {at};", verb="UPDATE") for at in range(20_000)]
    rows += [Statement(at / 10, "read", f"select * from t where id = {at};", verb="SELECT") for at in range(10_000)]
    assert find(SQL, rows) == []


@sampled(
    "unit",
    [
        "curl ",
        "a|",
        "rm -",
        "sudo -u ",
        "'",
        "$(",
        "chmod ",
        "delete from ",
        "update t set ",
        "base64 x ",
        "-c ",
        "bash -c '",
    ],
    daily=4,
)
def test_find_hostile_text_takes_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    for where in ("shell", "sql", "mongo", "http", "mcp"):
        names(where, text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="rm -f;|&$()'\"`{}<>\\\n#sudocl/=", max_size=120))
def test_find_random_text_does_not_fail(text: str) -> None:
    for where in ("shell", "sql", "mongo", "http", "mcp"):
        names(where, text)


class RaisingPattern:
    """A pattern whose search raises for some statements."""

    def search(self, text: str) -> None:
        if "bad" in text:
            raise ZeroDivisionError(text)


@pytest.mark.parametrize("kind", ["ddl", "shell", "http", "mcp"])
def test_find_rule_that_raises_is_named_in_warning(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """The other rules are still applied; the log contains one traceback, not one per statement."""
    places = ("sql", "shell", "http", "mcp")
    raising = Rule("raising", Severity.LOW, "Raises.", places, RaisingPattern(), custom=True)  # type: ignore[arg-type]
    other = custom_rules([{"name": "other", "pattern": "bad", "where": ["sql", "shell", "http"]}])
    rows = [Statement(float(at), kind, text) for at, text in enumerate(["bad 1", "good", "bad 2"])]
    result = findings.find_findings(SQL, rows, (), (raising, *other))
    assert [one.time for one in result.findings if one.rule == "other"] == ([] if kind == "mcp" else [0.0, 2.0])
    (warning,) = result.warnings
    assert (warning.code, warning.count) == ("findings-failed", 2)
    assert warning.message == "the findings are incomplete: the rule raising failed"
    assert caplog.text.count("Traceback") == 1
    assert "ZeroDivisionError" in caplog.text


def test_find_debug_mode_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_TUI_DEBUG", "1")
    raising = Rule("raising", Severity.LOW, "Raises.", ("sql",), RaisingPattern(), custom=True)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        findings.find_findings(SQL, [Statement(0.0, "ddl", "bad")], (), (raising,))
