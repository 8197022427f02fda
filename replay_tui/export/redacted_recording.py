"""Redacted recording for exports: secrets are replaced in every payload, statement, finding and line of text.

Data of file transfers in which a secret was replaced are withheld: their checksum would be wrong, so that a reader
would draw their bytes and read them as keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import INPUT, OUTPUT_KINDS, EventStream
from replay_tui.redaction.drawn_secrets import hide_drawn
from replay_tui.redaction.redactor import Redactor
from replay_tui.redaction.secret_finder import merge_spans
from replay_tui.terminal.zmodem import IGNORED, FoundTransfers, find_transfers, frame_headers

if TYPE_CHECKING:
    from replay_tui.recording import Recording


class RedactedRecording(Struct, frozen=True):
    """The redacted recording, and the redactor for other texts of it.

    Attributes:
        replacements: number of events with replaced bytes, also those of authentication messages.
        withheld: number of places in file transfers whose data is withheld, because it holds secrets.
        hidden_inputs, secrets: what `reveal` would write: hidden inputs, and different secrets in statements.
    """

    recording: Recording
    redactor: Redactor
    replacements: int
    hidden_inputs: int = 0
    secrets: int = 0
    withheld: int = 0


def redact_recording(
    recording: Recording, *, reveal: bool, is_cancelled: Callable[[], bool] = never_cancelled
) -> RedactedRecording:
    """Return a redacted copy of a recording, also without passwords and keys in its statements.

    With `reveal`, only credentials of protocol messages are replaced.

    Raises `Cancelled`.
    """
    analysis = recording.analysis.revealed if reveal else recording.analysis.without_secrets
    redactor = analysis.redactor
    redactor.prepare(is_cancelled)
    stream = _redacted_stream(recording.stream, redactor, is_cancelled) if redactor else recording.stream
    if stream is recording.stream and analysis is recording.analysis:
        return RedactedRecording(recording, redactor, 0)
    made = recording.with_redacted_stream(stream, analysis)
    withheld = withhold_changed_data(stream, recording.stream) if recording.kind.has_screen else 0
    if recording.kind.has_screen and redactor.finds_texts:
        for offset in hide_drawn(made.terminal_stream, recording.sizes, redactor.spans, is_cancelled):
            stream.output[offset] = ord("*")
    hidden_inputs, secrets = (0, 0) if reveal else (len(analysis.hidden_input), len(recording.analysis.secrets))
    return RedactedRecording(made, redactor, len(redactor.events), hidden_inputs, secrets, withheld)


def _redacted_stream(stream: EventStream, redactor: Redactor, is_cancelled: Callable[[], bool]) -> EventStream:
    """Return a stream of equal lengths in which redacted bytes are `*`. Raises `Cancelled`."""
    made = EventStream()
    made.timed, made.complete, made.encoding = stream.timed, stream.complete, stream.encoding
    for event in stream.events():
        if not event.index % 4096 and is_cancelled():
            raise Cancelled
        made.append(event.time, event.kind, redactor.payload(event.index, event.data))
    made.log = stream.log
    return made


def withhold_changed_data(changed: EventStream, recorded: EventStream) -> int:
    """Replace the data between two frame headers by SYNs in `changed` where it differs from `recorded`.

    Both streams have payloads of the same sizes. Returns the number of these places.
    """
    found, count = find_transfers(recorded), 0
    if not found.spans:
        return 0
    for now, was, is_output in ((changed.output, recorded.output, True), (changed.other, recorded.other, False)):
        for start, end in _data_of(bytes(was), recorded, found, is_output=is_output):
            if now[start:end] != was[start:end]:
                now[start:end] = IGNORED * (end - start)
                count += 1
    return count


def _data_of(data: bytes, stream: EventStream, found: FoundTransfers, *, is_output: bool) -> Iterator[tuple[int, int]]:
    """Yield the protocol bytes of one direction that are between the frame headers."""
    kinds = OUTPUT_KINDS if is_output else (INPUT,)
    length_after = stream.output_length_after if is_output else stream.other_length_after
    spans = [one for one in found.spans if stream.kinds[one[0]] in kinds]
    for first, last in merge_spans(
        (length_after(event) + start, length_after(event) + end) for event, start, end in spans
    ):
        at = first
        for start, end in frame_headers(data, first, last):
            yield at, start
            at = end
        yield at, last
