"""Event generator for manual runs: sends events to the open session."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta

from tests.support.gateway.server import LoopbackGateway


def play_open_session(gateway: LoopbackGateway) -> None:
    """Send a line every second to the open session until it ends."""
    session = gateway.session("open-shell")
    last = float(session["event_stream"][-1][0]) if session.get("event_stream") else 0.0
    # The recording started days ago; its new events have the current time.
    began = datetime.now(UTC) - timedelta(seconds=last + 1)
    session["start_date"] = began.isoformat().replace("+00:00", "Z")
    for number in itertools.count(1):
        time.sleep(1.0)
        if session["status"] != "open":
            return
        seconds = (datetime.now(UTC) - began).total_seconds()
        line = f"\r\n{datetime.now(UTC):%H:%M:%S} still working, line {number}"
        gateway.live.send(session, seconds, "o", line.encode())
