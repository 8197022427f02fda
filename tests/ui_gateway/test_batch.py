"""A batch of the gateway's sessions as one list with shared findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.archive import batch
from replay_tui.settings.state_store import StateStore
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start


def loaded(running: Running) -> object:
    return running.state.complete and running.state.findings is not None


async def test_batch_is_listed_by_gateway_filter(start: Start, gateway: LoopbackGateway) -> None:
    store = gateway.store
    store.sessions[store.names["shell-vim"]]["session_batch_id"] = "night-1"
    later = store.copy_of("pg-psycopg-extended", session_batch_id="night-1", start_date="2027-01-01T00:00:00Z")
    async with start(ADMIN, "shell-vim", size=(160, 40)) as running:
        await running.until(lambda: loaded(running))
        await running.press("B")
        await running.sees("Session 1 of 2 of batch night-1")
        assert gateway.asked("/sessions")[-1].params["batch_id"] == "night-1"
        await running.press("F")
        await running.sees("2 of 2 sessions", "rm -rf /tmp/cache")
        await running.press("w", "end", "enter")
        await running.until(lambda: running.state.ref.path == later and loaded(running))
        finding = running.state.findings[-1]
        await running.until(lambda: running.state.player.position == finding.time)


async def test_batch_by_correlation_id(start: Start, gateway: LoopbackGateway) -> None:
    store = gateway.store
    store.sessions[store.names["shell-vim"]]["correlation_id"] = "OPS 311/7"
    store.copy_of("pg-psql", correlation_id="OPS 311/7")
    async with start(ADMIN, "shell-vim") as running:
        await running.until(lambda: loaded(running))
        await running.press("B")
        await running.sees("of 2 of correlation id OPS 311/7")
        assert gateway.asked("/sessions")[-1].params["correlation_id"] == "OPS 311/7"


async def test_batch_above_the_limit_says_so(
    start: Start, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_BATCH_SESSIONS", 2)
    store = gateway.store
    store.sessions[store.names["shell-vim"]]["session_batch_id"] = "night-1"
    for _ in range(4):
        store.copy_of("exec-postgres-tsv", session_batch_id="night-1", start_date="2027-01-01T00:00:00Z")
    async with start(ADMIN, "shell-vim", size=(160, 40)) as running:
        await running.until(lambda: loaded(running))
        await running.press("B")
        await running.sees("Session 1 of 3 of batch night-1", "The list holds 3 of 5 sessions")
        await running.press("F")
        await running.sees("3 of 3 sessions", "older ones are omitted")


async def test_refused_batch_shows_notice(start: Start, gateway: LoopbackGateway) -> None:
    store = gateway.store
    store.sessions[store.names["shell-vim"]]["session_batch_id"] = "night-1"
    broken = store.copy_of("pg-psql", session_batch_id="night-1", start_date="2027-01-01T00:00:00Z")
    async with start(ADMIN, "shell-vim", size=(160, 40)) as running:
        await running.until(lambda: loaded(running))
        gateway.fault("/sessions", Fault(status=403, message="not today"))
        await running.press("B")
        await running.sees("not today")
        await running.press("B")
        await running.sees("of 2 of batch night-1")
        gateway.fault(f"/sessions/{broken}", Fault(status=403, message="not this one"))
        await running.press("F")
        await running.sees("2 of 2 sessions", "not this one", "rm -rf /tmp/cache")


async def test_listed_ids_are_completed_by_shells(start: Start, gateway: LoopbackGateway, tmp_path: Path) -> None:
    async with start(ADMIN) as running:
        await running.sees("mongo-shop")
        listed = StateStore(tmp_path).recent_session_ids()
    newest = gateway.store.newest_first()
    assert list(listed) == [one["id"] for one in reversed(newest)]
    assert "mongo-shop \u00b7 " in " ".join(listed.values())
