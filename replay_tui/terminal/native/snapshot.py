"""Snapshots of a native terminal: its whole state as bytes, with that of control functions that the library lacks."""

from __future__ import annotations

import struct
from typing import Any

import msgspec
from msgspec import Struct, field

from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.native.ghostty import allocated, check, ffi, lib, new, pointer_to

CONTINUATION_LIMIT = 1 << 20
"""Bytes of an unfinished sequence that a snapshot can carry; no snapshot is possible inside a longer one."""
_LENGTH = struct.Struct("<H")


class ExtendedState(Struct):
    """State of control functions that the library lacks.

    `selects_rectangles` is set by DECSACE; `saved_pens` are the pens of XTPUSHSGR as (SGR, selected attributes), and
    `unsaved_pens` counts those beyond the limit; `uses_graphics` is True once the set of line drawing was selected.
    `work` is the cost so far of functions that are limited, see `NativeTerminal.work_limit`; `refused` counts
    those that were not carried out because of that limit.
    """

    selects_rectangles: bool = False
    saved_pens: list[tuple[str, list[int]]] = field(default_factory=list)
    unsaved_pens: int = 0
    uses_graphics: bool = False
    work: int = 0
    refused: int = 0


def encode_snapshot(terminal: Any, extended: ExtendedState) -> bytes | None:
    """Return the state of `terminal`, None inside a sequence that is longer than `CONTINUATION_LIMIT`.

    Format: the library's snapshot, the extended state as JSON unless it is the default, and its length.
    """
    native = allocated(
        lambda out, size: lib.ghostty_snapshot_encode_alloc(terminal, ffi.NULL, out, size), refusable=True
    )
    if native is None:
        return None
    extra = b"" if extended == ExtendedState() else msgspec.json.encode(extended)
    return native + extra + _LENGTH.pack(len(extra))


def decode_snapshot(snapshot: bytes) -> tuple[Any, ExtendedState]:
    """Return the handle (`GhosttyTerminal*`) of a new terminal in the state of `snapshot`, and the extended state.

    Raises `EmulatorError` if the bytes are not a valid snapshot.
    """
    if len(snapshot) < _LENGTH.size:
        raise EmulatorError("The terminal emulator could not read a snapshot.")
    end = len(snapshot) - _LENGTH.size
    start = end - _LENGTH.unpack_from(snapshot, end)[0]
    try:
        extended = msgspec.json.decode(snapshot[start:end], type=ExtendedState) if 0 < start < end else ExtendedState()
    except msgspec.MsgspecError as error:
        raise EmulatorError("The terminal emulator could not read a snapshot.") from error
    snapshot = snapshot[: max(0, start)]
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
    return handle, extended
