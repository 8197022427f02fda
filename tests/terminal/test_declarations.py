"""The prepared declarations are those of the installed library, and it works without them as well."""

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

from replay_tui.terminal import ghostty, ghostty_types

FOLDER = Path(theirs.__file__).parent


def test_they_are_of_the_installed_version_and_used() -> None:
    assert zlib.crc32((FOLDER / "_cdef.py").read_bytes()) == ghostty_types.SOURCE, (
        "python -m tests.support.declarations prepares them anew"
    )
    assert ghostty.ffi is ghostty_types.ffi


@pytest.mark.slow
def test_all_functions_numbers_and_structs_are_as_declared() -> None:
    assert dir(ghostty.lib) == dir(theirs.lib)
    for name in dir(theirs.lib):
        ours, declared = getattr(ghostty.lib, name), getattr(theirs.lib, name)
        if isinstance(declared, int):
            assert ours == declared, name
        else:
            assert _spelt(ghostty.ffi.typeof(ours)) == _spelt(theirs.ffi.typeof(declared)), name
    names = theirs.ffi.list_types()[0]
    assert ghostty.ffi.list_types()[0] == names
    for name in names:
        assert _layout(ghostty.ffi, name) == _layout(theirs.ffi, name), name


def _layout(ffi: Any, name: str) -> object:
    kind = ffi.typeof(name)
    if kind.kind not in ("struct", "union"):
        return _spelt(kind)
    fields = [(field, info.offset, _spelt(info.type)) for field, info in kind.fields or ()]
    return _spelt(kind), fields and ffi.sizeof(kind), fields


def _spelt(kind: Any) -> str:
    """A type's name, which holds its tag for one of the two only."""
    return re.sub(r"\b(struct|union|enum) ", "", str(kind))


def test_another_library_is_opened_as_pyghostty_does() -> None:
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
