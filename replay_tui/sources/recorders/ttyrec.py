"""Reader for ttyrec files (ttyrec(1) 1.0.8, termrec(1) 0.19): frames of seconds, microseconds, length, then output.

The three numbers are little-endian and have 32 bits each; times count from 1970. Files that are joined show one
recording after another. termrec and ovh-ttyrec write the terminal's size as a frame with the sequence
`CSI 8 ; rows ; columns t`. Input is not recorded. Not supported: big-endian files, and files compressed with anything
but gzip.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.json_scanner import UnexpectedEnd
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink, iso_date
from replay_tui.sources.recorders.registry import MAX_FRAME_BYTES

_HEADER = struct.Struct("<III")
MAX_GAP_SECONDS = 3e7
"""A year: a frame that is later than that begins another recording, as one that is earlier does."""
DAMAGED = "frames of the file are damaged; the rest is skipped"
JOINED = "more recordings in the same file, shown one after another on one terminal"
_SIZE = lazy_compile(rb"(?:\x1b%G)?\x1b\[8;(\d{1,6});(\d{1,6})t\Z")


def read(window: ByteBuffer, loaded: LoadedSession, _beside: Beside) -> Iterator[None]:
    """Read all frames. Raises `UnexpectedEnd` if the last one is incomplete."""
    loaded.stream_format = "ttyrec"
    sink = EventSink(loaded, is_raw=True)
    first = previous = begin = 0.0  # epoch times of the recording and the last frame; its start on the timeline
    count = 0
    try:
        while window.fill(_HEADER.size):
            seconds, micros, length = _HEADER.unpack_from(window.buf)
            if micros >= 1_000_000 or length >= MAX_FRAME_BYTES:
                loaded.stream.log.add("bad-event", DAMAGED)
                window.consume(len(window.buf))
                while window.read_more():
                    window.consume(len(window.buf))
                break
            if not window.fill(_HEADER.size + length):
                raise UnexpectedEnd
            window.consume(_HEADER.size)
            data, now = window.take(length), seconds + micros / 1e6
            if count and not 0 <= now - previous < MAX_GAP_SECONDS:
                begin, first = begin + previous - first, now
                sink.log.add("second-cast", JOINED)
                sink.marker(begin, "next recording")
            elif not count:
                first = now
            count, previous = count + 1, now
            if size := _SIZE.match(data):
                sink.resize(begin + now - first, int(size[2]), int(size[1]))
            sink.add(begin + now - first, "o", data)
            if sink.is_full:
                sink.flush()
                yield
        if window.buf:
            raise UnexpectedEnd
    finally:
        sink.end()
        sink.describe("ttyrec", {"frames": count}, start_date=iso_date(first if not begin else first - begin))
    yield
