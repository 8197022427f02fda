"""Status reports: their contents, and that no text of a session, gateway or user is in them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from replay_tui.ui.status_report import status_descriptor
from tests.support.gateway import ADMIN, LoopbackGateway
from tests.support.hostile import everything, hostile_session
from tests.support.ptyread import ROOT, Pty, replay
from tests.support.walk import closes, leave, step, typed, walk

pytestmark = pytest.mark.slow

VIM = ROOT / "fixtures" / "sessions" / "shell-vim.json"


@pytest.mark.parametrize("written", ["", "0", "1", "2", "-3", "3x", "²", "9999999", " 3"])
def test_descriptor_invalid_is_ignored(written: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REPLAY_TUI_STATUS_FD", written)
    assert status_descriptor() is None


def test_descriptor_open_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (tmp_path / "states").open("w") as file:
        monkeypatch.setenv("REPLAY_TUI_STATUS_FD", str(file.fileno()))
        assert status_descriptor() == file.fileno()
    assert status_descriptor() is None


def recorded_states(screen: Pty) -> list[dict[str, Any]]:
    """Collect the states written from now on."""
    states: list[dict[str, Any]] = []
    read = screen.read

    def keep(seconds: float) -> bytes | None:
        data = read(seconds)
        if not states or states[-1] is not screen.state:
            states.append(screen.state)
        return data

    screen.read = keep  # type: ignore[method-assign]
    return states


def test_states_contain_no_text_of_session_or_user(tmp_path: Path):
    with LoopbackGateway() as gateway:
        for number, session in list(gateway.store.sessions.items()):
            gateway.store.sessions[number] = hostile_session(session, everything(120) + "MARK", ())
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        with replay(home=tmp_path, env=env) as screen:
            states = recorded_states(screen)
            screen.wait_state(top="InboxScreen", asking=False, rows=lambda count: count > 1)
            walk(screen, [step("/", focus="filter-input"), *typed("Zq"), step("\x1b", focus="inbox-list")])
            screen.wait_state(text_filter=False, rows=lambda count: count > 1)
            walk(screen, [step("\r", top="ReplayScreen", analysed=True)])
            walk(screen, [step("m", top="AskScreen", focus="QueuedInput"), *typed("Zq"), closes()])
            walk(screen, [step("q", top="InboxScreen")])
            leave(screen)
    whole = json.dumps(states)
    assert len(states) > 10
    for text in ("MARK", "Zq", "Z", ADMIN.token, gateway.url, str(tmp_path), *gateway.store.sessions):
        assert text not in whole
    assert max(len(json.dumps(state)) for state in states) < 4096  # PIPE_BUF, on Linux


def test_report_without_reader_is_stopped(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        os.close(screen._status)
        screen._status = -1
        screen.wait_for("statement")
        screen.send("q")
        assert screen.end() == 0


def test_program_with_closed_descriptor_starts(tmp_path: Path):
    with replay(str(VIM), home=tmp_path, status="512") as screen:
        screen.wait_for("statement")
        screen.send("q")
        assert screen.end() == 0
