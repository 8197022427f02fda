"""Snapshots of a native terminal: its whole state as bytes."""

from __future__ import annotations

from typing import Any

from replay_tui.terminal.ghostty import allocated, check, ffi, lib, new, pointer_to

CONTINUATION_LIMIT = 1 << 20
"""Bytes of an unfinished sequence that a snapshot can carry; no snapshot is possible inside a longer one."""


def encode_snapshot(terminal: Any) -> bytes | None:
    """Return the state of `terminal`, None inside a sequence that is longer than `CONTINUATION_LIMIT`."""
    return allocated(lambda out, size: lib.ghostty_snapshot_encode_alloc(terminal, ffi.NULL, out, size), refusable=True)


def decode_snapshot(snapshot: bytes) -> Any:
    """Return the handle (`GhosttyTerminal*`) of a new terminal in the state of `snapshot`.

    Raises `EmulatorError` if the bytes are not a valid snapshot.
    """
    decoder = new("GhosttySnapshotDecoder*")
    pointer = pointer_to(snapshot)
    check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, pointer, len(snapshot)), "read a snapshot")
    handle = new("GhosttyTerminal*")
    try:
        for option, ctype, value in (
            (lib.GHOSTTY_SNAPSHOT_DECODER_OPT_MAX_CONTINUATION_BYTES, "size_t*", CONTINUATION_LIMIT),
            (lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION, "bool*", True),
        ):
            check(lib.ghostty_snapshot_decoder_set(decoder[0], option, new(ctype, value)), "read a snapshot")
        check(lib.ghostty_snapshot_decoder_decode(decoder[0], handle), "read a snapshot")
    finally:
        lib.ghostty_snapshot_decoder_free(decoder[0])
    return handle
