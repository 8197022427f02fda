"""Clock of the gateway, from the dates of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.gateway_clock import GatewayClock
from tests.support.gateway import LoopbackGateway


@pytest.mark.parametrize(("hours", "corrected"), [(5.0, True), (-11.0, True), (0.002, False), (24 * 500.0, False)])
def test_clock_follows_dates_that_differ_plausibly(hours: float, corrected: bool) -> None:
    clock, ahead = GatewayClock(), timedelta(hours=hours)
    clock.observe(format_datetime(datetime.now(UTC) + ahead, usegmt=True))
    expected = ahead if corrected else timedelta()
    assert abs(clock.now() - datetime.now(UTC) - expected) < timedelta(seconds=30)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 99999 99:99:99 GMT", "1 Jan 0001 00:00:00 -9999"])
def test_clock_ignores_an_invalid_date(date: str | None) -> None:
    clock = GatewayClock()
    clock.observe(date)
    assert clock.difference == timedelta()


def test_client_knows_the_gateways_time(client: GatewayClient, gateway: LoopbackGateway) -> None:
    gateway.clock_ahead = -3 * 3600
    client.read.current_user()
    assert timedelta(hours=2.9) < datetime.now(UTC) - client.now() < timedelta(hours=3.1)
