"""Rule engine that finds dangerous or notable moments in statements, input and control sequences. Best effort."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.display_text import pluralize, truncate
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding, SequenceEvent
from replay_tui.domain.risk import Severity
from replay_tui.domain.safe_regex import SESSION_BUDGET_SECONDS, TimeLimitedPattern
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings import sql_checks
from replay_tui.findings.evidence_matching import ai_matches, guardrail_matches, guardrail_output_matches
from replay_tui.findings.process_condition import ProcessCondition
from replay_tui.findings.rules import MAX_TEXT_CHARS, Rule, shipped_rules
from replay_tui.findings.secrets import private_key_offsets
from replay_tui.findings.statement_matcher import Match, StatementMatcher

logger = logging.getLogger(__name__)
MAX_PER_RULE = 500
"""Findings kept for one rule; the message of the last one names the number of the others."""
_MAX_EVIDENCE_CHARS = 200
_TITLE_REPORTS = ("20t", "21t")
_INPUT_DETAILS = frozenset(("masked", "pasted", "revised"))
_PASTED_BLOCK_CHARS = 80
"""A paste of one line counts as a block from this length on."""


class FindingsResult(NamedTuple):
    """Findings in order of time, warnings about what could not be processed, and secrets in the statements."""

    findings: list[Finding]
    warnings: tuple[FidelityWarning, ...] = ()
    secrets: frozenset[str] = frozenset()


def find_findings(
    session: Session,
    statements: Sequence[Statement],
    sequences: Iterable[SequenceEvent] = (),
    custom: Iterable[Rule] = (),
    stream: EventStream | None = None,
) -> FindingsResult:
    """Return all findings in order of time.

    `sequences` are the control sequences of the stream, `custom` the rules from the settings; private keys are searched
    in the output of `stream`. A rule that raises is
    logged, skipped for that statement and named in a warning; in debug mode the exception is raised.
    """
    custom = tuple(custom)
    limited: list[tuple[Rule, TimeLimitedPattern | ProcessCondition]] = [
        (rule, rule.pattern) for rule in custom if isinstance(rule.pattern, TimeLimitedPattern)
    ]
    limited += [(rule, rule.process) for rule in custom if rule.process]
    for _, pattern in limited:
        pattern.reset_budget()
    finder = _Finder(session, statements, (*shipped_rules(), *custom))
    found: list[Finding] = []
    for operation, part in (
        ("the search in statements", finder.statements()),
        ("the matching of AI and guardrail words", finder.evidence()),
        ("the search in control sequences", finder.sequences(sequences)),
        ("the search for private keys", finder.displayed_keys(stream)),
        ("the matching of guardrails with the output", finder.guarded_output(stream)),
    ):
        try:
            found += part  # findings before an exception are kept
        except Exception:
            finder.record_failure(operation)
    warnings = (*finder.warnings, *_timeout_warnings(limited))
    found = _limit_per_rule(sorted(found, key=lambda one: (one.time, -one.severity.rank)))
    return FindingsResult(found, warnings, frozenset(finder.matcher.secrets))


def _timeout_warnings(
    limited: Iterable[tuple[Rule, TimeLimitedPattern | ProcessCondition]],
) -> tuple[FidelityWarning, ...]:
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
        metrics = session.fields.metrics
        masked = metrics.data_masking.info_types if metrics and metrics.data_masking else None
        kinds = [str(kind) for kind, count in (masked or {}).items() if count]
        self.matcher = StatementMatcher(session, self.rules, sql_checks.sensitive_names(kinds), self)
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
            message = "statements too long for the rules, which examined only their start"
            found.append(FidelityWarning("text-cut", message, len(self._cut)))
        return tuple(found)

    def start_of(self, text: str, limit: int = MAX_TEXT_CHARS) -> str:
        """Return the part of a text that rules examine, and note the current statement if that is not all of it."""
        if len(text) > limit:
            self._cut.add(self._row)
        return text[:limit]

    def statements(self) -> Iterator[Finding]:
        """Yield findings in statements and typed input."""
        text, kind, matches = None, "", []
        for at, row in enumerate(self.rows):
            check_cancelled()
            self._row = at
            if row.text is not text or row.kind != kind:  # prepared statements repeat the same text
                text, kind, matches = row.text, row.kind, self._all_matches(row)
            if row.deleted:
                yield self._deleted(at, row, matches)
                continue
            for match in matches:
                yield _matched(match, row, at)
            if not _INPUT_DETAILS.isdisjoint(row.details):
                yield from self._input_findings(at, row)

    def _all_matches(self, row: Statement) -> list[Match]:
        try:
            return self.matcher.matches(row)
        except Exception:  # raised by the parsing for the rules, not by a rule
            self.record_failure(f"the parsing of {row.kind} statements")
            return []

    def _deleted(self, at: int, row: Statement, matches: list[Match]) -> Finding:
        """Return the finding of text that was never sent. Its severity depends on the rules that match the text."""
        finding = _finding(self.rules_by_name["typed-then-deleted"], row, at, row.text)
        if not matches:
            return finding
        worst = matches[0]
        severity = Severity.MEDIUM if worst.severity is not Severity.LOW else Severity.LOW
        return replace(finding, severity=severity, message=f"{finding.message} {worst.rule.message}")

    def _input_findings(self, at: int, row: Statement) -> Iterator[Finding]:
        if row.details.get("masked"):
            yield _finding(self.rules_by_name["hidden-input"], row, at, str(row.details.get("prompt") or row.text))
        pasted = row.details.get("pasted", 0)
        if pasted and ("\n" in row.text or pasted >= _PASTED_BLOCK_CHARS):
            yield _finding(self.rules_by_name["pasted-block"], row, at, row.text)
        for text in row.details.get("revised", ()):
            final_rules = {match.rule.name for match in self._all_matches(row)}
            for match in self._all_matches(row.changed(text=text)):
                if match.rule.name not in final_rules and match.severity is not Severity.LOW:
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

    def guarded_output(self, stream: EventStream | None) -> Iterator[Finding]:
        """Yield a finding for each guardrail of the output and each statement whose output it matched.

        It points at the output: it has the time of the output and no statement.
        """
        if stream is None:
            return
        rule = self.rules_by_name["guardrail-output"]
        times = [row.time for row in self.rows]
        seen: set[tuple[str, int]] = set()
        for offset, word, name in guardrail_output_matches(self.session, stream.output):
            time = stream.time_of_output(offset)
            key = name, bisect_right(times, time)
            if key not in seen:
                seen.add(key)
                message = f"The output contains '{word}', which the guardrail {name} denies." if name else rule.message
                evidence = truncate(word, _MAX_EVIDENCE_CHARS)
                yield Finding(
                    time, rule.name, rule.severity, truncate(message, _MAX_EVIDENCE_CHARS), evidence,
                    informational=rule.informational,
                )  # fmt: skip

    def displayed_keys(self, stream: EventStream | None) -> Iterator[Finding]:
        """Yield a finding for each statement whose output shows a private key."""
        times = [row.time for row in self.rows]
        seen: set[int] = set()
        for offset in private_key_offsets(stream.output) if stream is not None else ():
            time = stream.time_of_output(offset) if stream is not None else 0.0
            at = bisect_right(times, time) - 1
            if at not in seen:
                seen.add(at)
                rule = self.rules_by_name["displayed-key"]
                evidence = truncate(self.rows[at].text, _MAX_EVIDENCE_CHARS) if at >= 0 else ""
                yield Finding(time, rule.name, rule.severity, rule.message, evidence, at if at >= 0 else None)


def _finding(rule: Rule, row: Statement, at: int, evidence: str) -> Finding:
    evidence = truncate(evidence.strip(), _MAX_EVIDENCE_CHARS)
    return Finding(row.time, rule.name, rule.severity, rule.message, evidence, at, rule.informational)


def _matched(match: Match, row: Statement, at: int) -> Finding:
    finding = _finding(match.rule, row, at, match.evidence)
    message = f"{finding.message.rstrip('.')} (in a nested statement)." if match.nested else finding.message
    return replace(finding, severity=match.severity, message=message)


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
