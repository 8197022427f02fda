"""Findings: dangerous or telling moments, worked out from statements, input and stream by rules. Best effort."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from replay_tui.decoders.sql.text_decoder import sql_dialect
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.domain.safe_regex import TimeLimitedPattern
from replay_tui.domain.sequence_event import SequenceEvent
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import truncate
from replay_tui.findings import mongo_checks, sql_checks
from replay_tui.findings.evidence_matching import ai_text, guardrail_matches, matching_statements
from replay_tui.findings.rules import MAX_TEXT_CHARS, Rule, shipped_rules
from replay_tui.shell.parser import ParsedCommands, parse_commands

logger = logging.getLogger(__name__)
MAX_PER_RULE = 500
"""Findings kept for one rule; the last of them says how many more there are."""
_MAX_EVIDENCE_CHARS = 200
_SQL_KINDS = frozenset(("read", "dml", "ddl", "transaction", "admin", "other"))
_SQL_CLIENTS = ("psql", "mysql", "mariadb", "sqlcmd")
_TITLE_REPORTS = ("20t", "21t")
_PASTED_BLOCK_CHARS = 80
"""Characters from which on a paste of one line counts as a block."""


class FindingsResult(NamedTuple):
    """Findings in the order of time, and warnings about what could not be searched for them."""

    findings: list[Finding]
    warnings: tuple[FidelityWarning, ...] = ()


def find_findings(
    session: Session,
    statements: Sequence[Statement],
    sequences: Iterable[SequenceEvent] = (),
    own: Iterable[Rule] = (),
) -> FindingsResult:
    """All findings in the order of time. `sequences` as `terminal.scanner.scan` gives them, `own` a user's rules.

    A rule that raises is logged, skipped for that statement and named in a warning. In debug mode it raises.
    """
    own = tuple(own)
    limited = [(rule, rule.pattern) for rule in own if isinstance(rule.pattern, TimeLimitedPattern)]
    for _, pattern in limited:
        pattern.reset_budget()
    finder = _Finder(session, statements, (*shipped_rules(), *own))
    found: list[Finding] = []
    for operation, part in (
        ("the search in statements", finder.statements()),
        ("the matching of AI and guardrail words", finder.judgement()),
        ("the search in control sequences", finder.sequences(sequences)),
    ):
        try:
            found += part  # keeps what came before an exception
        except Exception:
            finder.failed(operation)
    found += [
        Finding(0.0, rule.name, Severity.LOW, "The pattern of this rule takes too long here; it is left off.")
        for rule, pattern in limited
        if pattern.timed_out
    ]
    return FindingsResult(
        _limit_per_rule(sorted(found, key=lambda one: (one.time, -one.severity.rank))), finder.warnings
    )


class _Finder:
    def __init__(self, session: Session, statements: Sequence[Statement], rules: Sequence[Rule]) -> None:
        self.session, self.rows = session, statements
        self.rules = {
            place: [rule for rule in rules if place in rule.target] for rule in rules for place in rule.target
        }
        self.named = {rule.name: rule for rule in rules}
        self.dialect = sql_dialect(session)
        self.is_mongo = (session.fields.connection_subtype or "").lower() in ("mongodb", "mongo")
        metrics = session.fields.metrics
        masked = metrics.data_masking.info_types if metrics and metrics.data_masking else None
        kinds = [str(kind) for kind, count in (masked or {}).items() if count]
        self.columns = sql_checks.sensitive_names(kinds)
        self._failures: Counter[str] = Counter()

    def failed(self, operation: str) -> None:
        """Log the exception that is being handled, once for each operation, and count it for `warnings`."""
        reraise_if_debugging()
        if not self._failures[operation]:
            logger.exception("Looking for findings: %s failed", operation)
        self._failures[operation] += 1

    @property
    def warnings(self) -> tuple[FidelityWarning, ...]:
        """One warning that names all operations that failed."""
        if not self._failures:
            return ()
        message = f"the findings are incomplete: {', '.join(self._failures)} failed"
        return (FidelityWarning("findings-failed", message, self._failures.total()),)

    def statements(self) -> Iterator[Finding]:
        """Findings in what was asked for and typed."""
        text, kind, hits = None, "", []
        for at, row in enumerate(self.rows):
            if row.text is not text or row.kind != kind or self.is_mongo:  # a prepared text runs many times over
                text, kind, hits = row.text, row.kind, self._all_hits(row)
            if row.deleted:
                yield self._deleted(at, row, hits)
                continue
            for rule, evidence in hits:
                yield _finding(rule, row, at, evidence)
            yield from self._typing(at, row)

    def _all_hits(self, row: Statement) -> list[tuple[Rule, str]]:
        hits: list[tuple[Rule, str]] = []
        try:
            hits += self._hits(row)
        except Exception:  # not in a rule, but in what splits the text for the rules
            self.failed(f"the parsing of {row.kind} statements")
        return hits

    def _hits(self, row: Statement) -> Iterator[tuple[Rule, str]]:
        if row.kind == "shell":
            yield from self._shell(row.text)
        elif row.kind == "http":
            yield from self._patterns("http", row.text, row.text)
        elif row.kind == "mcp":
            yield from self._patterns("mcp", row.text, row.text)
        elif self.is_mongo:
            yield from self._mongo(row)
        elif row.kind in _SQL_KINDS:
            yield from self._sql(row.text, self.dialect, row.kind)

    def _patterns(self, place: str, text: str, raw: str) -> Iterator[tuple[Rule, str]]:
        for rule in self.rules.get(place, ()):
            searched = raw[:MAX_TEXT_CHARS] if rule.custom else text
            if self._matches(rule, searched):
                yield rule, raw

    def _sql(self, text: str, dialect: str, kind: str) -> Iterator[tuple[Rule, str]]:
        if sql_checks.SAFE_WRITE.match(text) and not sql_checks.ROLE_HINT.search(text) and not self._has_own("sql"):
            return
        text = text[:100_000]
        for rule in self.rules.get("sql", ()):
            try:
                evidence = self._sql_evidence(rule, text, dialect, kind)
            except Exception:
                self.failed(f"the rule {rule.name}")
                continue
            if evidence:
                yield rule, evidence

    def _sql_evidence(self, rule: Rule, text: str, dialect: str, kind: str) -> str:
        """Return what a rule finds in a statement: its text or names of columns, empty if nothing."""
        if rule.check == "reads_sensitive_columns":
            if kind != "read" or not self.columns:
                return ""
            return ", ".join(sql_checks.reads_columns(text, dialect, self.columns))
        if kind == "read" and rule.pattern is None:
            return ""
        if rule.check:
            return text if getattr(sql_checks, rule.check)(text, dialect) else ""
        if rule.pattern is None:
            return ""
        searched = text[:MAX_TEXT_CHARS] if rule.custom else sql_checks.skeleton(text, dialect)
        return text if rule.pattern.search(searched) else ""

    def _matches(self, rule: Rule, text: str) -> bool:
        try:
            return rule.pattern is not None and bool(rule.pattern.search(text))
        except Exception:
            self.failed(f"the rule {rule.name}")
            return False

    def _has_own(self, place: str) -> bool:
        return any(rule.custom for rule in self.rules.get(place, ()))

    def _shell(self, text: str, depth: int = 0) -> Iterator[tuple[Rule, str]]:
        commands = parse_commands(text)
        seen: set[str] = set()
        for rule, evidence in self._commands(commands):
            if rule.name not in seen:
                seen.add(rule.name)
                yield rule, evidence.replace("\u00a0", " ").replace("\u00a6", "|")
        for client, inner in commands.quoted[:20] if depth < 3 else ():
            name = client.rsplit("/", 1)[-1]
            nested = (
                self._sql(inner, "mysql" if name.startswith("m") else "postgres", "other")
                if name in _SQL_CLIENTS
                else None
            )
            for rule, _ in nested if nested is not None else self._shell(inner, depth + 1):
                if rule.name not in seen:
                    seen.add(rule.name)
                    yield rule, text
        if depth == 0:
            yield from (
                (rule, text)
                for rule in self.rules.get("shell", ())
                if rule.custom and rule.name not in seen and self._matches(rule, text[:MAX_TEXT_CHARS])
            )

    def _commands(self, commands: ParsedCommands) -> Iterator[tuple[Rule, str]]:
        for place, texts in (("shell", commands.simple), ("pipeline", commands.pipelines)):
            for rule in self.rules.get(place, ()):
                for text in texts:
                    if not rule.custom and self._matches(rule, text[:MAX_TEXT_CHARS]):
                        yield rule, text
                        break

    def _mongo(self, row: Statement) -> Iterator[tuple[Rule, str]]:
        for rule in self.rules.get("mongo", ()):
            if self._mongo_check(rule, row) or self._matches(rule, row.text[:MAX_TEXT_CHARS]):
                yield rule, row.text

    def _mongo_check(self, rule: Rule, row: Statement) -> bool:
        try:
            return bool(rule.check and getattr(mongo_checks, rule.check)(row))
        except Exception:
            self.failed(f"the rule {rule.name}")
            return False

    def _deleted(self, at: int, row: Statement, hits: list[tuple[Rule, str]]) -> Finding:
        """Text that was never sent is one finding; it weighs more where sending it would have been dangerous."""
        finding = _finding(self.named["typed-then-deleted"], row, at, row.text)
        worst = max((rule for rule, _ in hits), key=lambda rule: rule.severity.rank, default=None)
        if worst is None:
            return finding
        severity = Severity.MEDIUM if worst.severity is not Severity.LOW else Severity.LOW
        return replace(finding, severity=severity, message=f"{finding.message} {worst.message}")

    def _typing(self, at: int, row: Statement) -> Iterator[Finding]:
        if row.details.get("masked"):
            yield _finding(self.named["hidden-input"], row, at, str(row.details.get("prompt") or row.text))
        pasted = row.details.get("pasted", 0)
        if pasted and ("\n" in row.text or pasted >= _PASTED_BLOCK_CHARS):
            yield _finding(self.named["pasted-block"], row, at, row.text)
        for text in row.details.get("revised", ()):
            now = {rule.name for rule, _ in self._hits(row)}
            for rule, _ in self._hits(replace(row, text=text)):
                if rule.name not in now and rule.severity is not Severity.LOW:
                    yield replace(_finding(self.named["typed-then-deleted"], row, at, text), severity=Severity.MEDIUM)
                    break

    def judgement(self) -> Iterator[Finding]:
        """Statements that hold the words of a guardrail or of the AI."""
        for at, word, name in guardrail_matches(self.session, self.rows):
            finding = _finding(self.named["guardrail-word"], self.rows[at], at, self.rows[at].text)
            yield replace(
                finding, message=f"Holds '{word}', which the guardrail {name} denies." if name else finding.message
            )
        ai = self.session.fields.ai_analysis
        if ai and ai.severity in (Severity.MEDIUM, Severity.HIGH):
            for at, words in matching_statements(ai_text(self.session), self.rows):
                yield _finding(self.named["ai-word"], self.rows[at], at, ", ".join(words))

    def sequences(self, events: Iterable[SequenceEvent]) -> Iterator[Finding]:
        """What the stream tries to do to a viewer's terminal; each kind once, with a count."""
        first: dict[str, SequenceEvent] = {}
        counts: Counter[str] = Counter()
        for event in events:
            kind = "title-report" if event.kind == "query" and event.text in _TITLE_REPORTS else event.kind
            counts[kind] += 1
            first.setdefault(kind, event)
        for rule in self.rules.get("stream", ()):
            kind = rule.check.removeprefix("sequence:")
            if kind in first:
                times = f" ({counts[kind]} times)" if counts[kind] > 1 else ""
                evidence = truncate(first[kind].text, _MAX_EVIDENCE_CHARS)
                message = rule.message.rstrip(".") + times + "."
                yield Finding(
                    first[kind].time, rule.name, rule.severity, message, evidence, informational=rule.informational
                )


def _finding(rule: Rule, row: Statement, at: int, evidence: str) -> Finding:
    return Finding(
        row.time, rule.name, rule.severity, rule.message, truncate(evidence.strip(), _MAX_EVIDENCE_CHARS), at
    )


def _limit_per_rule(found: list[Finding]) -> list[Finding]:
    counts = Counter(one.rule for one in found)
    kept: list[Finding] = []
    seen: Counter[str] = Counter()
    for one in found:
        seen[one.rule] += 1
        if seen[one.rule] < MAX_PER_RULE or counts[one.rule] == MAX_PER_RULE:
            kept.append(one)
        elif seen[one.rule] == MAX_PER_RULE:
            left = counts[one.rule] - MAX_PER_RULE
            kept.append(replace(one, message=f"{one.message} (and {left} more like it, not listed)"))
    return kept
