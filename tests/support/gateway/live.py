"""Live events that a test sends to a session's subscribers."""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.gateway.store import Session

END, DROP = object(), object()


class LiveHub:
    """Subscribers by session id. A test waits for a subscription, then sends."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queues: dict[str, list[queue.Queue[Any]]] = defaultdict(list)
        self._subscribed: dict[str, int] = defaultdict(int)

    def subscribe(self, session_id: str) -> queue.Queue[Any]:
        made: queue.Queue[Any] = queue.Queue()
        with self._changed:
            self._queues[session_id].append(made)
            self._subscribed[session_id] += 1
            self._changed.notify_all()
        return made

    def unsubscribe(self, session_id: str, made: queue.Queue[Any]) -> None:
        with self._changed:
            self._queues[session_id].remove(made)
            self._changed.notify_all()

    def wait_subscribed(self, session_id: str, times: int = 1, timeout: float = 120.0) -> None:
        """Wait for a total of `times` subscriptions."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._subscribed[session_id] >= times, timeout):
                raise TimeoutError("nobody subscribed")

    def send(self, session: Session, seconds: float, kind: str, data: bytes, *, stored: bool = True) -> None:
        """Send an event; `stored` also adds it to the stored stream, as the gateway does later."""
        if stored:
            store_event(session, seconds, kind, data)
        moment = datetime.fromisoformat(session["start_date"]) + timedelta(seconds=seconds)
        value = {
            "time": moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "type": kind,
            "payload": base64.b64encode(data).decode(),
        }
        self.raw(session["id"], f"event: event\ndata: {json.dumps(value)}\n\n".encode())

    def raw(self, session_id: str, content: bytes) -> None:
        """Send raw bytes."""
        self._put(session_id, content)

    def end(self, session: Session) -> None:
        """End the session."""
        session.update(status="done", exit_code=0)
        session["end_date"] = session.get("end_date") or session["start_date"]
        self._put(session["id"], END)

    def drop(self, session_id: str) -> None:
        """Close every subscriber's connection."""
        self._put(session_id, DROP)

    def close(self) -> None:
        for session_id in list(self._queues):
            self._put(session_id, DROP)

    def _put(self, session_id: str, item: Any) -> None:
        with self._changed:
            for subscriber in self._queues[session_id]:
                subscriber.put(item)


def store_event(session: Session, seconds: float, kind: str, data: bytes) -> None:
    """Add an event to the stored stream without sending it to subscribers."""
    session.setdefault("event_stream", []).append([seconds, kind, base64.b64encode(data).decode()])
