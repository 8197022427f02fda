"""Rule checks on SQL tokens: ends of statements, limiting conditions, columns and settings."""

from __future__ import annotations

import pytest

from replay_tui.decoders.sql.classify import classify
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import find_findings

MASKED = Session.parse(
    {"connection_subtype": "postgres", "metrics": {"data_masking": {"info_types": {"EMAIL_ADDRESS": 2}}}}
)


def names(text: str) -> list[str]:
    kind, verb = classify(text)
    return [one.rule for one in find_findings(MASKED, [Statement(0.0, kind, text, verb=verb)]).findings]


@pytest.mark.parametrize(
    "text",
    [
        "with a as (delete from t returning id), b as (select 1 from u where id = 1) select 1",
        "begin; delete from t; select * from u where id = 1",
        "delete from t where 1=1 or id=2",
        "delete from t where true or id=2",
        "delete from t where 'a'='a'",
        "delete from t using (select 1 where a = 2) b",
    ],
)
def test_delete_without_a_limiting_condition_is_found(text: str) -> None:
    assert "sql-delete-all" in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "delete from t where 1=1 and id=2",
        "delete from t where 1=2",
        "delete from t where true and id=2",
        "delete from t where (id = 1)",
        "delete t from t join u on t.id = u.id",
        "delete from t limit 5",
    ],
)
def test_delete_with_a_limiting_condition_is_not_found(text: str) -> None:
    assert "sql-delete-all" not in names(text)


@pytest.mark.parametrize("text", ["update t join u on t.a = u.a set t.b = 1", "update t set a = 1 from u"])
def test_update_joined_without_where_is_found(text: str) -> None:
    assert "sql-update-all" in names(text)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("set global general_log = off", True),
        ("alter system set log_statement to 'none'", True),
        ("set log_statement = 'all'", False),
        ("set general_log = on, a = b, c = off", False),
        ("select general_log, off", False),
    ],
)
def test_logging_setting_is_found_when_turned_off(text: str, is_found: bool) -> None:
    assert ("sql-logging-off" in names(text)) == is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("update users set name = 'a', role = 'admin' where id = 1", True),
        ("update users set name = 'a' where role = 'admin'", False),
        ("update users set name = role where id = 1", False),
    ],
)
def test_role_column_is_found_where_it_is_written(text: str, is_found: bool) -> None:
    assert ("sql-role-column" in names(text)) == is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("select email from users", True),
        ("select billing_email from users", True),
        ("select emails_sent from users", False),
        ("select 'email' from users", False),
    ],
)
def test_masked_column_is_found_by_name_or_ending(text: str, is_found: bool) -> None:
    assert ("sensitive-columns" in names(text)) == is_found
