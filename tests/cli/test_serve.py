"""`serve`: a page runs the program; requests from other sites are refused."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.runs import ROOT, VIM, Runner

pytestmark = pytest.mark.slow

aiohttp = pytest.importorskip("aiohttp", reason="the extra `serve` is not installed")
pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")

TOKEN = "hpk_never-in-an-address"


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve on a free port; yields the address and the process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "HOOP_TOKEN": TOKEN}
    with subprocess.Popen(
        [sys.executable, "-m", "replay_tui", "serve", "--port", "0", *words],
        env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip(), process
        finally:
            process.kill()


async def shown(url: str, words: bytes, *, press: str = "") -> bool:
    """Return True once a page shows a text; then press a key and wait until the server closes the page."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/ws?width=120&height=36".replace("http", "ws", 1), origin=url) as socket,
    ):
        seen = b""
        async with asyncio.timeout(20):
            async for message in socket:
                seen += message.data if isinstance(message.data, bytes) else b""
                if words in seen:
                    if press:
                        await socket.send_json(["stdin", press])
                        async for _ in socket:
                            pass
                    return True
    return False


def test_page_runs_the_program(tmp_path: Path) -> None:
    odd = tmp_path / "it's; touch pwned $(touch pwned) & .json"
    shutil.copy(VIM, odd)
    with serving(tmp_path, str(odd), "--at", "flagged") as (url, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        page = httpx.get(url, trust_env=False)
        assert page.status_code == 200
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert f'"{url.replace("http", "ws", 1)}/ws' in page.text
        assert TOKEN not in page.text
        assert str(odd) not in page.text
        assert asyncio.run(shown(url, b"Ana Auditada", press="q"))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().splitlines() == ["Open this address in a browser. Ctrl-C ends the server."]
    assert not (tmp_path / "pwned").exists()


def test_requests_from_other_sites_are_refused(run: Runner, tmp_path: Path) -> None:
    with serving(tmp_path, "demo") as (url, _):
        port = url.rpartition(":")[2]
        taken = run("serve", "--port", port, "demo")
        assert taken.code == 2
        assert "--port" in taken.err
        assert httpx.get(url, headers={"Host": f"evil.example:{port}"}, trust_env=False).status_code == 403
        assert httpx.get(url, headers={"Host": f"localhost:{port}"}, trust_env=False).status_code == 200
        assert httpx.get(url, headers={"Origin": "http://evil.example"}, trust_env=False).status_code == 403
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}  # fmt: skip
        for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}):
            assert httpx.get(f"{url}/ws", headers=upgrade | origin, trust_env=False).status_code == 403


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--host", "0.0.0.0", "demo"], 2, "--allow-remote"),
        ([VIM, "--at", "flagged", "--host", "0.0.0.0"], 2, "--allow-remote"),
        (["--host", "example.com", "demo"], 2, "--allow-remote"),
        (["list"], 2, "`list` has no interface for a browser"),
        (["nothing.json"], 3, "does not exist"),
        ([VIM, "--speed", "900"], 2, "--speed"),
        (["-"], 2, "Standard input"),
        (["--public-url", "https://me:pw@replay.example.com", "demo"], 2, "Remove them"),
        (["--public-url", "ftp://replay.example.com", "demo"], 2, "Invalid --public-url"),
    ],
)
def test_serve_invalid_arguments_fail(run: Runner, words: list[str], code: int, sentence: str) -> None:
    ran = run("serve", "--port", "0", *words)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_serve_without_extra_names_it(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("aiohttp", "textual_serve", "textual_serve.server"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "replay_tui.cli.web_server", raising=False)
    ran = run("serve", "--port", "0", "demo")
    assert ran.code == 2
    assert "pip install '.[serve]'" in ran.err


def test_remote_access_is_read_only(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", "--allow-remote", VIM) as (url, process):
        port = url.rpartition(":")[2]
        assert asyncio.run(shown(f"http://127.0.0.1:{port}", b"Ana Auditada"))
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout
        assert not any(f"play {VIM}" in line and "--read-only" not in line for line in listed.splitlines())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert b"WARNING: other machines can open this" in err
