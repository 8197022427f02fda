"""Conversion between key names in settings (`/`, `pgup`) and key names of the user interface (`slash`, `pageup`)."""

from __future__ import annotations

import re
import unicodedata

_SHORT = {
    "esc": "escape", "pgup": "pageup", "page_up": "pageup", "pgdn": "pagedown", "pgdown": "pagedown",
    "page_down": "pagedown", "return": "enter", "del": "delete", "ins": "insert", "spacebar": "space",
    "\u2190": "left", "\u2192": "right", "\u2191": "up", "\u2193": "down", "period": "full_stop", "dot": "full_stop",
    "hyphen": "minus", "bar": "vertical_line", "pipe": "vertical_line", "less_than": "less_than_sign",
    "greater_than": "greater_than_sign", "equals": "equals_sign", "hash": "number_sign", "dollar": "dollar_sign",
}  # fmt: skip
_NAMED = (
    frozenset(
        ("space", "tab", "enter", "escape", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up")
    )
    | {"down", "left", "right"}
    | {f"f{number}" for number in range(1, 25)}
)
_SIGNS = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
          "plus_sign": "plus", "low_line": "underscore"}  # fmt: skip
_MODIFIERS = ("alt", "ctrl", "shift", "super")
_KNOWN_SIGNS = {
    _SIGNS.get(name, name)
    for name in (unicodedata.name(chr(code)).lower().replace("-", "_").replace(" ", "_") for code in range(0x21, 0x7F))
    if not name.startswith(("latin_", "digit_"))
}

_WRITTEN = {
    _SIGNS.get(name, name): sign
    for sign in map(chr, range(0x21, 0x7F))
    if (name := unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_")) and not sign.isalnum()
}


def key_name(written: str) -> str | None:
    """Return the interface name of a key such as `p`, `G`, `/`, `slash`, `ctrl+x` or `pgup`; None if invalid."""
    text = written.strip() or (" " if written else "")
    *modifiers, last = _parts(text)
    modifiers = sorted({one.lower() for one in modifiers})
    if any(one not in _MODIFIERS for one in modifiers):
        return None
    name = _last_name(last)
    if name is None:
        return None
    if "shift" in modifiers and len(name) == 1 and name.isalpha():
        modifiers.remove("shift")
        name = name.upper()
    if modifiers and "ctrl" in modifiers and len(name) == 1:
        name = name.lower()
    return "+".join([*modifiers, name])


def display_key(name: str) -> str:
    """Return an interface name as written in settings, such as `[` for `left_square_bracket`. Inverts `key_name`."""
    *modifiers, last = name.split("+")
    return "+".join([*modifiers, _WRITTEN.get(last, last)])


def _parts(text: str) -> list[str]:
    """Split a key into modifiers and the key itself, which may be `+`."""
    if text == "+" or text.endswith("++"):
        return [*filter(None, text[:-1].split("+")), "+"]
    return text.split("+")


def _last_name(text: str) -> str | None:
    if text == " ":
        return "space"
    if len(text) == 1 and text not in _SHORT:
        if text.isalnum():
            return text
        name = unicodedata.name(text, "").lower().replace("-", "_").replace(" ", "_")
        return _SIGNS.get(name, name) or None
    name = re.sub(r"[ -]", "_", text.lower())
    name = _SHORT.get(name, name)
    return name if name in _NAMED or name in _KNOWN_SIGNS else None
