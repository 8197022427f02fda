"""A search in the library gives hit for hit what `search` gives in each session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.archive.library.document import hidden_copy
from replay_tui.archive.library.find import Find
from replay_tui.archive.library.find_query import FindQuery
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.sessions import list_sessions
from replay_tui.archive.process_engine import analyse_in_processes
from replay_tui.load_recording import load
from replay_tui.search.search import SEARCH_AREAS, Hit
from tests.archive.library.libraries import FIXTURES, SECRETS, SESSIONS, add
from tests.hostile.mutations import session_file

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("library-same_hits")]  # the library is made once

OTHERS = [
    path for name in ("programs", "postgres", "search") for path in sorted((FIXTURES / name).glob("*"))
    if ".truth" not in path.name and ".screens" not in path.name and path.suffix in (".json", ".gz", ".cast")
]  # fmt: skip
FEW = ("vim.", "python-cjk.", "vt100-dialog.", "libpq.", "psql-flagged.", "screen-title", "wrap-screen")
SEARCHED = [*SESSIONS, *SECRETS, *(path for path in OTHERS if path.name.startswith(FEW))]
PATTERNS = (
    "e", "rm", "SELECT", "select", "payments", "password", "root@", "\u2022", "\u4e2d", "q", "http", "-- ",
    "a b", "/etc/", "nothing like this", "Host: ",
)  # fmt: skip
EXPRESSIONS = (
    r"\bdrop\b",
    r"rm +-r\w*",
    "^[a-z]+$",
    "(select|delete) ",
    r"\d{4}-\d\d",
    "x*",
    r"s\w*t",
    "[.]",
    "a{2}b?",
)


class Both:
    """Recordings by path, and the library that has all of them."""

    def __init__(self, folder: Path, paths: list[Path]) -> None:
        with Library.open(folder, writes=True) as library:
            add(library, paths)
        self.library = Library.open(folder)
        loaded = {one.source: load(one.source) for one in list_sessions(self.library)}
        self.recordings = {name: hidden_copy(recording) for name, recording in loaded.items()}
        self.unchanged = sum(self.recordings[name] is recording for name, recording in loaded.items())

    def check(self, pattern: str, *, regex: bool, areas: frozenset[str] = frozenset(SEARCH_AREAS)) -> int:
        """Compare the hits of a pattern in all sessions, and return their number."""
        found: dict[str, list[Hit]] = {}
        find = Find(self.library, FindQuery(pattern, regex, areas))
        for one in find.hits():
            assert one.time_text == self.recordings[one.session.source].format_time(one.hit.time)
            found.setdefault(one.session.source, []).append(one.hit)
        for name, recording in self.recordings.items():
            expected = recording.search(pattern, regex, ",".join(areas))
            assert sorted(found.pop(name, []), key=order) == sorted(expected, key=order), name
        assert not found
        return sum(map(len, found.values()))


def order(hit: Hit) -> tuple[object, ...]:
    return tuple((value is None, value or 0) if not isinstance(value, str) else value for value in hit)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    made = Both(tmp_path_factory.mktemp("library"), SEARCHED)
    assert len(made.recordings) > 40
    assert made.unchanged > 35, "for the others, search also shows passwords in visible commands; exports do not"
    yield made
    made.library.connection.close()


@pytest.mark.parametrize("regex", [False, True])
def test_find_equals_search_in_fixtures(both: Both, regex: bool) -> None:
    for pattern in EXPRESSIONS if regex else PATTERNS:
        both.check(pattern, regex=regex)


@pytest.mark.parametrize("area", SEARCH_AREAS)
def test_find_in_one_area_equals_search(both: Both, area: str) -> None:
    both.check("s", regex=False, areas=frozenset({area}))


@settings(max_examples=8)
@given(st.data())
def test_find_of_any_part_of_a_text_equals_search(both: Both, data: st.DataObject) -> None:
    recording = data.draw(st.sampled_from([one for one in both.recordings.values() if one.transcript]))
    line = data.draw(st.sampled_from(recording.transcript)).text
    start = data.draw(st.integers(0, max(0, len(line) - 1)))
    pattern = line[start : start + data.draw(st.integers(1, 12))]
    if pattern:
        both.check(pattern, regex=False)


@pytest.mark.slow
def test_find_in_processes_equals_find_in_this_one(both: Both) -> None:
    query = FindQuery("s")
    here, there = (
        Find(both.library, query, run=run) for run in (None, lambda some, job: analyse_in_processes(some, job, 2))
    )
    assert [*there.hits()] == [*here.hits()]
    assert there.coverage == here.coverage


def check_generated(folder: Path, seeds: range) -> None:
    paths = []
    for seed in seeds:
        paths.append(folder / f"{seed}.json")
        paths[-1].write_bytes(session_file(seed))
    made = Both(folder / "library", paths)
    assert len(made.recordings) >= len(paths) / 4
    for pattern in ("e", "root", "\u6f22", "rm -rf"):
        made.check(pattern, regex=False)
    made.check(r"[a-z]+ \W", regex=True)
    made.library.connection.close()


def test_find_in_generated_sessions_equals_search(tmp_path: Path) -> None:
    check_generated(tmp_path, range(12))


@pytest.mark.exhaustive
def test_find_in_recorded_programs_equals_search(tmp_path: Path) -> None:
    made = Both(tmp_path, OTHERS)
    assert len(made.recordings) > 15
    for pattern in PATTERNS:
        made.check(pattern, regex=False)
    for pattern in EXPRESSIONS:
        made.check(pattern, regex=True)
    made.library.connection.close()


@pytest.mark.exhaustive
@pytest.mark.parametrize("start", range(0, 300, 50))
def test_find_in_300_generated_sessions_equals_search(tmp_path: Path, start: int) -> None:
    check_generated(tmp_path, range(start, start + 50))
