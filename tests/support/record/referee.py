"""Screens of a recording in tmux, the referee: feed it the output and capture its pane.

Each checkpoint has a separate tmux server, fed from the first byte, so that captures cannot influence later ones. After
the bytes a status query (``CSI 5 n``) is sent: tmux has processed everything once it replies.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .terminal import Event, Resize

_FEED = Path(__file__).resolve().with_name("feed.py")

_CONFIG = """\
set -g status off
set -sg escape-time 0
set -g default-terminal tmux-256color
set -g history-limit 0
set -g aggressive-resize off
set -g remain-on-exit on
set -g allow-rename off
"""

# The VT100 line-drawing set. tmux captures such a cell as its letter, between SO and SI.
_ACS = str.maketrans(
    "`afgijklmnopqrstuvwxyz{|}~",
    "◆▒°±␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
)
_STYLE = re.compile(r"\x1b\[[0-9;:]*m|\x1b\]8;[^\x1b]*\x1b\\")
_SWITCH = re.compile(rb"\x1b\[\?(?:1049|1047|47)([hl])")
_RUN = re.compile(r"\x0e([^\x0f]*)(?:\x0f|$)", re.DOTALL)


def plain(capture: str) -> list[str]:
    """Return the rows of ``capture-pane -e`` without styles and trailing blanks, line drawing as box characters."""
    text = _RUN.sub(lambda run: run[1].translate(_ACS), _STYLE.sub("", capture))
    return [row.rstrip(" ") for row in text.removesuffix("\n").split("\n")]


def _cut(events: Sequence[Event], resizes: Sequence[Resize], last: int) -> list[bytes]:
    """Return the output up to and including event ``last``, split at resizes."""
    edges = [0, *(r.event for r in resizes if r.event <= last), last + 1]
    return [b"".join(data for _, kind, data in events[a:b] if kind != "i") for a, b in pairwise(edges)]


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"tmux did not get to {path.name}")
        time.sleep(0.01)


def capture(events: Sequence[Event], cols: int, rows: int, resizes: Sequence[Resize], last: int) -> dict[str, Any]:
    """Return the screen after event ``last``: ``lines``, ``cursor`` (column, row from 0) and ``alt``."""
    parts = _cut(events, resizes, last)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, part in enumerate(parts):
            (folder / f"{number}.bin").write_bytes(part)
        (folder / "tmux.conf").write_text(_CONFIG)
        program = f"exec '{sys.executable}' -S '{_FEED}' '{name}' {len(parts)}"
        tmux = [shutil.which("tmux") or "tmux", "-u", "-S", f"{name}/socket"]
        env = {"LANG": "C.UTF-8", "PATH": os.environ["PATH"], "TERM": "xterm-256color", "SHELL": "/bin/sh"}

        def run(*args: str) -> str:
            done = subprocess.run([*tmux, *args], env=env, check=True, capture_output=True)
            return done.stdout.decode()

        run("-f", f"{name}/tmux.conf", "new-session", "-d", "-x", str(cols), "-y", str(rows), program)
        try:
            for number in range(len(parts)):
                if number:
                    size = resizes[number - 1]
                    run("resize-window", "-x", str(size.cols), "-y", str(size.rows))
                    (folder / f"{number}.go").touch()
                _wait_for(folder / f"{number}.done")
            shown = "#{cursor_x} #{cursor_y} #{alternate_on} #{pane_width} #{pane_height}"
            x, y, alt, width, height = map(int, run("display-message", "-p", shown).split())
            size = resizes[len(parts) - 2] if len(parts) > 1 else Resize(0, cols, rows)
            if (width, height) != (size.cols, size.rows):
                raise RuntimeError(f"the pane is {width}x{height}, not {size.cols}x{size.rows}")
            lines = plain(run("capture-pane", "-p", "-e"))
        finally:
            run("kill-server")
    return {"event": last, "time": events[last][0], "lines": lines, "cursor": [x, y], "alt": bool(alt)}


def _uncertain_checkpoints(events: Sequence[Event], resizes: Sequence[Resize]) -> set[int]:
    """Return the events at which tmux 3.3a is not a valid referee.

    If it is resized while the alternate screen is active, it restores the primary screen with stray cells, which remain
    until the screen is cleared.
    """
    sizes = {resize.event for resize in resizes}
    alternate = stray = False
    found: set[int] = set()
    for k, (_, kind, data) in enumerate(events):
        stray = stray or (alternate and k in sizes)
        if kind == "i":
            continue
        switches = _SWITCH.findall(data)
        if switches:
            alternate = switches[-1] == b"h"
        if stray and not alternate:
            found.add(k)
            stray = bool(switches) or b"\x1b[2J" not in data
    return found


def pick(events: Sequence[Event], resizes: Sequence[Resize], count: int) -> list[int]:
    """Return the events to check: the last output before pauses, distributed; around each resize; the end."""
    outputs = [k for k, event in enumerate(events) if event[1] != "i"]
    lulls = [a for a, b in pairwise(outputs) if events[b][0] - events[a][0] > 0.12]
    unsure = _uncertain_checkpoints(events, resizes)
    lulls = [k for k in lulls if k not in unsure]
    chosen = {outputs[-1]}
    for resize in resizes:
        chosen.update([k for k in lulls if k < resize.event][-1:])
        chosen.update([k for k in lulls if k >= resize.event][:1])
    step = max(1, len(lulls) // count)
    chosen.update(lulls[step - 1 :: step])
    return sorted(chosen)


def screens(
    events: Sequence[Event], cols: int, rows: int, resizes: Sequence[Resize] = (), count: int = 12
) -> dict[str, Any]:
    """Return the content of ``NAME.screens.json``."""
    answer: dict[str, Any] = {"cols": cols, "rows": rows}
    if resizes:
        answer["resizes"] = [{"event": r.event, "cols": r.cols, "rows": r.rows} for r in resizes]
    found = [capture(events, cols, rows, resizes, k) for k in pick(events, resizes, count)]
    return {**answer, "checkpoints": found}
