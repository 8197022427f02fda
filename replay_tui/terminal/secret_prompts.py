"""Detection of prompts that ask for a secret (password, passphrase, PIN, one-time code, token, key), by their text.

The words are data, by language: `secret_words.toml`.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from replay_tui.domain.lazy_regex import lazy_compile

_WORDS = tomllib.loads(resources.files(__package__).joinpath("secret_words.toml").read_text("utf-8"))
_ALL = [word for words in _WORDS.values() for word in words]
_SECRET, _ASCII_SECRET = (lazy_compile("|".join(words)) for words in (_ALL, filter(str.isascii, _ALL)))
_KEY_PRESS = lazy_compile(
    r"\b(?:press|hit|strike|tap|use|push|type)\b.{0,40}\bkeys?\b|\b(?:any|arrow|enter|return|escape) keys?\b",
)
"""Requests for a key press, which are not requests for a secret."""
_FILE_NAME = lazy_compile(r"(?<![\w/])(?:~|\.{0,2})/[\w./@-]+|[\w-]+\.[a-z]{1,5}\b")
_MAX_PROMPT_CHARS = 200
_MAX_LABEL_ROWS = 8
"""Rows above the cursor's row that are searched for the label of a field."""
_BOX = lazy_compile(r"[\u2500-\u259f|+_=~#*.\u2022\u25cf\s-]+")
_BORDERS = frozenset("[(|\u2502\u2503\u2551\u250a\u2506\u2590\u258c")
_LABEL_END = lazy_compile(r"[:\uff1a?\uff1f>)\]\u3011=.\u2026]\s*\Z")
_MAX_LABEL_CHARS = 100


@lru_cache(maxsize=4096)
def is_secret_prompt(text: str) -> bool:
    """Return True if the text before the cursor asks for a secret in one of the known languages."""
    text = unicodedata.normalize("NFC", text[-_MAX_PROMPT_CHARS:]).lower()
    secret = _ASCII_SECRET if text.isascii() else _SECRET
    return bool(secret.search(_FILE_NAME.sub(" ", _KEY_PRESS.sub(" ", text))))


def field_prompt(before: str, rows_above: Sequence[str]) -> str:
    """Return the prompt of a field: the text `before` the cursor in its row, or the label in the rows above it.

    A label above counts only if it asks for a secret and no other text is between it and the cursor.
    """
    if any(char.isalnum() for char in before):
        return before
    is_boxed = any(char in _BORDERS for char in before)
    for row in reversed(rows_above[-_MAX_LABEL_ROWS:]):
        label = _without_box(row)
        if not label:
            continue
        if len(label) <= _MAX_LABEL_CHARS and (is_boxed or _LABEL_END.search(label)) and is_secret_prompt(label):
            return label
        if not is_boxed:
            break
    return before


def _without_box(row: str) -> str:
    """Return a row's text without line drawing, fill characters and blanks at its ends."""
    start = _BOX.match(row)
    text = row[start.end() :] if start else row
    return text.rstrip("\u2500\u2502\u2503\u2551\u258f\u2595|+ \t")
