"""Ask xterm what it showed: feed it small streams on a virtual display and read its cells.

    python -m tests.support.record.xterm streams.json.gz

Writes `fixtures/terminal/streams.json.gz` again: the streams that are in it, with the screens of the xterm that is
installed (needs xterm and Xvfb). `--random N --seed S` adds N random streams. Inside xterm this file runs itself with
`--inside`.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import sys
import tempfile
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .xterm_cells import cells, cursor_and_modes, run_in_xterm, screen, virtual_display, write

FIXTURE = Path(__file__).parents[3] / "fixtures" / "terminal" / "streams.json.gz"
_RESET = b"\x18\x1b\\\x1bc\x1b[H\x1b[2J\x1b[3J" + b"\x1b[#}" * 12 + b"\x1b[0m"


def screens(streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the streams with xterm's screens; all have the size of the first one."""
    with tempfile.TemporaryDirectory() as folder, virtual_display() as display:
        given, found = Path(folder, "given.json"), Path(folder, "found.json")
        given.write_text(json.dumps(streams))
        inside = [sys.executable, "-m", "tests.support.record.xterm", "--inside", str(given), str(found)]
        run_in_xterm(inside, streams[0]["cols"], streams[0]["rows"], display)
        return [screen(one) for one in json.loads(found.read_text())]


def inside(given: Path, found: Path) -> None:
    """Write each stream to the terminal and store what it answers."""
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        found.write_text(json.dumps([_asked(stream) for stream in json.loads(given.read_text())]))
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def _asked(stream: dict[str, Any]) -> dict[str, Any]:
    write(_RESET + base64.b64decode(stream["stream"]) + b"\x18\x1b\\\x1b F")
    asked = cursor_and_modes()
    write(b"\x1b[?6l")
    return stream | asked | cells(stream["cols"], stream["rows"])


def random_streams(count: int, seed: int) -> list[dict[str, Any]]:
    """Return streams that draw some text, set margins and a pen, and use control functions with random parameters."""
    rng = random.Random(seed)
    pick, number = rng.choice, rng.randint

    def rectangle() -> bytes:
        top, left = number(1, 8), number(1, 20)
        return b"%d;%d;%d;%d" % (top, left, number(top, 9), number(left, 21))

    def place() -> bytes:
        return b"\x1b[%d;%dH" % (number(1, 8), number(1, 20))

    def pen() -> bytes:
        return pick(
            [b"\x1b[m", b"\x1b[31m", b"\x1b[41m", b"\x1b[1;32m", b"\x1b[7m", b"\x1b[4m", b"\x1b[33;45m", b"\x1b[9m"]
        )

    def few() -> bytes:
        return pick([b"", b"0", b"1", b"2", b"3", b"30"])

    functions: dict[str, Callable[[], bytes]] = {
        "fill": lambda: b"\x1b[%d;%b$x" % (pick([32, 35, 126, 200]), rectangle()),
        "erase": lambda: b"\x1b[%b$z" % rectangle(),
        "sera": lambda: b'\x1b[1"qKEPT\x1b[0"q\x1b[%b${' % rectangle(),
        "copy": lambda: b"\x1b[%b;1;%d;%d;1$v" % (rectangle(), number(1, 8), number(1, 20)),
        "cara": lambda: pick([b"", b"\x1b[2*x"]) + b"\x1b[%b;%b$r" % (rectangle(), pick([b"1", b"4;7", b"0", b"22"])),
        "rara": lambda: pick([b"", b"\x1b[2*x"]) + b"\x1b[%b;%b$t" % (rectangle(), pick([b"1", b"4", b"1;7"])),
        "sl": lambda: b"\x1b[%b @" % few(),
        "sr": lambda: b"\x1b[%b A" % few(),
        "decic": lambda: b"\x1b[%b'}" % few(),
        "decdc": lambda: b"\x1b[%b'~" % few(),
        "decbi": lambda: b"\x1b6" * number(1, 3),
        "decfi": lambda: b"\x1b9" * number(1, 3),
        "bs": lambda: b"\b" * number(1, 12),
        "cub": lambda: b"\x1b[%bD" % few(),
        "decstr": lambda: pick([b"\x1b[4h", b"\x1b(0", b"\x1b)0\x0e", b"\x1b[?25l", b"\x1b7"]) + b"\x1b[!p",
        "decaln": lambda: b"\x1b#8",
        "sgrstack": lambda: b"\x1b[%b#{\x1b[35;46mx\x1b[#}" % pick([b"", b"1", b"30;31"]),
        "zero": lambda: b"\x1b[0%c" % pick(b"LMPSZIaeTX@ABCDEFG`dJK"),
        "del": lambda: b"\x7f" * number(1, 4),
        "linux": lambda: pick([b"\x1b]R", b"\x1b]P1ff0000"]),
        "gap": lambda: pick([b"\t", b"\x1b[%dX" % number(1, 5), b"\x1b[%dC" % number(1, 5), b"\x1b[3@"]),
    }  # fmt: skip
    margins = [b"", b"\x1b[2;6r", b"\x1b[?69h\x1b[4;15s", b"\x1b[?69h\x1b[3;12s\x1b[3;7r"]
    found = []
    for position in range(count):
        name = list(functions)[position % len(functions)]
        rows = b"".join(
            b"\x1b[%d;1H%b%b\x1b[m" % (row, pen(), bytes(range(97, 97 + number(1, 20)))) for row in range(1, 9)
        )
        data = pick([b"", rows]) + pick(margins) + pick([b"", b"", b"\x1b[?6h"]) + pen() + place() + functions[name]()
        for _ in range(number(0, 3)):
            data += pick([pen, place, lambda: b"X", lambda: b"\r\n", pick(list(functions.values()))])()
        stream = base64.b64encode(data + pick([b"", b"!"])).decode()
        found.append({"name": f"x.{name}.{seed}-{position}", "stream": stream, "cols": 20, "rows": 8})
    return found


def main() -> None:
    """Record the fixture's streams again, with more random ones on request."""
    parser = argparse.ArgumentParser(description="Record small streams with the screens of xterm.")
    parser.add_argument("file", type=Path, nargs="?", default=FIXTURE)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", type=Path, nargs=2)
    options = parser.parse_args()
    if options.inside:
        inside(*options.inside)
        return
    streams = json.loads(gzip.decompress(options.file.read_bytes())) + random_streams(options.random, options.seed)
    rows = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in screens(streams))
    options.file.write_bytes(gzip.compress(f"[\n{rows}\n]\n".encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
