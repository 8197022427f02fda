"""Which statements hold the words that the AI's judgement or a guardrail names. Best effort, shown as such."""

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
    """Phrases that a text puts in quotes."""
    return list(dict.fromkeys(next(filter(None, match)) for match in _QUOTED.findall(text[:20_000])))


def matching_statements(
    text: str, statements: Sequence[Statement], limit: int = 5
) -> list[tuple[int, tuple[str, ...]]]:
    """Statements (by index) that hold a quoted phrase of `text`, or at least two of its telling words, and which."""
    phrases = quoted_words(text)
    words = {word for word in _words(text) if (len(word) >= 4 or word.isdigit()) and not _COMMON.match(word)}
    if not phrases and not words:
        return []
    scored: list[tuple[int, int, tuple[str, ...]]] = []
    for at, row in enumerate(statements[:MAX_STATEMENTS]):
        lower = row.text[:20_000].lower()
        held = [phrase for phrase in phrases if phrase.lower() in lower]
        own = _words(lower) if words else set()
        shared = sorted(word for word in words if word in own or _stem(word) in own)
        weight = 3 * len(held) + len({_stem(word) for word in shared}) + sum(map(_is_name, shared))
        if weight >= 2:
            scored.append((-weight, at, tuple(held or shared)))
    return sorted((at, held) for _, at, held in sorted(scored)[:limit])


def _words(text: str) -> set[str]:
    return {word.strip(".-").lower() for word in _WORD.findall(text[:20_000])}


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 4 else word


def _is_name(word: str) -> bool:
    """Whether a word can only be the name of something: a file, a host, a column."""
    return any(mark in word for mark in "._") and len(word) > 5


def ai_text(session: Session) -> str:
    """What the AI says of the session, in one text."""
    ai = session.fields.ai_analysis
    return "\n".join(filter(None, (ai.title, ai.explanation, ai.summary))) if ai else ""


def guardrail_matches(session: Session, statements: Sequence[Statement]) -> list[tuple[int, str, str]]:
    """Statements that hold a word on which a guardrail hit: index, word, the guardrail's name."""
    words = [
        (word, hit.rule_name or "") for hit in session.guardrails for word in hit.matched_words or [] if word.strip()
    ]
    hits = []
    for word, name in words[:50]:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        hits += [(at, word, name) for at, row in enumerate(statements[:MAX_STATEMENTS]) if pattern.search(row.text)]
    return hits
