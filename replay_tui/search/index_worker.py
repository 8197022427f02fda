"""Worker process that indexes partitions, one after another, and its message format on standard input and output.

A message is its length in bytes (64 bits, little-endian) and an encoded partition or result.
"""

from __future__ import annotations

import gc
import struct
import sys
from typing import IO

from replay_tui.search.partition_codec import decode_partition, encode_result
from replay_tui.search.partitions import index_partition

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
