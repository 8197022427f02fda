"""Stream formats and download formats of the gateway."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from tests.support.gateway.answers import Refusal
from tests.support.gateway.people import Person
from tests.support.gateway.store import Session, Store

UNDECODABLE = (
    "An internal error occurred: unable to decode the event stream due to invalid characters.\n"
    "Please download the session as an alternative."
)


def expanded(store: Store, session: Session, person: Person, params: dict[str, str]) -> Session:
    """Return the response of `GET /sessions/{id}` without an `extension`."""
    form = params.get("event_stream", "")
    if params.get("expand") and form not in ("", "utf8", "base64", "raw-queries"):
        raise Refusal(422, "event_stream attribute has an unknown type format")
    wanted = params.get("expand", "").split(",") if params.get("expand") else None
    answer = {key: value for key, value in session.items() if key != "event_stream"}
    if wanted is not None and "session_input" not in wanted:
        answer["script"] = {"data": ""}
    stream = session.get("event_stream")
    if wanted is None or "event_stream" not in wanted or stream is None:
        return answer
    if not (person.reads_stream(session)):
        return answer
    # The gateway sorts fields by name, so the stream is in the middle.
    first = ("id", "org_id", "script", "script_size", "labels", "metadata", "user", "user_id", "user_name", "type")
    made = in_form(store, session, form)
    return {
        **{key: answer[key] for key in first if key in answer},
        "event_stream": made,
        **answer,
        "event_size": _size(session, form),
    }


def in_form(store: Store, session: Session, form: str) -> Any:
    """Return the stream in the format of `event_stream=`."""
    stream = session["event_stream"]
    if form == "raw-queries":  # everything but the Postgres wire format is sent as stored
        return store.raw_queries.get(session["id"], stream)
    if form in ("utf8", "base64"):
        joined = _joined(stream)
        if form == "base64":
            return [base64.b64encode(joined).decode()]
        try:
            text = joined.decode()
        except UnicodeDecodeError:
            return [UNDECODABLE]
        return [UNDECODABLE if "\x1b" in text or "\a" in text else text]
    return stream


def _joined(stream: Any) -> bytes:
    return b"".join(base64.b64decode(data) for _, kind, data in stream if kind in ("o", "e"))


def _size(session: Session, form: str) -> Any:
    """Return `event_size`: of the stored stream, or of the text it was converted to."""
    if form == "utf8":
        return len(_joined(session["event_stream"]).decode(errors="replace"))
    if form == "base64":
        return len(base64.b64encode(_joined(session["event_stream"])))
    return session.get("event_size")


def as_file(session: Session, params: dict[str, str]) -> bytes:
    """Return a download: `json`, `csv`, or raw bytes; also the text of `result/stream`."""
    kinds = [kind for kind in params.get("events", "").split(",") if kind in ("i", "o", "e")] or ["o", "e"]
    extension = params.get("extension", "")
    start = datetime.fromisoformat(session["start_date"])
    rows = [(time, kind, base64.b64decode(data)) for time, kind, data in session.get("event_stream") or []]
    rows = [row for row in rows if row[1] in kinds]
    if extension.endswith("json") and not rows:
        return b"null" if session.get("event_stream") else b""
    if extension.endswith("json"):
        return json.dumps(
            [
                {"stream": data.decode(errors="replace"), "time": _whole(start, time), "type": kind}
                for time, kind, data in rows
            ]
        ).encode()
    made = bytearray()
    for time, _, data in rows:
        if params.get("event-time") == "1":
            made += f"{_whole(start, time)} ".encode()
        made += data.replace(b"\t", b",") if extension.endswith("csv") else data
        if params.get("newline") == "1":
            made += b"\n"
    return bytes(made)


def _whole(start: datetime, seconds: float) -> str:
    return (start + timedelta(seconds=int(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")
