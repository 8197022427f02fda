"""Opening sessions: complete, empty, invalid, unreadable, and while they are loading."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.color import Color as TextualColor

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.registry import Decoder, register
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session, SessionFields
from replay_tui.domain.session_kind import DecoderGroup
from replay_tui.sources import LoadedSession
from replay_tui.ui.screen_style import default_colours
from replay_tui.ui.session_ref import SessionRef
from tests.support.effort import sampled
from tests.support.fixtures import SESSIONS
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import VIM, shell, write

_NULLS = (*SessionFields.model_fields, "event_stream")


@sampled(
    ("name", "words"),
    [
        ("no-stream.json", "Nothing was recorded"),
        ("no-log.json", "found no log of this session"),
        ("exec-review-pending.json", "waits for its review"),
        ("shell-vim.utf8.json", "could not write this recording as UTF-8"),
    ],
    daily=2,
)
async def test_empty_session_shows_reason(run: Run, name: str, words: str) -> None:
    async with run(SESSIONS / name) as ui:
        await ui.until(lambda: words in " ".join(ui.pane("#page").replace("│", " ").split()), words)
        await ui.press("space", "5", "t", "r", "K", "s", "n", "g", "escape", "escape", "escape")
        assert ui.app.screen is ui.replay


@sampled(
    ("fields", "words"),
    [
        ({"event_size": 5000}, "only the session's owner"),
        ({"status": "open"}, "still running and nothing has been stored"),
        ({"status": "ready"}, "has not run yet"),
    ],
    daily=1,
)
async def test_null_stream_shows_metadata(run: Run, tmp_path: Path, fields: dict[str, object], words: str) -> None:
    async with run(write(tmp_path, event_stream=None, **fields)) as ui:
        await ui.until(lambda: words in " ".join(ui.pane("#page").split()))


async def test_opaque_bytes_open_in_the_raw_view(run: Run, tmp_path: Path) -> None:
    path = write(
        tmp_path, (0.1, "i", "\x00\x01SELECT secret"), type="application", connection_subtype="tcp", verb="connect"
    )
    async with run(path) as ui:
        await ui.until(lambda: ui.replay.state.pane == "raw", "raw view")
        await ui.until(lambda: "|..SELECT secret" in ui.pane("#raw"))
        await ui.press("r")
        assert ui.replay.state.pane == "main"
        await ui.press("v", "k", "enter")  # the detected view is shown now
        await ui.until(lambda: ui.state.pane == "raw")


async def test_unwritten_stream_shows_reason(run: Run, tmp_path: Path) -> None:
    words = "An internal error occurred: unable to decode the event stream"
    async with run(write(tmp_path, (0.0, "o", words))) as ui:
        await ui.until(lambda: "could not write this recording as UTF-8" in " ".join(ui.pane("#page").split()))


async def test_pending_session_shows_script(run: Run) -> None:
    async with run(SESSIONS / "exec-review-pending.json") as ui:
        script = ui.state.session.script_text.splitlines()[0]
        await ui.sees(script, "PENDING")


async def test_unreadable_file_shows_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "error.json").write_text(json.dumps({"message": "session not found"}))
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 10)
    names = ("missing.json", "empty.json", "error.json", "binary", "")
    async with run(*(tmp_path / name for name in names), ready=False, size=(80, 24)) as ui:
        for _ in names:
            await ui.sees("Cannot open this session")
            await ui.press("space", "5", "G", "s", "t", "escape", "r", "K", "y", "v", "escape")
            assert "Traceback" not in ui.text
            shown = ui.replay
            await ui.press("right_curly_bracket")
            await ui.until(lambda shown=shown: ui.replay is not shown or any("No later" in n for n in ui.notices))


async def test_session_of_nulls_opens(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "nulls.json"
    path.write_text(json.dumps(dict.fromkeys(_NULLS)))
    async with run(path) as ui:
        await ui.sees("unknown user", "no start date", "Review · none", "Risk · none", "Nothing to replay")
        await ui.press("c", "space", "5", "b", "a", "t", "r", "escape")


async def test_stream_without_metadata_plays(run: Run, tmp_path: Path) -> None:
    fields = {name: None for name in _NULLS if name != "event_stream"}
    async with run(write(tmp_path, (0.0, "o", "hello\r\n"), (9.0, "o", "again\r\n"), **fields)) as ui:
        await ui.press("G")
        await ui.until(lambda: "again" in ui.pane("#terminal"))
        await ui.sees("no start date")


async def test_every_kind_opens_and_handles_keys(run: Run) -> None:
    names = ("exec-bad-utf8", "exec-bash-failed", "httpproxy-connect", "mongo-connect", "open-shell", "pg-psql")
    async with run(*(SESSIONS / f"{name}.json" for name in names), size=(80, 24)) as ui:
        for _ in names:
            await ui.press("space", "G", "s", "t", "r", "K", "v", "escape", "escape")
            await ui.press("right_curly_bracket")
            await ui.until(lambda: ui.state.findings is not None)


async def test_failed_loading_keeps_loaded_part(run: Run) -> None:
    loaded = LoadedSession("broken")

    def source() -> Iterator[LoadedSession]:
        loaded.stream.append(0.0, "o", b"early\r\n")
        yield loaded
        raise RuntimeError("a mistake")

    async with run(SessionRef("broken", preloaded=source()), ready=False) as ui:
        await ui.noticed("Loading the session failed (RuntimeError)")
        await ui.until(lambda: "early" in ui.pane("#terminal"))


async def test_unexpected_failure_before_loading_shows_page(run: Run) -> None:
    def source() -> Iterator[LoadedSession]:
        raise RuntimeError("a mistake")
        yield

    async with run(SessionRef("broken", preloaded=source()), ready=False) as ui:
        await ui.sees("Cannot open this session", "RuntimeError")


@sampled(
    ("size", "theme", "colour"),
    [((80, 24), "textual-dark", False), ((120, 36), "textual-light", False), ((200, 50), "textual-light", True)],
    daily=1,
)
async def test_interface_works_without_colour_and_in_light_theme(
    run: Run, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str, colour: bool
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with run(VIM, size=size, theme=theme) as ui:
        for key in ("5", "t", "r", "escape", "a", "escape", "slash", "escape", "question_mark", "escape", "K"):
            await ui.press(key)
            await ui.until(lambda: len(ui.text.strip()) > 0)


async def test_theme_can_change_while_running(run: Run) -> None:
    async with run(VIM) as ui:
        await ui.press("5")
        before = list(ui.strips[1])
        ui.app.theme = "textual-light"
        await ui.until(lambda: list(ui.strips[1]) != before)
        light = TextualColor(*default_colours(False)[1]).hex.lower()
        area = ui.widget("#terminal").region
        await ui.until(lambda: _ground(ui, area.x + 60, area.y + 3) == light)


async def test_long_list_renders_visible_rows_only(run: Run, tmp_path: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(100_000))
    async with run(write(tmp_path, (0.1, "o", lines), verb="exec")) as ui:
        listed = ui.widget("#text")
        assert len(listed.items) == 100_000
        painted: list[object] = []
        paint = listed._paint
        listed._paint = lambda item, width: painted.append(item) or paint(item, width)
        await ui.press("end")
        await ui.until(lambda: "line 99999" in ui.pane("#text"))
        await ui.press("home")
        await ui.until(lambda: "line 0 " in ui.pane("#text"))
        assert len(painted) < 400


async def test_resized_session_shows_each_size(run: Run, tmp_path: Path) -> None:
    cast = [
        {"version": 2, "width": 40, "height": 10},
        [1.0, "o", "a"],
        [5.0, "r", "60x12"],
        [6.0, "o", "b"],
        [9.0, "o", "c"],
    ]
    path = tmp_path / "resized.cast"
    path.write_text("\n".join(map(json.dumps, cast)))
    async with run(path) as ui:
        await ui.sees("40×10 recorded")
        assert "+" in ui.pane("#timeline")
        await ui.press("G")
        await ui.sees("60×12 resize event")


async def test_leaving_a_session_ends_its_analysis(run: Run, tmp_path: Path) -> None:
    begun, ended, given_up = threading.Event(), threading.Event(), threading.Event()

    def decode(_session: Session, _stream: EventStream) -> DecodeResult:
        begun.set()
        out = StatementBuilder()
        try:
            while not given_up.is_set():
                out.add(0.0, "other", "again")
        finally:
            ended.set()
        return DecodeResult(out.close())

    register(Decoder("endless", frozenset(DecoderGroup), lambda one, *_: 9 * (one.fields.id == "endless"), decode))
    async with run(shell(tmp_path, id="endless"), VIM, ready=False) as ui:
        try:
            await ui.until(begun.is_set)
            await ui.press("right_curly_bracket")
            await ui.until(ended.is_set)
        finally:
            given_up.set()


async def test_closed_sessions_leave_no_threads(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)):
        pass
    for thread in threading.enumerate():
        if thread.name == "drawing the screen":
            thread.join(5)
            assert not thread.is_alive()


def _ground(ui: Driver, x: int, y: int) -> str:
    style = next(iter(ui.strips[y].crop(x, x + 1))).style
    return style.bgcolor.get_truecolor().hex if style and style.bgcolor else ""
