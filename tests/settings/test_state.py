"""What is kept of a session: a damaged file counts as empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.domain.bookmark import Bookmark
from replay_tui.settings.state import StateStore


@pytest.mark.parametrize(
    "content",
    [
        "", "[", "[" * 100_000, "{}", "[]", '{"bookmarks": 1}', '{"bookmarks": [{"note": "x"}]}',
        '{"bookmarks": [null]}',
        '{"bookmarks": [{"time": %s, "note": "x"}]}' % ("9" * 400),
        '{"bookmarks": [{"time": NaN, "note": "x"}, {"time": -Infinity, "note": "x"}, {"time": 1e300, "note": "x"}]}',
    ],
)  # fmt: skip
def test_damaged_bookmarks_count_as_none(tmp_path: Path, content: str) -> None:
    store = StateStore(tmp_path)
    store.save("one", [Bookmark(2.0, "b"), Bookmark(1.0, "a")])
    assert [one.note for one in store.bookmarks("one")] == ["a", "b"]
    (file,) = (tmp_path / "sessions").iterdir()
    file.write_text(content)
    assert store.bookmarks("one") == []


@pytest.mark.parametrize("content", ["[" * 100_000, "[]", '{"a": ' * 50_000])
def test_damaged_marks_count_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "reviewed.json").write_text(content)
    assert StateStore(tmp_path).reviewed() == {}
