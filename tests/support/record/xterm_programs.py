"""Recorder of programs inside a real xterm: `fixtures/terminal/programs` and `fixtures/terminal/resizes`.

    python -m tests.support.record.xterm_programs programs [NAME ...]
    python -m tests.support.record.xterm_programs resizes [NAME ...]

Needs xterm, Xvfb and the programs. Each file holds the recordings of one program: with each value of `TERM`, or with
each kind of resize.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import sandbox
from .xterm_cells import virtual_display
from .xterm_scripts import PROGRAMS, RESIZED
from .xterm_session import Script, Step, record_in_xterm

FOLDER = Path(__file__).parents[3] / "fixtures" / "terminal"
TERMS = ("xterm-256color", "xterm", "linux", "vt100", "screen-256color", "tmux-256color")
SIZES = {
    "cols": ((80, 24, 120, 24), (80, 24, 66, 24), (100, 30, 140, 30)),
    "rows": ((80, 24, 80, 36), (80, 24, 80, 17), (110, 32, 110, 25)),
    "both": ((80, 24, 132, 43), (80, 24, 60, 19), (100, 30, 88, 24)),
}
"""Columns and rows before and after a resize; a program has the sizes of one column of this table."""
DISPLAYS = {"programs": ":77", "resizes": ":76"}
PARALLEL = 4


def recordings(kind: str, name: str) -> Iterator[tuple[str, str, tuple[int, int], list[Step]]]:
    """Yield (variant, TERM, size, steps) of a program's recordings."""
    if kind == "programs":
        for term in TERMS:
            yield term, term, (80, 24), list(PROGRAMS[name][1])
        return
    number = list(RESIZED).index(name)
    _, before, after = RESIZED[name]
    for variant, sizes in SIZES.items():
        cols, rows, *to = sizes[number % 3]
        yield variant, "xterm-256color", (cols, rows), [*before, (to[0], to[1]), *after]


def make(kind: str, name: str, display: str) -> str:
    """Record a program and write its file."""
    argv = (PROGRAMS if kind == "programs" else RESIZED)[name][0]
    found: list[dict[str, Any]] = []
    for variant, term, (cols, rows), steps in recordings(kind, name):
        with sandbox.shop() as root:
            environment = sandbox.environment(term)
            script = Script(sandbox.on_app_1(root, argv), environment, cols, rows, steps)
            session = record_in_xterm(script, display)
        found.append(
            {"variant": variant, "cols": cols, "rows": rows, "events": session.events, "screens": session.screens}
        )
    path = FOLDER / kind / f"{name}.json.gz"
    path.parent.mkdir(exist_ok=True)
    data = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    return f"{name}: {[len(one['screens']) for one in found]} screens"


def main() -> None:
    """Record the programs that the arguments name, all without names."""
    kind, *names = sys.argv[1:]
    table = PROGRAMS if kind == "programs" else RESIZED
    with virtual_display(DISPLAYS[kind]) as display, ThreadPoolExecutor(PARALLEL) as pool:
        for line in pool.map(lambda name: make(kind, name, display), names or table):
            print(line, flush=True)


if __name__ == "__main__":
    main()
