"""The gateway's reports beside the session's metadata."""

from __future__ import annotations

from replay_tui.ui.widgets.panels import PanelText
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Running, Start


async def holds(running: Running, *words: str) -> None:
    """Wait until the metadata panel holds texts, which may be scrolled off."""

    def text() -> str:
        panel = running.app.screen.query_one("#session PanelText", PanelText)
        return " ".join(row.text.plain.strip() for row in panel.rows)

    await running.until(lambda: all(word in text() for word in words), repr(words))


async def test_metadata_shows_masking_report(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session("pg-psql")
    session["metrics"] = {**session["metrics"], "data_masking": {"info_types": {"IBAN_CODE": 3}}}
    async with start(ADMIN, "pg-psql") as running:
        await holds(running, "masking report", "3 values", "IBAN_CODE=3 values")


async def test_failed_report_does_not_hold_up_the_recording(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault("/reports/sessions", *[Fault(status=403, message="not for you")] * 5)
    async with start(ADMIN, "pg-psql") as running:
        await holds(running, "not read", "masking: The gateway does not allow")
        await running.sees("as statements", "2 findings")
