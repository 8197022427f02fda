"""Scanner for control sequences with side effects, which the replay reports and never executes.

Titles, clipboard access, hyperlinks, notifications, images, queries that make a terminal reply (the reply would arrive
as input of the viewer's shell), and unknown strings. Sources: xterm's ctlseqs, ECMA-48, and the documentation of the
terminals that introduced a number (iTerm2 1337, kitty 99 and APC G, ConEmu 9, urxvt 777, FinalTerm 133).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.sequence_event import SequenceEvent

BLOCK_BYTES = 1 << 20
MAX_STRING_BYTES = 1 << 16
"""Bytes read beyond a block to find the end of a string sequence that starts in it."""
MAX_EVENTS = 100_000
MAX_TEXT_BYTES = 400
"""Bytes of a sequence that an event contains."""

_STRING = rb"[^\x07\x18\x1a\x1b]"
_SEQUENCE = re.compile(
    rb"\x1b\](?P<osc>" + _STRING + rb"*)(?P<oscend>\x07|\x1b\\)?"
    rb"|\x1b(?P<intro>[PX^_])(?P<text>[^\x18\x1a\x1b]*)(?P<textend>\x1b\\)?"
    rb"|\x1b\[(?P<params>[<=>?]?[0-9;:]*[ -/]?)(?P<final>[cnqtpuy])"
)
_OSC = {
    b"0": "title", b"1": "title", b"2": "title", b"4": "colours", b"5": "colours", b"7": "directory", b"8": "hyperlink",
    b"9": "notification", b"10": "colours", b"11": "colours", b"12": "colours", b"50": "font", b"52": "clipboard",
    b"99": "notification", b"104": "colours", b"110": "colours", b"111": "colours", b"112": "colours",
    b"133": "prompt-mark", b"633": "prompt-mark", b"777": "notification", b"1337": "iterm2",
}  # fmt: skip
_STRINGS = {b"P": "dcs", b"X": "sos", b"^": "pm", b"_": "apc"}


def scan_sequences(
    stream: EventStream, is_cancelled: Callable[[], bool] = never_cancelled, start: int = 0
) -> Iterator[SequenceEvent]:
    """Yield the sequences in a stream's output from byte `start` on, at most `MAX_EVENTS`. Raises `Cancelled`."""
    count = 0
    size = len(stream.output)
    while start < size and count < MAX_EVENTS:
        if is_cancelled():
            raise Cancelled
        block = bytes(stream.output[start : start + BLOCK_BYTES + MAX_STRING_BYTES])
        end = min(BLOCK_BYTES, size - start)
        following = end
        for match in _SEQUENCE.finditer(block):
            if match.start() >= end or count >= MAX_EVENTS:
                break
            following = max(following, match.end())
            if kind := _kind(match):
                count += 1
                content = match["osc"] or match["text"] or (match["params"] or b"") + (match["final"] or b"")
                yield SequenceEvent(
                    start + match.start(),
                    stream.time_of_output(start + match.start()),
                    kind,
                    content[:MAX_TEXT_BYTES].decode("utf-8", "replace"),
                )
        start += following


def _kind(match: re.Match[bytes]) -> str | None:
    if (osc := match["osc"]) is not None:
        return _osc_kind(osc)
    if intro := match["intro"]:
        text = match["text"]
        if intro == b"_" and text.startswith(b"G"):
            return "image"
        if intro == b"P":
            return "query" if text.startswith((b"$q", b"+q")) else "image" if re.match(rb"[0-9;]*q", text) else "dcs"
        return _STRINGS[intro]
    params, final = match["params"], match["final"]
    if final == b"t":
        first = params.split(b";")[0]
        return "resize-request" if first == b"8" else "query" if first in _REPORTS else None
    if final == b"n":
        return "query" if params in (b"5", b"6", b"?6", b"?996") else None
    if final == b"y":  # DECRQCRA: checksum of a rectangle
        return "query" if params.endswith(b"*") else None
    if final == b"q":
        return "query" if params.startswith(b">") else None
    if final == b"p":
        return "query" if params.endswith(b"$") else None
    return "query" if final == b"c" or params == b"?" else None


_REPORTS = frozenset((b"11", b"13", b"14", b"15", b"16", b"18", b"19", b"20", b"21"))


def _osc_kind(content: bytes) -> str:
    number, _, rest = content.partition(b";")
    kind = _OSC.get(number, "unknown-osc")
    if kind == "clipboard":
        return "clipboard-read" if rest.endswith(b"?") else "clipboard-write"
    if kind == "colours":
        return "query" if b"?" in rest else "colours"
    if kind == "iterm2":
        return "clipboard-write" if rest.startswith(b"Copy") else "image" if rest.startswith(b"File") else "iterm2"
    return kind
