"""A child process that builds parts, one after another; see `replay_tui.terminal.worker_process`."""

from __future__ import annotations

import gc
import sys

from replay_tui.search.index_pool import read_message, write_message
from replay_tui.search.partition_codec import decode_partition, encode_result
from replay_tui.search.partitions import index_partition


def main() -> None:
    """Answer until there are no more parts."""
    gc.disable()  # nothing here makes cycles, and looking for them costs a twentieth of the time
    try:
        while True:
            write_message(
                sys.stdout.buffer, encode_result(index_partition(decode_partition(read_message(sys.stdin.buffer))))
            )
    except (EOFError, BrokenPipeError):
        return
