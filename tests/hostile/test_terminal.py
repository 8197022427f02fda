"""Hostile sessions on a pseudo-terminal: only sequences that the interface itself writes reach it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from tests.support.gateway import ADMIN, LoopbackGateway
from tests.support.hostile import PAYLOADS, everything, hostile_session
from tests.support.ptyread import ESCAPE, ROOT, Pty, Traffic, replay, traffic
from tests.support.walk import Step, closes, leave, resize, step, typed, walk

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terminal")]
"""Run in one process, because the reference output is recorded once."""
SESSIONS = ROOT / "fixtures" / "sessions"
RUN_ROW = 1
"""Row of `run` in an administrator's list of actions on an approved session, below `reject`."""
FILE_NAME = "evil\x1b]0;owned\x07\x1b[2J\u202e[@click=app.quit]x[bold]\udcff.json"
UP, DOWN, RIGHT, LEFT, PAGE_DOWN, HOME, END = (f"\x1b{rest}" for rest in ("[A", "[B", "[C", "[D", "[6~", "[H", "[F"))
ANY_HITS = {"hits": lambda count: count > 0, "focus": "hits", "workers": lambda groups: "searching" not in groups}


def has(name: str) -> Callable[[list[str]], bool]:
    return lambda names: name in names


def lacks(name: str) -> Callable[[list[str]], bool]:
    return lambda names: name not in names


def choose_text_view() -> list[Step]:
    """Return the steps that choose the view before the transcript and the raw bytes, which are the last ones."""
    return [
        *(step("v", top="ViewScreen"), step(END, "cursor"), step("k", "cursor"), step("k", "cursor")),
        step("\r", view="text", top="ReplayScreen"),
    ]


PANES: Sequence[Step] = (
    step(RIGHT, position=5.0, frame_drawn=True), step(LEFT, position=0.0),
    step("t", pane="transcript", focus="transcript"), step(END, "cursor", "scroll"), closes(pane="main"),
    step("r", pane="raw", focus="raw"), step(DOWN, "cursor"), step(PAGE_DOWN, "cursor"), closes(pane="main"),
    step("v", top="ViewScreen"), step("\r", view="statements", top="ReplayScreen"), step(DOWN, "cursor"),
    *choose_text_view(),
    step("v", top="ViewScreen"), step(HOME, "cursor"), step("\r", view="terminal", top="ReplayScreen"),
    step("K", keystrokes=True), step("K", keystrokes=False),
)  # fmt: skip
MOMENTS: Sequence[Step] = (
    step("s", "position", statement=1), step("s", "position", statement=2), step("S", "position", statement=1),
    step("]", "position", "finding"), step("]", "position", "finding"), step("[", "position", "finding"),
    step("/", focus="search-input", classes=has("searching")), *typed("need"), step("\r", **ANY_HITS),
    step("n", "position", hit=0), step("N", "notices"), closes(classes=lacks("searching"), focus="terminal"),
    step("/", focus="search-input"), *typed("("), step("\r", "hits", **ANY_HITS), closes(classes=lacks("searching")),
    step(":", top="AskScreen", focus="QueuedInput"), *typed("50%"), step("\r", "position", top="ReplayScreen"),
    step(":", top="AskScreen", focus="QueuedInput"), *typed("x"), step("\r", top="AskScreen"), closes(),
    step("G", "position"),
)  # fmt: skip
PANELS: Sequence[Step] = (
    step("\t", focus="session"), step(DOWN, "scroll"), step("\t", focus="review"), step(DOWN, "scroll"),
    step("\t", focus="risk-text"), step(PAGE_DOWN, "scroll"), step("\t", focus="findings"),
    step("b", classes=has("no-sidebar")), step("b", classes=lacks("no-sidebar")),
    step("a", classes=has("no-risk")), step("a", classes=lacks("no-risk")),
    step("f", classes=has("full")), step("f", classes=lacks("full"), focus="findings"),
    step("\\", focus="filter-input"), *typed("e"), step("\r", filters=1, focus=lambda name: name != "filter-input"),
    closes(filters=0),
)  # fmt: skip
DIALOGS: Sequence[Step] = (
    step("Z", top="AskScreen", focus="QueuedInput"), closes(), step("?", top="HelpScreen"), closes(),
    step("\x10", top="Palette", focus="CommandInput"), *typed("se"), closes(),
    step("m", top="AskScreen", focus="QueuedInput"), *typed("x"), step("\r", top="ReplayScreen", bookmarks=1),
    step("M", top="ChooseScreen"), closes(),
)  # fmt: skip
SWITCHES: Sequence[Step] = (
    step("u", unmasked=True), step("u", unmasked=False), step("c", clock="utc"), step("w", follows_cursor=False),
    step("I", hidden=["i"]), step("I", hidden=[]), step("O", hidden=["o"]), step("O", hidden=[]),
    step("E", hidden=["e"]), step("E", hidden=[]), step("i", idle="cap"),
    step("A", "notices", top="ReplayScreen"), closes(searching=False), step("!", top="ReplayScreen"),
    step("{", "notices"), step("}", "notices"),
)  # fmt: skip
WALK = (*PANES, *PANELS, *DIALOGS)
LONG_WALK = (*PANES, *MOMENTS, step("\t", focus="commands"), *PANELS, *DIALOGS, *SWITCHES)
STATEMENTS: Sequence[Step] = (
    step("G", "position", "cursor"), step("s", "notices"), step(UP, "cursor"), step("\r", "position", "statement"),
    step("r", pane="raw", focus="raw"), step(DOWN, "cursor"), closes(pane="main", focus="statement-list"),
    *choose_text_view(),
    step("/", focus="search-input"), *typed("e"), step("\r", **ANY_HITS), step("n", "hit"),
    closes(classes=lacks("searching"), focus="text"), step("]", "notices"),
    step("\\", focus="filter-input"), *typed("e"), step("\r", filters=1, focus=lambda name: name != "filter-input"),
    closes(filters=0),
)  # fmt: skip
NARROW: Sequence[Step] = (
    step("b", classes=has("over-sidebar")), step(DOWN, "scroll"), closes(classes=lacks("over-sidebar")),
    step("a", classes=has("over-risk")), step(DOWN, "cursor"), closes(classes=lacks("over-risk")),
    step("t", pane="transcript"), closes(pane="main"), step("r", pane="raw"), closes(pane="main"),
)  # fmt: skip
HARMLESS: Sequence[Step] = (
    step("t", pane="transcript"), closes(pane="main"),
    step("/", focus="search-input"), *typed("e"), step("\r", **ANY_HITS), closes(classes=lacks("searching")),
    step(":", top="AskScreen"), closes(), step("?", top="HelpScreen"), closes(), step("\x10", top="Palette"), closes(),
    step("m", top="AskScreen", focus="QueuedInput"), *typed("x"), step("\r", top="ReplayScreen", bookmarks=1),
)  # fmt: skip
_COPIED = rb"\x1b\]52;c;([^\x07\x1b]*)\x07"
"""Sequence that copies a text to the terminal's clipboard (key `y`)."""


