"""Control functions that the replay does not carry out although they may change a screen, with names for users.

Sources: xterm's ctlseqs, ECMA-48, the VT420 and VT510 manuals. Reports, keyboard, mouse and sound are not listed,
because they do not change a screen; strings and window operations are reported by the sequence scanner.
"""

from __future__ import annotations

import re

CANDIDATE = (
    rb"(?:[#%][34@]|#6|[lm]|[-()*+./](?:[C-Z1-9a-z=<>`]|[ -/][0-~])"
    rb"|\[(?:[0-9;:]*+(?:[NOQRUVYiovwz{|}]|[ -/]++[@-~])|[0-9]*;[0-9;]*[@-EGIJK`ad]"
    rb"|\?(?:[0-9;]*;)?0*(?:[23]|38|42)(?:;[0-9;]*)?[hl]|\?[0-9;]*i))"
)
"""Pattern of what follows ESC in the sequences that `function_name` is asked for."""

WORK_PER_MIB = 1_000_000
"""Limit of the work for functions that `control_functions` carries out: about microseconds per MiB of output. A hostile
session could otherwise take a minute per MiB. Functions beyond the limit are counted and not carried out."""

_MODES = {
    b"2l": "DECANM (VT52 mode)",
    b"3h": "DECCOLM (132 columns)",
    b"38h": "DECTEK (Tektronix mode)",
    b"42h": "DECNRCM (national character sets)",
}
_NAMES = {
    b"#3": "DECDHL (double-height line)",
    b"#4": "DECDHL (double-height line)",
    b"#6": "DECDWL (double-width line)",
    b"%@": "character set other than UTF-8",
    b"l": "memory lock",
    b"m": "memory unlock",
    b"i": "MC (output to a printer)",
    b"U": "NP (next page)",
    b"V": "PP (preceding page)",
    b" P": "PPA (page position)",
    b" Q": "PPR (page position)",
    b" R": "PPB (page position)",
    b"$|": "DECSCPP (columns per page)",
    b"*|": "DECSNLS (lines per screen)",
    b"$}": "DECSASD (status line)",
    b"$~": "DECSSDT (status line)",
    b"#P": "XTPUSHCOLORS (palette)",
    b"#Q": "XTPOPCOLORS (palette)",
}
_WITHOUT_EFFECT = frozenset(
    # Carried out, queries, cursor shape, keyboard, mouse and sound.
    (
        *(b" @", b" A", b"!p", b'"p', b'"q', b"$r", b"$t", b"$v", b"$x", b"$z", b"${", b"*x", b"'}", b"'~", b"#{"),
        *(b"#}", b"#p", b"#q", b" q", b"$p", b"$u", b"$w", b"&u", b"*y", b"#|", b"#R", b"#S", b" t", b" u", b"'w"),
        *(b"'z", b"'{", b"'|", b"+T", b"$q", b'"v', b",|", b",}", b"%m"),
    )
)
_IGNORED_WITH_EXCESS = frozenset(bytes((final,)) for final in b"@ABCDEGIJK`ad")
_CHARSETS = (b"A", b"B", b"0", b"1", b"2")


def function_name(sequence: bytes) -> str | None:
    """Return the name of an escape sequence that is not carried out, None for any other."""
    body, final = sequence[2:-1], sequence[-1:]
    if not sequence.startswith(b"\x1b["):
        if sequence[1] in b"-()*+./":
            return None if final in _CHARSETS else "national or special character set"
        return _NAMES.get(sequence[1:])
    if final in b"hl" and body.startswith(b"?"):
        modes = [mode.lstrip(b"0") + final for mode in body[1:].split(b";")]
        return next((_MODES[mode] for mode in modes if mode in _MODES), None)
    key = re.sub(rb"[0-9:;?]", b"", body) + final
    if key[:1] in (b"<", b"=", b">") or key in (b"c", b"n", b"q", b"p", b"u", b"y"):
        return None
    if key in _IGNORED_WITH_EXCESS:
        return f"CSI {key.decode()} with excess parameters"
    if key == b"t":
        return "DECSLPP (lines per page)" if body.isdigit() and int(body[:9]) >= 24 else None
    if key in _WITHOUT_EFFECT or len(key) > 4:
        return None
    return _NAMES.get(key) or f"CSI {key.decode('ascii', 'replace')}"
