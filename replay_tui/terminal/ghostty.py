"""The only file that knows pyghostty (libghostty-vt, the core of the terminal Ghostty), which is behind the emulator.

Its functions are called by its names (`lib.ghostty_...`); here is what calling them takes in memory and care.
"""

from __future__ import annotations

import os
import weakref
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["EmulatorError", "allocated", "check", "ffi", "freed_with", "grid_ref", "lib", "new", "pointer_to", "sized"]


def _opened() -> tuple[Any, Any]:
    """cffi's view of the library, and the library: as the installed pyghostty opens it, ten times as fast.

    It has its declarations parsed at every start. They stand prepared in `ghostty_types`, which is used where they are
    those of the installed version.
    """
    package = find_spec("pyghostty")
    if package and package.origin and "PYGHOSTTY_LIB" not in os.environ:
        from replay_tui.terminal import ghostty_types

        folder = Path(package.origin).parent
        declared = zlib.crc32((folder / "_cdef.py").read_bytes())
        libraries = list((folder / "_lib").glob("libghostty-vt.*"))
        if declared == ghostty_types.SOURCE and len(libraries) == 1:
            return ghostty_types.ffi, ghostty_types.ffi.dlopen(str(libraries[0]))
    from pyghostty._ffi import ffi, lib

    return ffi, lib


ffi, lib = _opened()

grid_ref = ffi.cast(
    "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)",
    ffi.addressof(lib, "ghostty_terminal_grid_ref"),
)
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
    return ffi.new(name, value)


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
    return ffi.cast("uint8_t*", ffi.from_buffer(data))
