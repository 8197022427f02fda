"""Detection of shell and client prompts by their text, for shells that do not mark them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import takewhile

from replay_tui.domain.lazy_regex import lazy_compile

_PRIMARY = lazy_compile(r"(?:[$#%>\u276f\u279c\u00bb\u03bb\u203a]|In \[\d+\]:|>>>)\s?\Z")
_CONTINUATION = lazy_compile(
    # sh and Python, MySQL, zsh, psql
    r"\s*(?:>|\.\.\.+[:>]?|->|'>|\">|`>|/\*>|[a-z]+(?: [a-z]+)*>|[\w@.]+[-('\"*$][#>])\s?\Z"
)
PANE_BORDER = lazy_compile("[\u2502\u2503\u2551]")
"""Borders between the panes of a terminal multiplexer."""
_BLOCK = lazy_compile("[\u2580-\u259f\u2022\u25cf\u00b7\u2026\u2502\u2503\u2551]")
_QUESTION = lazy_compile(r"(?:[:?.\uff1a\uff1f]|[(\[][^()\[\]]*/[^()\[\]]*[)\]])\s*\Z")
_VI_MODE = lazy_compile(r"\A\s*(?:\((?:ins|cmd)\)|\[[INVR]\])\s?|\A[+:@](?=[> ])")
"""Indicators of the vi mode before a prompt, as displayed by readline and fish."""
_PATH_OR_HOST = lazy_compile(r"(?:\A|[\s:(\[])(?:~|/[\w.-]*|\w+@[\w.-]+)[\w./~-]*[:\])]?\s*\Z")
_DIGITS = lazy_compile(r"\d+")
MIN_SAME_CHARS = 4
_MIDDLE = lazy_compile(r"[$#%>\u276f\u279c] ")
_ZSH_WORDS = lazy_compile(
    r"(?:for|while|if|then|else|elif|do|case|d?quote|bquote|heredocd?|cmdsubst|function|cursh|subsh|until|select|repeat"
    r"|pipe|cmdand|cmdor|array|math|mathsubst|cond|foreach|always|braceparam)\Z"
)
_MAX_PROMPT_CHARS, _MAX_ZSH_WORDS = 400, 50


def looks_like_prompt(text: str) -> bool:
    """Return True if the text before the cursor ends like a prompt."""
    if len(text) >= _MAX_PROMPT_CHARS:
        return False
    return bool(_PRIMARY.search(text) or re.fullmatch(r"\s*\.\.\.[:>]? ?", text)) or _ends_with_glyph(text)


def _ends_with_glyph(text: str) -> bool:
    """Return True if a symbol that is not ASCII, such as an arrow or a powerline glyph, ends the text."""
    last = text.rstrip()[-1:]
    return last > "\x7f" and not _BLOCK.match(last) and unicodedata.category(last) in ("So", "Sm", "Co")


def may_be_prompt(text: str) -> bool:
    """Return True if the text before the cursor is not a question of a program. A path or host name is none."""
    text = text[-_MAX_PROMPT_CHARS:]
    return bool(text.strip()) and (not _QUESTION.search(text) or _PATH_OR_HOST.search(text) is not None)


def is_same_prompt(row: str, known: str) -> bool:
    """Return True if `row` ends with the prompt `known`, or half of it is the same apart from digits."""
    if row.endswith(known):
        return True
    if not may_be_prompt(row) or row[-1:] != known[-1:] or len(row) >= _MAX_PROMPT_CHARS:
        return False
    row, known = _DIGITS.sub("0", row), _DIGITS.sub("0", known)
    if len(known) >= MIN_SAME_CHARS and row.endswith(known):
        return True
    same_start = _same_chars(row, known)
    same_end = _same_chars(row[same_start:][::-1], known[same_start:][::-1])
    return same_start + same_end >= max(MIN_SAME_CHARS, max(len(row), len(known)) / 2)


def _same_chars(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def is_continuation(text: str) -> bool:
    """Return True for a continuation prompt such as `> `, `... `, `for> `, `    -> `, `shop-# `."""
    text = _VI_MODE.sub("", text[-_MAX_PROMPT_CHARS:], count=1)
    if not _CONTINUATION.fullmatch(text):
        return False
    words = text.strip().removesuffix(">").split()
    return not words or not all(word.isalpha() for word in words) or all(map(_ZSH_WORDS.match, words))


def is_zsh_continuation(text: str) -> bool:
    """Return True for a continuation prompt that names the open constructs, such as `for> ` and `cmdsubst dquote> `."""
    words = text.strip().removesuffix(">").split()
    return bool(words) and len(words) <= _MAX_ZSH_WORDS and all(map(_ZSH_WORDS.match, words))


def prompt_prefix(text: str, known: Sequence[str]) -> str:
    """Return the prompt at the start of a row that may contain typed text; the whole row if none is recognised.

    The row starts with one of the `known` prompts, or contains the end of one, such as `) \u2717 `.
    """
    if looks_like_prompt(text):
        return text
    longest = max((prompt for prompt in known if text.startswith(prompt)), key=len, default="")
    if longest:
        return longest
    for prompt in known:
        end = prompt[-2:]
        if any(not char.isalnum() and not char.isspace() for char in end) and (at := text.find(end)) >= 0:
            return text[: at + len(end)]
    found = _MIDDLE.search(text)
    return text[: found.end()] if found else text
