"""Control sequences: a filter for those that would resize the terminal, crash the emulator or take too long.

- Mode 40 (allow 80/132 columns) is removed, which disables DECCOLM: the replay ignores it, as tmux does.
- REP with a count of more than a screen is clamped to a count that gives the same screen.
- Hyperlinks (OSC 8) get an unassigned OSC number: the replay does not offer them, and the emulator crashes if REP fills
  a screen of 400 x 150 cells or more with linked characters.

The filter only looks at complete sequences, so that the result does not depend on how a stream is cut: callers cut
before an incomplete sequence (`last_complete_offset`).

The scanner finds control sequences with side effects, which the replay reports and never executes:
titles, clipboard access, hyperlinks, notifications, images, queries that make a terminal reply (the reply would arrive
as input of the viewer's shell), and unknown strings. Sources: xterm's ctlseqs, ECMA-48, and the documentation of the
terminals that introduced a number (iTerm2 1337, kitty 99 and APC G, ConEmu 9, urxvt 777, FinalTerm 133).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.finding import SequenceEvent

_C0 = rb"[\x00-\x17\x19\x1c-\x1f\x7f]*"  # controls that a terminal executes inside a sequence
_BODY = rb"[\x00-\x17\x19\x1c-\x1f0-?\x7f]"
_CONTROLS = bytes(range(0x18)) + b"\x19\x1c\x1d\x1e\x1f\x7f"
_NOT_CONTROLS = bytes(set(range(256)) - set(_CONTROLS))
_IN_OSC = rb"[\x00-\x06\x08-\x17\x19\x1c-\x1f]*"  # controls that are ignored inside an OSC
_SUSPECT = re.compile(rb"\x1b" + _C0 + rb"\[(?:" + _C0 + rb"\?" + _BODY + rb"*h|" + _BODY + rb"{3,}b)")
_PARTIAL = re.compile(rb"\x1b(?:" + _C0 + rb"(?:\[" + _BODY + rb"*|\]" + _IN_OSC + rb")?)?\Z")
_IN_CSI = re.compile(rb"\x1b" + _C0 + rb"\[")
_MORE_CSI, _MORE_OSC, _MORE_ESCAPE = (re.compile(some) for some in (_BODY + rb"*", _IN_OSC, _C0))
_LINK = re.compile(rb"(\x1b" + _C0 + rb"\]" + _IN_OSC + rb")8")
_NO_LINK = rb"\g<1>77778"
_MODE_40 = re.compile(rb"(?<![0-9])0*40(?![0-9])")
_MAX_LEAD_BYTES = 24  # occurrences of the lead byte after which one regular expression search is faster
# Fast checks that rule out most chunks; each starts with one literal byte.
# Mode 25 (cursor visibility) is excluded because it is by far the most frequent.
_MAYBE_40 = re.compile(rb"\?(?!25[hl])" + _BODY + rb"*?4" + _C0 + b"0")
_MAYBE_LINK = re.compile(rb"\]" + _IN_OSC + rb"8")
_MAYBE_REP = re.compile(rb"b(?<=[\x00-\x1f0-9\x7f]b)")


def last_complete_offset(data: bytes | bytearray, start: int, end: int) -> int:
    """Return the last position <= `end` at which `data` may be cut, i.e. not inside an incomplete sequence.

    The result is `start` if `data[start:end]` is one incomplete sequence.
    """
    escape = data.rfind(b"\x1b", start, end)
    if escape < 0 or not _PARTIAL.match(bytes(data[escape:end])):
        return end
    return escape


def continuation(sequence: bytes) -> re.Pattern[bytes]:
    """Return a pattern of bytes that leave an incomplete sequence incomplete, so that it need not be read again."""
    if _IN_CSI.match(sequence):
        return _MORE_CSI
    return _MORE_OSC if b"]" in sequence else _MORE_ESCAPE


def filter_sequences(data: bytes, cols: int, rows: int) -> bytes:
    """Return `data` without mode 40 and links, and with REP counts clamped for a screen of `cols` x `rows` cells."""
    if _contains(_MAYBE_LINK, b"]", data):
        data = _LINK.sub(_NO_LINK, data)
    if not _contains(_MAYBE_40, b"?", data) and not _MAYBE_REP.search(data):
        return data

    def rewrite(match: re.Match[bytes]) -> bytes:
        sequence = match[0]
        body = sequence.translate(None, _CONTROLS)[2:-1]
        if rewritten := _remove_mode_40(body) if sequence.endswith(b"h") else _clamp_rep(body, cols, rows):
            # A terminal executes controls inside a sequence before the sequence itself.
            return sequence.translate(None, _NOT_CONTROLS) + rewritten
        return sequence

    return _SUSPECT.sub(rewrite, data)


def _contains(pattern: re.Pattern[bytes], lead: bytes, data: bytes) -> bool:
    """Return True if `pattern`, which starts with the byte `lead`, matches in `data`.

    While `lead` is rare, `find` is several times faster than a regular expression search.
    """
    at = data.find(lead)
    for _ in range(_MAX_LEAD_BYTES):
        if at < 0 or pattern.match(data, at):
            return at >= 0
        at = data.find(lead, at + 1)
    return at >= 0 and pattern.search(data, at) is not None


def _remove_mode_40(body: bytes) -> bytes | None:
    return b"\x1b[" + _MODE_40.sub(b"0", body) + b"h" if _MODE_40.search(body) else None


def _clamp_rep(body: bytes, cols: int, rows: int) -> bytes | None:
    """Return REP with a smaller count that gives the same screen, None if the count is small enough.

    The count is a screenful plus the remainder on the last line. A line has `cols` narrow characters or half as many
    wide ones; the remainder must be right for both.
    """
    line, screenful = math.lcm(cols, max(1, cols // 2)), cols * rows
    count = min(int(body), 65535) if body.isdigit() and len(body) < 4000 else 0  # parameters have 16 bits
    return b"\x1b[%db" % (screenful + (count - screenful) % line) if count > screenful + line else None


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
