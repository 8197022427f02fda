"""Repair of a damaged library: what is intact stays, and nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replay_tui.archive.library.database import FILE_NAME
from replay_tui.archive.library.find import Find
from replay_tui.archive.library.find_query import FindQuery
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.maintenance import repair, verify
from replay_tui.archive.library.sessions import list_sessions, sessions_named
from replay_tui.domain.errors import ReplayError, UnreadableSource
from tests.archive.library.libraries import PSQL, SESSIONS, VIM, add, hits, outcomes


@pytest.fixture
def library(tmp_path: Path) -> Any:
    with Library.open(tmp_path / "library", writes=True) as made:
        yield made


def damage_block(library: Library, path: Path) -> None:
    (session,) = sessions_named(library, str(path))
    block = library.blocks / session.file
    data = bytearray(block.read_bytes())
    data[len(data) // 2] ^= 0xFF
    block.write_bytes(data)


def test_damaged_block_is_named_and_the_rest_searched(library: Library) -> None:
    add(library, [VIM, PSQL])
    before = hits(library, "select")
    damage_block(library, VIM)
    find = Find(library, FindQuery("s"))
    assert sum(one.session.source == str(PSQL) for one in find.hits()) > 0
    assert find.coverage.reasons["damaged in the library"] == 1
    assert [bool(one.problem) for one in verify(library)].count(True) == 1
    done = repair(library.folder)
    assert (done.kept, len(done.dropped), done.rebuilt) == (1, 1, False)
    assert outcomes(add(library, [VIM, PSQL])) == ["added", "added"]
    assert hits(library, "select") == before


@pytest.mark.parametrize("damage", ["garbage", "missing", "empty", "page"])
def test_damaged_database_is_built_again(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "library"
    with Library.open(folder, writes=True) as library:
        add(library, SESSIONS[:6])
        expected = sorted(one._replace(n=0) for one in list_sessions(library))
        count = hits(library, "e")
    path = folder / FILE_NAME
    if damage in ("missing", "empty"):
        path.unlink()
        if damage == "empty":  # a new database would be filled, and the blocks deleted
            path.touch()
        for writes in (True, False):
            with pytest.raises(UnreadableSource, match="no database; run `replay-tui archive repair`"):
                Library.open(folder, writes=writes)
    else:
        data = bytearray(path.read_bytes())
        start, end = (0, len(data)) if damage == "garbage" else (100, 16384)
        data[start:end] = bytes((byte * 7 + 13) & 0xFF for byte in data[start:end])
        path.write_bytes(data)
        with pytest.raises(UnreadableSource, match="archive repair"), Library.open(folder) as library:
            list(list_sessions(library))
    done = repair(folder)
    assert done.rebuilt
    with Library.open(folder, writes=True) as library:
        assert sorted(one._replace(n=0) for one in list_sessions(library)) == expected
        assert hits(library, "e") == count
        assert "unchanged" in outcomes(add(library, SESSIONS[:1]))


def test_repair_makes_no_library(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="no library"):
        repair(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_repair_changes_nothing_while_another_process_adds(library: Library) -> None:
    add(library, [VIM])
    library.database_path.write_bytes(b"garbage")
    with library.adding(), pytest.raises(ReplayError, match="Another process is adding"):
        repair(library.folder)
    assert library.database_path.read_bytes() == b"garbage"
    assert repair(library.folder).kept == 1


def test_process_that_opened_the_library_before_its_repair_adds_nothing(library: Library) -> None:
    add(library, [VIM])
    library.database_path.rename(library.folder / "moved")
    repair(library.folder)
    with pytest.raises(ReplayError, match="repaired meanwhile"):
        add(library, [PSQL])
    with Library.open(library.folder, writes=True) as opened:
        assert outcomes(add(opened, [VIM, PSQL])) == ["unchanged", "added"]
