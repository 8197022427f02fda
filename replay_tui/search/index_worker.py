"""Worker process that indexes partitions, one after another, and its messages on standard input and output.

A message is its length in bytes (64 bits, little-endian) and an encoded partition or result; texts stay compressed.
"""

from __future__ import annotations

import gc
import struct
import sys
from array import array
from typing import IO

import msgspec

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline, TerminalSize
from replay_tui.search.packed_list import Blocks, PackedList
from replay_tui.search.partitions import Partition, PartitionResult, index_partition
from replay_tui.search.screen_text_log import ScreenTextLog
from replay_tui.search.wrapped_lines import WrappedLine
from replay_tui.terminal.transcript_lines import PartitionEnd, PartitionStart


class _PartitionMessage(msgspec.Struct, array_like=True):
    output: bytes
    times: bytes
    output_ends: bytes
    sizes: list[tuple[int, int, int]]
    start: tuple[bytes, int, int] | None
    last: bool


class _ResultMessage(msgspec.Struct, array_like=True):
    texts: Blocks
    previous_texts: Blocks
    times: bytes
    rows: bytes
    growth: dict[int, list[tuple[int, float]]]
    grown: list[int]
    wrapped: Blocks
    open_count: int
    end: PartitionEnd


_partition_decoder = msgspec.msgpack.Decoder(_PartitionMessage)
_result_decoder = msgspec.msgpack.Decoder(_ResultMessage)


def encode_partition(partition: Partition) -> bytes:
    """Return the encoded partition."""
    sizes = [(0, partition.sizes.first), *((one.offset, one.size) for one in partition.sizes.resizes)]
    return msgspec.msgpack.encode(
        _PartitionMessage(
            bytes(partition.stream.output),
            partition.stream.times.tobytes(),
            partition.stream.output_ends.tobytes(),
            [(offset, size.cols, size.rows) for offset, size in sizes],
            (partition.start.state, partition.start.context_bytes, partition.start.warmup_bytes)
            if partition.start
            else None,
            partition.last,
        )
    )


def decode_partition(data: bytes) -> Partition:
    """Return the partition. Raises `ValueError` for invalid data."""
    try:
        message = _partition_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError("invalid partition data") from error
    (_, cols, rows), *resizes = message.sizes
    return Partition(
        EventStream.from_output(message.output, array("d", message.times), array("I", message.output_ends)),
        SizeTimeline(TerminalSize(cols, rows), [Resize(at, TerminalSize(c, r)) for at, c, r in resizes]),
        PartitionStart(*message.start) if message.start else None,
        message.last,
    )


def encode_result(result: PartitionResult) -> bytes:
    """Return the encoded result."""
    log = result.text_log
    return msgspec.msgpack.encode(
        _ResultMessage(
            log.texts.blocks(),
            log.previous_texts.blocks(),
            log.times.tobytes(),
            log.rows.tobytes(),
            log.growth,
            log.grown,
            log.wrapped_lines.lines.blocks(),
            log.wrapped_lines.open_count,
            result.end,
        )
    )


def decode_result(data: bytes) -> PartitionResult:
    """Return the result. Raises `ValueError` for invalid data."""
    try:
        message = _result_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError("invalid partition result data") from error
    log = ScreenTextLog()
    log.texts += PackedList(str, message.texts)
    log.previous_texts += PackedList(str, message.previous_texts)
    log.times, log.rows = array("d", message.times), array("i", message.rows)
    log.growth, log.grown = message.growth, message.grown
    log.wrapped_lines.lines += PackedList(WrappedLine, message.wrapped)
    log.wrapped_lines.open_count = message.open_count
    return PartitionResult(log, message.end)


_LENGTH = struct.Struct("<Q")
_MAX_MESSAGE_BYTES = 1 << 30


def main() -> None:
    """Index partitions until the input ends; see `replay_tui.terminal.worker_process`."""
    gc.disable()  # indexing creates no reference cycles, and collections take 5 % of the time
    try:
        while True:
            partition = decode_partition(read_message(sys.stdin.buffer))
            write_message(sys.stdout.buffer, encode_result(index_partition(partition)))
    except (EOFError, BrokenPipeError):
        return


def write_message(pipe: IO[bytes] | None, data: bytes) -> None:
    """Write one message. Raises `OSError` if the other end is closed."""
    assert pipe
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def read_message(pipe: IO[bytes] | None) -> bytes:
    """Read one message. Raises `EOFError` at the end or if a message is incomplete or too long."""
    assert pipe
    header = pipe.read(_LENGTH.size)
    if len(header) == _LENGTH.size and (length := _LENGTH.unpack(header)[0]) <= _MAX_MESSAGE_BYTES:
        data = pipe.read(length)
        if len(data) == length:
            return data
    raise EOFError
