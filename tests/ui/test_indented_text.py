"""Indented lines of labelled values: a value never starts where a label does, however it wraps or breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from replay_tui.ui.widgets.indented_text import INDENT_CELLS, IndentedLine, wrap_lines
from tests.support.effort import sampled
from tests.ui.conftest import Run
from tests.ui.sessions import shell, write

pytestmark = pytest.mark.slow

VALUES = st.text(st.sampled_from("ab 漢\n"), max_size=80)


@given(
    VALUES, st.sampled_from(["", "id  ", "machine identity  "]), st.integers(8, 40), st.sampled_from([0, INDENT_CELLS])
)
def test_wrapped_rows_fit_and_keep_value(value: str, label: str, width: int, hang: int) -> None:
    rows = list(wrap_lines([IndentedLine(Text(label), Text(value), hang)], width, Console()))
    below = len(label) > width // 2 and value != ""
    column = INDENT_CELLS if below else len(label)
    for number, row in enumerate(rows[1:], start=1):
        inside = number == 1 and below
        assert row.text.plain[: column + (0 if inside else hang)].strip() == ""
    assert all(row.text.cell_len <= max(width, len(label)) for row in rows)
    told = "".join((row.joint if number else "") + row.text.plain[row.start :] for number, row in enumerate(rows))
    told = told.removeprefix(label)
    assert "".join(told.split(" ")) == "".join(value.split(" "))
    assert [line.split() for line in told.split("\n")] == [line.split() for line in value.split("\n")]


@given(VALUES.filter(bool), st.sampled_from(["", "id  ", "machine identity  "]), st.integers(8, 40))
def test_wrapped_styled_label_leaves_value_unstyled(value: str, label: str, width: int) -> None:
    body = Text(value).append("!", "bold")
    rows = list(wrap_lines([IndentedLine(Text(label, "dim"), body)], width, Console()))
    styled = [(row.text.plain[span.start : span.end], span.style) for row in rows for span in row.text.spans]
    styled += [(row.text.plain, row.text.style) for row in rows if row.text.style]
    assert "".join(text for text, style in styled if style == "dim") == label
    assert "".join(text for text, style in styled if style == "bold") == "!"


@sampled("size", [(80, 24), (120, 36), (200, 50)], daily=1)
async def test_line_break_in_value_stays_indented(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    forged = "OPS-1\nmasked  0 values\r\nbatch  approved"
    fields = {"metadata": {"ticket": forged}, "ai_analysis": {"risk_level": "high", "title": forged}}
    async with run(write(tmp_path, (0.0, "o", "$ "), **fields, id="7\nid  8"), size=size) as ui:
        await ui.press("d")
        for key, panel, column in (("b", "#session", len("metadata  ")), ("a", "#risk-text", INDENT_CELLS)):
            if size[0] == 80:
                await ui.press(key)
            await ui.until(lambda panel=panel: "OPS-1↵" in ui.pane(panel))
            rows = [row.text.plain for row in ui.widget(f"{panel} PanelText").rows]
            first = next(number for number, row in enumerate(rows) if "OPS-1↵" in row)
            for row, words in zip(rows[first + 1 :], ("masked  0 values", "batch  approved"), strict=False):
                assert row.strip().startswith(words)
                assert row.startswith(" " * column)
            assert not [row for row in rows if row.startswith(("masked", "batch", "id  8"))]


async def test_wrapped_value_is_copied_unwrapped(run: Run, tmp_path: Path) -> None:
    long = "5f087ad8-561e-4028-85a4-03187d93d134"
    async with run(shell(tmp_path, org_id=long, labels={"note": "word " * 12})) as ui:
        await ui.press("d")
        await ui.sees("organisation  5f087")
        text = ui.widget("#session PanelText")
        at = next(number for number, row in enumerate(text.rows) if row.text.plain.startswith("organisation"))
        assert text.rows[at + 1].text.plain.startswith(" " * len("organisation  "))
        text.text_select_all()
        await ui.press("ctrl+c")
        await ui.until(lambda: f"organisation  {long}" in ui.app.clipboard)
        assert "note=" + "word " * 11 + "word" in ui.app.clipboard
