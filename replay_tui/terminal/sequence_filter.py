"""Control sequences: a filter that rewrites the rare ones that need it, and a scanner.

The filter passes complete sequences to `sequence_rewrites`, so that the result does not depend on how a stream is cut:
callers cut before an incomplete sequence (`last_complete_offset`). DEL becomes NUL, because the library draws it.

The scanner finds control sequences with side effects, which the replay reports and never executes:
titles, clipboard access, hyperlinks, notifications, images, queries that make a terminal reply (the reply would arrive
as input of the viewer's shell), and unknown strings. Sources: xterm's ctlseqs, ECMA-48, and the documentation of the
terminals that introduced a number (iTerm2 1337, kitty 99 and APC G, ConEmu 9, urxvt 777, FinalTerm 133).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from threading import Lock

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.finding import SequenceEvent
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.sequence_rewrites import MARK, rewrite_csi, rewrite_escape, rewrite_osc
from replay_tui.terminal.unsupported_functions import CANDIDATE, function_name

_CONTROL = rb"\x00-\x17\x19\x1c-\x1f\x7f"  # controls that a terminal executes inside a sequence
_CONTROLS = bytes(range(0x18)) + b"\x19\x1c\x1d\x1e\x1f\x7f"
_NOT_CONTROLS = bytes(set(range(256)) - set(_CONTROLS))
_C0, _BODY = rb"[" + _CONTROL + rb"]*+", rb"[" + _CONTROL + rb" -?]*+"
_IN_OSC = rb"[\x00-\x06\x08-\x17\x19\x1c-\x1f]*+"  # controls that are ignored inside an OSC
_IN_STRING = rb"[^\x07\x18\x1a\x1b]"
_PALETTE = rb"P" + _IN_STRING + rb"{7}"  # the Linux console's palette sequence has no terminator
_OSC_START = rb"\]" + _IN_OSC
_COMPLETE = lazy_compile(
    rb"\x1b(?:%b(?:\[%b[@-~]|[ -/%b]*+[0-Z\\^-~])|(?P<osc>%b%b)(?P<content>[8R]|%b))"
    % (_C0, _BODY, _CONTROL, _C0, _OSC_START, _PALETTE)
)
_MAYBE_SPECIAL = lazy_compile(
    # ESC or CSI with a rare final byte, an intermediate byte, a control inside or more than about ten parameters. Not
    # SGR unless its last parameter is empty, an ordinary number of lines or characters, a common DECSET, DECSC, DECRC,
    # ST or RI. Of the character sets only line drawing. Searching takes a third as long as drawing, and every
    # alternative slows it down by a tenth.
    rb"\x1b(?:\[[0-9:;?]{0,32}+)?+[^\x18\x1a\x1bA-HJKTcdflnor-u<-?]"
    rb"(?<![^;]m)(?<!\?25h)(?<!\?[17]h)(?<![1-9\[\x1b][@ILMPSXZae])(?<!\?20[02][46]h)(?<!\?1049h)(?<!\x1b[78\\])"
    rb"(?<!\x1b[()*+](?!0))"
)
"""Matches in sequences that may need a rewrite."""
MAX_SEQUENCE_BYTES = 128
"""Bytes of output in which the sequence before a REP is searched."""
_DESIGNATORS = b"()*+"  # select a character set
_PARTIAL = lazy_compile(
    rb"\x1b(?:%b(?:\[%b|%b(?:P%b{0,6})?|[ -/][ -/%b]*)?)?\Z" % (_C0, _BODY, _OSC_START, _IN_STRING, _CONTROL)
)
_IN_CSI = lazy_compile(rb"\x1b" + _C0 + rb"\[")
_IN_PALETTE = lazy_compile(rb"\x1b" + _C0 + _OSC_START + rb"P")
_MORE_CSI, _MORE_OSC, _MORE_ESCAPE, _MORE_PALETTE = (lazy_compile(some) for some in (_BODY, _IN_OSC, _C0, rb""))


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
    if _IN_PALETTE.match(sequence):
        return _MORE_PALETTE
    return _MORE_OSC if b"]" in sequence else _MORE_ESCAPE


def filter_sequences(data: bytes, cols: int, rows: int, before: bytes = b"") -> bytes:
    """Return `data` with some sequences rewritten for a screen of `cols` x `rows` cells.

    `before` is the end of the output before `data`: REP repeats nothing after a control function.
    """
    return rewrite_sequences(data, special_offsets(data), cols, rows, before)


def special_offsets(data: bytes) -> list[int]:
    """Return the offsets in `data` of sequences that may need a rewrite, in order."""
    return [found.start() for found in _MAYBE_SPECIAL.finditer(data)]


def rewrite_sequences(data: bytes, offsets: Iterable[int], cols: int, rows: int, before: bytes) -> bytes:
    """Return `data` with the sequences at `offsets` rewritten; see `filter_sequences`.

    The first one that selects the set of line drawing is marked.
    """
    parts: list[bytes] = []
    at, has_graphics = 0, False
    for offset in offsets:
        if data[offset + 1] in _DESIGNATORS:
            if not has_graphics and offset >= at:
                parts += data[at:offset], MARK
                at, has_graphics = offset, True
        elif offset >= at and (sequence := _COMPLETE.match(data, offset)):
            previous = data[max(0, offset - MAX_SEQUENCE_BYTES) : offset] or before
            if (rewritten := _rewrite(sequence, cols, rows, previous)) != sequence[0]:
                parts += data[at:offset], rewritten
                at = sequence.end()
    if parts:
        data = b"".join([*parts, data[at:]])
    return data.replace(b"\x7f", b"\0") if b"\x7f" in data else data


class SpecialSequences:
    """Offsets of the sequences in one stream's output that may need a rewrite.

    The first renderer that goes through the output finds them; seeks and further passes do not search again. Any number
    of threads may use it.
    """

    def __init__(self) -> None:
        self._offsets: list[int] = []
        self._searched = 0  # the offsets before this one are known
        self._lock = Lock()

    def within(self, start: int, data: bytes) -> list[int]:
        """Return the offsets in `data`, which begins at output offset `start` and ends with a complete sequence."""
        end = start + len(data)
        if end <= self._searched:
            first, last = bisect_left(self._offsets, start), bisect_left(self._offsets, end)
            return [offset - start for offset in self._offsets[first:last]]
        found = special_offsets(data)
        with self._lock:
            if start == self._searched:
                self._offsets += [start + offset for offset in found]
                self._searched = end
        return found


def _ends_with_control(output: bytes) -> bool:
    """Return True if `output` ends with a control character or a control sequence."""
    if not output or output[-1] < 0x20 or output[-1] == 0x7F:
        return True
    sequence = _COMPLETE.match(output, max(0, output.rfind(b"\x1b")))
    return sequence is not None and sequence.end() == len(output)


def _rewrite(match: re.Match[bytes], cols: int, rows: int, previous: bytes) -> bytes:
    sequence = match[0]
    if match["content"] is not None:
        return rewrite_osc(b"\x1b" + match["osc"], match["content"])
    # A terminal executes controls inside a sequence before the sequence itself.
    controls = sequence[1:].translate(None, _NOT_CONTROLS)
    plain = sequence.translate(None, _CONTROLS) if controls else sequence
    if plain[1:2] != b"[":
        rewritten = rewrite_escape(plain)
    elif plain[-1:] == b"b" and _ends_with_control(previous):
        rewritten = b""
    else:
        rewritten = rewrite_csi(plain, cols, rows)
    return controls + rewritten if rewritten != plain else sequence


BLOCK_BYTES = 1 << 20
MAX_STRING_BYTES = 1 << 16
"""Bytes read beyond a block to find the end of a string sequence that starts in it."""
MAX_EVENTS = 100_000
MAX_TEXT_BYTES = 400
"""Bytes of a sequence that an event contains."""

_STRING = rb"[^\x07\x18\x1a\x1b]"
_COMMON = rb"\[(?:[0-9;]*[Hm]|[0-9]*[A-DGJK])"
"""What follows ESC in most sequences, none of which is reported; testing it first makes the scan three times faster."""
_SEQUENCE = lazy_compile(
    rb"\x1b(?!" + _COMMON + rb")(?:"
    rb"\](?P<palette>R|" + _PALETTE + rb")|\](?P<osc>" + _STRING + rb"*)(?P<oscend>\x07|\x1b\\)?"
    rb"|(?P<intro>[PX^_k])(?P<text>[^\x18\x1a\x1b]*)(?P<textend>\x1b\\)?"
    rb"|\[(?P<params>[<=>?]?[0-9;:]*[ -/]?)(?P<final>[cnqtpuy])|" + CANDIDATE + rb")"
)
_OSC = {
    b"0": "title", b"1": "title", b"2": "title", b"4": "colours", b"5": "colours", b"7": "directory", b"8": "hyperlink",
    b"9": "notification", b"10": "colours", b"11": "colours", b"12": "colours", b"50": "font", b"52": "clipboard",
    b"99": "notification", b"104": "colours", b"110": "colours", b"111": "colours", b"112": "colours",
    b"133": "prompt-mark", b"633": "prompt-mark", b"777": "notification", b"1337": "iterm2",
}  # fmt: skip
_STRINGS = {b"P": "dcs", b"X": "sos", b"^": "pm", b"_": "apc", b"k": "title"}


def scan_sequences(
    stream: EventStream, is_cancelled: Callable[[], bool] = never_cancelled, start: int = 0
) -> Iterator[SequenceEvent]:
    """Yield the sequences in a stream's output from byte `start` on, at most `MAX_EVENTS`. Raises `Cancelled`."""
    count = 0
    size = len(stream.output)
    while start < size and count < MAX_EVENTS:
        check_cancelled()
        if is_cancelled():
            raise Cancelled
        block = bytes(stream.output[start : start + BLOCK_BYTES + MAX_STRING_BYTES])
        end = min(BLOCK_BYTES, size - start)
        following = end
        for match in _SEQUENCE.finditer(block):
            if match.start() >= end or count >= MAX_EVENTS:
                break
            following = max(following, match.end())
            kind = _kind(match)
            name = None if kind else function_name(match[0])
            if kind or name:
                count += 1
                offset = start + match.start()
                yield SequenceEvent(
                    offset, stream.time_of_output(offset), kind or "unsupported", name or _content(match)
                )
        start += following


def _content(match: re.Match[bytes]) -> str:
    parts = match["osc"] or match["text"] or match["palette"] or (match["params"] or b"") + (match["final"] or b"")
    return parts[:MAX_TEXT_BYTES].decode("utf-8", "replace")


def _kind(match: re.Match[bytes]) -> str | None:
    if match["palette"]:
        return "colours"
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
    if final is None:
        return None
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
