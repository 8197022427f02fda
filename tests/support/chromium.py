"""Headless Chromium, driven over its debugging protocol: for tests of pages as a browser shows and prints them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

aiohttp = pytest.importorskip("aiohttp", reason="the extra `serve` is not installed")

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT = 120.0
"""Seconds until a page must have a state."""


def chromium() -> str:
    """Return the browser's program; skips the test where none is installed."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("No Chromium is installed: pages were not tested in a browser.")
    return found


class Page:
    """One page of the browser, and the events that it has reported as (method, params)."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._number = socket, 0
        self.events: list[tuple[str, dict[str, Any]]] = []

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        async for message in self._socket:
            answer = message.json()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer.get("result", {}))
            self.events.append((answer.get("method", ""), answer.get("params", {})))
        raise AssertionError("the browser has ended")

    async def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        result = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    async def wait(self, script: str, is_reached: Callable[[Any], bool] = bool) -> Any:
        """Wait until an expression has a value that is accepted, and return the value."""
        value = None
        try:
            async with asyncio.timeout(TIMEOUT):
                while not is_reached(value := await self.evaluate(script)):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{script} is still {value!r}") from None
        return value

    def requests(self) -> list[str]:
        """Return the addresses that the page has requested, those of sockets too."""
        urls = [params["request"]["url"] for method, params in self.events if method == "Network.requestWillBeSent"]
        return urls + [params["url"] for method, params in self.events if method == "Network.webSocketCreated"]

    def sent_frames(self) -> list[str]:
        """Return the texts that the page has sent on its sockets."""
        return [
            params["response"]["payloadData"]
            for method, params in self.events
            if method == "Network.webSocketFrameSent"
        ]

    def problems(self) -> list[str]:
        """Return the errors of the console, of the log and of scripts, and failed requests."""
        found = []
        for method, params in self.events:
            entry = params.get("entry", params)
            if method in ("Runtime.exceptionThrown", "Network.loadingFailed"):
                found.append(str(params))
            elif (method, entry.get("level", entry.get("type"))) in (
                ("Log.entryAdded", "error"),
                ("Log.entryAdded", "warning"),
                ("Runtime.consoleAPICalled", "error"),
                ("Runtime.consoleAPICalled", "warning"),
            ):
                found.append(str(entry))
        return found


@asynccontextmanager
async def open_page(folder: Path) -> AsyncIterator[Page]:
    """Start a browser with an empty profile in `folder`; yields a page that reports requests and errors."""
    arguments = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0", f"--user-data-dir={folder}",
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(folder)}
    with subprocess.Popen(
        [chromium(), *arguments, "about:blank"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            port = await _port(folder / "DevToolsActivePort", process)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    target = next(one for one in await answer.json() if one["type"] == "page")
                async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    for domain in ("Page", "Runtime", "Log", "Network"):
                        await page.send(f"{domain}.enable")
                    yield page
                    await page.send("Browser.close")
        finally:
            process.terminate()


async def _port(file: Path, process: subprocess.Popen[bytes]) -> str:
    async with asyncio.timeout(TIMEOUT):
        while not (file.exists() and file.read_text().count("\n")):
            assert process.poll() is None, "the browser has ended"
            await asyncio.sleep(0.05)
    return file.read_text().split("\n")[0]
