"""Library and gateway: archived counts in the list, and hits in sessions that a gateway has, or no longer has."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from replay_tui.archive.engine import analyse_all
from replay_tui.archive.library.adding import add_sessions
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.session_loading import LIBRARY_TEXT
from replay_tui.archive.source import SessionSource
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.ui.screens.find import FindScreen
from replay_tui.ui.screens.inbox import InboxScreen
from replay_tui.ui.screens.replay import ReplayScreen
from tests.support.gateway import ADMIN, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start


def add(folder: Path, gateway: LoopbackGateway, name: str) -> str:
    """Add a session of the gateway to a library and return its id."""
    session_id = gateway.store.names[name]
    credentials = Credentials(GatewayUrl.parse(gateway.url), SecretStr(ADMIN.token))
    with GatewayClient(credentials) as client, Library.open(folder, writes=True) as library:
        sources = [SessionSource(session_id, client=client)]
        (added,) = add_sessions(library, sources, lambda some, job: analyse_all(some, job, 1), fingerprints=["1"])
    assert added.outcome
    return session_id


async def opened(running: Running) -> None:
    await running.press("enter")
    await running.until(lambda: isinstance(running.app.screen, ReplayScreen), "opened")
    await running.analysed()


async def test_hit_opens_at_the_gateway_else_the_librarys_text(
    start: Start, gateway: LoopbackGateway, tmp_path: Path
) -> None:
    session_id = add(tmp_path / "library", gateway, "shell-vim")
    async with start(ADMIN, archive=tmp_path / "library", size=(200, 50)) as running:
        await running.sees("find. stmt.")
        inbox = running.app.screen
        ((archived_id, counts),) = [(row.id, row.archived) for row in inbox.state.rows.visible if row.archived]
        assert archived_id == session_id
        await running.press("end")
        await running.sees(f"library  {counts.findings} findings, {counts.statements} statements")
        await running.press("ctrl+f")
        await running.type("rm -rf")
        await running.press("enter")
        await running.sees("1 of 1 session searched.")
        await running.until(lambda: "rm -rf" in running.pane("#find-screen"), "the gateway's recording")
        await opened(running)
        assert (running.state.ref.path, running.state.ref.client is not None) == (session_id, True)
        await running.press("escape", "q")
        await running.until(lambda: isinstance(running.app.screen, FindScreen))
        del gateway.store.sessions[session_id]
        await opened(running)
        assert LIBRARY_TEXT[0] in {one.code for one in running.state.recording.fidelity}
        await running.press("escape", "q", "q")
        await running.until(lambda: isinstance(running.app.screen, InboxScreen))
