"""Space in the panels and lists of the replay screen: what decides is visible, the rest is one key away."""

from __future__ import annotations

from rich.style import Style

from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.ui.widgets.statements_pane import marks_of_statements
from tests.support.fixtures import SESSIONS
from tests.ui.conftest import Run
from tests.ui.driver import Driver
from tests.ui.sessions import DEMO


def _style_of(ui: Driver, text: str) -> Style:
    """Return the style of the first segment that contains a text, over all rows."""
    return next(part.style or Style() for strip in ui.strips for part in strip if text in part.text)


async def test_panels_fold_details_until_key_d(run: Run) -> None:
    async with run(DEMO / "payments-cleanup.json", size=(120, 36)) as ui:
        await ui.until(lambda: "d details" in ui.pane("#session"))
        assert "environment=prod" not in ui.pane("#risk-text")
        assert "organisation" not in str(ui.widget("#session").query_one("PanelText").render())
        assert "requested" not in str(ui.widget("#review").query_one("PanelText").render())
        await ui.press("d")
        await ui.until(lambda: "requested" in str(ui.widget("#review").query_one("PanelText").render()))
        assert "recorded" in str(ui.widget("#session").query_one("PanelText").render())
        assert "fewer details" in ui.pane("#session")


async def test_panels_count_rows_below_instead_of_scroll_bars(run: Run) -> None:
    async with run(DEMO / "payments-cleanup.json", size=(120, 30)) as ui:
        await ui.until(lambda: "↓ " in ui.pane("#risk-text"))
        assert not any(
            panel.show_vertical_scrollbar and panel.scrollbar_size_vertical
            for panel in ui.app.query("#side Panel, #findings")
        )
        rows = [line for line in ui.pane("#findings").splitlines() if "00:" in line]
        assert any("…" in row for row in rows)  # not cut within a word without a sign
        findings = ui.widget("#findings")
        ui.app.screen.set_focus(findings)
        await ui.press("end")
        await ui.until(lambda: "↓" not in ui.pane("#findings"))


async def test_statement_list_has_header_marks_and_one_verb(run: Run) -> None:
    async with run(DEMO / "payments-cleanup.json", size=(120, 36)) as ui:
        await ui.sees("time       gap  statement")
        assert "SELECT    SELECT" not in ui.text
        assert not _style_of(ui, "pg_catalog").dim, "statements are readable before playback"
        await ui.press("asterisk")
        await ui.until(lambda: "!  00:36.0" in ui.pane("#statement-list"))
        await ui.press("g", "space")
        await ui.until(lambda: ui.widget("#statement-list").future is not None)
        await ui.press("space")
        await ui.until(lambda: ui.widget("#statement-list").future is None)


async def test_short_statement_list_leaves_rows_to_details(run: Run) -> None:
    async with run(SESSIONS / "httpproxy-connect.json", size=(120, 36)) as ui:
        await ui.sees("200 OK", "took  statement")
        assert ui.widget("#statement-list").size.height == 3  # the header and both requests
        assert ui.widget("#statement-detail").size.height > 18


def test_statement_marks_are_of_most_severe_finding() -> None:
    low, high = (Finding(1.0, "rule", severity, "message", statement=4) for severity in (Severity.LOW, Severity.HIGH))
    assert marks_of_statements([low, high, Finding(1.0, "rule", Severity.HIGH, "of the output")]) == {4: high}


async def test_script_output_has_no_played_timeline(run: Run) -> None:
    async with run(DEMO / "drop-blocked.json", size=(100, 30)) as ui:
        await ui.press("G")
        assert "━" not in ui.pane("#timeline")
