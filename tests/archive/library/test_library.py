"""The library on disk: only what is new or changed is added; damage is named and leaves the rest usable."""

from __future__ import annotations

import base64
import errno
import json
import os
import resource
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from replay_tui.archive.engine import analyse_all
from replay_tui.archive.library.adding import LibraryFull, add_sessions
from replay_tui.archive.library.block_file import list_sections, read_sections
from replay_tui.archive.library.database import FILE_NAME, SCHEMA_VERSION
from replay_tui.archive.library.find import Find
from replay_tui.archive.library.find_query import FindQuery
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.maintenance import repair, state_of
from replay_tui.archive.library.session_loading import find_source, load_text
from replay_tui.archive.library.sessions import list_sessions, load_document, sessions_named
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import ReplayError, UnreadableSource
from replay_tui.load_recording import load
from replay_tui.recording import Recording
from tests.archive.library.libraries import FIXTURES, PSQL, SESSIONS, VIM, add, hits, outcomes
from tests.support.secret_cases import secrets_of, sessions


@pytest.fixture
def library(tmp_path: Path) -> Any:
    with Library.open(tmp_path / "library", writes=True) as made:
        yield made


def grow(path: Path, to: Path, events: int | None, **fields: object) -> Path:
    """Save a session with its first `events` events."""
    session = json.loads(path.read_text())
    session["event_stream"] = session["event_stream"][:events]
    to.write_text(json.dumps(session | fields))
    return to


def test_add_twice_adds_once(library: Library) -> None:
    assert "unchanged" not in outcomes(add(library, [VIM, PSQL]))
    before = state_of(library)
    assert outcomes(add(library, [VIM, PSQL])) == ["added", "added"]  # known, and not read again
    copy = library.folder.parent / "copy.json"
    shutil.copy(VIM, copy)
    assert outcomes(add(library, [copy])) == ["unchanged"]
    assert state_of(library) == before
    assert library.unused_files() == []


def test_add_replaces_the_beginning_of_a_session(library: Library, tmp_path: Path) -> None:
    path = grow(VIM, tmp_path / "s.json", 100, status="open", end_date=None)
    assert outcomes(add(library, [path])) == ["added"]
    few = hits(library, "e")
    grow(VIM, path, None)
    assert outcomes(add(library, [path])) == ["grown"]
    assert [one.duration for one in list_sessions(library)] == [load(VIM).duration]
    assert hits(library, "e") > few


def test_add_replaces_a_withheld_session(library: Library, tmp_path: Path) -> None:
    withheld = tmp_path / "withheld.json"
    shutil.copy(FIXTURES / "incomplete" / "withheld.json", withheld)
    add(library, [withheld])
    (session,) = list_sessions(library)
    assert session.gap == "withheld"
    full = grow(VIM, tmp_path / "full.json", None, id=session.id)
    assert outcomes(add(library, [full])) == ["grown"]
    assert [one.gap for one in list_sessions(library)] == [""]


def test_add_keeps_another_recording_with_the_same_id(library: Library, tmp_path: Path) -> None:
    other = json.loads(PSQL.read_text()) | {"id": json.loads(VIM.read_text())["id"]}
    (tmp_path / "other.json").write_text(json.dumps(other))
    assert outcomes(add(library, [VIM, tmp_path / "other.json"])) == ["added", "added"]
    assert {one.kind for one in list_sessions(library)} == {"terminal", "statements"}


def test_add_updates_metadata(library: Library, tmp_path: Path) -> None:
    path = grow(VIM, tmp_path / "s.json", None)
    add(library, [path])
    grow(VIM, path, None, review={"status": "APPROVED", "type": "onetime"})
    assert outcomes(add(library, [path])) == ["updated"]
    assert [one.review for one in list_sessions(library)] == ["APPROVED"]


def test_session_of_an_earlier_text_version_is_renewed(library: Library, tmp_path: Path) -> None:
    path = grow(PSQL, tmp_path / "gone.json", None)
    add(library, [VIM, path])
    library.connection.execute("UPDATE sessions SET text_version = 0")
    path.unlink()
    assert state_of(library).outdated == 2
    assert outcomes(add(library, [VIM, path])) == ["renewed", "failure"]
    state = state_of(library)
    assert (state.sessions, state.outdated) == (2, 1)  # what cannot be read again stays as it is
    assert outcomes(add(library, [VIM])) == ["added"]
    assert library.unused_files() == []


