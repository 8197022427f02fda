"""Exceptions in background tasks: a notice names the operation and the log, and the session stays open."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import replay_tui
from replay_tui.decoders.decode_result import DecodeResult
from replay_tui.decoders.registry import Decoder, register
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import DecoderGroup
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.recording import Recording
from replay_tui.redaction.redactor import Redactor
from replay_tui.settings.log_file import log_path, logging_to_file
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen import Screen
from replay_tui.ui.background import BackgroundTasks, Task
from replay_tui.ui.frame_renderer import FrameRenderer, FrameRequest
from replay_tui.ui.session_loader import LoadFailed, SessionLoader
from replay_tui.ui.session_ref import SessionRef
from tests.ui.conftest import Run
from tests.ui.sessions import shell, write

FAILING = "the session whose decoder fails"
DETAILS = "Details: ~/state/replay-tui/log.txt"


def claims(session: Session, stream: EventStream, head: object) -> int:
    return 9 if session.fields.id == FAILING else 0


def raises(session: Session, stream: EventStream) -> DecodeResult:
    raise ZeroDivisionError("\x1b[31mdetails of a session")


register(Decoder("injected", frozenset(DecoderGroup), claims, raises))


def mistaken(_task: Task | None = None) -> NoReturn:
    raise ZeroDivisionError("\x1b[31mdetails of a session")


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The log file, in a separate home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with logging_to_file():
        yield log_path()


@pytest.mark.parametrize("is_widget", [False, True])
async def test_background_task_failure_notifies_and_logs(run: Run, tmp_path: Path, log: Path, is_widget: bool) -> None:
    async with run(shell(tmp_path)) as ui:
        tasks = BackgroundTasks(ui.widget("#main-pane")) if is_widget else ui.replay.view.background
        tasks.start("resizing", mistaken, detached=is_widget)
        await ui.noticed("Resizing failed (ZeroDivisionError). The session stays open. " + DETAILS)
        assert not any("details of a session" in notice for notice in ui.notices)
        assert ui.app.is_running
    assert "replay_tui.ui.app: Resizing failed\n  Traceback" in log.read_text()
    assert "in mistaken" in log.read_text()
    assert "\x1b" not in log.read_text()


async def test_worker_failure_notifies_and_logs(run: Run, tmp_path: Path, log: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        ui.replay.run_worker(mistaken, thread=True)
        await ui.noticed("Background task failed (ZeroDivisionError). The session stays open. " + DETAILS)
    assert "in mistaken" in log.read_text()


async def test_debug_background_failure_ends_interface(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLAY_TUI_DEBUG", "1")

    async def fail() -> None:
        async with run(shell(tmp_path)) as ui:
            ui.replay.view.background.start("resizing", mistaken, failed=print)
            await ui.until(lambda: not ui.app.is_running, "the end of the interface")

    with pytest.raises(ZeroDivisionError):
        await fail()


async def test_failing_decoder_is_in_banner(run: Run, tmp_path: Path, log: Path) -> None:
    path = write(tmp_path, (0.0, "i", "select 1"), (1.0, "o", "1"), id=FAILING, connection_subtype="mysql")
    async with run(path, size=(160, 40)) as ui:
        await ui.until(lambda: "the decoder injected failed" in ui.pane("#banner"), "the warning")
    assert "Decoding with the decoder injected failed\n  Traceback" in log.read_text()


class Undrawable(Recording):
    """A recording that cannot be drawn."""

    @property
    def index(self) -> KeyframeIndex:  # type: ignore[override]
        raise ZeroDivisionError


def test_frame_renderer_reports_first_failure_in_a_row(tmp_path: Path) -> None:
    """Frames are requested up to 30 times a second, so only the first of several failures is reported."""
    good: Recording = replay_tui.load(shell(tmp_path))
    bad = Undrawable(good.loaded_session)
    seen: queue.Queue[str] = queue.Queue()
    drawer = FrameRenderer()

    def drawn(_request: FrameRequest, _screen: Screen) -> None:
        seen.put("drawn")

    def failed(error: Exception) -> None:
        seen.put(f"failed {type(error).__name__}")

    threading.Thread(target=drawer.run, args=(drawn, failed), daemon=True).start()
    try:
        for recording in (bad, good, bad):
            drawer.request(FrameRequest(recording, 2, 10.0, Redactor.none()))
            assert seen.get(timeout=30) == ("drawn" if recording is good else "failed ZeroDivisionError")
        drawer.request(FrameRequest(bad, 2, 10.0, Redactor.none()))  # the second failure in a row is not reported again
        drawer.request(FrameRequest(good, 2, 10.0, Redactor.none()))
        assert seen.get(timeout=30) == "drawn"
    finally:
        drawer.close()


def test_loading_failure_names_operation_and_log(tmp_path: Path, log: Path) -> None:
    said: list[object] = []

    def post(message: object) -> None:
        if not isinstance(message, LoadFailed):
            raise ZeroDivisionError
        said.append(message.message)

    SessionLoader(SessionRef(str(shell(tmp_path))), None, post, CancelToken(), cached=False).run()
    assert said == [f"Loading the session failed (ZeroDivisionError). {DETAILS}"]
    assert "Loading the session failed\n  Traceback" in log.read_text()
