"""Other players beside this one, on the same session in the same run: load, a jump, one step back, a search.

ipbt (Debian `its-playback-time`) and termplay (`termrec`) read a ttyrec, asciinema a cast; a peer that is not installed
is left out with a message. Each is driven by its keys on a pseudo-terminal; an answer is whole when nothing more comes.
"""

from __future__ import annotations

import os
import shutil
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from replay_tui import load  # noqa: E402
from replay_tui.export.exporter import export_recording  # noqa: E402
from replay_tui.recording import Recording  # noqa: E402
from tests.support.ptyread import Pty  # noqa: E402

QUIET = 0.25
"""Seconds without output after which an answer counts as whole."""
JUMPS = 7
MISSING = "no text like this"


@dataclass(frozen=True)
class Peer:
    """A player: its command, the text that says it is ready, and its keys (None for what it cannot do).

    `jump` is written with the part of the recording to jump to, from 0 to 1, and its number of frames; `nothing` is
    what it says when a search finds nothing.
    """

    name: str
    command: Sequence[str]
    jump: str | None = None
    back: str | None = None
    search: str | None = None
    nothing: str = ""
    ready: str = "root@app-1"  # what a generated session begins with


@dataclass(frozen=True)
class Answer:
    """Seconds of a peer: until it is drawn, p50 of the jumps, of steps back from there, and one search for nothing."""

    name: str
    load: float
    jump: float | None
    back: float | None
    search: float | None


def peers(session: Path, folder: Path) -> Iterator[Answer | str]:
    """What each player takes for a session; a sentence for one that is missing."""
    recording = load(session)
    size = recording.sizes.first
    ttyrec, cast = folder / "session.ttyrec", folder / "session.cast"
    frames = _write_ttyrec(recording, ttyrec)
    export_recording(recording, "asciicast-v2", cast)
    ours = [sys.executable, "-m", "replay_tui", str(session)]
    ipbt = ["ipbt", "-U", "-w", str(size.cols), "-h", str(size.rows), str(ttyrec)]
    for peer in (
        Peer("replay-tui", ours, ":{percent}%\r", ",", f"/{MISSING}\r", "No matches", "search"),
        Peer("ipbt", ipbt, "{frame}g", "b", f"/{MISSING}\r"),
        Peer("termplay", ["termplay", str(ttyrec)], "\x1b[6~", None, None),
    ):
        if shutil.which(peer.command[0]):
            yield _measured(peer, frames, (size.cols, size.rows))
        else:
            yield f"{peer.name} is not installed"
    if shutil.which("asciinema"):
        yield Answer("asciinema", _played(cast), None, None, None)
    else:
        yield "asciinema is not installed"


def _write_ttyrec(recording: Recording, path: Path) -> int:
    frames = 0
    with path.open("wb") as out:
        for event in recording.stream.events(kinds="oe"):
            whole = int(event.time)
            out.write(struct.pack("<III", whole, int((event.time - whole) * 1e6), len(event.data)) + event.data)
            frames += 1
    return frames


def _measured(peer: Peer, frames: int, size: tuple[int, int]) -> Answer:
    home = tempfile.mkdtemp()
    env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": home, "XDG_CACHE_HOME": home}
    with Pty(peer.command, cols=size[0] + 4, rows=size[1] + 14, env=env) as screen:
        begin = time.monotonic()
        screen.wait_for(peer.ready, 90.0)
        loaded = time.monotonic() - begin
        _last_output(screen, begin, 90.0, quiet=1.5)  # all that is done behind it
        jump = back = search = None
        if peer.jump:
            jumps, backs = [], []
            for number in range(JUMPS):
                part = (number * 37 % 97 + 2) / 100
                jumps.append(_answer(screen, peer.jump.format(percent=round(part * 100), frame=int(part * frames))))
                if peer.back:
                    backs.append(_answer(screen, peer.back))
            jump, back = statistics.median(jumps), statistics.median(backs) if backs else None
        if peer.search:
            _answer(screen, "g")
            search = _searched(screen, peer)
        screen.process.terminate()
    return Answer(peer.name, loaded, jump, back, search)


def _answer(screen: Pty, keys: str, most: float = 20.0, quiet: float = QUIET) -> float:
    begin = time.monotonic()
    os.write(screen._master, keys.encode())
    return _last_output(screen, begin, most, quiet)


def _searched(screen: Pty, peer: Peer) -> float:
    if not peer.nothing:
        return _answer(screen, peer.search or "", 60.0, 1.5)
    screen.written.clear()
    begin = time.monotonic()
    os.write(screen._master, (peer.search or "").encode())
    screen.wait_for(peer.nothing, 60.0)
    return time.monotonic() - begin


def _last_output(screen: Pty, begin: float, most: float, quiet: float) -> float:
    """Seconds from `begin` until the last output before `quiet` seconds of none; `most` in all."""
    last = time.monotonic()
    came = False
    while time.monotonic() - begin < most and (not came or time.monotonic() - last < quiet):
        if screen.read(0.005):
            last, came = time.monotonic(), True
        if screen.process.poll() is not None:
            break
    return last - begin


def _played(cast: Path) -> float:
    """asciinema can neither seek nor search: to show the end it must draw all of it."""
    begin = time.monotonic()
    env = {**os.environ, "LANG": "C.UTF-8"}
    with Pty(["asciinema", "cat", str(cast)], env=env) as screen:
        screen.end(120.0)
    return time.monotonic() - begin


def table(answers: Sequence[Answer | str]) -> str:
    """The answers for people, in seconds."""
    rows = [f"{'player':<14}{'shown after':>12}{'jump':>10}{'one back':>10}{'search':>10}"]
    for one in answers:
        if isinstance(one, str):
            rows.append(one)
            continue
        cells = ["-" if value is None else f"{value:.3f}" for value in (one.jump, one.back, one.search)]
        rows.append(f"{one.name:<14}{one.load:>12.3f}" + "".join(f"{cell:>10}" for cell in cells))
    return "\n".join(rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(table(list(peers(Path(sys.argv[1]), Path(place)))))
