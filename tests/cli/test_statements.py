"""`statements`: what a row says of its reliability."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.runs import Runner

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_statements_name_place_and_reason_of_a_command(run: Runner) -> None:
    lines = run("statements", str(FIXTURES / "statements" / "tmux-ssh-psql.json.gz")).out.splitlines()
    assert lines[0].endswith("shell        tmux -f /dev/null new")
    assert any(line.endswith("drop table t;  (in tmux > ssh db-1 > psql)") for line in lines)
    assert any("(read from the screen: the line editor changed the typed text)" in line for line in lines)


def test_statements_mark_inferred_values(run: Runner) -> None:
    path = str(FIXTURES / "postgres" / "asyncpg-binary.json.gz")
    assert "where total > $2  [t (inferred), 0.5 (inferred)]\n" in run("statements", path).out
    row = next(one for one in json.loads(run("statements", path, "--json").out) if "total > $2" in one["text"])
    assert row["params"] == ["t", "0.5"]
    assert set(row["inferred"]) == {"$1", "$2"}
    assert row["inferred"]["$1"] == "bool, because it is one byte 0 or 1"
