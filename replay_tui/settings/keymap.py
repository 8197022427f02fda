"""Keymap: resolves the user's `[keys]` settings against the default keys and reports conflicts.

Key names in settings (`/`, `pgup`) are converted to the names of the user interface (`slash`, `pageup`).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from replay_tui.domain.display_text import sanitize, truncate

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


FIXED = ("interrupt", "close")
"""Commands whose keys cannot be changed or assigned to others, so that quitting always works."""


class KeyedCommand(Protocol):
    """Command with default keys."""

    @property
    def id(self) -> str:
        """Stable name of the command in the settings."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Default keys."""

    @property
    def scopes(self) -> frozenset[str]:
        """Names of the screens that have the command. Keys conflict only within a scope."""


Keymap = dict[str, tuple[str, ...]]
"""Keys by command id; an empty tuple for a command without keys."""


def resolve_keymap(mapping: Mapping[str, Sequence[str]], commands: Iterable[KeyedCommand]) -> tuple[Keymap, list[str]]:
    """Return the keymap for the settings' `[keys]` table `mapping`, and a warning for each entry that is not used.

    A configured key overrides the default key of another command. If two commands are configured with the same key,
    the first one gets it. A command without keys remains in the command palette.
    """
    commands = tuple(commands)
    defaults = {command.id: tuple(command.keys) for command in commands}
    scopes = {command.id: command.scopes for command in commands}
    warnings: list[str] = []
    chosen: Keymap = {}
    owner = _Owners(scopes)
    for name in FIXED:
        owner.give(name, defaults.get(name, ()))
    for name, written in mapping.items():
        wanted = _wanted(name, written, defaults, warnings)
        if wanted is None:
            continue
        free = []
        for key in wanted:
            holder = owner.of(key, name)
            if holder is not None:
                warnings.append(f"The key {key} of '{name}' is ignored, because '{holder}' has it; choose another key.")
            else:
                free.append(key)
                owner.give(name, (key,))
        if free or not wanted:
            chosen[name] = tuple(free)
    return _filled(chosen, defaults, scopes, warnings), warnings


class _Owners:
    """Owner of each key by scope."""

    def __init__(self, scopes: Mapping[str, frozenset[str]]) -> None:
        self._scopes = scopes
        self._names: dict[tuple[str, str], str] = {}

    def give(self, name: str, keys: Iterable[str]) -> None:
        """Assign keys to command `name` in all its scopes."""
        self._names.update({(scope, key): name for scope in self._scopes.get(name, ()) for key in keys})

    def of(self, key: str, name: str) -> str | None:
        """Return another command that owns the key in a scope of `name`, or None."""
        names = (self._names.get((scope, key)) for scope in sorted(self._scopes[name]))
        return next((one for one in names if one not in (None, name)), None)


def _filled(chosen: Keymap, defaults: Keymap, scopes: Mapping[str, frozenset[str]], warnings: list[str]) -> Keymap:
    """Return the complete keymap. Adds a warning for each command that loses its last key."""
    taken = _Owners(scopes)
    for name, keys in chosen.items():
        taken.give(name, keys)
    keymap: Keymap = {}
    for name, keys in defaults.items():
        kept = chosen[name] if name in chosen else tuple(key for key in keys if taken.of(key, name) is None)
        if keys and not kept and name not in chosen:
            takers = ", ".join(dict.fromkeys(f"'{taken.of(key, name)}'" for key in keys))
            warnings.append(f"'{name}' has no key left: {', '.join(keys)} is now {takers}; choose another key.")
        keymap[name] = kept
    return keymap


def _wanted(
    name: str, written: Sequence[str], defaults: Mapping[str, tuple[str, ...]], warnings: list[str]
) -> tuple[str, ...] | None:
    """Return the valid keys that the user configured for a command; None if the entry is not used."""
    if name not in defaults:
        near = difflib.get_close_matches(name.lower().replace("_", "-"), defaults, 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else "`replay-tui config keys` lists them."
        warnings.append(f"'{truncate(sanitize(name), 40)}' in [keys] is not a command; {hint}")
        return None
    if name in FIXED:
        warnings.append(f"'{name}' has fixed keys ({', '.join(defaults[name])}); remove it from [keys].")
        return None
    wanted = []
    for one in written:
        key = key_name(one)
        if key is None:
            shown = truncate(sanitize(one), 40)
            warnings.append(f"'{shown}' for '{name}' is not a key; write it as p, G, /, f5, ctrl+x or shift+left.")
        else:
            wanted.append(key)
    if written and not wanted:
        return None
    if len(defaults[name]) > 1 and len(wanted) != len(defaults[name]):
        warnings.append(f"'{name}' takes {len(defaults[name])} keys, in order; the default is used.")
        return None
    return tuple(dict.fromkeys(wanted))


def binding_keys(keymap: Keymap, commands: Iterable[KeyedCommand]) -> dict[str, str]:
    """Return the changed bindings of `keymap`: comma-separated keys by binding id `COMMAND.DEFAULT-KEY`.

    A command with several default keys has one binding for each, in order; the only binding of a command with a single
    default key can have several keys.
    """
    found: dict[str, str] = {}
    for command in commands:
        keys, now = tuple(command.keys), keymap.get(command.id, tuple(command.keys))
        if now == keys:
            continue
        if len(keys) == 1:
            found[f"{command.id}.{keys[0]}"] = ",".join(now)
            continue
        # If another command took a default key, `now` is shorter; a remapped command has one key per default key.
        remapped = len(now) == len(keys)
        for at, key in enumerate(keys):
            found[f"{command.id}.{key}"] = now[at] if remapped else key if key in now else ""
    return found
