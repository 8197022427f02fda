"""The only file that knows pyghostty (libghostty-vt, the core of the terminal Ghostty), which is behind the emulator.

Its functions are called by its names (`lib.ghostty_...`); here is what calling them takes in memory and care.
"""

from __future__ import annotations

import weakref
from typing import Any

from pyghostty._ffi import ffi, lib, union_fn

__all__ = ["EmulatorError", "allocated", "check", "ffi", "freed_with", "grid_ref", "lib", "new", "pointer_to", "sized"]

_POINTERS = (
    "GhosttyTerminal*", "GhosttySelection*", "GhosttyFormatterTerminalOptions*", "GhosttyFormatter*", "GhosttyGridRef*",
    "GhosttyPointS*", "GhosttyRow*", "GhosttyCell*", "GhosttyRenderState*", "GhosttyRenderStateRowIterator*",
    "GhosttyRenderStateDirty*", "GhosttyCellsView*", "GhosttyCellWide*",
    "GhosttyCellContentTag*", "GhosttyTerminalScreen*", "GhosttyColorRgb*",
    "GhosttyTerminalModeConfig*", "GhosttyStyle*", "GhosttyColorPaletteIndex*", "GhosttySnapshotDecoder*", "bool*",
    "size_t*", "uint8_t*", "uint8_t**", "uint16_t*", "uint32_t*", "uint64_t*",
)  # fmt: skip
_ARRAYS = ("uint8_t(*)[]", "uint32_t(*)[64]", "void*(*)[]", "GhosttyColorRgb(*)[256]", "GhosttyTerminalData(*)[]")
_FUNCTIONS = (
    "cell_get", "formatter_format_buf", "formatter_free", "formatter_terminal_new", "free", "grid_ref_cell",
    "grid_ref_graphemes", "grid_ref_row", "grid_ref_style", "render_state_clean", "render_state_free",
    "render_state_get", "render_state_new", "render_state_row_get", "render_state_row_iterator_free",
    "render_state_row_iterator_new", "render_state_row_iterator_next", "render_state_row_iterator_next_dirty",
    "render_state_update", "row_get", "snapshot_decoder_decode", "snapshot_decoder_free", "snapshot_decoder_new_buf",
    "snapshot_decoder_set", "snapshot_encode_alloc", "terminal_free", "terminal_get", "terminal_get_multi",
    "terminal_new", "terminal_resize", "terminal_set", "terminal_vt_write",
)  # fmt: skip
_GRID_REF = "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)"
# Each name that cffi has to parse costs 9 ms, with all others behind it: one parse for all of them.
_PARSED = ffi.typeof(f"void(*)({', '.join((*_POINTERS, *_ARRAYS, _GRID_REF))})").args
_TYPES: dict[str, Any] = dict(zip(_POINTERS, _PARSED, strict=False))
_TYPES |= {name.replace("(*)", ""): kind.item for name, kind in zip(_ARRAYS, _PARSED[len(_POINTERS) :], strict=False)}
for _name in _FUNCTIONS:  # the first look at each takes 20 us: now, not while a session is read
    getattr(lib, f"ghostty_{_name}")

grid_ref = union_fn("ghostty_terminal_grid_ref", _PARSED[-1])
"""A reference to a cell; the library's own declaration takes a union, which cffi cannot pass."""


class EmulatorError(RuntimeError):
    """The emulator refused: a size it cannot hold, a snapshot that is none."""


def freed_with(owner: object, free: Any, handle: Any) -> Any:
    """Free memory of the library's when `owner` goes; not at the process's end, when a thread may still draw in it."""
    finalizer = weakref.finalize(owner, free, handle)
    finalizer.atexit = False
    return finalizer


def new(name: str, value: Any = None) -> Any:
    """Memory for a C value, zero unless told otherwise; for an array `value` is its length or what it holds."""
    return ffi.new(_TYPES[name], value)


def sized(name: str) -> Any:
    """A struct of those that begin with their own size, and whose parts do."""
    made = new(name)
    _set_sizes(made, ffi.typeof(made).item)
    return made


def _set_sizes(struct: Any, kind: Any) -> None:
    for name, field in kind.fields:
        if name == "size":
            struct.size = ffi.sizeof(kind)
        elif field.type.kind == "struct":
            _set_sizes(ffi.addressof(struct[0], name), field.type)


def allocated(call: Any, *, refusable: bool = False) -> bytes | None:
    """The bytes that a C function allocates and hands over."""
    out, size = new("uint8_t**"), new("size_t*")
    result = call(out, size)
    if result and refusable:
        return None
    check(result, "read the terminal")
    try:
        return bytes(ffi.buffer(out[0], size[0]))
    finally:
        lib.ghostty_free(ffi.NULL, out[0], size[0])


def check(result: int, what: str) -> None:
    if result:
        raise EmulatorError(f"The terminal emulator could not {what} (code {result}).")


def pointer_to(data: bytes) -> Any:
    """The address of bytes that the library reads; they must outlive the call."""
    return ffi.cast(_TYPES["uint8_t*"], ffi.from_buffer(data))
