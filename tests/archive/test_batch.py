"""Batch of a session in a folder: members in order, and a sentence about every file that could not be listed."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from replay_tui.archive.batch import Batch, BatchResult, find_batch
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import Cancelled, UsageError
from replay_tui.gateway.cancel_token import CancelToken
from tests.support.effort import cases

NIGHT = "night-1"


def content(batch: str = NIGHT, start: str = "2026-11-20T01:00:00Z", **fields: Any) -> bytes:
    """Return a session as the gateway writes it: without blanks, fields sorted by name."""
    session = {
        "id": "5f0c", "user": "ana@example.com", "connection": "app-1", "type": "custom", "connection_subtype": "ssh",
        "status": "done", "start_date": start, "end_date": start, "session_batch_id": batch, "verb": "connect",
        "labels": {"path": "C:\\", "quote": '"{['}, "event_stream": [[0.0, "o", "JCA="], [1.5, "i", "bHMN"]],
    }  # fmt: skip
    return json.dumps(session | fields, sort_keys=True, separators=(",", ":")).encode()


def found(path: Path) -> BatchResult:
    source = SessionSource(str(path))
    return find_batch(source, source.read(CancelToken()).session, CancelToken())


def names(result: BatchResult) -> list[str]:
    return [Path(one.source.location).name for one in result.members]


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """Write a session of the batch; the tests add files beside it."""
    path = tmp_path / "b.json"
    path.write_bytes(content(start="2026-11-20T02:00:00Z"))
    return path


def test_batch_members_are_in_order_of_start(night: Path) -> None:
    (night.parent / "c.json").write_bytes(content())
    (night.parent / "a.json.gz").write_bytes(gzip.compress(content(start="2026-11-20T03:00:00Z")))
    (night.parent / "d.json").write_bytes(content("night-2", metadata={"note": NIGHT}))
    (night.parent / ".hidden.json").write_bytes(content())
    os.link(night, night.parent / "same.json")
    os.mkfifo(night.parent / "fifo")
    (night.parent / "more").mkdir()
    result = found(night)
    assert names(result) == ["c.json", "b.json", "a.json.gz"]
    assert (result.at, result.skipped) == (1, ())


@pytest.mark.parametrize("value", ["a&b", "x/y", "<n>", 'say "n"', "back\\slash", "nächtlich", "tab\t"])
@pytest.mark.parametrize("escaped", [False, True], ids=["verbatim", "escaped"])
def test_batch_id_is_found_however_it_is_escaped(night: Path, value: str, escaped: bool) -> None:
    night.write_bytes(content(value))
    text = json.dumps(value)[1:-1].encode()
    other = content(value)
    assert text in other
    if escaped:
        other = other.replace(text, b"".join(b"\\u%04x" % ord(char) for char in value))
    (night.parent / "c.json").write_bytes(other)
    assert names(found(night)) == ["b.json", "c.json"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("text.txt", f"{NIGHT} was quiet".encode()),
        ("empty.json", b""),
        ("blank.json", b" \n"),
        ("cut.json", content()[:-1].partition(b'"session_batch')[0]),
        ("cut.json.gz", gzip.compress(content())[:150]),
        ("bad.json.gz", b"\x1f\x8b" + b"?" * 40),
    ],
)
def test_batch_unreadable_file_is_named(night: Path, name: str, data: bytes) -> None:
    path = night.parent / name
    path.write_bytes(data)
    result = found(night)
    assert names(result) == ["b.json"]
    assert [str(path) in one for one in result.skipped] == [True]


def test_batch_broken_link_is_named(night: Path) -> None:
    (night.parent / "gone.json").symlink_to("nowhere")
    assert found(night).skipped == (f"{night.parent / 'gone.json'}: No such file or directory.",)


def test_batch_removed_folder_is_named(night: Path) -> None:
    source = SessionSource(str(night))
    session = source.read(CancelToken()).session
    night.unlink()
    night.parent.rmdir()
    result = find_batch(source, session, CancelToken())
    assert (names(result), len(result.skipped)) == (["b.json"], 1)


def test_batch_ignores_files_without_its_id(night: Path) -> None:
    (night.parent / "d.json").write_bytes(content("night-2"))
    (night.parent / "notes.txt").write_text("no session")
    (night.parent / "list.json").write_text('[{"id": 1')
    (night.parent / "x.cast").write_text('{"version": 2, "width": 80, "height": 24}\n[0.5, "o", "a"]\n[1.0, "o')
    result = found(night)
    assert (names(result), result.skipped) == (["b.json"], ())


@given(share=st.floats(0, 1), zipped=st.booleans())
@examples(max_examples=cases(60))
def test_batch_truncated_session_is_never_dropped(share: float, zipped: bool) -> None:
    data = gzip.compress(content()) if zipped else content()
    with TemporaryDirectory() as folder:
        night, cut = Path(folder, "b.json"), Path(folder, "cut.json")
        night.write_bytes(content())
        cut.write_bytes(data[: max(2, int(share * len(data)))])  # two bytes identify compressed data
        result = found(night)
        assert ("cut.json" in names(result)) != any("cut.json" in one for one in result.skipped)


def test_batch_cancelled_search_raises(night: Path) -> None:
    (night.parent / "c.json").write_bytes(content())
    cancel = CancelToken()
    source = SessionSource(str(night))
    with pytest.raises(Cancelled):
        find_batch(source, source.read(cancel).session, cancel, lambda _done, _total: cancel.cancel())


@pytest.mark.parametrize("path", ["-", "b.json"])
def test_batch_unavailable_raises(night: Path, path: str) -> None:
    session = SessionSource(str(night)).read(CancelToken()).session
    if path != "-":
        night.write_bytes(content(""))
        session = SessionSource(str(night)).read(CancelToken()).session
    with pytest.raises(UsageError):
        find_batch(SessionSource(path), session, CancelToken())
    assert Batch("batch_id", NIGHT).display_text == "batch night-1"
