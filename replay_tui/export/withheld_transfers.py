"""Data of file transfers that exports withhold, because a secret in it was replaced.

The checksum of the data would be wrong, so that a reader would draw its bytes and read them as keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.domain.event_stream import INPUT, OUTPUT_KINDS, EventStream
from replay_tui.redaction.secret_finder import merge_spans
from replay_tui.terminal.zmodem import IGNORED, FoundTransfers, find_transfers, frame_headers


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
