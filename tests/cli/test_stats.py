"""`stats`: tables and JSON from the library, and the last line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replay_tui.archive.library.library import Library
from tests.archive.library.libraries import PSQL, SESSIONS, add
from tests.cli.runs import Runner

pytestmark = pytest.mark.xdist_group("library-stats")  # the library is made once


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("library")
    with Library.open(made, writes=True) as library:
        add(library, SESSIONS)
    return made


def test_stats_by_table_counts_the_tables_of_statements(run: Runner, folder: Path) -> None:
    ran = run("stats", "--by", "table", "--connection", "pgdemo", "--archive", str(folder))
    rows = {line.split("\t")[0]: line.split("\t") for line in ran.out.splitlines()}
    assert ran.code == 0
    assert "payments" in rows
    assert {len(row) for row in rows.values()} == {6}
    assert " sessions counted" in ran.err
    statements = json.loads(run("statements", str(PSQL), "--json").out)
    assert int(rows["payments"][1]) >= sum("payments" in one["text"] for one in statements)


@pytest.mark.parametrize("by", ["user", "connection", "table", "hour", "statement"])
def test_stats_json_equals_the_table(run: Runner, folder: Path, by: str) -> None:
    rows = json.loads(run("stats", "--by", by, "--json", "--archive", str(folder)).out)
    lines = run("stats", "--by", by, "--archive", str(folder)).out.splitlines()
    assert rows
    assert [[str(row["statements"]), str(row["commands"])] for row in rows] == [line.split("\t")[1:3] for line in lines]
    assert all(row["first"] <= row["last"] for row in rows if row["first"])


def test_stats_exit_code_says_whether_all_was_counted(run: Runner, folder: Path) -> None:
    assert run("stats", "--user", "nobody", "--archive", str(folder)).code == 1
    assert run("stats", "--connection", "bastion", "--by", "table", "--archive", str(folder)).code == 3
