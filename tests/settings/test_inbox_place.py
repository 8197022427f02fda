"""Where one was in a list, kept by gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.settings.inbox_place import MAX_GATEWAYS, InboxPlace
from replay_tui.settings.state import StateStore

PLACE = InboxPlace("id", 300, "riskiest", True, "kim", "connection=x")


def test_each_gateway_has_its_own_place(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    assert InboxPlace.load(store, "https://a") == InboxPlace()
    PLACE.save(store, "https://a")
    assert InboxPlace.load(StateStore(tmp_path), "https://a") == PLACE
    assert InboxPlace.load(store, "https://b") == InboxPlace()
    for number in range(MAX_GATEWAYS):
        PLACE.save(store, f"https://{number}")
    assert InboxPlace.load(store, "https://a") == InboxPlace()


@pytest.mark.parametrize(
    "text", ["", "[]", "5", '{"https://a": 5}', '{"https://a": {"depth": "x", "sort": 5, "odd": 1}}']
)
def test_a_broken_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "inbox.json").write_text(text)
    assert InboxPlace.load(StateStore(tmp_path), "https://a") == InboxPlace()
