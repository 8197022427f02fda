"""Cells of a real xterm on a virtual display: characters by DECRQCRA, styles by XTREPORTSGR.

The resource `checksumExtension` makes DECRQCRA report the character itself.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

REPLY_SECONDS = 20.0
_RESOURCES = ("allowWindowOps: true", "disallowedWindowOps: ", "checksumExtension: 55", "utf8: 1", "scrollBar: false")
_FLAGS = ("1", "2", "3", "4", "21", "5", "7", "8", "9")
_ON_BLANKS = ("4", "21", "7", "9")


@contextmanager
def virtual_display(display: str = ":77") -> Iterator[str]:
    """Run an X server without a screen; it has room for 240 x 80 cells."""
    server = subprocess.Popen(["Xvfb", display, "-screen", "0", "1600x1200x24"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        yield display
    finally:
        server.terminate()
        server.wait()


def run_in_xterm(command: Sequence[str], cols: int, rows: int, display: str) -> None:
    """Run `command` in an xterm of this size. Raises `CalledProcessError`."""
    resources = [part for one in _RESOURCES for part in ("-xrm", f"XTerm*{one}")]
    xterm = ["xterm", "-fn", "fixed", "-geometry", f"{cols}x{rows}", *resources, "-e", *command]
    subprocess.run(xterm, env=os.environ | {"DISPLAY": display, "LC_ALL": "C.UTF-8"}, check=True)


def write(data: bytes) -> None:
    """Write to the terminal that this process runs in."""
    while data:
        data = data[os.write(1, data) :]


def read(is_complete: Callable[[bytes], bool]) -> bytes:
    """Return the terminal's reply. Raises `TimeoutError`."""
    data, end = b"", time.monotonic() + REPLY_SECONDS
    while not is_complete(data):
        if not select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
            raise TimeoutError(f"xterm did not answer; so far {data[-80:]!r}")
        data += os.read(0, 1 << 16)
    return data


def cursor_and_modes() -> dict[str, Any]:
    """Ask for the cursor (None in origin mode, where the report counts from the margins) and its visibility."""
    write(b"\x1b[6n")
    place = re.search(rb"\x1b\[(\d+);(\d+)R", read(lambda data: b"R" in data))
    write(b"\x1b[?6$p\x1b[?25$p")
    modes = read(lambda data: data.count(b"$y") >= 2)
    assert place
    is_origin = b"\x1b[?6;1$y" in modes
    return {
        "cursor": None if is_origin else [int(place[2]) - 1, int(place[1]) - 1],
        "hidden_cursor": b"\x1b[?25;2$y" in modes,
    }


def cells(cols: int, rows: int) -> dict[str, Any]:
    """Ask for all characters and styles; origin mode must be off."""
    characters = styles = b""
    for y in range(1, rows + 1):
        row = [(y, x, y, x) for x in range(1, cols + 1)]
        write(b"".join(b"\x1b[1;1;%d;%d;%d;%d*y" % cell for cell in row))
        characters += read(lambda data: data.count(b"\x1b\\") >= cols)
        write(b"".join(b"\x1b[%d;%d;%d;%d#|" % cell for cell in row))
        styles += read(lambda data: len(re.findall(rb"\x1b\[[-0-9;:]*m", data)) >= cols)
    return {
        "codes": [int(code, 16) for code in re.findall(rb"\x1bP1!~([0-9A-Fa-f]+)\x1b\\", characters)],
        "sgr": [style.decode() for style in re.findall(rb"\x1b\[([-0-9;:]*)m", styles)],
    }


def screen(asked: dict[str, Any]) -> dict[str, Any]:
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
        shown.append("3" + foreground[1] if "1" in flags and foreground.startswith("9") else foreground)
    return ";".join([*shown, *([background] if background else [])])
