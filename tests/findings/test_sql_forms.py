"""The same dangerous SQL in the forms of each dialect: settings, executed texts, conditions."""

from __future__ import annotations

import itertools

import pytest

from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import find_findings

SETTING_FORMS = {
    "postgres": ["SET {} = {}", "set local {} to {}", "ALTER SYSTEM SET {} = {}", "ALTER ROLE app SET {} TO {}",
                 "ALTER DATABASE shop SET {} = {}", "SELECT pg_catalog.set_config('{}', {}, false)"],
    "mysql": ["SET GLOBAL {} = {}", "SET @@global.{} = {}", "SET PERSIST {} = {}", "SET @@PERSIST.{}={}",
              "SET @a = 1, GLOBAL {} = {}"],
}  # fmt: skip
SETTINGS = {
    "postgres": [("log_statement", "'none'"), ("pgaudit.log", "'none'"), ("session_replication_role", "'replica'")],
    "mysql": [("general_log", "'OFF'"), ("read_only", "0"), ("local_infile", "1")],
}
PROTECTING = frozenset(("sql-logging-off", "sql-protection-off"))


def rules(dialect: str, text: str) -> set[str]:
    session = Session.parse({"connection_subtype": dialect})
    found = find_findings(session, [Statement(0.0, "other", text)]).findings
    return {one.rule for one in found if one.severity is not Severity.LOW}


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_setting_in_every_form_is_found(dialect: str) -> None:
    for form, (name, value) in itertools.product(SETTING_FORMS[dialect], SETTINGS[dialect]):
        assert rules(dialect, form.format(name, value)) & PROTECTING, form.format(name, value)
        assert not rules(dialect, form.format("work_mem", "'log_statement'")) & PROTECTING, form


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("oracledb", "BEGIN EXECUTE IMMEDIATE 'DR' || 'OP TA' || 'BLE emp'; END;"),
        ("mssql", "EXEC ('DR' + 'OP TABLE emp')"),
        ("mssql", "EXEC sys.sp_executesql N'DROP TABLE emp'"),
        ("mssql", "EXEC [sp_MSforeachtable] 'DROP TABLE ?'"),
        ("mssql", "DECLARE @q varchar(9) = 'DROP ' + 'TABLE a'; EXEC (@q)"),
    ],
)
def test_executed_text_is_examined(dialect: str, text: str) -> None:
    assert "sql-drop" in rules(dialect, text)


@pytest.mark.parametrize("call", ["EXEC dbo.report @name = 'drop table a'", "EXECUTE [dbo].[report] N'drop table a'"])
def test_argument_of_a_procedure_is_no_statement(call: str) -> None:
    assert not rules("mssql", call)


@pytest.mark.parametrize(
    "condition", ["1 IN (1, 2)", "'a' NOT IN ('b')", "NVL(1, 0) = 1", "id = ANY (SELECT id FROM t)"]
)
def test_condition_that_is_always_true_is_found(condition: str) -> None:
    assert "sql-delete-all" in rules("oracledb", f"DELETE FROM t WHERE {condition}")


@pytest.mark.parametrize(
    "condition", ["1 IN (2)", "a IN (1)", "NVL(a, 0) = 1", "id = ANY (SELECT id FROM t WHERE a = 1)"]
)
def test_condition_on_a_row_is_no_finding(condition: str) -> None:
    assert "sql-delete-all" not in rules("oracledb", f"DELETE FROM t WHERE {condition}")


def test_pipes_of_mysql_are_or() -> None:
    assert "sql-delete-all" in rules("mysql", "DELETE FROM t WHERE TRUE || id = 4")
    assert "sql-delete-all" not in rules("postgres", "DELETE FROM t WHERE 'a' || b = 'ab'")


def test_selection_from_a_common_table_is_a_condition() -> None:
    text = "WITH old AS (SELECT id FROM t WHERE a = 1) DELETE FROM t WHERE id IN (SELECT id FROM {})"
    assert "sql-delete-all" not in rules("mysql", text.format("old"))
    assert "sql-delete-all" in rules("mysql", text.format("t"))
