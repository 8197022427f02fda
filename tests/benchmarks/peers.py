"""Comparison with other players on the same session in the same run: load, jump, step back, search.

ipbt (Debian `its-playback-time`) and termplay (`termrec`) read a ttyrec, asciinema a cast; a missing player is skipped
with a message. Each is controlled by its keys on a pseudo-terminal; a response is complete when the output pauses.
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
    """A player: its command, the text that shows that it is ready, and its keys (None for what it does not support).

    `jump` is a template for the position to jump to, from 0 to 1, and its frame number; `nothing` is the player's
    message after a search without matches.
    """

    name: str
    command: Sequence[str]
    jump: str | None = None
    back: str | None = None
    search: str | None = None
    nothing: str = ""
    ready: str = "root@app-1"  # the start of every generated session


@dataclass(frozen=True)
class Answer:
    """Seconds of a player: until it is drawn, medians of jumps and of steps back, one search without matches."""

    name: str
    load: float
    jump: float | None
    back: float | None
    search: float | None


def peers(session: Path, folder: Path) -> Iterator[Answer | str]:
    """Yield the results of each player for a session; a message for a missing player."""
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
        _last_output(screen, begin, 90.0, quiet=1.5)  # work in the background
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
    """Return the seconds from `begin` to the last output before a pause of `quiet` seconds, within `most` seconds."""
    last = time.monotonic()
    came = False
    while time.monotonic() - begin < most and (not came or time.monotonic() - last < quiet):
        if screen.read(0.005):
            last, came = time.monotonic(), True
        if screen.process.poll() is not None:
            break
    return last - begin


def _played(cast: Path) -> float:
    """Return the seconds of asciinema: it cannot seek, so that it draws everything before the end."""
    begin = time.monotonic()
    env = {**os.environ, "LANG": "C.UTF-8"}
    with Pty(["asciinema", "cat", str(cast)], env=env) as screen:
        screen.end(120.0)
    return time.monotonic() - begin


def table(answers: Sequence[Answer | str]) -> str:
    """Return the results as text, in seconds."""
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
