"""Downloads: request parameters, single-use links, and files written atomically."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from replay_tui.domain.errors import UsageError
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.download import DownloadLink, DownloadOptions, chunks_of, link_request
from replay_tui.gateway.errors import DownloadsDisabled, IncompleteResponse, InvalidResponse, LinkExpired, NotFound
from tests.support.gateway import ADMIN, Fault, LoopbackGateway


@pytest.fixture
def vim(gateway: LoopbackGateway) -> str:
    return gateway.store.names["shell-vim"]


def test_download_sends_every_option(client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path) -> None:
    target = tmp_path / "vim.csv"
    options = DownloadOptions("csv", "i,o,e", event_time=True, newline=True)
    assert client.read.download(vim, options, target) == target.stat().st_size
    assert target.read_bytes().startswith(b"2026-11-20T09:30:00Z ")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    link, download = gateway.asked(f"/sessions/{vim}")[-1], gateway.asked(f"/sessions/{vim}/download")[-1]
    assert link.params == {"extension": "csv", "events": "i,o,e", "event-time": "1", "newline": "1"}
    assert "authorization" in link.headers
    assert "authorization" not in download.headers
    assert [path.name for path in tmp_path.iterdir()] == ["vim.csv"]


def test_download_of_json_and_script_is_complete(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path
) -> None:
    client.read.download(vim, DownloadOptions("json"), tmp_path / "a")
    assert set(json.loads((tmp_path / "a").read_bytes())[0]) == {"stream", "time", "type"}
    script = gateway.store.names["exec-postgres-tsv"]
    client.read.download(script, DownloadOptions("sql", script=True), tmp_path / "b")
    assert (tmp_path / "b").read_text() == gateway.session(script)["script"]["data"]
    assert gateway.asked(f"/sessions/{script}")[-1].params == {"extension": "sql", "blob-type": "session_input"}


def test_download_link_used_twice_raises_not_found(client: GatewayClient, vim: str) -> None:
    request = link_request(client.transport, vim, client.read.download_link(vim, DownloadOptions()))
    assert b"".join(chunks_of(client.transport, request, CancelToken(), None, 5))
    with pytest.raises(NotFound):
        list(chunks_of(client.transport, request, CancelToken(), None, 5))


def test_download_link_expired_raises_link_expired(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path
) -> None:
    gateway.link_seconds = -1
    with pytest.raises(LinkExpired, match="expired; download again"):
        client.read.download(vim, DownloadOptions(), tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_download_link_used_before_raises_not_found(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path
) -> None:
    gateway.fault(f"/sessions/{vim}/download", Fault(status=404, message="not found"))
    with pytest.raises(NotFound):
        client.read.download(vim, DownloadOptions(), tmp_path / "x")


def test_download_interrupted_is_retried_with_a_new_link(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path
) -> None:
    gateway.fault(f"/sessions/{vim}/download", Fault(cut_at=1000))
    client.read.download(vim, DownloadOptions("json"), tmp_path / "x")
    json.loads((tmp_path / "x").read_bytes())
    tokens = [seen.params["token"] for seen in gateway.asked(f"/sessions/{vim}/download")]
    assert len(set(tokens)) == 2


def test_download_failed_keeps_the_existing_file(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("old")
    gateway.fault(f"/sessions/{vim}/download", *[Fault(cut_at=1000)] * 40)
    with pytest.raises(IncompleteResponse):
        client.read.download(vim, DownloadOptions("json"), tmp_path / "x")
    assert (tmp_path / "x").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_download_disabled_sends_no_request(
    client: GatewayClient, gateway: LoopbackGateway, vim: str, tmp_path: Path
) -> None:
    gateway.downloads_disabled = True
    with pytest.raises(DownloadsDisabled, match="disabled on this gateway"):
        client.read.download(vim, DownloadOptions(), tmp_path / "x")
    assert not client.read.server().downloads_allowed
    assert not gateway.asked(f"/sessions/{vim}")


def test_download_link_never_leads_to_another_host(client: GatewayClient, vim: str) -> None:
    url = f"https://elsewhere.example/prefix/api/sessions/{vim}/download?token=x"
    request = link_request(client.transport, vim, DownloadLink(download_url=url))
    assert request.path == f"{client.transport.address.api}/sessions/{vim}/download?token=x"
    assert not request.with_token
    for odd in ("https://elsewhere.example/", f"file:///sessions/{vim}/download/../x", "javascript:1"):
        with pytest.raises(InvalidResponse, match="unexpected path"):
            link_request(client.transport, vim, DownloadLink(download_url=odd))


def test_download_invalid_target_or_option_is_rejected(client: GatewayClient, vim: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        client.read.download(vim, DownloadOptions(), tmp_path / "missing" / "x")
    with pytest.raises(UsageError, match="is not a list of event types"):
        client.read.download(vim, DownloadOptions(events="q"), tmp_path / "x")
    assert ADMIN.token not in repr(client.read.download_link(vim, DownloadOptions()))
