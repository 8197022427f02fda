"""Binding to libghostty-vt (pyghostty), the native terminal core behind the emulator.

Callers use the library's own function names (`lib.ghostty_...`); this module adds memory management and error checks.
"""

from __future__ import annotations

import os
import weakref
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from replay_tui.terminal.emulator_errors import EmulatorError

__all__ = ["allocated", "check", "ffi", "freed_with", "grid_ref", "lib", "new", "pointer_to", "sized"]


def _load_library() -> tuple[Any, Any]:
    """Return (ffi, lib) of the installed pyghostty, ten times faster than importing it.

    pyghostty parses its C declarations at every start. `ghostty_types` contains them precompiled and is used if its
    checksum matches the installed version.
    """
    package = find_spec("pyghostty")
    if package and package.origin and "PYGHOSTTY_LIB" not in os.environ:
        from replay_tui.terminal.native import ghostty_types

        folder = Path(package.origin).parent
        declared = zlib.crc32((folder / "_cdef.py").read_bytes())
        libraries = list((folder / "_lib").glob("libghostty-vt.*"))
        if declared == ghostty_types.SOURCE and len(libraries) == 1:
            return ghostty_types.ffi, ghostty_types.ffi.dlopen(str(libraries[0]))
    from pyghostty._ffi import ffi, lib

    return ffi, lib


ffi, lib = _load_library()

grid_ref = ffi.cast(
    "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)",
    ffi.addressof(lib, "ghostty_terminal_grid_ref"),
)
"""Function that returns a reference to a cell. Cast because cffi cannot pass the union of the library's declaration."""


def freed_with(owner: object, free: Any, handle: Any) -> Any:
    """Free a native handle when `owner` is collected; not at process exit, when a thread may still use it."""
    finalizer = weakref.finalize(owner, free, handle)
    finalizer.atexit = False
    return finalizer


def new(name: str, value: Any = None) -> Any:
    """Allocate a C value, zero by default; for an array `value` is its length or its content."""
    return ffi.new(name, value)


def sized(name: str) -> Any:
    """Allocate a struct and set the `size` fields of the struct and its nested structs, as the library requires."""
    struct = new(name)
    _set_sizes(struct, ffi.typeof(struct).item)
    return struct


def _set_sizes(struct: Any, kind: Any) -> None:
    for name, field in kind.fields:
        if name == "size":
            struct.size = ffi.sizeof(kind)
        elif field.type.kind == "struct":
            _set_sizes(ffi.addressof(struct[0], name), field.type)


def allocated(call: Any, *, refusable: bool = False) -> bytes | None:
    """Return the bytes that a C function allocates, and free its memory.

    Raises `EmulatorError` if the call fails; with `refusable` returns None instead.
    """
    out, size = new("uint8_t**"), new("size_t*")
    result = call(out, size)
    if result and refusable:
        return None
    check(result, "read the terminal")
    try:
        return bytes(ffi.buffer(out[0], size[0]))
    finally:
        lib.ghostty_free(ffi.NULL, out[0], size[0])


def check(result: int, operation: str) -> None:
    """Raise `EmulatorError` if the result code of a native call is not zero."""
    if result:
        raise EmulatorError(f"The terminal emulator could not {operation} (code {result}).")


def pointer_to(data: bytes) -> Any:
    """Return the address of `data` for a native call; the caller must keep `data` alive during the call."""
    return ffi.cast("uint8_t*", ffi.from_buffer(data))
