"""The command that opens a session again at the same moment."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.presenters.reopen_command import page_url, reopen_command


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).map(lambda name: f"/dir/{name} 'x"))
def test_command_is_one_shell_word_per_argument(path: str) -> None:
    words = shlex.split(reopen_command(path, "00:00:01.500", times="ms", size=(120, 36)))
    assert words[0] == "replay-tui"
    assert words[2:] == ["--at", "00:00:01.500", "--times", "ms", "--size", "120x36"]
    assert Path(words[1]).is_absolute()


def test_command_of_gateway_has_page_and_moment() -> None:
    page = page_url("https://gateway.example.com", "5fd43269-12af-4dc5-a2d7-785bbfceda35")
    assert reopen_command(page, "00:00:01.500") == f"replay-tui {page} --at 00:00:01.500"
    assert reopen_command(page, "1", api_url="https://gateway.example.com").endswith(
        "--api-url https://gateway.example.com"
    )


@pytest.mark.parametrize("location", ["", "-", "a\nb", "a\x1b[31mb", "a\u202eb"])
def test_command_of_unusable_location_is_empty(location: str) -> None:
    assert not reopen_command(location, "1")
