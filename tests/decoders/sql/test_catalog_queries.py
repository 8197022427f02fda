"""Catalogue queries: those of psql are recognised; a query that could read or run anything else is not."""

from __future__ import annotations

import pytest

from replay_tui.analysis.timeline import StatementSummary
from replay_tui.decoders.sql.catalog_queries import is_catalog_query
from replay_tui.domain.statement import Statement
from replay_tui.recording import Recording
from replay_tui.sources import read_all
from tests.support.fixtures import FIXTURES

CATALOG = (
    "SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c, pg_catalog.pg_inherits i WHERE c.oid = i.inhparent"
)


def test_psql_describing_a_table_sends_catalog_queries() -> None:
    statements = Recording(read_all(str(FIXTURES / "demo-src" / "payments-cleanup.json"))).statements
    assert [is_catalog_query(one.text) for one in statements] == [True] * 13 + [False] * 8
    summary = StatementSummary(statements)
    assert (summary.runs, summary.catalog_runs) == ({0: 13}, {0})


@pytest.mark.parametrize(
    "sql",
    [
        f"{CATALOG};",
        "select table_name from information_schema.tables where table_schema = 'public' order by 1",
        "select 1 from pg_catalog.pg_class a left join pg_catalog.pg_am b on (a.relam = b.oid), pg_catalog.pg_type c",
        "select x from (select 1 x from pg_catalog.pg_am) s, lateral pg_catalog.generate_series(1, 2) as f(a)",
    ],
)
def test_catalog_query_is_recognised(sql: str) -> None:
    assert is_catalog_query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"{CATALOG} and exists (select 1 from customers)",
        f"{CATALOG} union select card from customers",
        f"{CATALOG} union table customers",
        f"{CATALOG}; delete from customers",
        "select 1 from pg_catalog.pg_class c, customers",
        "select 1 from pg_catalog.pg_class c join customers on (c.oid = 1)",
        "select 1 from pg_catalog.pg_class c join pg_catalog.pg_am a on true, only customers",
        "select (select card from customers limit 1) from pg_catalog.pg_class",
        "select delete_all() from pg_catalog.pg_class",
        "select public.format_type(1) from pg_catalog.pg_class",
        "select pg_catalog.query_to_xml('table customers', true, true, '') from pg_catalog.pg_class",
        "select rolpassword from pg_catalog.pg_authid",
        "select most_common_vals from pg_catalog.pg_stats",
        "select * into copy from pg_catalog.pg_class",
        "with gone as (delete from customers returning *) select 1 from pg_catalog.pg_class",
        "select 'pg_catalog.' from customers",
        "select pg_catalog.now()",
        "select 1 from pg_class where 'pg_catalog.' = ''",
        'select 1 from "pg_catalog.pg_class"',
        "",
    ],
)
def test_other_query_is_no_catalog_query(sql: str) -> None:
    assert not is_catalog_query(sql)


def test_runs_keep_other_statements_apart() -> None:
    texts = [CATALOG, f"{CATALOG} limit 1", f"{CATALOG} limit 2", "select 1", CATALOG, CATALOG]
    summary = StatementSummary([Statement(float(at), "read", text) for at, text in enumerate(texts)])
    assert (summary.runs, summary.catalog_runs) == ({0: 3}, {0})
