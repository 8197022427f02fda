"""`find`: lines, JSON, filters and their opposites, facets, the last line, exit codes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from replay_tui.archive.library.library import Library
from tests.archive.library.libraries import FIXTURES, SESSIONS, VIM, add
from tests.cli.runs import Ran, Runner

pytestmark = pytest.mark.xdist_group("library-find")  # the library is made once

Finding = Callable[..., Ran]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("library")
    with Library.open(made, writes=True) as library:
        add(library, [*SESSIONS, FIXTURES / "incomplete" / "withheld.json"])
    return made


@pytest.fixture
def find(run: Runner, folder: Path) -> Finding:
    return lambda *words: run("find", *words, "--archive", str(folder))


def test_find_prints_lines_newest_first(find: Finding) -> None:
    ran = find("payments")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert (ran.code, {len(row) for row in rows}) == (0, {5})
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    assert rows[-1][3].count("@") == 1
    assert re.match(rf"1\d of {len(SESSIONS)} sessions searched; not searched: ", ran.err)


def test_find_json_has_the_same_hits_for_each_area(find: Finding) -> None:
    rows = json.loads(find("payments", "--json").out)
    hits = [json.loads(line) for line in find("payments", "--jsonl").out.splitlines()]
    assert rows == hits
    lines = find("payments").out.splitlines()
    moments = [[*found] for _, found in groupby(rows, key=lambda row: row["open"])]
    expected = [key for found in moments for key in dict.fromkeys((row["open"], row["text"].strip()) for row in found)]
    assert [tuple(line.split("\t")[3:]) for line in lines] == expected
    assert len(lines) < len(rows)
    assert {"when", "user", "connection", "session", "source", "time", "where", "text", "start", "end"} <= set(rows[0])


def test_find_times_lead_back_to_the_moment(find: Finding, run: Runner) -> None:
    row = next(row for row in json.loads(find("rm -rf", "--in", "screen", "--json").out) if row["source"] == str(VIM))
    assert "rm -rf" in run("screen", row["source"], "--at", row["open"].rpartition("@")[2]).out


@pytest.mark.parametrize(
    ("words", "code", "last"),
    [
        (("nowhere to be found",), 3, "not searched: "),
        (("nowhere to be found", "--connection", "shop-*", "--not-review", "pending"), 1, "searched.\n"),
        (("payments",), 0, "not searched: "),
        (("[", "--regex"), 2, "not a valid regular expression"),
        (("x", "--in", "nowhere"), 2, "Unknown search area"),
    ],
)
def test_find_exit_codes(find: Finding, words: tuple[str, ...], code: int, last: str) -> None:
    ran = find(*words)
    assert (ran.code, last in ran.err) == (code, True), ran.err


def test_find_last_line_names_withheld_sessions(find: Finding) -> None:
    assert "1 withheld" in find("payments").err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("user", "ana@*"), ("connection", "PGDEMO"), ("type", "database"), ("verb", "exec"), ("risk", "high"),
        ("risk", "none"), ("review", "pending"), ("review", "none"), ("since", "2026-11-21"), ("until", "2026-11-21"),
    ],
)  # fmt: skip
def test_find_filter_and_its_opposite_give_all(find: Finding, option: str, value: str) -> None:
    whole = sorted(find("e").out.splitlines())
    some = find("e", f"--{option}", value).out.splitlines()
    others = find("e", f"--not-{option}", value).out.splitlines()
    assert sorted(some + others) == whole
    assert len(others) < len(whole) > len(some)


def test_find_filters_can_be_combined(find: Finding) -> None:
    rows = json.loads(find("e", "--type", "database", "--not-connection", "pg*", "--json").out)
    assert rows
    assert not any(row["connection"].startswith("pg") for row in rows)
    both = {row["connection"] for row in json.loads(find("e", "--connection", "pgdemo", "--connection", "app-1",
                                                         "--json").out)}  # fmt: skip
    assert both == {"pgdemo", "app-1"}


def test_find_counts_and_facets_come_first(find: Finding) -> None:
    hits = len(find("payments").out.splitlines())
    lines = find("payments", "--facets", "--limit", "2").out.splitlines()
    assert lines[0].startswith(f"{hits} hits in ")
    assert sum(int(line.split("\t")[1]) for line in lines if line.startswith("day\t")) == hits
    assert len([line for line in lines if "@00:" in line]) == 2
    found = json.loads(find("payments", "--facets", "--json", "--limit", "0").out)
    count = len(find("payments", "--jsonl").out.splitlines())
    assert (found["hits"], sum(found["by_user"].values()), found["rows"]) == (count, count, [])
    assert find("payments", "--count", "--limit", "0").out.splitlines() == lines[:1]


def test_find_limit_says_what_was_not_reached(find: Finding) -> None:
    ran = find("e", "--limit", "3")
    assert (ran.code, len(ran.out.splitlines())) == (0, 3)
    assert "not reached" in ran.err


def test_find_in_findings(find: Finding) -> None:
    rows = json.loads(find("deletes", "--in", "findings", "--json").out)
    assert rows
    assert {row["where"] for row in rows} == {"findings"}


def test_find_without_library_says_how_to_make_one(run: Runner, tmp_path: Path) -> None:
    ran = run("find", "x", "--archive", str(tmp_path / "none"))
    assert (ran.code, "archive add" in ran.err) == (3, True)


def test_find_sends_no_control_character(run: Runner, tmp_path: Path) -> None:
    shutil.copy(VIM, tmp_path / "a.json")
    session = json.loads((tmp_path / "a.json").read_text())
    session |= {"user": "\x1b]0;evil\x07", "connection": "a\tb\x9b", "id": "x\x1b[2J"}
    (tmp_path / "a.json").write_text(json.dumps(session))
    run("archive", "add", str(tmp_path / "a.json"), "--archive", str(tmp_path / "library"))
    for words in ((), ("--json",), ("--jsonl",), ("--facets",)):
        out = run("find", "e", *words, "--archive", str(tmp_path / "library")).out
        assert not {char for char in out if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n", "\t"}
    assert {line.count("\t") for line in run("find", "e", "--archive", str(tmp_path / "library")).out.splitlines()} == {
        4
    }
