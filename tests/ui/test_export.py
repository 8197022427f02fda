"""Export dialog: files are replaced only if confirmed, and hidden input is exported only while it is revealed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replay_tui.load_recording import load
from replay_tui.ui.controllers.export import CHOICES
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import VIM, write


async def choose(ui: Driver, form: str) -> None:
    """Choose a format and clear the file name."""
    await ui.press("x")
    await ui.sees("Export as", "asciicast-v2")
    await ui.press(*["down"] * list(CHOICES).index(form), "enter")
    await ui.sees(f"Export as {form}", "file name or path")
    await ui.press("ctrl+u")


async def test_export_formats_are_described_or_truncated(run: Run) -> None:
    async with run(VIM, size=(60, 24)) as ui:
        await ui.press("x")
        await ui.sees("the gateway's own form; opens here again")
        rows = ui.pane("LineList").splitlines()
        for row, form in zip(rows, CHOICES.values(), strict=False):
            assert form.description in row or row.rstrip().endswith("…"), row
        await ui.pilot.resize_terminal(80, 24)
        await ui.sees(*(form.description for form in CHOICES.values()))


async def test_exported_cast_replays_same_screens(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.cast"
    async with run(VIM) as ui:
        await choose(ui, "asciicast")
        ui.widget("Input").value = str(target)
        await ui.press("enter")
        await ui.noticed(f"Exported to {target}")
    before, after = load(VIM), load(target)
    for at in (0.5, 4.0, 7.5, 12.0):
        assert after.screen(at).lines == before.screen(at).lines
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize(("form", "heading"), [("report", "<h2>Verdict"), ("report-md", "## Verdict")])
async def test_report_is_written_with_bookmarks(run: Run, tmp_path: Path, form: str, heading: str) -> None:
    target = tmp_path / "out.report"
    async with run(VIM) as ui:
        await ui.press("m", "l", "o", "o", "k", "enter")
        await choose(ui, form)
        await ui.sees("hidden input is masked")
        ui.widget("Input").value = str(target)
        await ui.press("enter")
        await ui.noticed(f"Exported to {target}")
    text = target.read_text()
    assert text.index(heading) < text.index("Findings") < text.index("Reviewer")
    assert "look" in text
    assert "SHA-256 of the file" in text


async def test_existing_file_needs_confirmation(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("mine")
    async with run(VIM) as ui:
        for answer, kept in (("n", True), ("y", False)):
            await choose(ui, "txt")
            ui.widget("Input").value = str(target)
            await ui.press("enter")
            await ui.sees("y Replace file")
            await ui.press(answer)
            if not kept:
                await ui.noticed("Exported to")
            assert (target.read_text() == "mine") is kept


async def test_invalid_file_name_is_asked_again(run: Run, tmp_path: Path) -> None:
    async with run(VIM) as ui:
        await choose(ui, "txt")
        for name, words in (
            (str(tmp_path), "is not a regular file"),
            (str(tmp_path / "none" / "x.txt"), "is not a folder"),
            ("~nobody-of-that-name/x", "Unknown user"),
            ("  ", "No file name given"),
        ):
            ui.widget("Input").value = name
            await ui.press("enter")
            await ui.sees(words)
        await ui.press("escape")
        assert ui.app.screen is ui.replay


async def test_export_masks_hidden_input_until_revealed(run: Run, tmp_path: Path) -> None:
    session = write(
        tmp_path,
        (0.0, "o", "$ "), (1.0, "i", "sudo id\r"), (1.1, "o", "sudo id\r\n[sudo] password for ana: "),
        (2.0, "i", "hunter2\r"), (3.0, "o", "\r\nuid=0(root)\r\n$ "),
    )  # fmt: skip
    async with run(session) as ui:
        for name, reveal in (("masked.jsonl", False), ("shown.jsonl", True)):
            if reveal:
                await ui.press("u")
            await choose(ui, "jsonl")
            await ui.sees("hidden input is included" if reveal else "hidden input is masked")
            ui.widget("Input").value = str(tmp_path / name)
            await ui.press("enter")
            await ui.noticed(name)
            assert ("hunter2" in json.dumps((tmp_path / name).read_text())) is reveal
