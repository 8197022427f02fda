"""Escape and a key typed right after it, on a pseudo-terminal: both arrive, in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.effort import sampled
from tests.support.ptyread import ESCAPE, ROOT, Pty, python, replay
from tests.support.walk import closes, leave, step, typed, walk

pytestmark = pytest.mark.slow

VIM = ROOT / "fixtures" / "sessions" / "shell-vim.json"
PAUSES_SECONDS = (0.02, 0.0, 0.001, 0.01, 0.03, 0.1)
"""The first is the delay after which Escape is a key of its own."""
DIALOGS = {":": "AskScreen", "\x10": "Palette", "x": "ChooseScreen", "?": "HelpScreen"}


@pytest.fixture
def screen(tmp_path: Path):
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_ready()
        yield screen


@sampled("dialogs", [":\x10", "x?"], daily=1)
def test_escape_and_next_key_in_one_write_both_act(screen: Pty, dialogs: str):
    """The next key acts on the replay screen only if Escape has closed the dialog before it."""
    for key in dialogs:
        walk(screen, [step(key, top=DIALOGS[key])])
        screen.send(f"{ESCAPE}t")
        screen.wait_state(top="ReplayScreen", pane="transcript")
        walk(screen, [step("t", pane="main")])
    walk(screen, [step(":", top="AskScreen")])
    screen.send(f"{ESCAPE}q")
    assert screen.end() == 0


@sampled("pauses", [PAUSES_SECONDS[:2], PAUSES_SECONDS], daily=1)
def test_escape_and_next_key_in_two_writes_both_act(screen: Pty, pauses: Sequence[float]):
    for pause in pauses:
        walk(screen, [step(":", top="AskScreen")])
        screen.send(ESCAPE)
        screen.read(pause)
        screen.send("t")
        screen.wait_state(top="ReplayScreen", pane="transcript")
        walk(screen, [step("t", pane="main")])
    walk(screen, [step(":", top="AskScreen")])
    screen.send(ESCAPE)
    screen.read(PAUSES_SECONDS[0])
    screen.send("q")
    assert screen.end() == 0


def test_escape_between_dialogs_keeps_every_key_in_order(screen: Pty):
    """Each key has an effect only on the screen that the previous keys opened or closed."""
    keys = f"?{ESCAPE}m{ESCAPE}:50%\rt{ESCAPE}r{ESCAPE}mnote\r\x10{ESCAPE}:100%\rG/{ESCAPE}f{ESCAPE}M{ESCAPE}b"
    screen.send(keys)
    screen.wait_state(keys=len(keys))
    assert screen.state["bookmarks"] == 1
    assert screen.state["position"] == screen.state["duration"]
    assert screen.state["top"] == "ReplayScreen"
    assert screen.state["pane"] == "main"
    assert {"no-sidebar", "full", "searching"} & set(screen.state["classes"]) == {"no-sidebar"}
    leave(screen)


@pytest.mark.exhaustive
def test_palette_receives_keys_typed_after_ctrl_p(screen: Pty):
    screen.send("\x10raw")
    screen.wait_state(keys=4, top="Palette", typed=3)
    walk(screen, [closes()])
    leave(screen)


def test_alt_key_bound_by_user_works(tmp_path: Path):
    config = tmp_path / "config" / "replay-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[keys]\nraw = ["alt+x"]\n')
    with replay(str(VIM), home=tmp_path) as screen:
        screen.wait_ready()
        walk(screen, [step("\x1bx", pane="raw"), step("\x1b[120;3u", pane="main"), step("\x1bt", pane="transcript")])
        walk(
            screen,
            [closes(pane="main"), step("m", top="AskScreen", focus="QueuedInput"), *typed("a"), closes(bookmarks=0)],
        )
        leave(screen)


def test_kitty_keys_work_and_the_program_goes_on(screen: Pty):
    """Releases are ignored; alternate keys and event types used to end the input thread."""
    screen.send("\x1b[97;1:3u\x1b[63:63;2u\x1b[999999999u")
    screen.wait_state(top="HelpScreen")
    screen.send("\x1b[27u")
    screen.wait_state(top="ReplayScreen")
    leave(screen)


def test_input_thread_that_fails_ends_with_a_message(tmp_path: Path):
    """Without its input thread the program could not be ended."""
    failing = (
        "import sys; from replay_tui.ui import input_parser; from replay_tui.cli.main import main\n"
        "def fail(parser, data): raise ArithmeticError\n"
        "input_parser.InputParser.feed = fail\n"
        f"sys.argv = ['replay-tui', {str(VIM)!r}]; sys.exit(main())"
    )
    with python("-c", failing, home=tmp_path) as screen:
        screen.wait_state(top="ReplayScreen")
        screen.send("j")
        assert screen.end() not in (0, None)
        assert b"ArithmeticError" in screen.written
        assert not screen.raw
