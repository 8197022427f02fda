"""Reader for Warpgate's terminal recordings, `data.ndjson` (warp-tech/warpgate, `recordings/terminal.rs`).

A line is `{"time", "stream": "Input"|"Output"|"Error", "data": base64}`, or `{"time", "cols", "rows"}` for a change of
the size; times are seconds since the start. User and target are in Warpgate's database, not in the file. Not supported:
its recordings of network traffic, desktops and Kubernetes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_BASE64, BAD_EVENT, repair_base64
from replay_tui.sources.json_scanner import number
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink
from replay_tui.sources.recorders.json_messages import read_objects

_STREAMS = {"Input": "i", "Output": "o", "Error": "e"}


def read(window: ByteBuffer, loaded: LoadedSession, _beside: Beside) -> Iterator[None]:
    """Read all events. Raises `UnexpectedEnd` if the last line is incomplete."""
    loaded.stream_format = "warpgate"
    sink = EventSink(loaded)
    sink.describe("Warpgate terminal recording", {})
    try:
        for row in read_objects(window, loaded.stream.log):
            time, data = number(row.get("time")), row.get("data")
            if isinstance(data, str):
                sink.add(time, _STREAMS.get(str(row.get("stream", "Output")).capitalize(), "?"), _decode(sink, data))
            elif "cols" in row or "rows" in row:
                sink.resize(time, row.get("cols"), row.get("rows"))
            else:
                sink.log.add("bad-event", BAD_EVENT)
            if sink.is_full:
                sink.flush()
                yield
    finally:
        sink.end()
    yield


def _decode(sink: EventSink, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        sink.log.add("bad-base64", BAD_BASE64)
    return repair_base64(text)
