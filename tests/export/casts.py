"""Hand-made recordings, and the content of their exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from replay_tui import load
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.export import export_recording
from replay_tui.recording import Recording
from replay_tui.sources import LoadedSession
from replay_tui.terminal.screen import Screen

SHELL = {"type": "application", "connection": "app-1", "user": "ana@example.com", "verb": "connect"}

PIECES = st.sampled_from(
    [b"text ", b"\r\n", b"\x1b[H", b"\x1b[2J", b"\x1b[1;31m", b"\x1b[m", b"\x1b[5;3H", b"\x1b[2;6r",
     b"\x1b[?1049h\x1b7", b"\x1b[?1049l", b"\x1b7", b"\x1b8", b"\x1b(0", b"qx", b"\x1b(B", b"\x1b[4h", b"\x1b[4l",
     b"\x1b[?7l", b"\x1b[?7h",
     b"\t", b"\x1b[3g", b"\x1bH", b"\x1b[L", b"\x1b[3D", b"\x1bM", b"\x1b[44mx\x1b[K",
     "\x0f\x1b(Bé漢字ß".encode(), "\x0f\x1b(B👍".encode(), b"a" * 30, b"\x1b]0;title\x07",
     b"\x1b[?25l", b"\x1b[?5h", b"\x0e", b"\x0f",
     b"\x1b)0", b"\x1b]4;1;rgb:12/34/56\x1b\\"]
)  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> EventStream:
    """Return events of valid UTF-8 and control sequences, split anywhere, also within a character."""
    data = b"".join(draw(st.lists(PIECES, min_size=1, max_size=30)))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    made, time = EventStream(), 0.0
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        time += draw(st.sampled_from([0.0, 0.001, 0.1, 0.25, 1 / 3, 4.0]))
        made.append(time, draw(st.sampled_from("ooe")), data[start:end])
        if draw(st.booleans()):
            made.append(time, "i", draw(st.sampled_from([b"x", b"\r", b"\xc3", b"\xa9", "漢".encode()])))
    made.complete = True
    return made


def recording(stream: EventStream, cols: int = 20, rows: int = 8, **fields: Any) -> Recording:
    """Return a terminal recording of a known size."""
    loaded = LoadedSession("made.json", Session.parse({**SHELL, **fields}), stream, "triples")
    loaded.size = TerminalSize(cols, rows, SizeSource.RECORDED)
    return Recording(loaded)


def exported(made: Recording, form: str, folder: Path, **how: Any) -> Recording:
    """Export a recording and load the file."""
    path = folder / f"out.{form}"
    export_recording(made, form, path, **how)
    return load(path)


def text_of(made: Recording, form: str, folder: Path, **how: Any) -> str:
    """Return the text of an export."""
    path = folder / f"out.{form}"
    export_recording(made, form, path, **how)
    return path.read_text(encoding="utf-8")


def cast(made: Recording, folder: Path, form: str = "asciicast", **how: Any) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return header and events of a cast."""
    header, *events = map(json.loads, text_of(made, form, folder, **how).splitlines())
    return header, events


def looks(screen: Screen) -> tuple[object, ...]:
    """Return the parts of a screen that must be equal after a round trip."""
    return screen.cols, screen.rows, screen.lines, screen.cursor, screen.cursor_visible, screen.alt, screen.reverse
