"""Ask xterm what it showed: feed it small streams on a virtual display and read its cells.

    python -m tests.support.record.xterm streams.json.gz

Writes `fixtures/terminal/streams.json.gz` again: the streams that are in it, with the screens of the xterm that is
installed (needs xterm and Xvfb). `--random N --seed S` adds N random streams. Inside xterm this file runs itself with
`--inside`: characters are read by DECRQCRA, which the resource `checksumExtension` makes report the character itself,
styles by XTREPORTSGR.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import random
import re
import select
import subprocess
import sys
import tempfile
import termios
import time
import tty
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

FIXTURE = Path(__file__).parents[3] / "fixtures" / "terminal" / "streams.json.gz"
REPLY_SECONDS = 10.0
_RESET = b"\x18\x1b\\\x1bc\x1b[H\x1b[2J\x1b[3J" + b"\x1b[#}" * 12 + b"\x1b[0m"
_RESOURCES = ("allowWindowOps: true", "disallowedWindowOps: ", "checksumExtension: 55", "utf8: 1", "scrollBar: false")
_FLAGS = ("1", "2", "3", "4", "21", "5", "7", "8", "9")
_ON_BLANKS = ("4", "21", "7", "9")


def screens(streams: list[dict[str, Any]], display: str = ":77") -> list[dict[str, Any]]:
    """Return the streams with xterm's screens; all have the size of the first one."""
    cols, rows = streams[0]["cols"], streams[0]["rows"]
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "given.json"), Path(folder, "found.json")
        given.write_text(json.dumps(streams))
        server = subprocess.Popen(["Xvfb", display, "-screen", "0", "800x600x24"], stderr=subprocess.DEVNULL)
        try:
            time.sleep(2)
            resources = [part for one in _RESOURCES for part in ("-xrm", f"XTerm*{one}")]
            inside = [sys.executable, __file__, "--inside", str(given), str(found)]
            command = ["xterm", "-fn", "fixed", "-geometry", f"{cols}x{rows}", *resources, "-e", *inside]
            subprocess.run(command, env=os.environ | {"DISPLAY": display, "LC_ALL": "C.UTF-8"}, check=True)
        finally:
            server.terminate()
            server.wait()
        return [_screen(one) for one in json.loads(found.read_text())]


def inside(given: Path, found: Path) -> None:
    """Write each stream to the terminal and store what it answers."""
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        found.write_text(json.dumps([_asked(stream) for stream in json.loads(given.read_text())]))
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def _asked(stream: dict[str, Any]) -> dict[str, Any]:
    _write(_RESET + base64.b64decode(stream["stream"]) + b"\x18\x1b\\\x1b F\x1b[6n")
    place = re.search(rb"\x1b\[(\d+);(\d+)R", _read(lambda data: b"R" in data))
    _write(b"\x1b[?6$p\x1b[?25$p")
    modes = _read(lambda data: data.count(b"$y") >= 2)
    cells = [(y, x, y, x) for y in range(1, stream["rows"] + 1) for x in range(1, stream["cols"] + 1)]
    _write(b"\x1b[?6l" + b"".join(b"\x1b[1;1;%d;%d;%d;%d*y" % cell for cell in cells))
    characters = _read(lambda data: data.count(b"\x1b\\") >= len(cells))
    _write(b"".join(b"\x1b[%d;%d;%d;%d#|" % cell for cell in cells))
    styles = _read(lambda data: len(re.findall(rb"\x1b\[[-0-9;:]*m", data)) >= len(cells))
    assert place
    return stream | {
        "codes": [int(code, 16) for code in re.findall(rb"\x1bP1!~([0-9A-Fa-f]+)\x1b\\", characters)],
        "sgr": [style.decode() for style in re.findall(rb"\x1b\[([-0-9;:]*)m", styles)],
        # In origin mode the report counts from the margins.
        "cursor": None if b"\x1b[?6;1$y" in modes else [int(place[2]) - 1, int(place[1]) - 1],
        "hidden_cursor": b"\x1b[?25;2$y" in modes,
    }


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _read(is_complete: Callable[[bytes], bool]) -> bytes:
    data, end = b"", time.monotonic() + REPLY_SECONDS
    while not is_complete(data):
        if not select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
            raise TimeoutError(f"xterm did not answer; so far {data[-80:]!r}")
        data += os.read(0, 1 << 16)
    return data


def _screen(asked: dict[str, Any]) -> dict[str, Any]:
    """Return xterm's answers as lines and spans of visible styles."""
    codes, styles, cols = asked.pop("codes"), asked.pop("sgr"), asked["cols"]
    lines, spans = [], []
    for y in range(asked["rows"]):
        line, looks = "", list[str]()
        for code, style in zip(codes[y * cols :][:cols], styles[y * cols :][:cols], strict=True):
            if code in (0, 0xFFFE, 0xFFFF) and line and unicodedata.east_asian_width(line[-1]) in "WF":
                looks.append(looks[-1])
                continue
            line += chr(code) if code >= 32 else " "
            looks.append(_look(style, line[-1] == " "))
        lines.append(unicodedata.normalize("NFC", line.rstrip(" ")))
        start = 0
        for x in range(1, len(looks) + 1):
            if x == len(looks) or looks[x] != looks[start]:
                if looks[start]:
                    spans.append([y, start, x, looks[start]])
                start = x
    if not asked["hidden_cursor"]:
        del asked["hidden_cursor"]
    return asked | {"lines": lines, "attrs": spans}


def _look(style: str, is_blank: bool) -> str:
    items, flags = style.replace(":", ";").split(";"), set[str]()
    foreground = background = ""
    while items:
        item = items.pop(0)
        if item in ("38", "48"):
            count = 2 if items[:1] == ["5"] else 4
            colour, items = ";".join([item, *items[:count]]), items[count:]
            foreground, background = (colour, background) if item == "38" else (foreground, colour)
        elif re.fullmatch("[39][0-7]", item):
            foreground = item
        elif re.fullmatch("4[0-7]|10[0-7]", item):
            background = item
        else:
            flags.add(item)
    if "21" in flags:
        flags.discard("4")
    shown = [flag for flag in _FLAGS if flag in flags and (not is_blank or flag in _ON_BLANKS)]
    if foreground and (not is_blank or shown):
        shown.append("3" + foreground[1] if "1" in shown and foreground.startswith("9") else foreground)
    return ";".join([*shown, *([background] if background else [])])


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
