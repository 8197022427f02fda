"""Text in the output that a terminal does not display as sent: string sequences, zero-width characters, line drawing.

It must be searchable, because it can be used to hide text: an unterminated `ESC ] 2;` hides everything after it,
`r<U+200B>m` does not match `rm`, and `ESC ( 0` turns letters into lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.transcript_lines import TranscriptLine

BLOCK_BYTES = 1 << 20
MAX_PIECE_BYTES = 1 << 16
"""A longer string or line is split."""
MAX_LINES = 200_000
ORIGIN = "invisible"

_ZERO_WIDTH_BYTES = (
    rb"(?:\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf"
    rb"|\xe1\xa0[\x8b-\x8f]|\xef\xb8[\x80-\x8f]|\xf3\xa0[\x80-\x81][\x80-\xbf])"
)
# Only an OSC ends at BEL; those of the Linux console's palette have no end and hide nothing after them.
_STRING = lazy_compile(rb"\x1b(?:\](?!R|P[^\x18\x1a\x1b\x07]{7})[^\x18\x1a\x1b\x07]+|[P^_Xk][^\x18\x1a\x1b]+)")
_ZERO_WIDTH = lazy_compile(_ZERO_WIDTH_BYTES)
_CONTROL = lazy_compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])?|[\x00-\x08\x0b-\x1f\x7f]")
_LINES = lazy_compile(rb"[^\r\n]{1,%d}" % MAX_PIECE_BYTES)


def iter_invisible_text(
    stream: EventStream, is_cancelled: Callable[[], bool] = never_cancelled
) -> Iterator[TranscriptLine]:
    """Yield invisible text line by line, at most `MAX_LINES` lines. Raises `Cancelled`."""
    left, start, size = MAX_LINES, 0, len(stream.output)
    while start < size and left > 0:
        if is_cancelled():
            raise Cancelled
        block = bytes(stream.output[start : start + BLOCK_BYTES + MAX_PIECE_BYTES])
        end, following = min(BLOCK_BYTES, size - start), min(BLOCK_BYTES, size - start)
        pieces: list[tuple[int, bytes]] = []
        for match in _STRING.finditer(block):
            if match.start() >= end or len(pieces) >= left:
                break
            following = max(following, match.end())
            pieces += [(match.start() + 2 + line.start(), line[0]) for line in _LINES.finditer(match[0][2:])]
        if _ZERO_WIDTH.search(block):
            for match in _LINES.finditer(block, 0, end):
                if len(pieces) < left and (first := _ZERO_WIDTH.search(match[0])):
                    pieces.append((match.start() + first.start(), _CONTROL.sub(b"", _ZERO_WIDTH.sub(b"", match[0]))))
        for offset, data in sorted(pieces)[:left]:
            text = data.decode("utf-8", "replace")
            yield TranscriptLine(stream.time_of_output(start + offset), text, ORIGIN)
        left -= len(pieces)
        start += following


_DRAWN = (
    "\u25c6\u2592\u2409\u240c\u240d\u240a\u00b0\u00b1\u2424\u240b\u2518\u2510\u250c\u2514\u253c\u23ba"
    "\u23bb\u2500\u23bc\u23bd\u251c\u2524\u2534\u252c\u2502\u2264\u2265\u03c0\u2260\u00a3\u00b7"
)
_LETTERS = str.maketrans(_DRAWN, "".join(map(chr, range(0x60, 0x7F))))
"""The character sent for each one of the line-drawing set."""
_DRAWN_RUN = lazy_compile(f"[{_DRAWN}][^a-z]*")
"""Lower-case letters are never sent while that set is active."""
_BOX = lazy_compile(r"(?:[`ajklmntuvwx~]{1,2}|(.)\1*|[^`-~]*)")
"""A word of corners and lines as programs draw them: at most two corners without a line between them."""


def as_sent(text: str) -> str:
    """Return a row of the screen with line-drawing characters as the letters that were sent, but not frames."""
    return _DRAWN_RUN.sub(_sent_run, text)


def _sent_run(match: re.Match[str]) -> str:
    sent = match[0].translate(_LETTERS)
    is_frame = all(_BOX.fullmatch(word) for word in re.split(r"q+|\s+", sent))
    return match[0] if is_frame else sent
