"""Pages in headless Chromium: the interface of `serve`, and the printed report."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from replay_tui import load
from tests.cli.runs import VIM, Runner
from tests.cli.test_serve import serving
from tests.support.chromium import Page, chromium, open_page

pytestmark = pytest.mark.slow

pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")

PAPERS = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
"""Width and height in inches."""


async def is_within(page: Page, media: str, width: int) -> bool:
    """Return True if nothing is wider than a page of `width` pixels."""
    await page.send("Emulation.setEmulatedMedia", media=media)
    await page.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_served_page_takes_keys_and_loads_nothing_else(tmp_path: Path) -> None:
    chromium()

    async def check(url: str) -> None:
        async with open_page(tmp_path / "profile") as page:
            await page.send("Page.navigate", url=url)
            await page.wait("document.body?.classList.contains('-first-byte') ?? false")
            assert await page.evaluate("document.title") == "shell-vim.json · replay-tui"
            await page.wait("document.activeElement.className", lambda name: name == "xterm-helper-textarea")
            await page.send("Input.insertText", text="?")
            await page.wait("0", lambda _: any('["stdin","?"]' in sent for sent in page.sent_frames()))
            assert {request.split("/")[2] for request in page.requests()} == {url.split("/")[2]}
            assert page.problems() == []

    with serving(tmp_path, VIM) as (url, _):
        asyncio.run(check(url))


def test_printed_report_fits_paper_and_names_session(run: Runner, tmp_path: Path) -> None:
    chromium()
    report = tmp_path / "report.html"
    assert run("report", VIM, "-o", str(report)).code == 0
    session = load(VIM).session.fields.id

    wide_report = tmp_path / "wide.html"
    assert run("report", VIM, "--size", "220x50", "-o", str(wide_report)).code == 0

    async def printed() -> dict[str, bytes]:
        made = {}
        async with open_page(tmp_path / "profile") as page:
            for file in (wide_report, report):
                await page.send("Page.navigate", url=file.as_uri())
                await page.wait(f"document.readyState == 'complete' && location.href == '{file.as_uri()}'")
                assert await page.evaluate("document.querySelectorAll('pre.screen').length") > 0
                assert await is_within(page, "screen", 1200)
                for name, (width, height) in PAPERS.items():
                    assert await is_within(page, "print", round((width - 30 / 25.4) * 96))  # between the margins
                    pdf = await page.send("Page.printToPDF", paperWidth=width, paperHeight=height)
                    made[name] = base64.b64decode(pdf["data"])
            assert set(page.requests()) == {report.as_uri(), wide_report.as_uri()}
            assert page.problems() == []
        return made

    for pdf in asyncio.run(printed()).values():
        if not (pdftotext := shutil.which("pdftotext")):
            continue
        text = subprocess.run([pdftotext, "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
        pages = text.decode().split("\f")[:-1]
        assert len(pages) > 1
        for number, page in enumerate(pages, 1):
            assert re.search(rf"session {session} +page {number} of {len(pages)}\s*$", page)
