"""Tokens are in no screen, picture, log, export, saved file, traceback or argument."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.traceback import Traceback

from replay_tui.export.exporter import FORMATS, export_recording
from replay_tui.gateway.errors import Unauthorized
from replay_tui.gateway.session_list import Filters
from replay_tui.ui.screens.replay import ReplayScreen
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start

pytestmark = pytest.mark.slow

MARKER = "Xq7marker"
MARKED = replace(ADMIN, token=f"hpk_{MARKER}")


@pytest.fixture(autouse=True)
def _marked(gateway: LoopbackGateway) -> None:
    gateway.people = (MARKED,)


async def shown(running: Running, written: list[str]) -> None:
    written += [running.text, running.app.export_screenshot()]


async def test_token_is_in_no_screen_log_or_export(
    start: Start, gateway: LoopbackGateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    written: list[str] = []
    vim = gateway.store.names["shell-vim"]
    echo = f"bad token {MARKED.token}"
    gateway.fault("/sessions", Fault(status=401, message=echo))
    async with start(MARKED) as running:
        await running.sees("replay-tui login")
        await shown(running, written)
        await running.press("ctrl+r")
        await running.sees("mongo-shop")
        await shown(running, written)
        gateway.fault("/sessions", Fault(status=422, message=echo))
        await running.press("ctrl+r")
        await running.sees("one of the options")
        await shown(running, written)
    async with start(MARKED, "shell-vim") as running:
        await running.until(lambda: isinstance(running.app.screen, ReplayScreen) and running.app.screen.state.findings)
        await shown(running, written)
        gateway.fault(f"/sessions/{vim}/review", Fault(status=400, message=echo))
        await running.press("exclamation_mark")
        await running.sees("Actions")
        await shown(running, written)
        for form in FORMATS:
            at = 1.0 if FORMATS[form].is_picture else None
            made = export_recording(
                running.app.screen_stack[1].state.recording, form, tmp_path / f"x-{form}", at=at
            ).path
            written.append(Path(made).read_text(errors="replace"))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) > len(FORMATS)  # including the saved state
    written += [path.read_text(errors="replace") for path in kept]
    written.append(caplog.text)
    assert sum("replay-tui login" in text for text in written) >= 1
    assert not any(MARKER in text for text in written)


async def test_token_is_in_no_traceback_with_locals(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", *[Fault(status=401, message=f"bad {MARKED.token}")] * 9)
    async with start(MARKED) as running:
        client = running.app.navigation._client
        assert client is not None
        with pytest.raises(Unauthorized) as caught:
            client.read.sessions(Filters())
        ours = caught.tb.tb_next  # without this test's own frame, which contains the token
        console = Console(file=io.StringIO(), width=200)
        console.print(Traceback.from_exception(caught.type, caught.value, ours, show_locals=True))
        told = console.file.getvalue()  # type: ignore[attr-defined]
        assert "replay-tui login" in told
        assert "locals" in told
        assert MARKER not in told


@pytest.mark.slow
def test_token_is_in_no_process_argument(gateway: LoopbackGateway, tmp_path: Path) -> None:
    """`login` reads the token from standard input; no option takes it."""
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    for name in ("HOOP_APIURL", "HOOP_TOKEN"):
        environ.pop(name, None)
    command = [sys.executable, "-m", "replay_tui", "login", "--api-url", gateway.url]
    wrong = subprocess.run([*command, "--token", "x"], env=environ, capture_output=True, text=True, check=False)
    assert (wrong.returncode, "No such option" in wrong.stderr) == (2, True)
    gateway.fault("/userinfo", Fault(delay=0.3))
    with subprocess.Popen(
        [*command, "--token-stdin"], env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        said = process.communicate(f"{MARKED.token}\n", timeout=60)[0]
        assert process.returncode == 0, said
    assert MARKER not in said + " ".join(map(str, process.args))
    assert gateway.asked("/userinfo")[-1].headers["authorization"] == f"Bearer {MARKED.token}"


async def test_copied_command_has_page_and_no_token(start: Start, gateway: LoopbackGateway) -> None:
    gateway.clipboard_disabled = True  # an address is no content of the recording
    async with start(MARKED, "pg-psql") as running:
        await running.sees("as statements", "2 findings")
        await running.press("Y")
        page = f"{gateway.url}/sessions/{gateway.store.names['pg-psql']}"
        await running.until(lambda: running.app.clipboard.startswith(f"replay-tui {page} --at 00:00:00."))
        assert MARKER not in running.app.clipboard
