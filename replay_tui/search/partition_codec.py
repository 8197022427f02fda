"""Parts and what was seen in them as bytes, for another process. A text that occurs often is sent once."""

from __future__ import annotations

from array import array

import msgspec

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline, TerminalSize
from replay_tui.search.partitions import Partition, PartitionResult
from replay_tui.search.screen_text_log import ScreenTextLog
from replay_tui.terminal.partition_state import PartitionEnd, PartitionStart
from replay_tui.terminal.transcript_lines import TranscriptLine


class _PartitionMessage(msgspec.Struct, array_like=True):
    screen: bytes
    times: bytes
    ends: bytes
    sizes: list[tuple[int, int, int]]
    start: tuple[bytes, int] | None
    last: bool


class _ResultMessage(msgspec.Struct, array_like=True):
    table: list[str]
    texts: bytes
    olds: bytes
    times: bytes
    ys: bytes
    growth: dict[int, list[tuple[int, float]]]
    grown: list[int]
    wrapped: list[tuple[float, str, tuple[int, ...]]]
    lines: bytes
    line_times: bytes
    origins: list[str]
    end: PartitionEnd


_part, _built = msgspec.msgpack.Decoder(_PartitionMessage), msgspec.msgpack.Decoder(_ResultMessage)


def encode_partition(partition: Partition) -> bytes:
    """A part as bytes."""
    sizes = [(0, partition.sizes.first), *((one.offset, one.size) for one in partition.sizes.resizes)]
    return msgspec.msgpack.encode(
        _PartitionMessage(
            bytes(partition.stream.output),
            partition.stream.times.tobytes(),
            partition.stream.output_ends.tobytes(),
            [(offset, size.cols, size.rows) for offset, size in sizes],
            (partition.start.state, partition.start.warmup_bytes) if partition.start else None,
            partition.last,
        )
    )


def decode_partition(data: bytes) -> Partition:
    """Raises `ValueError` for bytes that are none."""
    try:
        packed = _part.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError("not a part") from error
    (_, cols, rows), *resizes = packed.sizes
    return Partition(
        EventStream.from_output(packed.screen, array("d", packed.times), array("I", packed.ends)),
        SizeTimeline(TerminalSize(cols, rows), [Resize(at, TerminalSize(c, r)) for at, c, r in resizes]),
        PartitionStart(*packed.start) if packed.start else None,
        packed.last,
    )


def encode_result(result: PartitionResult) -> bytes:
    """What was seen, as bytes."""
    seen, numbers = result.text_log, dict[str, int]()

    def numbered(texts: list[str]) -> bytes:
        return array("I", [numbers.setdefault(text, len(numbers)) for text in texts]).tobytes()

    texts, olds = numbered(seen.texts), numbered(seen.previous_texts)
    lines = numbered([line.text for line in seen.lines])
    return msgspec.msgpack.encode(
        _ResultMessage(
            list(numbers),
            texts,
            olds,
            seen.times.tobytes(),
            seen.rows.tobytes(),
            seen.growth,
            seen.grown,
            seen.wrapped,
            lines,
            array("d", [line.time for line in seen.lines]).tobytes(),
            [line.origin for line in seen.lines],
            result.end,
        )
    )


def decode_result(data: bytes) -> PartitionResult:
    """Raises `ValueError` for bytes that are none."""
    try:
        packed = _built.decode(data)
        text = packed.table.__getitem__
        texts, olds, lines = ([*map(text, array("I", some))] for some in (packed.texts, packed.olds, packed.lines))
    except (msgspec.MsgspecError, IndexError) as error:
        raise ValueError("not what was seen in a part") from error
    seen = ScreenTextLog()
    seen.texts, seen.previous_texts = texts, olds
    seen.times, seen.rows = array("d", packed.times), array("i", packed.ys)
    seen.growth, seen.grown, seen.wrapped = packed.growth, packed.grown, packed.wrapped
    seen.lines = [*map(TranscriptLine, array("d", packed.line_times), lines, packed.origins)]
    return PartitionResult(seen, packed.end)
