"""What is taken out of a stream before it is fed: sequences that would resize the terminal or cost far too much.

- Mode 40 (allow 80/132 columns), without which DECCOLM does nothing: the replay ignores DECCOLM, as tmux does.
- REP with a count of more than a screen is clamped to one that leaves the very same screen.
- Hyperlinks (OSC 8) become commands of a number that means nothing: nobody is to follow them here, and the emulator
  ends the process when a screen of 400 x 150 cells or more is filled with linked characters by REP.

All are decided by bytes that stand together, so that the result does not depend on where a stream was cut: a chunk is
cut before a sequence that is still incomplete (`last_complete_offset`).
"""

from __future__ import annotations

import math
import re

_C0 = rb"[\x00-\x17\x19\x1c-\x1f\x7f]*"  # controls that a terminal carries out in the middle of a sequence
_BODY = rb"[\x00-\x17\x19\x1c-\x1f0-?\x7f]"
_CONTROLS = bytes(range(0x18)) + b"\x19\x1c\x1d\x1e\x1f\x7f"
_NOT_CONTROLS = bytes(set(range(256)) - set(_CONTROLS))
_IN_OSC = rb"[\x00-\x06\x08-\x17\x19\x1c-\x1f]*"  # controls that are ignored there
_SUSPECT = re.compile(rb"\x1b" + _C0 + rb"\[(?:" + _C0 + rb"\?" + _BODY + rb"*h|" + _BODY + rb"{3,}b)")
_PARTIAL = re.compile(rb"\x1b(?:" + _C0 + rb"(?:\[" + _BODY + rb"*|\]" + _IN_OSC + rb")?)?\Z")
_IN_CSI = re.compile(rb"\x1b" + _C0 + rb"\[")
_MORE_CSI, _MORE_OSC, _MORE_ESCAPE = (re.compile(some) for some in (_BODY + rb"*", _IN_OSC, _C0))
_LINK = re.compile(rb"(\x1b" + _C0 + rb"\]" + _IN_OSC + rb")8")
_NO_LINK = rb"\g<1>77778"
_MODE_40 = re.compile(rb"(?<![0-9])0*40(?![0-9])")
_RARE = 24  # times in a piece
# Quick looks, each led by one literal byte, decide for most chunks that there is nothing to do.
# Most of all modes set are the cursor's (25).
_MAYBE_40 = re.compile(rb"\?(?!25[hl])" + _BODY + rb"*?4" + _C0 + b"0")
_MAYBE_LINK = re.compile(rb"\]" + _IN_OSC + rb"8")
_MAYBE_REP = re.compile(rb"b(?<=[\x00-\x1f0-9\x7f]b)")


def last_complete_offset(data: bytes | bytearray, start: int, end: int) -> int:
    """The last position <= `end` at which `data` may be cut: before an incomplete sequence.

    Equal to `start` where nothing but such a sequence stands there, however long it is.
    """
    escape = data.rfind(b"\x1b", start, end)
    if escape < 0 or not _PARTIAL.match(bytes(data[escape:end])):
        return end
    return escape


def continuation(sequence: bytes) -> re.Pattern[bytes]:
    """What an incomplete sequence may be followed by and still be incomplete, so that it need not be read again."""
    if _IN_CSI.match(sequence):
        return _MORE_CSI
    return _MORE_OSC if b"]" in sequence else _MORE_ESCAPE


def filter_sequences(data: bytes, cols: int, rows: int) -> bytes:
    """`data` without mode 40 and links, and with REP counts clamped for a screen of `cols` x `rows` cells."""
    if _found(_MAYBE_LINK, b"]", data):
        data = _LINK.sub(_NO_LINK, data)
    if not _found(_MAYBE_40, b"?", data) and not _MAYBE_REP.search(data):
        return data

    def mend(match: re.Match[bytes]) -> bytes:
        sequence = match[0]
        body = sequence.translate(None, _CONTROLS)[2:-1]
        if mended := _without_40(body) if sequence.endswith(b"h") else _clamped(body, cols, rows):
            # Controls inside are carried out before the sequence that they stand in.
            return sequence.translate(None, _NOT_CONTROLS) + mended
        return sequence

    return _SUSPECT.sub(mend, data)


def _found(look: re.Pattern[bytes], lead: bytes, data: bytes) -> bool:
    """Whether `look` finds something. A byte that is rare is found several times faster without an expression."""
    at = data.find(lead)
    for _ in range(_RARE):
        if at < 0 or look.match(data, at):
            return at >= 0
        at = data.find(lead, at + 1)
    return at >= 0 and look.search(data, at) is not None


def _without_40(body: bytes) -> bytes | None:
    return b"\x1b[" + _MODE_40.sub(b"0", body) + b"h" if _MODE_40.search(body) else None


def _clamped(body: bytes, cols: int, rows: int) -> bytes | None:
    """REP with a smaller count: a screenful and what is left over of the last line leave the very same screen.

    A line holds `cols` narrow characters or half as many wide ones: the rest must be right for both.
    """
    line, screenful = math.lcm(cols, max(1, cols // 2)), cols * rows
    count = min(int(body), 65535) if body.isdigit() and len(body) < 4000 else 0  # parameters have 16 bits
    return b"\x1b[%db" % (screenful + (count - screenful) % line) if count > screenful + line else None