def walk_sizes(screen: Pty, narrow: Sequence[Step] = NARROW) -> None:
    resize(screen, 80, 24, classes=has("-narrow"))
    walk(screen, narrow)
    resize(screen, 39, 11, classes=has("tiny"))
    resize(screen, 140, 50, classes=has("-wide"))


def copy_all(screen: Pty) -> int:
    """Copy from every pane and panel. Return the number of copies."""
    places = (
        [step("g", position=0.0), step("G", "position", frame_drawn=True)],
        [step("t", pane="transcript")],
        [closes(pane="main"), step("r", pane="raw", cursor=lambda row: row > 0)],
        [closes(pane="main"), step("\t", focus="session"), step("\t", focus="review"), step("\t", focus="risk-text"),
         step("\t", focus="findings")],
    )  # fmt: skip
    for steps in places:
        walk(screen, steps)
        count = len(re.findall(_COPIED, screen.written))
        screen.press("y")
        screen.wait_until(lambda: len(re.findall(_COPIED, screen.written)) > count, f"a copy of {steps}")  # noqa: B023
    return len(places)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """Output of the interface for an unmodified session on the same walk."""
    with replay(str(SESSIONS / "shell-vim.json"), home=tmp_path_factory.mktemp("home"), cols=140, rows=40) as screen:
        screen.wait_ready()
        walk(screen, HARMLESS)
        walk_sizes(screen, HARMLESS[:2])
        leave(screen)
    return traffic(screen.written)


def saved(name: str, path: Path, payloads: Iterable[str] = PAYLOADS) -> Path:
    """Return a file with a recorded session that has every payload in every text and in the file name."""
    session = json.loads((SESSIONS / f"{name}.json").read_text())
    path.write_text(json.dumps(hostile_session(session, everything(), payloads)))
    return path


def check(seen: Traffic, harmless: Traffic) -> None:
    foreign = {kind: example for kind, example in seen.kinds.items() if kind not in harmless.kinds}
    assert not foreign
    assert not seen.unseen
    assert "Traceback" not in seen.text


def test_replay_harmless_session_writes_known_sequences(harmless: Traffic):
    """Reference output: no strings except the pointer shape, no queries except two that Textual sends."""
    assert {kind for kind in harmless.kinds if kind.startswith(("OSC", "string", "unfinished"))} <= {"OSC 22"}
    assert {kind for kind in harmless.kinds if kind[-1] in "ncpqtu"} <= {
        "CSI ?2026$p", "CSI ?2048$p", "CSI >25u", "CSI <u", "CSI >1u",
    }  # fmt: skip
    assert {kind for kind in harmless.kinds if kind.startswith("control")} <= {"control 0a", "control 0d", "control 07"}


