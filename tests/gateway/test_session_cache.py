"""Copies of closed sessions: used for the same session only, private, bounded, without tokens."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.session_cache import SessionCache
from replay_tui.gateway.session_download import STORED_COPY, SessionDownload
from replay_tui.settings.file_cache import FileCache
from replay_tui.sources import LoadedSession
from tests.gateway.conftest import Connect
from tests.support.gateway import ADMIN, Fault, LoopbackGateway

NAME = "shell-vim"
SUFFIX = ".session"


@pytest.fixture
def client(connect: Connect, tmp_path: Path) -> GatewayClient:
    made = connect()
    made.cache = SessionCache(FileCache(tmp_path / "copies", 1 << 20, SUFFIX))
    return made


@pytest.fixture
def read(client: GatewayClient, gateway: LoopbackGateway) -> Callable[..., LoadedSession]:
    def opened(name: str = NAME) -> LoadedSession:
        download = SessionDownload(client, gateway.store.names[name])
        *_, last = download
        download.keep()
        return last

    return opened


def copies(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def downloads(gateway: LoopbackGateway, name: str = NAME) -> int:
    return len([one for one in gateway.asked(f"/sessions/{gateway.store.names[name]}") if "expand" in one.params])


def test_copy_is_read_with_current_metadata(read, gateway: LoopbackGateway, tmp_path: Path) -> None:
    first = read()
    gateway.session(NAME)["metadata"] = {"ticket": "OPS-1"}
    again = read()
    assert downloads(gateway) == 1
    assert bytes(again.stream.output) == bytes(first.stream.output)
    assert again.session.fields.metadata == {"ticket": "OPS-1"}
    assert STORED_COPY not in [one.code for one in again.stream.log.warnings]
    assert [stat.S_IMODE(one.stat().st_mode) for one in copies(tmp_path)] == [0o600]


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=429), Fault(cut_at=3)])
def test_copy_without_an_answer_says_its_state(read, gateway: LoopbackGateway, fault: Fault) -> None:
    name = "pg-psql"
    first = read(name)
    gateway.fault(f"/sessions/{gateway.store.names[name]}", *[fault] * 20)
    again = read(name)
    assert bytes(again.stream.output) == bytes(first.stream.output)
    (note,) = [one.message for one in again.stream.log.warnings if one.code == STORED_COPY]
    assert "did not answer" in note
    assert "review was APPROVED then" in note
    assert again.session.fields.review == first.session.fields.review


@pytest.mark.parametrize("status", [401, 403, 404])
def test_copy_is_not_shown_after_a_refusal(read, gateway: LoopbackGateway, status: int) -> None:
    read()
    gateway.fault(f"/sessions/{gateway.store.names[NAME]}", *[Fault(status=status)] * 3)
    with pytest.raises(GatewayError):
        read()


def test_copy_of_a_changed_session_is_replaced(read, gateway: LoopbackGateway, tmp_path: Path) -> None:
    read()
    session = gateway.session(NAME)
    session["event_stream"] = [[0, "e", base64.b64encode(b"no log found on disk").decode()]]
    session["end_date"] = "2026-11-30T10:00:00Z"
    assert len(read().stream) == 1
    assert len(read().stream) == 1
    assert downloads(gateway) == 2
    assert len(copies(tmp_path)) == 1


@pytest.mark.parametrize("name", ["open-shell", "exec-review-pending"])
def test_session_that_can_change_is_not_copied(read, gateway: LoopbackGateway, tmp_path: Path, name: str) -> None:
    read(name)
    assert copies(tmp_path) == []


def test_download_that_was_cut_off_is_not_copied(
    client: GatewayClient, gateway: LoopbackGateway, tmp_path: Path
) -> None:
    download = SessionDownload(client, gateway.store.names[NAME])
    _ = download.session
    gateway.fault(f"/sessions/{gateway.store.names[NAME]}", *[Fault(cut_at=9000)] * 30)
    assert [*download]
    assert download.failure
    download.keep()
    assert copies(tmp_path) == []


def test_disabled_downloads_leave_no_copy(read, gateway: LoopbackGateway, tmp_path: Path) -> None:
    gateway.downloads_disabled = True
    read()
    assert copies(tmp_path) == []


def test_answer_with_the_token_is_not_copied(read, gateway: LoopbackGateway, tmp_path: Path) -> None:
    gateway.session(NAME)["labels"] = {"echo": f"Bearer {ADMIN.token}"}
    read()
    assert copies(tmp_path) == []


def test_copy_is_not_used_for_another_gateway(
    read, connect: Connect, client: GatewayClient, gateway: LoopbackGateway
) -> None:
    read()
    with connect(url=f"{gateway.url}/other") as other:
        other.cache = client.cache
        assert client.cache
        assert client.cache.find(other.credentials, gateway.store.names[NAME]) is None


def test_damaged_copy_is_reported_and_deleted(read, gateway: LoopbackGateway, tmp_path: Path) -> None:
    first = read()
    (copy,) = copies(tmp_path)
    copy.write_bytes(copy.read_bytes()[:-20])
    with pytest.raises(GatewayError, match="damaged"):
        read()
    assert bytes(read().stream.output) == bytes(first.stream.output)


def test_copies_above_the_limit_drop_the_oldest(client: GatewayClient, read, tmp_path: Path) -> None:
    read()
    size = copies(tmp_path)[0].stat().st_size
    client.cache = SessionCache(FileCache(tmp_path / "copies", size * 4, SUFFIX))
    for name in ("shell-htop-120x36", "mysql-connect", "pg-psql", "httpproxy-connect"):
        read(name)
    sizes = [one.stat().st_size for one in copies(tmp_path)]
    assert sizes
    assert max(sizes) <= size
    assert sum(sizes) <= size * 4
