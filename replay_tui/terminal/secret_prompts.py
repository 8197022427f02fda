"""Detection of prompts that ask for a secret (password, passphrase, PIN, one-time code, token, key), by their text.

The words are data, by language: `secret_words.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

_WORDS = tomllib.loads(resources.files(__package__).joinpath("secret_words.toml").read_text("utf-8"))
_ALL = [word for words in _WORDS.values() for word in words]
_SECRET, _ASCII_SECRET = (re.compile("|".join(words)) for words in (_ALL, filter(str.isascii, _ALL)))
_KEY_PRESS = re.compile(
    r"\b(?:press|hit|strike|tap|use|push|type)\b.{0,40}\bkeys?\b|\b(?:any|arrow|enter|return|escape) keys?\b",
)
"""Requests for a key press, which are not requests for a secret."""
_MAX_PROMPT_CHARS = 200
_MAX_LABEL_ROWS = 8
"""Rows above the cursor's row that are searched for the label of a field."""
_BOX = re.compile(r"[\u2500-\u259f|+_=~#*.\u2022\u25cf\s-]+")
_LABEL_END = re.compile(r"[:\uff1a?\uff1f>)\]\u3011=.\u2026]\s*\Z")
_MAX_LABEL_CHARS = 100


@lru_cache(maxsize=4096)
def is_secret_prompt(text: str) -> bool:
    """Return True if the text before the cursor asks for a secret in one of the known languages."""
    text = unicodedata.normalize("NFC", text[-_MAX_PROMPT_CHARS:]).lower()
    secret = _ASCII_SECRET if text.isascii() else _SECRET
    return bool(secret.search(_KEY_PRESS.sub(" ", text)))


def prompt_at(rows: Sequence[str], x: int, y: int) -> str:
    """Return the prompt of the field at the cursor (cell `x`, row `y`): the text before it, or the label above it.

    A label above counts only if it asks for a secret and no text is between it and the cursor.
    """
    own = rows[y][:x] if y < len(rows) else ""
    if _without_box(own):
        return own.strip()
    is_boxed = bool(own.strip())
    for at in range(min(y, len(rows)) - 1, max(-1, y - 1 - _MAX_LABEL_ROWS), -1):
        label = _without_box(rows[at])
        if not label:
            continue
        if is_secret_prompt(label) and len(label) <= _MAX_LABEL_CHARS and (is_boxed or _LABEL_END.search(label)):
            return label
        if not is_boxed:
            break
    return own.strip()


def _without_box(row: str) -> str:
    """Return a row's text without line drawing, fill characters and blanks at its ends."""
    start = _BOX.match(row)
    text = row[start.end() :] if start else row
    return text.rstrip("\u2500\u2502\u2503\u2551\u258f\u2595|+ \t")
