"""Incomplete sessions in the interface: findings panel, banner, notices, findings of the list; `analysing…` before."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from replay_tui.domain.finding import flagged
from replay_tui.kinds import EMPTY
from replay_tui.ui.controllers.export import CHOICES
from tests.support.effort import sampled
from tests.support.incomplete import INCOMPLETE
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import VIM, shell


def saved(folder: Path, kind: str) -> Path:
    """Write an incomplete session."""
    path = folder / f"{kind.replace(' ', '-')}.json"
    path.write_bytes(INCOMPLETE[kind].content)
    return path


def panel(ui: Driver) -> str:
    """Return the findings panel as one line, without its borders."""
    return " ".join(ui.pane("#findings").replace("│", " ").replace("─", " ").split())


@sampled("kind", [kind for kind, one in INCOMPLETE.items() if not one.is_rule], daily=7)
async def test_panel_of_incomplete_session_says_so(run: Run, tmp_path: Path, kind: str) -> None:
    one = INCOMPLETE[kind]
    async with run(saved(tmp_path, kind), size=(200, 50)) as ui:
        findings = ui.state.findings
        await ui.until(lambda: "analysing" not in panel(ui))
        if one.is_read:
            assert f"{len(flagged(findings or ()))} finding" in panel(ui)
            assert ", incomplete" in panel(ui)
        else:
            assert panel(ui).count("not analysed") == 2
        assert "nothing flagged" not in ui.text
        assert one.words in ui.text
        await ui.press("right_square_bracket")
        if not findings:
            await ui.noticed("Not analysed." if not one.is_read else "No flagged moment in what could be")
        if ui.state.kind is not EMPTY:
            await ui.press("slash")
            await ui.type_at_once("nowhere\n")
            await ui.noticed("No matches in what could be" if one.is_read else "Not searched")


async def test_list_findings_count_incomplete_sessions(run: Run, tmp_path: Path) -> None:
    paths = [saved(tmp_path, kind) for kind in ("damaged event", "withheld", "trailing data")]
    async with run(*paths) as ui:
        await ui.press("F")
        await ui.sees("3 of 3 sessions", "2 incomplete", "1 not analysed", "no findings in what could be read")
        await ui.sees("skipped as invalid", "not read: the gateway withheld the recording")
        assert "nothing flagged" not in ui.text


async def test_list_findings_of_complete_sessions_says_nothing(run: Run, tmp_path: Path) -> None:
    other = shell(tmp_path)
    async with run(other, other) as ui:
        await ui.press("F")
        await ui.sees("2 of 2 sessions", "nothing flagged")
        assert "incomplete" not in ui.text


async def test_panel_says_analysing_until_analysed(run: Run, tmp_path: Path) -> None:
    """The session arrives through a FIFO, so that its analysis cannot begin before the test lets it."""
    fifo = tmp_path / "session.json"
    os.mkfifo(fifo)
    async with run(fifo, ready=False, size=(200, 50)) as ui:
        content = VIM.read_bytes()
        with fifo.open("wb", buffering=0) as writer:
            writer.write(content[: len(content) // 2])
            await ui.sees("Opening ")
            assert "analysing… · by this program" in panel(ui)
            assert "0 findings" not in ui.text
            assert "nothing flagged" not in ui.text
            writer.write(content[len(content) // 2 :])
        await ui.analysed()
        await ui.until(lambda: f"{len(flagged(ui.state.findings or ()))} findings · ! HIGH by rules" in panel(ui))


async def test_panel_of_unreadable_file_says_not_analysed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text('{"level": "info", "msg": "x"}')
    async with run(path, ready=False, size=(200, 50)) as ui:
        await ui.sees("Cannot open this session")
        await ui.until(lambda: panel(ui).count("not analysed") == 2)


async def test_export_of_incomplete_session_is_noticed(run: Run, tmp_path: Path) -> None:
    data = base64.b64encode(b"$ ").decode()
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"id": "x", "type": "ssh", "event_stream": [[0, "o", data], [1]]}))
    async with run(path) as ui:
        await ui.press("x")
        await ui.sees("asciicast")
        await ui.press(*["down"] * list(CHOICES).index("txt"), "enter")
        await ui.sees("Export as txt")
        ui.app.focused.value = str(tmp_path / "made.txt")  # type: ignore[union-attr]
        await ui.press("enter")
        await ui.noticed("incomplete (2 bytes of an unknown total read): 1 event skipped as invalid")
