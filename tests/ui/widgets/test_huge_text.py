"""A statement, value or line of megabytes is cut for display, so that keys are answered while it is shown."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from replay_tui.domain.statement import Statement
from replay_tui.ui.widgets.exec_pane import MAX_LINE_CELLS
from replay_tui.ui.widgets.highlight import MAX_SHOWN_CHARS, highlight_code
from replay_tui.ui.widgets.statement_text import statement_text
from tests.support.ptyread import replay
from tests.ui.conftest import Run

HUGE = "select 'a, b (c)', " * 300_000

HTTP = {"request_headers": [["Host", "h"], ["X", HUGE]], "request_body": HUGE, "status": 200, "response_body": HUGE}
STATEMENTS = {
    "text": Statement(0.0, "query", HUGE),
    "parameter": Statement(0.0, "query", "select $1", params=(HUGE,)),
    "detail": Statement(0.0, "shell", "ls", details={"revised": (HUGE,), "prompt": HUGE}),
    "http": Statement(0.0, "http", f"GET /{HUGE}", details=HTTP),
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
@pytest.mark.parametrize("language", ["postgresql", "bash", "no such language"])
def test_statement_text_of_huge_statement_is_cut(statement: Statement, language: str) -> None:
    assert len(statement_text(statement, language, dark=True).plain) < 2 * MAX_SHOWN_CHARS


def test_highlight_code_cut_names_what_is_missing() -> None:
    shown = highlight_code("x" * (MAX_SHOWN_CHARS + 1234), "bash", dark=True).plain
    assert shown.startswith("x" * MAX_SHOWN_CHARS)
    assert "1,234 more characters" in shown
    assert "more" not in highlight_code("x" * MAX_SHOWN_CHARS, "bash", dark=True).plain


async def test_text_pane_huge_line_is_cut(run: Run, tmp_path: Path) -> None:
    path = session(tmp_path, "application", "cat big", "\u00e9 word " * 500_000)
    async with run(path) as ui:
        strips = [strip.text for strip in ui.strips]
        assert any("\u00e9 word" in text for text in strips)
        pane = ui.replay.query_one("#text")
        assert pane.virtual_size.width <= MAX_LINE_CELLS + 20


@pytest.mark.slow
def test_interface_answers_while_a_huge_script_is_decoded(tmp_path: Path) -> None:
    """Decoding takes seconds in a thread; every key has its effect and the program ends before it is done."""
    path = session(tmp_path, "application", "echo a b; " * 400_000, "ok\n")
    with replay(str(path), home=tmp_path / "home") as screen:
        screen.wait_state(top="ReplayScreen")
        for _ in range(2):
            screen.send(":")
            screen.wait_state(top="AskScreen")
            screen.send("\x1b")
            screen.wait_state(top="ReplayScreen")
        assert not screen.state["analysed"]
        screen.send("q")
        assert screen.end() == 0


def session(folder: Path, kind: str, script: str, printed: str) -> Path:
    path = folder / "session.json"
    events = [[0.0, "o", base64.b64encode(printed.encode()).decode()]]
    path.write_text(
        json.dumps({"id": "s", "type": kind, "verb": "exec", "status": "done", "user": "ana@example.com",
                    "script": {"data": script}, "event_stream": events})
    )  # fmt: skip
    return path
