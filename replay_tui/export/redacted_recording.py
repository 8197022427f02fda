"""Redacted recording for exports: hidden input and authentication messages are replaced in every payload.

In addition to the places that `Redactor` names, the bytes of hidden input are replaced everywhere in input and output,
also if they are split between events.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import OUTPUT_KINDS, EventStream
from replay_tui.redaction.redactor import MIN_GLOBAL_CHARS, Redactor

if TYPE_CHECKING:
    from replay_tui.recording import Recording


@dataclass(frozen=True, slots=True)
class RedactedRecording:
    """The redacted recording, the redactor for other texts of it, and the number of replaced places."""

    recording: Recording
    redactor: Redactor
    replacements: int


def redact_recording(
    recording: Recording, *, reveal: bool, is_cancelled: Callable[[], bool] = never_cancelled
) -> RedactedRecording:
    """Return a redacted copy of a recording. With `reveal`, only authentication messages are replaced.

    Raises `Cancelled`.
    """
    redactor = Redactor((), recording.analysis.decoded.redacted) if reveal else recording.redactor
    stream = recording.stream
    spans = [] if reveal else _hidden_spans(stream, redactor)
    if not redactor and not spans:
        return RedactedRecording(recording, redactor, 0)
    redacted = _redacted_stream(stream, redactor, spans, is_cancelled)
    made = recording.with_redacted_stream(redacted)
    return RedactedRecording(made, redactor, len(redactor.events) + len(spans))


def _hidden_spans(stream: EventStream, redactor: Redactor) -> list[tuple[bool, int, int]]:
    """Return the occurrences of hidden input as (is in the output buffer, start offset, end offset)."""
    words = {secret.text for secret in redactor.hidden_input if len(secret.text) >= MIN_GLOBAL_CHARS}
    if not words:
        return []
    ordered = sorted((word.encode("utf-8", "replace") for word in words), key=len, reverse=True)
    pattern = re.compile(b"|".join(map(re.escape, ordered)))
    return [(True, *found.span()) for found in pattern.finditer(bytes(stream.output))] + [
        (False, *found.span()) for found in pattern.finditer(bytes(stream.other))
    ]


def _redacted_stream(
    stream: EventStream, redactor: Redactor, spans: list[tuple[bool, int, int]], is_cancelled: Callable[[], bool]
) -> EventStream:
    """Return a stream of equal lengths in which redacted bytes are `*`. Raises `Cancelled`."""
    screen, other = bytearray(stream.output), bytearray(stream.other)
    for on_screen, start, end in spans:
        (screen if on_screen else other)[start:end] = b"*" * (end - start)
    made = EventStream()
    made.timed, made.complete, made.encoding = stream.timed, stream.complete, stream.encoding
    count = len(stream)
    for index in range(count):
        if not index % 4096 and is_cancelled():
            raise Cancelled
        on_screen = stream.kinds[index] in OUTPUT_KINDS
        buffer, ends = (screen, stream.output_length_after) if on_screen else (other, stream.other_length_after)
        payload = redactor.payload(index, bytes(buffer[ends(index) : ends(index + 1)]))
        made.append(stream.times[index], stream.kind(index), payload)
    made.log = stream.log
    return made
