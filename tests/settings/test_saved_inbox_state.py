"""Saved state of the session list."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.settings.state_store import MAX_GATEWAYS, SavedInboxState, StateStore

PLACE = SavedInboxState("id", 300, "riskiest", True, "kim", "connection=x")


def test_saved_inbox_state_is_kept_per_gateway(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    assert SavedInboxState.load(store, "https://a") == SavedInboxState()
    PLACE.save(store, "https://a")
    assert SavedInboxState.load(StateStore(tmp_path), "https://a") == PLACE
    assert SavedInboxState.load(store, "https://b") == SavedInboxState()
    for number in range(MAX_GATEWAYS):
        PLACE.save(store, f"https://{number}")
    assert SavedInboxState.load(store, "https://a") == SavedInboxState()


@pytest.mark.parametrize(
    "text", ["", "[]", "5", '{"https://a": 5}', '{"https://a": {"depth": "x", "sort": 5, "odd": 1}}']
)
def test_saved_inbox_state_damaged_file_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "inbox.json").write_text(text)
    assert SavedInboxState.load(StateStore(tmp_path), "https://a") == SavedInboxState()
