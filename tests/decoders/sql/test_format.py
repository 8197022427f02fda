"""SQL formatting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.decoders.sql.format import format_sql


def test_format_sql_adds_line_breaks() -> None:
    text = format_sql("select a, b from t where x = 1 and y = 'a  b' order by 1")
    assert text.splitlines()[0] == "select a,"
    assert "'a  b'" in text
    assert any(line.startswith("from t") for line in text.splitlines())


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="select from where(),'\"$;-/*\n:=1", max_size=120))
def test_format_sql_changes_only_white_space(sql: str) -> None:
    assert "".join(format_sql(sql).split()) == "".join(sql.split())


@pytest.mark.parametrize("sql", ["(" * 5000, "select " + "a," * 6000, "case " * 3000, "'" * 9999, "", "\x00\xff;'"])
def test_format_sql_unusual_text_keeps_its_content(sql: str) -> None:
    assert "".join(format_sql(sql).split()) == "".join(sql.split())
