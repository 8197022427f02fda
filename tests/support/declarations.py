"""Generator of `replay_tui/terminal/native/ghostty_types.py`: pyghostty's declarations, parsed by cffi in advance.

Parsing them at each start of the program would take 0.1 s. Run `python -m tests.support.declarations` again after the
pinned version of pyghostty has changed.
"""

from __future__ import annotations

import tempfile
import zlib
from importlib.util import find_spec
from pathlib import Path

from cffi import FFI

MODULE = "ghostty_types"
FILE = Path(__file__).parents[2] / f"replay_tui/terminal/native/{MODULE}.py"
# One function takes a union by value, which cffi does not support: a struct with the same layout.
POINT = """
typedef struct { uint16_t x; uint32_t y; uint64_t _pad; } GhosttyPointValueS;
typedef struct { GhosttyPointTag tag; GhosttyPointValueS value; } GhosttyPointS;
"""
HEAD = '''"""What pyghostty declares, as cffi has parsed it. Made by tests/support/declarations.py."""

'''


def prepared() -> str:
    """Return the module's text for the installed version of pyghostty."""
    package = find_spec("pyghostty")
    assert package
    assert package.origin
    source = Path(package.origin).with_name("_cdef.py").read_bytes()
    declared: dict[str, str] = {}
    exec(source, declared)
    ffi = FFI()
    ffi.cdef(declared["CDEF"])
    ffi.cdef(POINT)
    ffi.set_source(MODULE, None)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, f"{MODULE}.py")
        ffi.emit_python_code(str(made))
        text = made.read_text().removeprefix("# auto-generated file\n").replace(",b'", ",\n    b'")
    return f"{HEAD}{text}\nSOURCE = {zlib.crc32(source)}  # of the file that declares it\n"


if __name__ == "__main__":
    FILE.write_text(prepared())
