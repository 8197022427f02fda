"""SQL splitter and classification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from tests.support.effort import sampled

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


BATCHES = [
    "DECLARE @a int = 1 | DROP TABLE z | DELETE FROM y",
    "SET NOCOUNT ON | DELETE FROM y | SET NOCOUNT OFF",
    "INSERT INTO a SELECT * FROM b | INSERT b EXEC p 1 | INSERT c VALUES (1) | SELECT 1",
    "INSERT INTO a (x) OUTPUT inserted.x SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3 | TRUNCATE TABLE a",
    "UPDATE t SET a = 1 FROM t JOIN u ON t.id = u.id WHERE u.x = 2 | SET @a = 2 | UPDATE STATISTICS t",
    "CREATE TABLE t (a int REFERENCES u (a) ON DELETE CASCADE ON UPDATE NO ACTION) | DROP TABLE t",
    "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (a) ON DELETE SET NULL | DELETE t",
    "ALTER TABLE t DROP COLUMN a | ALTER TABLE t ALTER COLUMN b int | ALTER ROLE r DROP MEMBER m | DROP TABLE t",
    "ALTER DATABASE d SET RECOVERY SIMPLE | SET NOCOUNT ON | ALTER DATABASE d SET OFFLINE | DROP DATABASE d",
    "DISABLE TRIGGER ALL ON t | ALTER TABLE t DISABLE TRIGGER x | ALTER LOGIN sa DISABLE | DROP LOGIN sa",
    "GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, ALTER ON SCHEMA::dbo TO bob WITH GRANT OPTION | DROP TABLE z",
    "DENY DELETE ON t TO bob | REVOKE GRANT OPTION FOR SELECT ON t FROM bob | EXEC p",
    "WITH c AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM c) | SELECT 1",
    "WITH c (a) AS (SELECT 1), d AS (SELECT 2) INSERT INTO t SELECT * FROM c | UPDATE t SET a = 2",
    "MERGE t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1) "
    "WHEN NOT MATCHED BY SOURCE THEN DELETE; | DROP TABLE s",
    "IF @a = 1 DROP TABLE z | DELETE FROM y",
    "IF EXISTS (SELECT 1 FROM t) DELETE FROM y ELSE UPDATE y SET a = 1 | DROP TABLE IF EXISTS z | SELECT 1",
    "IF @a > 1 BEGIN DELETE FROM t DROP TABLE t END ELSE BEGIN SELECT 1 END | DROP TABLE u",
    "DECLARE c CURSOR FAST_FORWARD FOR SELECT a FROM t FOR UPDATE OF a | OPEN c | FETCH NEXT FROM c INTO @a | "
    "WHILE @@FETCH_STATUS = 0 BEGIN DELETE FROM t WHERE CURRENT OF c FETCH NEXT FROM c INTO @a END | CLOSE c | "
    "DEALLOCATE c",
    "SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH NEXT 5 ROWS ONLY | FETCH NEXT FROM c",
    "BEGIN TRAN | DELETE FROM t | COMMIT | BEGIN TRANSACTION x | ROLLBACK TRAN x",
    "BEGIN TRY DELETE FROM t SELECT 1 END TRY | BEGIN CATCH ROLLBACK THROW END CATCH | DROP TABLE t",
    "SELECT CASE WHEN a = 1 THEN 2 ELSE 3 END AS [DROP] FROM [DELETE] | EXEC sp_who | KILL 55",
    "EXECUTE AS USER = 'x' | EXEC ('DROP TABLE z') AT srv | EXEC sp_executesql N'DELETE FROM t' | REVERT",
    "CREATE PROCEDURE p WITH EXECUTE AS OWNER AS DELETE FROM t SELECT 1 UPDATE t SET a = 1",
    "CREATE TRIGGER g ON t AFTER INSERT, UPDATE, DELETE AS DELETE FROM u SET NOCOUNT ON",
    "BULK INSERT t FROM 'x' WITH (TABLOCK) | BACKUP DATABASE d TO DISK = 'x' | RESTORE DATABASE d FROM DISK = 'x'",
    "CREATE LOGIN l WITH PASSWORD = 'p' | CREATE USER u FOR LOGIN l | ALTER SERVER ROLE sysadmin ADD MEMBER l",
    "USE master | SHUTDOWN WITH NOWAIT",
    "SELECT 1 -- DROP TABLE a\n/* DELETE FROM b */ , 2 | PRINT 'DROP TABLE z' | DROP TABLE z",
    "sp_who | DROP TABLE z",
]
"""Batches of SQL Server; ` | ` stands where the next statement begins."""


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("between", [" ", "\n", ";\n", "\n-- DROP TABLE x\n"])
def test_split_sql_finds_statements_without_semicolons(batch: str, between: str) -> None:
    pieces = split_sql(batch.replace(" | ", between), "mssql")
    comment = between.strip(";\n ")
    found = [piece.replace(comment, "").strip(" ;\n") if comment else piece.strip(" ;\n") for piece in pieces]
    assert found == [piece.strip(" ;") for piece in batch.split(" | ")]


@pytest.mark.parametrize(
    ("sql", "dialect", "pieces"),
    [
        ("DELIMITER $$\nCREATE PROCEDURE q() BEGIN SELECT 1; END$$\nDELIMITER ;\nDROP TABLE z;", "mysql",
         ["CREATE PROCEDURE q() BEGIN SELECT 1; END", "DROP TABLE z;"]),
        ("delimiter ;;\nselect 1;;\nselect '; ;;'; select 2;;\ndelimiter |\ndrop table a|select 3|", "mysql",
         ["select 1", "select '; ;;'; select 2", "drop table a", "select 3"]),
        ("DELIMITER END_OF\nselect 1END_OF\nselect `xEND_OF`END_OF", "mysql", ["select 1", "select `xEND_OF`"]),
        ("select 1\\G\ndrop table z\\g select 2;", "mysql", ["select 1\\G", "drop table z\\g", "select 2;"]),
        ("SELECT q'[it's; a]' FROM dual; DROP TABLE z", "oracle", ["SELECT q'[it's; a]' FROM dual;", "DROP TABLE z"]),
        ("select Nq'!it's;!', q'{a}'', q'(;)', Q'<'>' from dual;select q'x;", "oracle", 2),
        ("SELECT 2 \\gset\nDROP TABLE z;", "postgres", ["SELECT 2 \\gset", "DROP TABLE z;"]),
        ("select 'drop table x' \\gexec\nselect 1 \\g | sh\nselect 2\n\\gx\n", "postgres",
         ["select 'drop table x' \\gexec", "select 1 \\g | sh", "select 2\n\\gx"]),
        ("select 3 \\watch 5\n\\if :x\ntable y;", "postgres", ["select 3 \\watch 5", "\\if :x", "table y;"]),
    ],
)  # fmt: skip
def test_split_sql_script_of_a_client_has_each_statement(sql: str, dialect: str, pieces: list[str] | int) -> None:
    found = split_sql(sql, dialect, script=True)
    assert found == pieces if isinstance(pieces, list) else len(found) == pieces


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
@sampled(
    "unit",
    [
        "'",
        "$a$ ",
        "/* ",
        "(",
        "\\",
        '"',
        "e'\\",
        "--",
        "a ",
        "$$;",
        "begin ",
        "case ",
        "copy t from stdin;",
        "q'[",
        "if ",
        "grant select ",
        "a\\g ",
        "with x as (select 1) ",
    ],
    daily=5,
)
def test_split_sql_repeated_text_takes_linear_time(unit: str) -> None:
    for dialect in ("postgres", "mysql", "mssql", "oracle"):
        split_sql(unit * 20_000, dialect, script=True)
    split_sql("DELIMITER $$\n" + unit * 20_000, "mysql", script=True)
    classify(unit * 100_000)
