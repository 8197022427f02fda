"""The real program on a pseudo-terminal, its keys pressed by a script, and what it wrote as an asciicast."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.record.terminal import Recording, Step, record

ESCAPE = "\x1b[27u"
"""The escape key as kitty's protocol writes it: a lone ESC would have to be followed by a pause."""
_SHELL = ("setsid", "-c", "bash", "--norc", "--noprofile", "-i")
_TYPING = 0.06


@dataclass(frozen=True)
class Scene:
    """One run: the words after `replay-tui`, the terminal's size in cells, what is pressed, settings as TOML."""

    words: str
    size: tuple[int, int]
    steps: tuple[Step, ...]
    settings: str = ""


def play(scene: Scene, home: Path) -> Recording:
    """Run a scene in an interactive shell with the empty home `home`; what follows the program's end is left out."""
    config = home / "config" / "replay-tui"
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text(scene.settings)
    cols, rows = scene.size
    steps = [
        Step(0.5, f"replay-tui {scene.words}\r", gap=_TYPING),
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
    programs = Path(sys.executable).parent
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "PS1": "$ ", "LANG": "C.UTF-8",
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
    }  # fmt: skip


def write_cast(recording: Recording, path: Path, title: str) -> None:
    """Write the output as an asciicast v2, which asciinema 2 and 3 and its web player all play."""
    head = {"version": 2, "width": recording.cols, "height": recording.rows, "title": title}
    lines: list[object] = [head, *_output(recording.events)]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _output(events: Sequence[tuple[float, str, bytes]]) -> list[list[object]]:
    """Output events, no character cut in two."""
    found: list[list[object]] = []
    rest = b""
    for time, kind, data in events:
        if kind != "o":
            continue
        whole = rest + data
        text = whole.decode("utf-8", "ignore")
        rest = whole[len(text.encode()) :]
        found.append([round(time, 3), "o", text])
    return found
