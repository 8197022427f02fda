"""The gateway's reports beside the session's metadata."""

from __future__ import annotations

from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.ui_gateway.conftest import Start


async def test_metadata_shows_masking_report(start: Start, gateway: LoopbackGateway) -> None:
    session = gateway.session("pg-psql")
    session["metrics"] = {**session["metrics"], "data_masking": {"info_types": {"IBAN_CODE": 3}}}
    async with start(ADMIN, "pg-psql", size=(160, 60)) as running:
        await running.sees("masking report", "3 values", "IBAN_CODE=3 values")


async def test_failed_report_does_not_hold_up_the_recording(start: Start, gateway: LoopbackGateway) -> None:
    gateway.fault("/reports/sessions", *[Fault(status=403, message="not for you")] * 5)
    async with start(ADMIN, "pg-psql", size=(160, 60)) as running:
        await running.sees("not read", "masking: The gateway does not allow")
