"""Rewrites of single control sequences that the library executes differently than xterm, or that may harm it.

- Linux console palette (`ESC ] R`, `ESC ] P nrrggbb`): no terminator follows, so they become OSC 104 and OSC 4.
- Hyperlinks (OSC 8) get an unassigned OSC number: the replay does not offer them, and the library crashes if REP fills
  a screen of 400 x 150 cells or more with linked characters.
- Titles of screen and tmux (`ESC k`) become privacy messages, which end in the same way and are not drawn.
- Mode 40 (allow 80/132 columns) is removed, which disables DECCOLM: the replay ignores it, as tmux does.
- Excess parameters are dropped, and 0 becomes 1 where xterm reads it so: the library ignores such sequences.
- SGR with an empty last parameter or with many parameters is split and completed.
- REP with a count of more than a screen is clamped to a count that gives the same screen.
- Functions that depend on the emulator's state are marked for `control_functions`.
"""

from __future__ import annotations

import math

from replay_tui.domain.lazy_regex import lazy_compile

MARK = b"\x18"
"""Precedes a control function that `control_functions` carries out: CAN, which has no effect between sequences."""
STATEFUL = frozenset(
    (
        *(b"!p", b'"p', b"$r", b"$t", b"$v", b"$x", b"$z", b"${", b"*x"),
        *(b" @", b" A", b"'}", b"'~", b"#{", b"#}", b"#p", b"#q"),
    )
)
"""Intermediate and final byte of the control functions that are marked."""
MAX_PARAMETERS = 30
"""Parameters that xterm reads; it ignores the others."""
MAX_PARAMETERS_AT_ONCE = 16
"""Parameters of one sequence; the library ignores a sequence with more than 24."""
_DEFAULT_IS_ONE = b"@ABCDEFGILMPSXZ`ade"
_DEFAULT_IS_ZERO = b"JKg"
_TWO_PARAMETERS = b"Hfrs"
_COLOURS = (b"38", b"48", b"58")
_COLOUR_LENGTHS = {b"5": 3, b"2": 5}  # parameters of a colour in the semicolon form
_HEX = lazy_compile(rb"[0-9A-Fa-f]{7}")


def rewrite_csi(sequence: bytes, cols: int, rows: int) -> bytes:
    """Return the replacement of a CSI sequence without controls inside, for a screen of `cols` x `rows` cells."""
    body, final = sequence[2:-1], sequence[-1:]
    if body[-1:] + final in STATEFUL and not body.startswith((b"?", b">", b"<", b"=")):
        return MARK + sequence
    if body.startswith(b"?"):
        return _rewrite_modes(body[1:], final) if final in b"hl" and _is_numeric(body[1:]) else sequence
    if not _is_numeric(body):
        return _split_sgr(body) if final == b"m" and _is_numeric(body.replace(b":", b"")) else sequence
    if final == b"m":
        return _split_sgr(body)
    if final == b"b":
        return _clamp_rep(body.split(b";")[0], cols, rows)
    if final in _DEFAULT_IS_ONE:
        return b"\x1b[%d%b" % (_number(body.split(b";")[0]) or 1, final)
    if final in _DEFAULT_IS_ZERO:
        return b"\x1b[%d%b" % (_number(body.split(b";")[0]), final)
    if final in _TWO_PARAMETERS:
        return b"\x1b[%b%b" % (b";".join(body.split(b";")[:2]), final)
    return sequence


def rewrite_osc(start: bytes, content: bytes) -> bytes:
    """Return the replacement of an OSC that begins with `content`: `8`, `R` or `P` and seven more characters.

    `start` is everything before the content: ESC, controls, `]`.
    """
    if content == b"8":
        return start + b"77778"
    executed = start[1 : start.index(b"]")]
    if content == b"R":
        return executed + b"\x1b]104\x1b\\"
    if not _HEX.fullmatch(content, 1):
        return executed
    return executed + b"\x1b]4;%d;#%b\x1b\\" % (int(content[1:2], 16), content[2:])


def rewrite_escape(sequence: bytes) -> bytes:
    """Return the replacement of an escape sequence without controls inside."""
    if sequence == b"\x1bk":
        return b"\x1b^"
    is_graphics = sequence[1] in b"()*+" and sequence[2:] == b"0"
    return MARK + sequence if is_graphics or sequence in (b"\x1b6", b"\x1b9", b"\x1b#8") else sequence


def _number(text: bytes) -> int:
    """Return a parameter, 0 if it is empty; terminals limit it to 16 bits."""
    return min(int(text.lstrip(b"0")[:9] or 0), 65535)


def _is_numeric(body: bytes) -> bool:
    return not body.strip(b"0123456789;")


def _rewrite_modes(body: bytes, final: bytes) -> bytes:
    """Return DECSET or DECRST without mode 40 and with few parameters; DECSET of mode 69 (side margins) is marked."""
    modes = [b"%d" % _number(mode) for mode in body.split(b";")[:MAX_PARAMETERS]]
    if final == b"h":
        modes = [b"0" if mode == b"40" else mode for mode in modes]
    mark = MARK if final == b"h" and b"69" in modes else b""
    parts = range(0, len(modes), MAX_PARAMETERS_AT_ONCE)
    return b"".join(b"%b\x1b[?%b%b" % (mark, b";".join(modes[at : at + MAX_PARAMETERS_AT_ONCE]), final) for at in parts)


def _split_sgr(body: bytes) -> bytes:
    """Return SGR sequences of few parameters each, in which every parameter is given."""
    items = [item or b"0" for item in body.split(b";")[:MAX_PARAMETERS]]
    sequences: list[list[bytes]] = [[]]
    used = at = 0
    while at < len(items):
        is_colour = items[at] in _COLOURS and at + 1 < len(items)
        group = items[at : at + (_COLOUR_LENGTHS.get(items[at + 1], 1) if is_colour else 1)]
        size = len(group) + sum(item.count(b":") for item in group)
        if sequences[-1] and used + size > MAX_PARAMETERS_AT_ONCE:
            sequences.append([])
            used = 0
        sequences[-1] += group
        used, at = used + size, at + len(group)
    return b"".join(b"\x1b[%bm" % b";".join(one) for one in sequences)


def _clamp_rep(count_text: bytes, cols: int, rows: int) -> bytes:
    """Return REP with a count of at most a screenful and a line, which gives the same screen.

    The count is a screenful plus the remainder on the last line. A line has `cols` narrow characters or half as many
    wide ones; the remainder must be right for both.
    """
    line, screenful = math.lcm(cols, max(1, cols // 2)), cols * rows
    count = _number(count_text)
    return b"\x1b[%db" % (screenful + (count - screenful) % line if count > screenful + line else count or 1)
