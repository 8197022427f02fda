"""Hostile sessions on a real pseudo-terminal: nothing but what the interface itself writes reaches it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.gateway import ADMIN, LoopbackGateway
from tests.support.hostile import everything, hostile_session
from tests.support.ptyread import ESCAPE, ROOT, Pty, Traffic, replay, traffic

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terminal")]
"""In one process, for what they are measured by is made once."""
SESSIONS = ROOT / "fixtures" / "sessions"
FILE_NAME = "evil\x1b]0;owned\x07\x1b[2J\u202e[@click=app.quit]x[bold]\udcff.json"
UP, DOWN, RIGHT, LEFT, PAGE_DOWN, END = (f"\x1b{rest}" for rest in ("[A", "[B", "[C", "[D", "[6~", "[F"))

WALK: Sequence[str] = (
    # every pane
    RIGHT, LEFT, "t", END, ESCAPE, "r", DOWN, PAGE_DOWN, ESCAPE, "v", DOWN, "v", DOWN, "v", "v", "v", "k", "k",
    # moments
    "s", "s", "S", "]", "[", "/", "n", "e", "e", "d", "\r", "n", "N", ESCAPE, "/", "(", "\r", ESCAPE,
    ":", "5", "0", "%", "\r", ":", "x", "\r", ESCAPE, "G", "\t", DOWN, "\r", "\t", DOWN, "\r", "\t", PAGE_DOWN, "\t",
    # panels and dialogs
    "b", "b", "a", "a", "f", "f", "\\", "e", "\r", ESCAPE, "Z", ESCAPE, "?", ESCAPE, "\x10", "s", "e", ESCAPE,
    "m", "x", "\r", "M", ESCAPE, "u", "u", "c", "w", "I", "I", "O", "O", "E", "E", "i", "A", ESCAPE, "R", ESCAPE,
    "!", ESCAPE, "V", ESCAPE, "{", "}", ESCAPE, ESCAPE,
)  # fmt: skip


STATEMENTS: Sequence[str] = (
    "G", "s", "s", DOWN, "\r", "r", DOWN, ESCAPE, "v", "v", "v", "/", "e", "\r", "n", ESCAPE, "]", "\\", "e", "\r",
)  # fmt: skip


COPIES: Sequence[str] = (ESCAPE, ESCAPE, "G", "y", "t", "y", ESCAPE, "r", "y", ESCAPE, "\t", "y", "\t", "y")
_COPIED = rb"\x1b\]52;c;([^\x07\x1b]*)\x07"
"""What puts a text into the terminal's clipboard, which `y` is for."""


def walk(screen: Pty, keys: Sequence[str] = WALK) -> None:
    screen.settle()
    screen.press(*keys, quiet=0.01)
    screen.resize(80, 24)
    screen.settle()
    screen.press("b", DOWN, ESCAPE, "a", DOWN, ESCAPE, "t", ESCAPE, "r", ESCAPE, quiet=0.01)
    screen.resize(39, 11)
    screen.settle()
    screen.resize(140, 50)
    screen.settle()


def leave(screen: Pty) -> None:
    for number in range(12):  # on a busy machine an Escape and a key that follows soon are read as one
        screen.press(ESCAPE, "q", quiet=0.15 + number * 0.25)
        if screen.process.poll() is not None:
            break
    assert screen.end(30.0) == 0, screen.tail


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """What the interface writes for a session that nobody tampered with, on the same walk."""
    with replay(str(SESSIONS / "shell-vim.json"), home=tmp_path_factory.mktemp("home"), cols=140, rows=40) as screen:
        screen.wait_for("space")
        walk(screen, ("t", ESCAPE, "/", "e", "\r", ESCAPE, ":", ESCAPE, "?", ESCAPE, "\x10", ESCAPE, "m", "x", "\r"))
        leave(screen)
    return traffic(screen.written)


def saved(name: str, path: Path) -> Path:
    """A recorded session with every payload in every text, in a file whose name is one as well."""
    session = json.loads((SESSIONS / f"{name}.json").read_text())
    path.write_text(json.dumps(hostile_session(session, everything())))
    return path


