"""Export in the gateway's JSON format: session fields with `event_stream` as `[[seconds, type, base64], ...]`.

Source of the format: the gateway's `GET /sessions/{id}?expand=event_stream` (hoophq/hoop at e939597dc). Times are the
recorded ones, also for a range. The format has no terminal size: a size that cannot be inferred from the output is
inserted as a resize sequence (`CSI 8;rows;columns t`), which this program reads and most terminals ignore. What was not
read of an incomplete recording is in `replay.fidelity`, which this program reads too.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from msgspec.structs import asdict

from replay_tui.domain.event_stream import Event
from replay_tui.domain.terminal_size import Resize, SizeSource, TerminalSize
from replay_tui.export.export_job import ExportJob
from replay_tui.export.terminal_state import initial_screen_at
from replay_tui.export.text_formats import ascii_json

_PLACEHOLDERS = {"absent": None, "none": "null", "undecodable": "null", "not-list": "null"}
"""Value of `event_stream` by stream format without events; None omits the field."""


def write_json(job: ExportJob, file: TextIO) -> None:
    """Write the session object, with the events one by one."""
    received = job.recording.displayed_session.raw
    members = [f"{ascii_json(name)}: {ascii_json(value)}" for name, value in received.items()]
    if marked := job.bookmarks_in_range():
        members.append(f'"bookmarks": {ascii_json([asdict(one) for one in marked])}')
    if unread := [one.as_json() for one in job.recording.stream.log.warnings if one.is_unread]:
        members.append(f'"replay": {ascii_json({"fidelity": unread})}')
    stream_format = job.recording.loaded_session.stream_format
    if len(job.recording.stream) or stream_format not in _PLACEHOLDERS:
        file.write("{\n" + "".join(f"{member},\n" for member in members) + '"event_stream": [')
        between = "\n"
        for event in _events(job):
            data = base64.b64encode(event.data).decode("ascii")
            file.write(f'{between}[{event.time!r}, "{event.kind}", "{data}"]')
            between = ",\n"
        file.write("\n]}\n")
        return
    if (placeholder := _PLACEHOLDERS[stream_format]) is not None:
        members.append(f'"event_stream": {placeholder}')
    file.write("{\n" + ",\n".join(members) + "\n}\n")


def _events(job: ExportJob) -> Iterator[Event]:
    """Iterate over the events in the range without markers and resizes, with sizes inserted into the output."""
    recording = job.recording
    terminal = recording.kind.has_screen
    has_start = terminal and job.start is not None
    source = recording.sizes.first.source
    is_known = source not in (SizeSource.INFERRED, SizeSource.GUESSED)
    writes_sizes = terminal and source is not SizeSource.DEFAULT and (has_start or is_known)
    resizes = deque(recording.sizes.resizes if writes_sizes else ())
    if has_start:
        assert job.start is not None
        initial = initial_screen_at(recording.stream, recording.sizes, job.start, job.is_cancelled)
        size = _resize_sequence(TerminalSize(initial.cols, initial.rows)) if writes_sizes else b""
        yield Event(-1, job.start, "o", size + initial.data)
        while resizes and resizes[0].offset < initial.offset:
            resizes.popleft()
    elif writes_sizes and len(recording.stream):
        yield Event(-1, recording.stream.times[0], "o", _resize_sequence(recording.sizes.first))
    for event in job.events():
        if event.kind in "rmx" or (has_start and event.kind in "oe" and event.time <= job.first):
            continue
        if event.kind in "oe":
            yield from _sizes_before(resizes, recording.stream.output_length_after(event.index), event)
        yield event


def _sizes_before(resizes: deque[Resize], reached: int, event: Event) -> Iterator[Event]:
    while resizes and resizes[0].offset <= reached:
        yield Event(-1, event.time, "o", _resize_sequence(resizes.popleft().size))


def _resize_sequence(size: TerminalSize) -> bytes:
    return b"\x1b[8;%d;%dt" % (size.rows, size.cols)