def test_changed_cast_is_another_recording(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    path.write_text('{"version": 2, "width": 80, "height": 24}\n[1.0, "o", "one\\r\\n"]\n')
    add(library, [path])
    path.write_text('{"version": 2, "width": 80, "height": 24}\n[1.0, "o", "two\\r\\n"]\n')
    assert outcomes(add(library, [path])) == ["added"]
    assert (hits(library, "one"), hits(library, "two")) == (1, 1)


def test_removed_session_is_added_again_only_on_request(library: Library) -> None:
    add(library, [VIM, PSQL])
    (session,) = sessions_named(library, str(VIM))
    assert library.remove([session.n]) == 1
    assert not (library.blocks / session.file).exists()
    assert outcomes(add(library, [VIM])) == ["removed"]
    assert outcomes(add(library, [VIM], again=True)) == ["added"]


def test_files_are_private(library: Library) -> None:
    add(library, [VIM])
    assert stat.S_IMODE(library.folder.stat().st_mode) == 0o700
    for path in library.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_library_holds_no_secret(library: Library) -> None:
    add(library, sessions())
    library.connection.execute("PRAGMA wal_checkpoint")
    files = [path.read_bytes() for path in library.folder.glob(f"{FILE_NAME}*")]
    files += [data for path in library.blocks.iterdir() for data in read_sections(path, list_sections(path))]
    secrets = tuple({one for path in sessions() for one in secrets_of(path)})
    assert [secret for secret in secrets if any(secret.encode() in data for data in files)] == []
    assert len(files) > 100


def test_limit_stops_adding(library: Library) -> None:
    with pytest.raises(LibraryFull, match="forget"):
        add(library, [VIM, PSQL], limit_bytes=library.size_bytes + 100)
    assert state_of(library).sessions == 0
    assert len(state_of(library).waiting) == 2
    assert library.unused_files() == []


def test_full_disk_is_named_and_nothing_is_lost(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    add(library, [PSQL])

    def fail(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(ReplayError, match="no space left"):
            add(library, [VIM])
    assert [location for location, _ in state_of(library).waiting] == [str(VIM)]
    assert outcomes(add(library, [VIM])) == ["added"]
    assert library.unused_files() == []


def test_full_disk_is_no_damage(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # no file can grow further
        with pytest.raises(ReplayError, match=r"cannot be used \((disk|database).*check the disk and the permissions"):
            Library.open(tmp_path / "library", writes=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with Library.open(tmp_path / "library", writes=True) as library:
        assert outcomes(add(library, [VIM])) == ["added"]


def test_failure_of_a_source_is_stored(library: Library, tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_text("no session")
    assert outcomes(add(library, [tmp_path / "no.txt", VIM])) == ["failure", "added"]
    assert outcomes(add(library, [tmp_path / "no.txt"])) == ["failed"]
    find = Find(library, FindQuery("nowhere"))
    assert list(find.hits()) == []
    assert (find.coverage.searched, dict(+find.coverage.reasons)) == (1, {"unreadable": 1})


def test_library_of_a_newer_version_is_refused(library: Library) -> None:
    library.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for writes in (False, True):
        with pytest.raises(UnreadableSource, match="newer version"):
            Library.open(library.folder, writes=writes)
    with pytest.raises(UnreadableSource, match="newer version"):
        repair(library.folder)


def test_library_of_an_older_version_is_migrated(tmp_path: Path) -> None:
    with Library.open(tmp_path, writes=True) as library:
        add(library, [VIM])
        expected = [one._replace(subtype="") for one in list_sessions(library)]
        for column in ("subtype", "text_version"):  # as in version 1
            library.connection.execute(f"ALTER TABLE sessions DROP COLUMN {column}")
        library.connection.execute("PRAGMA user_version = 1")
    with Library.open(tmp_path) as library:
        assert library.connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert list(list_sessions(library)) == expected
        assert state_of(library).outdated == 1


def test_library_in_a_read_only_folder_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(tmp_path / "library", writes=True) as library:
        add(library, [VIM])
    assert not (tmp_path / "library" / f"{FILE_NAME}-wal").exists()
    for path in ((tmp_path / "library"), *(tmp_path / "library").rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        with Library.open(tmp_path / "library") as library:
            assert hits(library, "rm") > 0
        if os.geteuid():  # root may write everywhere
            with pytest.raises(ReplayError, match="permissions"):
                Library.open(tmp_path / "library", writes=True)
    finally:
        for path in ((tmp_path / "library"), *(tmp_path / "library").rglob("*")):
            path.chmod(0o700)


def test_missing_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="archive add"):
        Library.open(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_document_of_any_content_is_stored(library: Library, tmp_path: Path) -> None:
    """Lone surrogates, NUL, line separators, and times at the ends of the range."""
    session = json.loads(PSQL.read_text()) | {
        "user": "a\ud800\x00b",
        "connection": "c\u2028d",
        "start_date": "9999-12-31T23:59:59Z",
    }
    (tmp_path / "odd.json").write_text(json.dumps(session))
    (tmp_path / "odd.cast").write_text(
        '{"version": 2, "width": 80, "height": 24, "title": "\\ud800"}\n[0.0, "o", "x\\u0000y\\ud800z\\r\\n"]\n'
        '[99999999.5, "o", "later\\r\\n"]\n'
    )
    assert outcomes(add(library, [tmp_path / "odd.json", tmp_path / "odd.cast"])) == ["added", "added"]
    for one in list_sessions(library):
        load_document(library, one)
    (found,) = Find(library, FindQuery("later")).hits()
    assert found.time_text.endswith(":39.500")
    assert list(Find(library, FindQuery("select")).hits())


def test_pattern_that_takes_too_long_is_counted(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay_tui.search.query._LINE_SECONDS", 0.05)
    for number in range(5):
        line = "a" * 60 + "!" + str(number)
        (tmp_path / f"{number}.cast").write_text(
            f'{{"version": 2, "width": 200, "height": 24}}\n[0.0, "o", "{line}\\r\\n"]\n'
        )
    add(library, [tmp_path / f"{number}.cast" for number in range(5)])
    find = Find(library, FindQuery("(a|a)+$", regex=True))
    assert list(find.hits()) == []
    assert find.coverage.searched == 0
    assert find.coverage.reasons["where the pattern exceeded its time limit"] == 5


def test_find_that_ends_early_counts_the_rest(library: Library) -> None:
    add(library, SESSIONS)
    find = Find(library, FindQuery("e"))
    found = find.hits()
    next(found)
    found.close()
    assert find.coverage.reasons["not reached"] > 5
    assert find.coverage.total == state_of(library).sessions


def test_session_whose_file_is_gone_opens_as_text(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    shutil.copy(VIM, path)
    add(library, [path])
    (session,) = list_sessions(library)
    assert find_source(library, session) == (str(path), None)
    path.touch()
    found = find_source(library, session)  # read to compare it
    assert found
    assert found[1]
    shutil.copy(PSQL, path)
    assert find_source(library, session) is None
    recording = Recording(load_text(library, session))
    assert "library-text" in {one.code for one in recording.fidelity}
    hit = next(Find(library, FindQuery("rm -rf", areas=frozenset({"screen"}))).hits())
    assert "rm -rf" in recording.screen(hit.time_text).text
    assert recording.session.user == load(VIM).session.user


def test_query_of_an_address_is_not_stored(library: Library) -> None:
    """Object stores sign addresses with tokens in the query."""
    address = "http://127.0.0.1:9/s.json?X-Signature=token-marker"
    added = add(library, [address])
    assert [bool(one.failure) for one in added] == [True]
    assert "token-marker" not in added[0].failure
    assert [location for location, _ in state_of(library).waiting + state_of(library).unreadable] == [
        "http://127.0.0.1:9/s.json"
    ]
    library.connection.execute("PRAGMA wal_checkpoint")
    assert not any(b"token-marker" in path.read_bytes() for path in library.folder.rglob("*") if path.is_file())


def test_hits_are_ordered_across_overlapping_sessions(library: Library, tmp_path: Path) -> None:
    """The latest hit first; sessions without a date come last, each from its end."""
    paths = []
    for number, start in enumerate(("10:00:00", "10:00:05", None)):
        paths.append(tmp_path / f"{number}.json")
        lines = [[at, "o", base64.b64encode(f"x{number}{at}\r\n".encode()).decode()] for at in (1, 4, 8)]
        date = {"start_date": f"2026-11-01T{start}Z"} if start else {}
        paths[-1].write_text(json.dumps({"id": f"s{number}", "verb": "connect", "event_stream": lines} | date))
    add(library, paths)
    found = [*Find(library, FindQuery("x", areas=frozenset({"output"}))).hits()]
    assert [one.hit.text for one in found] == ["x18", "x14", "x08", "x11", "x04", "x01", "x28", "x24", "x21"]


def test_session_with_an_encoding_opens_from_its_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "gbk.json"
    data = base64.b64encode("\u4e2d\u6587\r\n".encode("gbk")).decode()
    path.write_text(json.dumps({"id": "s", "verb": "connect", "event_stream": [[1, "o", data]]}))
    sources = [SessionSource(str(path), encoding="gbk")]
    list(add_sessions(library, sources, lambda some, job: analyse_all(some, job, 1)))
    assert hits(library, "\u4e2d\u6587") > 0
    (session,) = list_sessions(library)
    found = find_source(library, session)
    assert found
    assert found[1]
    assert "\u4e2d\u6587" in Recording(found[1]).screen(1.0).text
