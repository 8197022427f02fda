"""Scripted runs of the program on a pseudo-terminal, saved as asciicasts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.record.terminal import Recording, Step, record

ESCAPE = "\x1b[27u"
"""The escape key in the kitty keyboard protocol; a plain ESC would need a pause after it."""
_SHELL = ("setsid", "-c", "bash", "--norc", "--noprofile", "-i")
_TYPING_SECONDS = 0.06
"""Time between two characters of the typed command."""


@dataclass(frozen=True)
class Scene:
    """One run: arguments of `replay-tui`, terminal size (columns, rows), typed keys, and settings as TOML."""

    arguments: str
    size: tuple[int, int]
    steps: tuple[Step, ...]
    settings: str = ""


def play(scene: Scene, home: Path) -> Recording:
    """Run a scene in a shell with the empty home folder `home`; return the events up to the final escape key."""
    config = home / "config" / "replay-tui"
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text(scene.settings)
    cols, rows = scene.size
    steps = [
        Step(0.5, f"replay-tui {scene.arguments}\r", gap=_TYPING_SECONDS),
        Step(2.5),
        *scene.steps,
        Step(0.5, ESCAPE),
        Step(0.5, "\x03"),
        Step(1.0, "exit\r"),
    ]
    recording = record(_SHELL, steps, cols=cols, rows=rows, env=_environment(home), timeout=180)
    end = max(time for time, kind, data in recording.events if kind == "i" and data == ESCAPE.encode())
    recording.events = [event for event in recording.events if event[0] < end]
    return recording


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of the shell: nothing from the user's own settings."""
    programs = Path(sys.executable).parent
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "PS1": "$ ", "LANG": "C.UTF-8",
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
    }  # fmt: skip


def write_cast(recording: Recording, path: Path, title: str) -> None:
    """Write the output as asciicast v2, the version that asciinema 2, asciinema 3 and its web player can play."""
    head = {"version": 2, "width": recording.cols, "height": recording.rows, "title": title}
    lines: list[object] = [head, *_output(recording.events)]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _output(events: Sequence[tuple[float, str, bytes]]) -> list[list[object]]:
    """Return the output events as [time, "o", text]; a character split over two events goes to the second."""
    rows: list[list[object]] = []
    incomplete = b""
    for time, kind, data in events:
        if kind != "o":
            continue
        whole = incomplete + data
        text = whole.decode("utf-8", "ignore")
        incomplete = whole[len(text.encode()) :]
        rows.append([round(time, 3), "o", text])
    return rows
