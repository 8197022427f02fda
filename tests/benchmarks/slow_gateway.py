"""Measurement of a gateway behind a slow link: first frame, transfer, cancel.

    python tests/benchmarks/slow_gateway.py

Opens a session of a loopback gateway over a link of 10 Mbit/s with a round trip of 80 ms.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from pydantic import SecretStr  # noqa: E402

from replay_tui.gateway import session_download  # noqa: E402, F401 -- loads httpx, as the inbox does
from replay_tui.gateway.cancel_token import CancelToken  # noqa: E402
from replay_tui.gateway.client import GatewayClient  # noqa: E402
from replay_tui.gateway.credentials import Credentials  # noqa: E402
from replay_tui.gateway.gateway_url import GatewayUrl  # noqa: E402
from replay_tui.terminal.screen_reader import ScreenReader  # noqa: E402
from replay_tui.ui.session_loader import RecordingLoaded, SessionLoader  # noqa: E402
from replay_tui.ui.session_ref import SessionRef  # noqa: E402
from tests.benchmarks.figures import Figure, column, of_rounds, table  # noqa: E402
from tests.benchmarks.generate import write  # noqa: E402
from tests.support.gateway import ADMIN, LoopbackGateway  # noqa: E402
from tests.support.gateway.faults import Fault  # noqa: E402
from tests.support.slow_link import SlowLink  # noqa: E402

ROUND_TRIP = 0.08
RATE = 10e6 / 8
"""Bytes a second."""
MEBIBYTES = 4
ROUNDS = 5
FIRST_FRAME_BYTES = 256 << 10


class Opening:
    """A session that is opened over the slow link, with the time and the bytes of its stages."""

    def __init__(self, link: SlowLink, client: GatewayClient, session_id: str, *, cancel: bool = False) -> None:
        self._link, self._cancelled = link, CancelToken()
        self.first: dict[str, float] = {}
        self.cancelled = 0.0
        begin, before = time.monotonic(), link.delivered

        def post(message: Any) -> None:
            if not isinstance(message, RecordingLoaded):
                return
            if not self.first:
                ScreenReader(message.recording.index).at_offset(min(4096, len(message.recording.stream.output)))
                self.first = {"seconds": time.monotonic() - begin, "bytes": link.delivered - before}
                if cancel:
                    self.cancelled = time.monotonic()
                    threading.Thread(target=self._cancelled.cancel).start()
            if message.complete:
                self.complete = time.monotonic() - begin
                self.received = link.delivered - before

        SessionLoader(SessionRef(session_id, client=client), None, post, self._cancelled, cached=False).run()
        self.ended = time.monotonic()


def figures() -> list[Figure]:
    """Return the figures of opening the session and of cancelling."""
    with tempfile.TemporaryDirectory() as folder, LoopbackGateway(folder=None) as gateway:
        path = Path(folder, "session.json")
        write(path, MEBIBYTES << 20, 1, "mixed")
        session = json.loads(path.read_bytes())
        gateway.store.add(session)
        found = [_opened(gateway, session["id"], path.read_bytes()) for _ in range(ROUNDS)]
    frames = [one / (3 * ROUND_TRIP + 0.3) for one in column(found, "frame")]
    received = [one / FIRST_FRAME_BYTES for one in column(found, "bytes")]
    return [
        of_rounds("slow gateway: first frame against 3 round trips + 0.3 s", frames, "x", 1),
        of_rounds("slow gateway: first frame against 256 KiB", received, "x", 1),
        of_rounds("slow gateway: connections opened", column(found, "connections"), ""),
        of_rounds("slow gateway: transfer against the link's time", column(found, "transfer"), "x", 1.1),
        of_rounds("slow gateway: cancelled, part of a round trip", column(found, "cancel"), "x", 1),
    ]


def _opened(gateway: LoopbackGateway, session_id: str, answer: bytes) -> dict[str, float]:
    with SlowLink(gateway.port, seconds=ROUND_TRIP, rate=RATE) as link:
        credentials = Credentials(GatewayUrl.parse(f"http://127.0.0.1:{link.port}"), SecretStr(ADMIN.token))
        with GatewayClient(credentials) as client:
            path = f"/sessions/{session_id}"
            gateway.fault(path, None, Fault(body=answer))  # encoding the answer is not measured
            whole = Opening(link, client, session_id)
            connections = link.connections
            gateway.fault(path, None, Fault(body=answer))
            stopped = Opening(link, client, session_id, cancel=True)
    return {
        "frame": whole.first["seconds"],
        "bytes": whole.first["bytes"],
        "connections": connections,
        "transfer": whole.complete / (whole.received / RATE),
        "cancel": (stopped.ended - stopped.cancelled) / ROUND_TRIP,
    }


if __name__ == "__main__":
    print(table(figures()))
