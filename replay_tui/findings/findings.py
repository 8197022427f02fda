"""Rule engine that finds dangerous or notable moments in statements, input and control sequences. Best effort."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from replay_tui.decoders.shell_splitter import ParsedCommands, parse_commands
from replay_tui.decoders.sql.text_decoder import sql_dialect
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding, SequenceEvent
from replay_tui.domain.risk import Severity
from replay_tui.domain.safe_regex import SESSION_BUDGET_SECONDS, TimeLimitedPattern
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.domain.text import pluralize, truncate
from replay_tui.findings import mongo_checks, sql_checks
from replay_tui.findings.evidence_matching import ai_matches, guardrail_matches
from replay_tui.findings.rules import MAX_TEXT_CHARS, Rule, shipped_rules

logger = logging.getLogger(__name__)
MAX_PER_RULE = 500
"""Findings kept for one rule; the message of the last one names the number of the others."""
_MAX_EVIDENCE_CHARS = 200
MAX_SQL_CHARS = 100_000
"""Characters of an SQL statement that the rules examine."""
_SQL_KINDS = frozenset(("read", "dml", "ddl", "transaction", "admin", "other"))
_SQL_CLIENTS = ("psql", "mysql", "mariadb", "sqlcmd")
_TITLE_REPORTS = ("20t", "21t")
_PASTED_BLOCK_CHARS = 80
"""A paste of one line counts as a block from this length on."""


class FindingsResult(NamedTuple):
    """Findings in order of time, and warnings about rules or input that could not be processed."""

    findings: list[Finding]
    warnings: tuple[FidelityWarning, ...] = ()


def find_findings(
    session: Session,
    statements: Sequence[Statement],
    sequences: Iterable[SequenceEvent] = (),
    custom: Iterable[Rule] = (),
) -> FindingsResult:
    """Return all findings in order of time.

    `sequences` are the control sequences of the stream, `custom` the rules from the settings. A rule that raises is
    logged, skipped for that statement and named in a warning; in debug mode the exception is raised.
    """
    custom = tuple(custom)
    limited = [(rule, rule.pattern) for rule in custom if isinstance(rule.pattern, TimeLimitedPattern)]
    for _, pattern in limited:
        pattern.reset_budget()
    finder = _Finder(session, statements, (*shipped_rules(), *custom))
    found: list[Finding] = []
    for operation, part in (
        ("the search in statements", finder.statements()),
        ("the matching of AI and guardrail words", finder.evidence()),
        ("the search in control sequences", finder.sequences(sequences)),
    ):
        try:
            found += part  # findings before an exception are kept
        except Exception:
            finder.record_failure(operation)
    warnings = (*finder.warnings, *_timeout_warnings(limited))
    return FindingsResult(_limit_per_rule(sorted(found, key=lambda one: (one.time, -one.severity.rank))), warnings)


def _timeout_warnings(limited: Iterable[tuple[Rule, TimeLimitedPattern]]) -> tuple[FidelityWarning, ...]:
    """Return one warning that names the rules whose pattern ran out of time, or none."""
    skipped = [f"{rule.name} did not run on {pluralize(pattern.skipped, 'text')}" for rule, pattern in limited
               if pattern.skipped]  # fmt: skip
    if not skipped:
        return ()
    message = f"the rule {', '.join(skipped)}: its time limit of {SESSION_BUDGET_SECONDS:g} s was exceeded"
    return (FidelityWarning("rules-timed-out", message),)


class _Finder:
    def __init__(self, session: Session, statements: Sequence[Statement], rules: Sequence[Rule]) -> None:
        self.session, self.rows = session, statements
        self.rules = {
            target: [rule for rule in rules if target in rule.targets] for rule in rules for target in rule.targets
        }
        self.rules_by_name = {rule.name: rule for rule in rules}
        self.dialect = sql_dialect(session)
        self.is_mongo = (session.fields.connection_subtype or "").lower() in ("mongodb", "mongo")
        metrics = session.fields.metrics
        masked = metrics.data_masking.info_types if metrics and metrics.data_masking else None
        kinds = [str(kind) for kind, count in (masked or {}).items() if count]
        self.sensitive_columns = sql_checks.sensitive_names(kinds)
        self._failures: Counter[str] = Counter()
        self._cut: set[int] = set()
        self._row = 0

    def record_failure(self, operation: str) -> None:
        """Log the exception being handled, once per operation, and count it for `warnings`."""
        reraise_if_debugging()
        if not self._failures[operation]:
            logger.exception("Looking for findings: %s failed", operation)
        self._failures[operation] += 1

    @property
    def warnings(self) -> tuple[FidelityWarning, ...]:
        """One warning that names all failed operations, and one that counts the statements with an unexamined end."""
        found = []
        if self._failures:
            message = f"the findings are incomplete: {', '.join(self._failures)} failed"
            found.append(FidelityWarning("findings-failed", message, self._failures.total()))
        if self._cut:
            message = "statements are too long for the rules, which examined only their start"
            found.append(FidelityWarning("text-cut", message, len(self._cut)))
        return tuple(found)

    def _start(self, text: str, limit: int = MAX_TEXT_CHARS) -> str:
        """Return the part of a text that rules examine, and note the current statement if that is not all of it."""
        if len(text) > limit:
            self._cut.add(self._row)
        return text[:limit]

    def statements(self) -> Iterator[Finding]:
        """Yield findings in statements and typed input."""
        text, kind, hits = None, "", []
        for at, row in enumerate(self.rows):
            self._row = at
            if row.text is not text or row.kind != kind or self.is_mongo:  # prepared statements repeat the same text
                text, kind, hits = row.text, row.kind, self._all_hits(row)
            if row.deleted:
                yield self._deleted(at, row, hits)
                continue
            for rule, evidence in hits:
                yield _finding(rule, row, at, evidence)
            yield from self._input_findings(at, row)

    def _all_hits(self, row: Statement) -> list[tuple[Rule, str]]:
        hits: list[tuple[Rule, str]] = []
        try:
            hits += self._hits(row)
        except Exception:  # raised by the parsing for the rules, not by a rule
            self.record_failure(f"the parsing of {row.kind} statements")
        return hits

    def _hits(self, row: Statement) -> Iterator[tuple[Rule, str]]:
        if row.kind == "shell":
            yield from self._shell(row.text)
        elif row.kind == "http":
            yield from self._patterns("http", row.text)
        elif row.kind == "mcp":
            yield from self._patterns("mcp", row.text)
        elif self.is_mongo:
            yield from self._mongo(row)
        elif row.kind in _SQL_KINDS:
            yield from self._sql(row.text, str(row.details.get("dialect") or self.dialect), row.kind)

    def _patterns(self, target: str, text: str) -> Iterator[tuple[Rule, str]]:
        for rule in self.rules.get(target, ()):
            if self._matches(rule, self._start(text) if rule.custom else text):
                yield rule, text

    def _sql(self, text: str, dialect: str, kind: str) -> Iterator[tuple[Rule, str]]:
        if sql_checks.SAFE_WRITE.match(text) and not sql_checks.ROLE_HINT.search(text) and not self._has_custom("sql"):
            return
        text = self._start(text, MAX_SQL_CHARS)
        for rule in self.rules.get("sql", ()):
            try:
                evidence = self._sql_evidence(rule, text, dialect, kind)
            except Exception:
                self.record_failure(f"the rule {rule.name}")
                continue
            if evidence:
                yield rule, evidence

    def _sql_evidence(self, rule: Rule, text: str, dialect: str, kind: str) -> str:
        """Return the evidence of a rule in a statement: its text or column names, empty if the rule does not apply."""
        if rule.check == "reads_sensitive_columns":
            if kind != "read" or not self.sensitive_columns:
                return ""
            return ", ".join(sql_checks.reads_columns(text, dialect, self.sensitive_columns))
        if kind == "read" and rule.pattern is None:
            return ""
        if rule.check:
            return text if getattr(sql_checks, rule.check)(text, dialect) else ""
        if rule.pattern is None:
            return ""
        searched = self._start(text) if rule.custom else sql_checks.skeleton(text, dialect)
        return text if rule.pattern.search(searched) else ""

    def _matches(self, rule: Rule, text: str) -> bool:
        try:
            return rule.pattern is not None and bool(rule.pattern.search(text))
        except Exception:
            self.record_failure(f"the rule {rule.name}")
            return False

    def _has_custom(self, target: str) -> bool:
        return any(rule.custom for rule in self.rules.get(target, ()))

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
                if rule.custom and rule.name not in seen and self._matches(rule, self._start(text))
            )

    def _commands(self, commands: ParsedCommands) -> Iterator[tuple[Rule, str]]:
        for target, texts in (("shell", commands.simple), ("pipeline", commands.pipelines)):
            for rule in self.rules.get(target, ()):
                for text in texts:
                    if not rule.custom and self._matches(rule, self._start(text)):
                        yield rule, text
                        break

    def _mongo(self, row: Statement) -> Iterator[tuple[Rule, str]]:
        for rule in self.rules.get("mongo", ()):
            if self._mongo_check(rule, row) or self._matches(rule, self._start(row.text)):
                yield rule, row.text

    def _mongo_check(self, rule: Rule, row: Statement) -> bool:
        try:
            return bool(rule.check and getattr(mongo_checks, rule.check)(row))
        except Exception:
            self.record_failure(f"the rule {rule.name}")
            return False

    def _deleted(self, at: int, row: Statement, hits: list[tuple[Rule, str]]) -> Finding:
        """Return the finding of text that was never sent. Its severity depends on the rules that match the text."""
        finding = _finding(self.rules_by_name["typed-then-deleted"], row, at, row.text)
        worst = max((rule for rule, _ in hits), key=lambda rule: rule.severity.rank, default=None)
        if worst is None:
            return finding
        severity = Severity.MEDIUM if worst.severity is not Severity.LOW else Severity.LOW
        return replace(finding, severity=severity, message=f"{finding.message} {worst.message}")

    def _input_findings(self, at: int, row: Statement) -> Iterator[Finding]:
        if row.details.get("masked"):
            yield _finding(self.rules_by_name["hidden-input"], row, at, str(row.details.get("prompt") or row.text))
        pasted = row.details.get("pasted", 0)
        if pasted and ("\n" in row.text or pasted >= _PASTED_BLOCK_CHARS):
            yield _finding(self.rules_by_name["pasted-block"], row, at, row.text)
        for text in row.details.get("revised", ()):
            final_rules = {rule.name for rule, _ in self._hits(row)}
            for rule, _ in self._hits(replace(row, text=text)):
                if rule.name not in final_rules and rule.severity is not Severity.LOW:
                    yield replace(
                        _finding(self.rules_by_name["typed-then-deleted"], row, at, text), severity=Severity.MEDIUM
                    )
                    break

    def evidence(self) -> Iterator[Finding]:
        """Yield statements with words of a guardrail or of the AI analysis."""
        for at, word, name in guardrail_matches(self.session, self.rows):
            finding = _finding(self.rules_by_name["guardrail-word"], self.rows[at], at, self.rows[at].text)
            yield replace(
                finding, message=f"Contains '{word}', which the guardrail {name} denies." if name else finding.message
            )
        ai = self.session.fields.ai_analysis
        if ai and ai.severity in (Severity.MEDIUM, Severity.HIGH):
            for at, words in ai_matches(self.session, self.rows):
                finding = _finding(self.rules_by_name["ai-word"], self.rows[at], at, ", ".join(words))
                message = f"{finding.message.rstrip('.')} (matching words: {', '.join(words)})."
                yield replace(finding, message=truncate(message, _MAX_EVIDENCE_CHARS))

    def sequences(self, events: Iterable[SequenceEvent]) -> Iterator[Finding]:
        """Yield control sequences that act on the viewer's terminal: one finding per kind, with a count."""
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
    evidence = truncate(evidence.strip(), _MAX_EVIDENCE_CHARS)
    return Finding(row.time, rule.name, rule.severity, rule.message, evidence, at, rule.informational)


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