def test_replay_hostile_shell_adds_no_sequences(harmless: Traffic, tmp_path: Path):
    # Without 1000 x 500 screens, which take most of the time of the long walk.
    path = saved("shell-vim", tmp_path / FILE_NAME, [name for name in PAYLOADS if name != "xtwinops-resize"])
    with replay(str(path), home=tmp_path, cols=120, rows=36) as screen:
        screen.wait_ready()
        walk(screen, WALK)
        copies = copy_all(screen)
        leave(screen)
    check_copied(screen.written, copies)
    check(traffic(re.sub(_COPIED, b"", screen.written)), harmless)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "steps"), [("shell-vim", LONG_WALK), ("pg-psql", STATEMENTS)], ids=["shell", "statements"]
)
def test_replay_hostile_long_walk_adds_no_sequences(
    name: str, steps: Sequence[Step], harmless: Traffic, tmp_path: Path
):
    path = saved(name, tmp_path / FILE_NAME)
    with replay(str(path), home=tmp_path, cols=140, rows=40) as screen:
        screen.wait_ready()
        walk(screen, steps)
        walk_sizes(screen)
        copies = copy_all(screen) if name == "shell-vim" else 0
        leave(screen)
    check_copied(screen.written, copies)
    check(traffic(re.sub(_COPIED, b"", screen.written)), harmless)


def check_copied(written: bytes | bytearray, count: int) -> None:
    """Assert that copied texts are sanitised and that only the copy key copies."""
    copied = re.findall(_COPIED, written)
    assert len(copied) == count
    for content in copied:
        text = base64.b64decode(content, validate=True).decode()
        # The joiner of emoji is no control character; elsewhere it is made visible.
        assert text.replace("\n", "").replace("\u200d", "").isprintable(), text


LIST: Sequence[Step] = (
    step(DOWN, cursor=1), step("T", sort="riskiest"), step("F", flagged=True), step("F", flagged=False),
    step("/", focus="filter-input"), *typed("e"), step("\r", focus="inbox-list", text_filter=True),
    step(ESCAPE, text_filter=False), step("m", top="AskScreen", focus="QueuedInput"), *typed("x"),
    step("\r", top="InboxScreen", marked=1), step("\\", top="AskScreen", focus="QueuedInput"), step(ESCAPE,
    top="InboxScreen"),
    step("?", top="HelpScreen"), step(ESCAPE, top="InboxScreen"),
    step("\r", top="ReplayScreen", complete=True, analysed=True),
)  # fmt: skip
DECISIONS: Sequence[Step] = (
    step("b", classes=has("no-sidebar")), step("a", classes=has("no-risk")), step("A", "notices"),
    step("R", top="AskScreen", focus="QueuedInput"), step("\r", top="AskScreen"), closes(),
    step("!", top="ChooseScreen"), closes(), step("q", top="InboxScreen"),
)  # fmt: skip


def test_replay_hostile_gateway_adds_no_sequences(harmless: Traffic, tmp_path: Path):
    evil = everything(120)
    with LoopbackGateway() as gateway:
        for number, session in list(gateway.store.sessions.items()):
            gateway.store.sessions[number] = hostile_session(session, evil, ())
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        with replay(home=tmp_path, env=env, cols=120, rows=36) as screen:
            screen.wait_state(top="InboxScreen", asking=False, rows=lambda count: count > 1)
            walk(screen, LIST)
            walk(screen, (step("\x10", top="Palette", focus="CommandInput"), *typed("session:")))
            screen.wait_for("Open this session")  # only in the palette; titles are not parsed as markup
            walk(screen, (closes(), *DECISIONS))
            leave(screen)
    check(traffic(screen.written), harmless)


@pytest.mark.exhaustive
def test_replay_hostile_run_adds_no_sequences(harmless: Traffic, tmp_path: Path):
    with LoopbackGateway(run_output=everything(120)) as gateway:
        gateway.session("exec-review-pending")["review"].update(status="APPROVED", time_window=None)
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        session_id = gateway.store.names["exec-review-pending"]
        with replay(session_id, home=tmp_path, env=env, cols=120, rows=36) as screen:
            screen.wait_state(top="ReplayScreen", analysed=True, view="empty")
            walk(screen, (step("!", top="ChooseScreen"), *(step(DOWN, "cursor") for _ in range(RUN_ROW))))
            walk(screen, (step("\r", top="ActionDialog"), step("y", top="TextDialog", view="text")))
            walk(screen, (step(PAGE_DOWN, "scroll"), closes()))
            leave(screen)
    check(traffic(screen.written), harmless)
