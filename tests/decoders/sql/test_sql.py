"""SQL splitter and classification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql

SPLITS = [
    ("select 1", ["select 1"]),
    ("select 1;", ["select 1;"]),
    ("select 'a;b'; select 2", ["select 'a;b';", "select 2"]),
    ("select 'it''s;'; select 2;", ["select 'it''s;';", "select 2;"]),
    (r"select E'it\'s; ok'; select 2", [r"select E'it\'s; ok';", "select 2"]),
    (r"select 'a\'; select 2", [r"select 'a\';", "select 2"]),
    ('select ";" from "a;b"; select 2', ['select ";" from "a;b";', "select 2"]),
    ("select 1 -- a;b\n; select 2", ["select 1 -- a;b\n;", "select 2"]),
    ("/* a /* b; */ c; */ select 1; select 2", ["/* a /* b; */ c; */ select 1;", "select 2"]),
    ("do $a$ begin execute $b$ drop table x; $b$; end $a$; select 2", 2),
    ("create function f() returns int begin atomic select 1; select case when a then 1 end; end; select 3", 2),
    ("create rule r as on insert to t do also (insert into a values (1); insert into b values (2)); select 3", 2),
    ("select 'abc; select 2", ["select 'abc; select 2"]),
    ("select $x$ abc; def", ["select $x$ abc; def"]),
    ("/* never closed; select 1", []),
    ("-- only a comment\n", []),
    (";;;", []),
    ("begin; update t set a=1; commit", ["begin;", "update t set a=1;", "commit"]),
    ("", []),
]


@pytest.mark.parametrize(("sql", "pieces"), SPLITS)
def test_split_sql_has_each_statement(sql: str, pieces: list[str] | int) -> None:
    found = split_sql(sql)
    assert found == pieces if isinstance(pieces, list) else len(found) == pieces


@pytest.mark.parametrize(
    ("sql", "dialect", "count"),
    [
        (r"select 'a\'; b'; select 2", "mysql", 2),
        ("select `a;b`; # c;d\nselect 2", "mysql", 2),
        ("/*!50000 DROP TABLE x */; select 1", "mysql", 2),
        ("DELIMITER //\ncreate procedure p() begin select 1; end//\nDELIMITER ;\nselect 2;", "mysql", 2),
        ("create procedure p() begin if a then b; end if; select 1; end; select 2", "mysql", 2),
        ("create table a (i int)\nGO\nselect [x;y] from a\nGO", "mssql", 2),
        ("begin tran; update t set a = 1; commit", "mssql", 3),
        ("declare x int; begin null; end;\n/\nselect 1 from dual", "oracle", 2),
        ("\\d foo\nselect 1;", "postgres", 2),
        ("copy t from stdin;\n1\ta;b\n\\.\nselect 1;", "postgres", 2),
    ],
)
def test_split_sql_script_uses_client_syntax(sql: str, dialect: str, count: int) -> None:
    assert len(split_sql(sql, dialect, script=True)) == count


KINDS = [
    ("select 1", "read", "SELECT"),
    ("  -- hi\n /* a */ (select 1)", "read", "SELECT"),
    ("with a as (delete from x returning *) select * from a", "dml", "SELECT"),
    ("with a as (select 1) insert into b select * from a", "dml", "INSERT"),
    ("with a as (select 1) select * from a", "read", "SELECT"),
    ("explain select 1", "read", "EXPLAIN"),
    ("explain (analyze) delete from a", "dml", "EXPLAIN"),
    ("select 1 into t from b", "dml", "SELECT"),
    ("select 'into t'", "read", "SELECT"),
    ("create user bob", "admin", "CREATE"),
    ("create table users (a int)", "ddl", "CREATE"),
    ("truncate t", "ddl", "TRUNCATE"),
    ("grant all on a to b", "admin", "GRANT"),
    ("copy a to stdout", "read", "COPY"),
    ("copy (select * from a) to stdout", "read", "COPY"),
    ("copy a from stdin", "dml", "COPY"),
    ("start transaction", "transaction", "START"),
    ("set transaction read only", "transaction", "SET"),
    ("set search_path = a", "admin", "SET"),
    ("vacuum t", "admin", "VACUUM"),
    ("call f()", "other", "CALL"),
    ("show tables", "read", "SHOW"),
    ("\\d foo", "other", "\\d"),
    ("", "other", ""),
    ("\x00\xff;'", "other", "\xff".upper()),
]


@pytest.mark.parametrize(("sql", "kind", "verb"), KINDS)
def test_classify_returns_kind_and_verb(sql: str, kind: str, verb: str) -> None:
    assert classify(sql) == (kind, verb)


@given(
    st.text(alphabet="abc ;'\"$/*-\\\n()[]`#eE0", max_size=200),
    st.sampled_from(["postgres", "mysql", "mssql", "oracle"]),
)
def test_split_sql_keeps_all_text(sql: str, dialect: str) -> None:
    at = 0
    for piece in split_sql(sql, dialect):
        at = sql.index(piece, at) + len(piece)
        classify(piece, dialect)
    split_sql(sql, dialect, script=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["'", "$a$ ", "/* ", "(", "\\", '"', "e'\\", "--", "a ", "$$;", "begin ", "case ", "copy t from stdin;"]
)
def test_split_sql_repeated_text_takes_linear_time(unit: str) -> None:
    split_sql(unit * 100_000, script=True)
    classify(unit * 100_000)
