"""Timing files of util-linux `script`, in both published forms (script(1), scriptreplay(1), util-linux 2.41).

The old form has a line `SECONDS BYTES` for each piece of output. The advanced form has an entry type before it: `O`
output, `I` input, `S` a signal (`SIGWINCH ROWS=24 COLS=80`), `H` a header (`COMMAND bash`). Seconds count from the
previous line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from msgspec import Struct, field

from replay_tui.domain.lazy_regex import lazy_compile

MAX_HEADERS = 100
MAX_TEXT_CHARS = 4000
_OLD = lazy_compile(rb"(-?\d{1,12}(?:[.,]\d{1,12})?) (\d{1,10})\s*\Z")
_ADVANCED = lazy_compile(rb"([OI]) (-?\d{1,12}(?:[.,]\d{1,12})?) (\d{1,10})\s*\Z")
_OTHER = lazy_compile(rb"([HS]) (-?\d{1,12}(?:[.,]\d{1,12})?) (\S+)(?: (.*))?\Z", re.DOTALL)
_WINCH = lazy_compile(r"ROWS=(\d{1,6})\s+COLS=(\d{1,6})")


class Entry(Struct, frozen=True):
    """An entry: `kind` is `o` or `i` (`value` is (bytes,)), `r` (columns, rows) or `m`, a signal named by `label`.

    `time` is in seconds.
    """

    time: float
    kind: str
    value: tuple[int, ...] = ()
    label: str = ""


class TimingFile(Struct):
    """Parser of one timing file.

    Attributes:
        headers: values of `H` entries by name; the first one of a name counts.
        is_advanced: True for the advanced form.
        bad_lines: number of invalid lines.
    """

    data: bytes
    headers: dict[str, str] = field(default_factory=dict)
    is_advanced: bool = False
    bad_lines: int = 0

    def entries(self) -> Iterator[Entry]:
        """Iterate over the entries in order."""
        time = 0.0
        for whole_line in BytesIO(self.data):  # not a list, because there may be millions of lines
            line = whole_line.rstrip(b"\r\n")
            if found := _OLD.match(line):
                time += _seconds(found[1])
                yield Entry(time, "o", (int(found[2]),))
            elif found := _ADVANCED.match(line):
                self.is_advanced = True
                time += _seconds(found[2])
                yield Entry(time, "o" if found[1] == b"O" else "i", (int(found[3]),))
            elif found := _OTHER.match(line):
                self.is_advanced = True
                time += _seconds(found[2])
                text = (found[4] or b"").decode("utf-8", "replace")[:MAX_TEXT_CHARS]
                name = found[3].decode("utf-8", "replace")[:MAX_TEXT_CHARS]
                if found[1] == b"H":
                    if len(self.headers) < MAX_HEADERS:
                        self.headers.setdefault(name, text)
                elif size := _WINCH.search(text):
                    yield Entry(time, "r", (int(size[2]), int(size[1])))
                else:
                    yield Entry(time, "m", label=f"signal {name}")
            elif line.strip():
                self.bad_lines += 1


def _seconds(text: bytes) -> float:
    return max(0.0, float(text.replace(b",", b".")))  # a locale's decimal comma, written by util-linux before 2.35


def is_timing(data: bytes) -> bool:
    """Return True if the first line of `data` is an entry of a timing file."""
    first = data.lstrip()[:MAX_TEXT_CHARS].splitlines()[:1]
    return bool(first) and any(pattern.match(first[0]) for pattern in (_OLD, _ADVANCED, _OTHER))