def check(seen: Traffic, harmless: Traffic) -> None:
    foreign = {kind: example for kind, example in seen.kinds.items() if kind not in harmless.kinds}
    assert not foreign
    assert not seen.unseen
    assert "Traceback" not in seen.text


def test_what_a_harmless_session_writes(harmless: Traffic):
    """The measure itself: no string but the pointer's shape, no query but the two that Textual sends at its start."""
    assert {kind for kind in harmless.kinds if kind.startswith(("OSC", "string", "unfinished"))} <= {"OSC 22"}
    assert {kind for kind in harmless.kinds if kind[-1] in "ncpqtu"} <= {
        "CSI ?2026$p", "CSI ?2048$p", "CSI >25u", "CSI <u", "CSI >1u",
    }  # fmt: skip
    assert {kind for kind in harmless.kinds if kind.startswith("control")} <= {"control 0a", "control 0d", "control 07"}


@pytest.mark.parametrize(("name", "keys"), [("shell-vim", WALK), ("pg-psql", STATEMENTS)], ids=["shell", "statements"])
def test_nothing_of_a_session_reaches_the_terminal(name: str, keys: Sequence[str], harmless: Traffic, tmp_path: Path):
    path = saved(name, tmp_path / FILE_NAME)
    with replay(str(path), home=tmp_path, cols=140, rows=40) as screen:
        screen.wait_for("space")
        walk(screen, keys)
        before = len(screen.written)
        if name == "shell-vim":
            screen.press(*COPIES)
        leave(screen)
    check(traffic(screen.written[:before]), harmless)
    if name == "shell-vim":
        check_copied(screen.written[before:])
    check(traffic(re.sub(_COPIED, b"", screen.written[before:])), harmless)


def check_copied(written: bytes | bytearray) -> None:
    copied = re.findall(_COPIED, written)
    assert copied
    for content in copied:
        text = base64.b64decode(content, validate=True).decode()
        assert text.replace("\n", "").isprintable(), text


def test_nothing_of_a_gateway_reaches_the_terminal(harmless: Traffic, tmp_path: Path):
    evil = everything(120)
    with LoopbackGateway() as gateway:
        for number, session in list(gateway.store.sessions.items()):
            gateway.store.sessions[number] = hostile_session(session, evil, ())
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        with replay(home=tmp_path, env=env, cols=120, rows=36) as screen:
            screen.wait_for("newest first")
            screen.press(DOWN, "T", "F", "F", "/", "e", "\r", ESCAPE, "m", "x", "\r", "\\", ESCAPE)
            screen.press_for("?", "List of sessions")
            screen.press(ESCAPE, quiet=0.2)
            screen.press_for("\r", "idle real")
            screen.press("\x10", *"session:", quiet=0.02)
            screen.wait_for("Open this session")  # titles are no markup
            screen.press(ESCAPE)
            screen.press("b", "a", "A", ESCAPE, "R", "\r", ESCAPE, "!", ESCAPE, ESCAPE, "q")
            leave(screen)
    check(traffic(screen.written), harmless)


def test_nothing_of_a_run_reaches_the_terminal(harmless: Traffic, tmp_path: Path):
    with LoopbackGateway(run_output=everything(120)) as gateway:
        gateway.session("exec-review-pending")["review"].update(status="APPROVED", time_window=None)
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        session_id = gateway.store.names["exec-review-pending"]
        with replay(session_id, home=tmp_path, env=env, cols=120, rows=36) as screen:
            screen.wait_for("Nothing to replay")
            screen.press("!")
            screen.wait_for("What you may do")
            screen.press(DOWN, DOWN, DOWN, DOWN, DOWN, "\r", quiet=0.2)
            screen.wait_for("Run Kim Owner")
            screen.press("y", quiet=0.5)
            screen.wait_for("success, exit code 0")
            screen.press(PAGE_DOWN, ESCAPE, quiet=0.2)
            leave(screen)
    check(traffic(screen.written), harmless)
