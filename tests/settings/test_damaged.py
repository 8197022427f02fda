"""Damaged files in the program's folders: valid parts are used, and reading never fails."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.timeline_mark import Bookmark
from replay_tui.gateway.errors import CredentialsError
from replay_tui.gateway.hoop_settings import from_file
from replay_tui.settings.config import load_settings
from replay_tui.settings.state_store import SavedInboxState, StateStore

DEEP = "[" * 100_000 + "]" * 100_000
DAMAGED = {
    "nothing": "",
    "deep": DEEP,
    "deep inside": f'{{"bookmarks": {DEEP}, "a": {DEEP}}}',
    "many digits": f'{{"bookmarks": [{{"time": {"9" * 5000}, "note": ""}}], "a": {"9" * 5000}}}',
    "other kinds": '{"bookmarks": {"time": 1}, "a": [1]}',
    "a list": "[1, 2]",
    "a number": "NaN",
    "bytes": "\udcff\udcfe",
}


@pytest.fixture(params=DAMAGED)
def damaged(request: pytest.FixtureRequest) -> bytes:
    return DAMAGED[request.param].encode(errors="surrogateescape")


def test_state_store_damaged_file_is_empty(tmp_path: Path, damaged: bytes) -> None:
    store = StateStore(tmp_path)
    store.save("session", [Bookmark(1.0, "x")])
    (kept,) = (tmp_path / "sessions").iterdir()
    kept.write_bytes(damaged)
    assert store.bookmarks("session") == []
    for name in ("reviewed", "listed", "findings", "inbox"):
        (tmp_path / f"{name}.json").write_bytes(damaged)
    assert (store.reviewed(), store.recent_session_ids(), store.max_severities()) == ({}, {}, {})
    assert SavedInboxState.load(store, "a") == SavedInboxState()
    store.save_max_severity("session", "high")
    assert store.max_severities() == {"session": "high"}


def test_bookmarks_invalid_times_are_dropped(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    good = Bookmark(5.0, "kept")
    store.save("session", [good, *(Bookmark(one, "x") for one in (math.inf, -math.inf, math.nan, 1e300, -1.0))])
    assert store.bookmarks("session") == [good]
    (kept,) = (tmp_path / "sessions").iterdir()
    rows = [f'{{"time": {time}, "note": "x"}}' for time in ("9" * 400, "1e999", '"5"', "true", "null", "[]")]
    rows += ["1", "null", '{"time": 5, "note": 7}', '{"time": 5, "note": "kept"}']
    kept.write_text(f'{{"bookmarks": [{", ".join(rows)}]}}')
    assert store.bookmarks("session") == [good]


def test_load_settings_damaged_file_raises_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for text in ("speed = " + "9" * 5000, "a = " + DEEP, "\udcff"):
        path.write_bytes(text.encode(errors="surrogateescape"))
        with pytest.raises(ReplayError, match="not valid TOML"):
            load_settings(path)
        with pytest.raises(CredentialsError, match="not valid TOML"):
            from_file(path)
