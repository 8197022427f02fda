"""Boundary cases of rules: limits, paste sizes, nested commands, deleted and revised text, custom rules."""

from __future__ import annotations

import pytest

from replay_tui.domain.errors import UsageError
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import MAX_PER_RULE, find_findings
from replay_tui.findings.rules import MAX_TEXT_CHARS, custom_rules
from replay_tui.findings.statement_matcher import MAX_SQL_CHARS

SHELL = Session.parse({})
SQL = Session.parse({"type": "database", "connection_subtype": "postgres"})


def names(*rows: Statement, session: Session = SHELL) -> list[str]:
    return [one.rule for one in find_findings(session, rows).findings]


@pytest.mark.parametrize(("count", "ending"), [(MAX_PER_RULE, ""), (MAX_PER_RULE + 1, " (and 1 more like it")])
def test_find_at_rule_limit_names_number_of_others(count: int, ending: str) -> None:
    found = find_findings(SQL, [Statement(float(at), "ddl", "drop table t") for at in range(count)]).findings
    assert len(found) == MAX_PER_RULE
    assert found[-1].message.startswith(found[0].message + ending)
    assert (" more like it" in found[-1].message) == bool(ending)


@pytest.mark.parametrize(
    ("text", "pasted", "is_found"), [("x" * 80, 80, True), ("x" * 79, 79, False), ("a\nb", 3, True)]
)
def test_find_pasted_block_needs_80_chars_or_two_lines(text: str, pasted: int, is_found: bool) -> None:
    row = Statement(0.0, "shell", text, details={"pasted": pasted})
    assert ("pasted-block" in names(row)) == is_found


@pytest.mark.parametrize(
    "text",
    [
        "bash -c 'rm -rf /srv'",
        """bash -c "sh -c 'rm -rf /srv'" """,
        """ssh web "sudo bash -c 'rm -rf /srv'" """,
        "sudo -u root env A=1 nohup nice -n 5 rm -rf /srv",
    ],
)
def test_find_in_nested_commands(text: str) -> None:
    assert "shell-remove" in names(Statement(0.0, "shell", text))


@pytest.mark.parametrize("quoted", ['"drop table t"', "'drop table t'"])
def test_find_sql_in_a_quoted_argument(quoted: str) -> None:
    assert "sql-drop" in names(Statement(0.0, "shell", f"psql -c {quoted}"))


@pytest.mark.parametrize(
    ("text", "severity"),
    [("rm -rf /srv", Severity.MEDIUM), ("kill -9 1", Severity.LOW), ("ls", Severity.LOW)],
)
def test_find_deleted_text_severity_depends_on_rules(text: str, severity: Severity) -> None:
    found = find_findings(SHELL, [Statement(0.0, "shell", text, deleted=True)]).findings
    assert [(one.rule, one.severity) for one in found] == [("typed-then-deleted", severity)]


def test_find_revised_text_of_same_rule_is_one_finding() -> None:
    row = Statement(0.0, "shell", "rm -rf /srv/a", details={"revised": ("rm -rf /srv/b",)})
    assert names(row) == ["shell-remove"]


def test_find_same_text_of_other_kind_is_checked_again() -> None:
    text = "drop table t"
    assert names(Statement(0.0, "http", text), Statement(1.0, "ddl", text), session=SQL) == ["sql-drop"]
    assert names(Statement(0.0, "ddl", text), Statement(1.0, "http", text), session=SQL) == ["sql-drop"]


def test_find_custom_rule_applies_to_safe_writes() -> None:
    custom = custom_rules([{"name": "payments", "pattern": "payments", "where": ["sql"]}])
    row = Statement(0.0, "dml", "update payments set a = 1 where id = 2", verb="UPDATE")
    assert [one.rule for one in find_findings(SQL, [row], (), custom).findings] == ["payments"]
    assert find_findings(SQL, [row]).findings == []


def test_find_equal_times_puts_the_most_severe_first() -> None:
    rows = [Statement(0.0, "shell", "kill -9 1"), Statement(0.0, "shell", "rm -rf /srv")]
    severities = [one.severity.rank for one in find_findings(SHELL, rows).findings]
    assert severities == sorted(severities, reverse=True)
    assert len(set(severities)) == 2


def test_find_custom_rule_time_limit_is_per_session() -> None:
    custom = custom_rules([{"name": "slow", "pattern": "(a|aa)" * 28 + "b", "where": ["shell"]}])
    endless, quick = Statement(0.0, "shell", "a" * 4000), Statement(1.0, "shell", "a" * 30 + "b")
    first = find_findings(SHELL, [endless, quick], (), custom)
    assert "slow" not in {one.rule for one in first.findings}
    assert [one.sentence for one in first.warnings] == [
        "the rule slow did not run on 2 texts: its time limit of 5 s was exceeded"
    ]
    second = find_findings(SHELL, [quick], (), custom)
    assert [one.message for one in second.findings if one.rule == "slow"] == ["Matches the rule slow."]
    assert second.warnings == ()


@pytest.mark.parametrize(
    ("session", "row"),
    [
        (SHELL, Statement(0.0, "shell", f"cat {'x' * MAX_TEXT_CHARS} > /etc/passwd")),
        (SQL, Statement(0.0, "read", f"select '{'x' * MAX_SQL_CHARS}'")),
    ],
)
def test_find_in_too_long_text_warns(session: Session, row: Statement) -> None:
    """The end of a long statement, which no rule examines, is reported: otherwise padding would hide a command."""
    short = row.changed(text=row.text[:60])
    found = find_findings(session, [row, short, row])
    assert [(one.code, one.count) for one in found.warnings] == [("text-cut", 2)]
    assert found.warnings[0].is_unanalysed
    assert find_findings(session, [short]).warnings == ()


def test_custom_rule_with_seven_repetitions_is_rejected() -> None:
    assert custom_rules([{"name": "six", "pattern": "a*b*c*d*e*f*"}])
    with pytest.raises(UsageError, match="more than 6 repetitions"):
        custom_rules([{"name": "seven", "pattern": "a*b*c*d*e*f*g*"}])
