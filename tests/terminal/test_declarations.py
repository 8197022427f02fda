"""Precompiled declarations of the native library: equal to those of the installed version, and optional."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pyghostty._ffi as theirs
import pytest

from replay_tui.terminal.native import ghostty, ghostty_types

FOLDER = Path(theirs.__file__).parent


def test_declarations_match_the_installed_version() -> None:
    assert zlib.crc32((FOLDER / "_cdef.py").read_bytes()) == ghostty_types.SOURCE, (
        "run python -m tests.support.declarations to regenerate them"
    )
    assert ghostty.ffi is ghostty_types.ffi


@pytest.mark.slow
def test_declarations_equal_those_of_pyghostty() -> None:
    assert dir(ghostty.lib) == dir(theirs.lib)
    for name in dir(theirs.lib):
        ours, declared = getattr(ghostty.lib, name), getattr(theirs.lib, name)
        if isinstance(declared, int):
            assert ours == declared, name
        else:
            assert _type_name(ghostty.ffi.typeof(ours)) == _type_name(theirs.ffi.typeof(declared)), name
    names = theirs.ffi.list_types()[0]
    assert ghostty.ffi.list_types()[0] == names
    for name in names:
        assert _layout(ghostty.ffi, name) == _layout(theirs.ffi, name), name


def _layout(ffi: Any, name: str) -> object:
    kind = ffi.typeof(name)
    if kind.kind not in ("struct", "union"):
        return _type_name(kind)
    fields = [(field, info.offset, _type_name(info.type)) for field, info in kind.fields or ()]
    return _type_name(kind), fields and ffi.sizeof(kind), fields


def _type_name(kind: Any) -> str:
    """Return the name of a type without its tag, which only one of the two libraries includes."""
    return re.sub(r"\b(struct|union|enum) ", "", str(kind))


def test_library_from_the_environment_is_loaded() -> None:
    library = next((FOLDER / "_lib").glob("libghostty-vt.*"))
    code = (
        "from replay_tui.terminal.emulator import Emulator\n"
        "emulator = Emulator(20, 3, history=0)\n"
        "emulator.feed('\\x1b[31mok é'.encode())\n"
        "print(emulator.restore(emulator.snapshot()).screen().lines[0].encode())\n"
    )
    environment = {**os.environ, "PYGHOSTTY_LIB": str(library)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == f"{'ok é'.encode()}\n"
