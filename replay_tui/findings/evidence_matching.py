"""Matching of statements with the words of the AI analysis and of guardrails. Best effort."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.safe_regex import TimeLimitedPattern
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement

_QUOTED = lazy_compile(
    r"`([^`\n]{3,200})`|\"([^\"\n]{3,200})\"|(?<!\w)'([^'\n]{3,200})'(?!\w)|\u201c([^\u201d\n]{3,200})\u201d"
)
_WORD = lazy_compile(r"[^\W\d_][\w.-]*|\d{2,}")
_COMMON = lazy_compile(
    r"(?:this|that|with|from|into|were|been|have|user|session|statement|table|quer(?:y|ie)|data|database|execut(?:ed|ion)"
    r"|command|which|without|production|could|would|should|there|then|only|also|where|select|rows?|column|value|reads?"
    r"|contain|access|changed?|changing|high|medium|risk|sensitive|records?|information|system)s?\Z"
)
_LETTER = lazy_compile(r"[^\W\d_]")
MAX_STATEMENTS = 20_000
MAX_TEXT_CHARS = 20_000
MAX_STEPS = 200
MAX_GUARDRAILS = 50
MAX_OUTPUT_MATCHES = 1000
MAX_OUTPUT_CHARS = 4 << 20


_CLAUSE_END = lazy_compile(
    r"[.;:!?](?=\s|\Z)|\n|\b(?:but|however|yet|instead|although|while|except|only|that|which|who)\b"
    r"|,\s*(?=(?:and|it|he|she|they|this|then|the (?:user|session|statement))\b)"
)
_NEGATION = lazy_compile(r"\b(?:[Nn]ot?|[Nn]ever|[Nn]either|[Nn]or|[Nn]one|[Ww]ithout|[Cc]annot)\b|(?<=n)['\u2019]t\b")
"""Capitals (NOT) are SQL."""
_PASSIVE = lazy_compile(r"\b(?:is|are|was|were|been?)(?: (?:not|never)|n['\u2019]t)\b")


class _Words(Struct, frozen=True):
    """What a text mentions: quoted phrases, and uncommon words."""

    phrases: list[str]
    words: set[str]

    @staticmethod
    def of(text: str) -> _Words:
        """Return the phrases and words of `text`. Numbers and dates are words; alone they are no match."""
        found = {word for word in _words(text) if (len(word) >= 4 or word.isdigit()) and not _COMMON.match(word)}
        return _Words([phrase for phrase in quoted_words(text) if _LETTER.search(phrase)], found)


def quoted_words(text: str) -> list[str]:
    """Return the quoted phrases of a text, each once."""
    return list(dict.fromkeys(next(filter(None, match)) for match in _QUOTED.findall(text[:MAX_TEXT_CHARS])))


def without_negations(text: str) -> str:
    """Return prose without what it says that was not done, such as `not touch accounts`.

    A negation reaches to the end of its clause; in the passive voice (`accounts were not touched`) it is the clause.
    """
    clauses = [clause for clause in _CLAUSE_END.split(text[:MAX_TEXT_CHARS]) if not _PASSIVE.search(clause)]
    return "\n".join(_NEGATION.split(clause, maxsplit=1)[0] for clause in clauses)


def matching_statements(
    text: str, statements: Sequence[Statement], limit: int = 5
) -> list[tuple[int, tuple[str, ...]]]:
    """Return (index, matched words) of statements with a quoted phrase or at least two uncommon words of `text`.

    At most `limit` statements, the best matches, in order.
    """
    wanted = _Words.of(text)
    if not wanted.phrases and not wanted.words:
        return []
    scored: list[tuple[int, int, tuple[str, ...]]] = []
    for at, row in enumerate(statements[:MAX_STATEMENTS]):
        lower = row.text[:MAX_TEXT_CHARS].lower()
        phrases = [phrase for phrase in wanted.phrases if phrase.lower() in lower]
        row_words = _words(lower) if wanted.words else set()
        shared = sorted(word for word in wanted.words if word in row_words or _stem(word) in row_words)
        weight = 3 * len(phrases) + len({_stem(word) for word in shared}) + sum(map(_is_identifier, shared))
        if weight >= 2 and (phrases or any(_LETTER.search(word) for word in shared)):
            scored.append((-weight, at, tuple(phrases or shared)))
    return sorted((at, matched) for _, at, matched in sorted(scored)[:limit])


def _words(text: str) -> set[str]:
    return {word.strip(".-").lower() for word in _WORD.findall(text[:MAX_TEXT_CHARS])}


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 4 else word


def _is_identifier(word: str) -> bool:
    """Return True for a word that can only be an identifier: a file, host or column name."""
    return any(mark in word for mark in "._") and len(word) > 5


def ai_texts(session: Session) -> tuple[str, str]:
    """Return what the AI analysis says that was done: title, explanation and summary; and its steps.

    Negated parts are skipped. The input of a tool is taken as it is, because it may be SQL.
    """
    ai = session.fields.ai_analysis
    if ai is None:
        return "", ""
    steps = (ai.steps or [])[:MAX_STEPS]
    inputs = [step.tool_input if isinstance(step.tool_input, str) else "" for step in steps]
    conclusion = [without_negations(text) for text in (ai.title, ai.explanation, ai.summary) if text]
    return "\n".join(conclusion), "\n".join([*(without_negations(step.thinking or "") for step in steps), *inputs])


def ai_matches(session: Session, statements: Sequence[Statement]) -> list[tuple[int, tuple[str, ...]]]:
    """Return (index, matched words) of the statements that the AI analysis mentions, in its steps if nowhere else."""
    conclusion, steps = ai_texts(session)
    return matching_statements(conclusion, statements) or matching_statements(steps, statements)


def guardrail_output_matches(session: Session, output: bytes | bytearray) -> Iterator[tuple[int, str, str]]:
    """Yield (offset, word, guardrail name) for each place in the output that a guardrail of the output matched.

    A word is searched in all of the output, a pattern in its first `MAX_OUTPUT_CHARS`, line by line.
    """
    for hit in session.guardrails[:MAX_GUARDRAILS]:
        if (hit.direction or "").lower() != "output":
            continue
        name = hit.rule_name or ""
        words = [word for word in hit.matched_words or [] if word.strip()][:MAX_GUARDRAILS]
        for word in words:
            pattern = re.compile(rb"(?<!\w)" + re.escape(word.encode()) + rb"(?!\w)", re.IGNORECASE)
            for found in itertools.islice(pattern.finditer(output), MAX_OUTPUT_MATCHES):
                yield found.start(), word, name
        if not words and hit.rule and hit.rule.pattern_regex:
            limited = TimeLimitedPattern(hit.rule.pattern_regex, ignore_case=False)
            offset = 0
            for line in bytes(output[:MAX_OUTPUT_CHARS]).splitlines(keepends=True):
                if limited.search(line.decode("utf-8", "replace")):
                    yield offset, hit.rule.pattern_regex, name
                offset += len(line)


def guardrail_matches(session: Session, statements: Sequence[Statement]) -> list[tuple[int, str, str]]:
    """Return (index, word, guardrail name) for each statement with a word or pattern that a guardrail matched.

    Guardrails of the output match no statement: see `guardrail_output_matches`. Raises `UsageError` if a pattern of the
    gateway is invalid.
    """
    found = []
    for hit in session.guardrails[:MAX_GUARDRAILS]:
        if (hit.direction or "").lower() == "output":
            continue
        words = [word for word in hit.matched_words or [] if word.strip()][:MAX_GUARDRAILS]
        wanted: list[tuple[str, re.Pattern[str] | TimeLimitedPattern]] = [
            (word, re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)) for word in words
        ]
        if not words and hit.rule and hit.rule.pattern_regex:
            wanted.append((hit.rule.pattern_regex, TimeLimitedPattern(hit.rule.pattern_regex, ignore_case=False)))
        for word, pattern in wanted:
            found += [
                (at, word, hit.rule_name or "")
                for at, row in enumerate(statements[:MAX_STATEMENTS])
                if pattern.search(row.text[:MAX_TEXT_CHARS])
            ]
    return found
