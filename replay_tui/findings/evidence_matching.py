"""Matching of statements with the words of the AI analysis and of guardrails. Best effort."""

from __future__ import annotations

import re
from collections.abc import Sequence

from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement

_QUOTED = re.compile(
    r"`([^`\n]{3,200})`|\"([^\"\n]{3,200})\"|(?<!\w)'([^'\n]{3,200})'(?!\w)|\u201c([^\u201d\n]{3,200})\u201d"
)
_WORD = re.compile(r"[^\W\d_][\w.-]*|\d{2,}")
_COMMON = re.compile(
    r"(?:this|that|with|from|into|were|been|have|user|session|statement|table|quer(?:y|ie)|data|database|execut(?:ed|ion)"
    r"|command|which|without|production|could|would|should|there|then|only|also|where|select|rows?|column|value|reads?"
    r"|contain|access|changed?|changing|high|medium|risk|sensitive|records?|information|system)s?\Z"
)
MAX_STATEMENTS = 20_000


def quoted_words(text: str) -> list[str]:
    """Return the quoted phrases of a text, each once."""
    return list(dict.fromkeys(next(filter(None, match)) for match in _QUOTED.findall(text[:20_000])))


def matching_statements(
    text: str, statements: Sequence[Statement], limit: int = 5
) -> list[tuple[int, tuple[str, ...]]]:
    """Return (index, matched words) of statements with a quoted phrase or at least two uncommon words of `text`.

    At most `limit` statements, the best matches, in order.
    """
    phrases = quoted_words(text)
    words = {word for word in _words(text) if (len(word) >= 4 or word.isdigit()) and not _COMMON.match(word)}
    if not phrases and not words:
        return []
    scored: list[tuple[int, int, tuple[str, ...]]] = []
    for at, row in enumerate(statements[:MAX_STATEMENTS]):
        lower = row.text[:20_000].lower()
        matched_phrases = [phrase for phrase in phrases if phrase.lower() in lower]
        row_words = _words(lower) if words else set()
        shared = sorted(word for word in words if word in row_words or _stem(word) in row_words)
        weight = 3 * len(matched_phrases) + len({_stem(word) for word in shared}) + sum(map(_is_identifier, shared))
        if weight >= 2:
            scored.append((-weight, at, tuple(matched_phrases or shared)))
    return sorted((at, matched) for _, at, matched in sorted(scored)[:limit])


def _words(text: str) -> set[str]:
    return {word.strip(".-").lower() for word in _WORD.findall(text[:20_000])}


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 4 else word


def _is_identifier(word: str) -> bool:
    """Return True for a word that can only be an identifier: a file, host or column name."""
    return any(mark in word for mark in "._") and len(word) > 5


def ai_text(session: Session) -> str:
    """Return title, explanation and summary of the AI analysis as one text, empty if there is none."""
    ai = session.fields.ai_analysis
    return "\n".join(filter(None, (ai.title, ai.explanation, ai.summary))) if ai else ""


def guardrail_matches(session: Session, statements: Sequence[Statement]) -> list[tuple[int, str, str]]:
    """Return (index, word, guardrail name) for each statement with a word that a guardrail matched."""
    words = [
        (word, hit.rule_name or "") for hit in session.guardrails for word in hit.matched_words or [] if word.strip()
    ]
    hits = []
    for word, name in words[:50]:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        hits += [(at, word, name) for at, row in enumerate(statements[:MAX_STATEMENTS]) if pattern.search(row.text)]
    return hits
