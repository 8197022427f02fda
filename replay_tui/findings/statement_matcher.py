"""Matching of one statement with all rules: one match per rule, the worst one, also in nested statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from replay_tui.decoders.sql.text_decoder import sql_dialect
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings import mongo_checks, shell_checks, sql_checks
from replay_tui.findings.command_layers import Layers, RunCommand, parse_layers
from replay_tui.findings.command_line import MAX_CHARS
from replay_tui.findings.process_condition import Process, ProcessCondition
from replay_tui.findings.rules import Rule
from replay_tui.findings.secrets import secrets_in_commands, secrets_in_sql
from replay_tui.findings.sql_nested import SqlVariables, nested_texts

_SQL_KINDS = frozenset(("read", "dml", "ddl", "transaction", "admin", "other", "script"))
MAX_SQL_CHARS = 100_000
"""Characters of an SQL statement that the rules examine."""
_MAX_NESTED_DEPTH = 3
_MATCHED_IN_READS = (
    "into", "copy", "pg_", "lo_", "load_", "xp_", "sp_", "utl_", "dbms_", "http", "dblink", "xml", "open", "set_config",
    "passw", "shadow", "spare4", "auth", "mysql", "login", "user$", "link$", "update", "delete", "truncate", "drop",
    "exec", "insert", "merge", "cron", "credentials", "keys", "hba", "bfile", "@",
)  # fmt: skip
"""What a SELECT must contain for a rule to match it; other reads are skipped."""
_MAX_READ_CHARS = 20_000
"""Characters of a SELECT that are searched for that."""
_HARMLESS = frozenset(("ls", "ll", "cd", "pwd", "echo", "printf", "clear", "exit", "whoami", "id", "true", "sleep",
                       "uptime",
                       "df", "free", "ps", "top", "which", "man"))  # fmt: skip
"""Commands that no rule matches without redirections; they are skipped, because they are the most frequent ones."""
_REMARKS = lazy_compile(r"(?i)\A(?:\s*+(?:rem(?:ark)?|prompt)\b[^\n]*+(?:\n|\Z))+")
"""Lines before a statement that SQL*Plus does not send: comments and messages."""
_CREATED = lazy_compile(
    r"(?i)\s*create\s+(?:(?:global|local)\s+)?temp(?:orary)?\s+(?:table|view|sequence)\s+(?:if\s+not\s+exists\s+)?[\"`]?([\w.$]+)"
    r"|\s*select\b.{1,2000}?\binto\s+temp(?:orary)?\s+(?:table\s+)?[\"`]?([\w.$]+)",
    re.DOTALL,
)
_TEMPORARY_TARGET = lazy_compile(
    r"(?i)\s*(?:drop\s+(?:table|view|sequence)\s+(?:if\s+exists\s+)?|truncate\s+(?:table\s+)?(?:only\s+)?|delete\s+from\s+(?:only\s+)?"
    r"|update\s+(?:only\s+)?|alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?)[\"`]?([\w.$]+)[\"`]?\s*(?!,)"
)


class MatchLog(Protocol):
    """Record of rules that failed and of texts that are longer than what rules examine."""

    def record_failure(self, operation: str) -> None:
        """Record the exception being handled."""

    def start_of(self, text: str, limit: int = ...) -> str:
        """Return the part of a text that rules examine."""


class Match(NamedTuple):
    """A match of a rule; `nested` if it is in a statement inside another."""

    rule: Rule
    evidence: str
    severity: Severity
    nested: bool = False


class StatementMatcher:
    """Matches statements in order, because the temporary tables that a session created are remembered."""

    def __init__(
        self,
        session: Session,
        rules: dict[str, list[Rule]],
        sensitive_columns: frozenset[str],
        log: MatchLog,
    ) -> None:
        self.rules, self.sensitive_columns, self.log = rules, sensitive_columns, log
        self.dialect = sql_dialect(session)
        self.is_mongo = (session.fields.connection_subtype or "").lower() in ("mongodb", "mongo")
        self.temporary: set[str] = set()
        self.secrets: set[str] = set()
        self.variables = SqlVariables()
        shell = rules.get("shell", ())
        self.shell_rules = [rule for rule in shell if not rule.custom and rule.check != "contains_secret"]
        self.line_rules = [rule for rule in shell if rule.custom or rule.check == "contains_secret"]
        self.has_custom_sql = any(rule.custom for rule in rules.get("sql", ()))

    def matches(self, row: Statement) -> list[Match]:
        """Return the worst match of each rule, the most dangerous first."""
        found = [*self._all(row)]
        if not found:
            return found
        worst: dict[str, Match] = {}
        for match in found:
            known = worst.get(match.rule.name)
            if known is None or match.severity.rank > known.severity.rank:
                worst[match.rule.name] = match
        return sorted(worst.values(), key=lambda match: -match.severity.rank)

    def _all(self, row: Statement) -> Iterator[Match]:
        if row.kind == "shell":
            yield from self._shell(row.text)
        elif row.kind in ("http", "mcp"):
            yield from self._patterns(row.kind, row.text)
        elif self.is_mongo:
            yield from self._mongo(row)
        elif row.kind in _SQL_KINDS:
            yield from self._sql(row.text, row.details.get("dialect") or self.dialect, row.kind)

    def _patterns(self, target: str, text: str) -> Iterator[Match]:
        for rule in self.rules.get(target, ()):
            yield from self._pattern(rule, self.log.start_of(text) if rule.custom else text, text)

    def _pattern(self, rule: Rule, searched: str, evidence: str, *, nested: bool = False) -> Iterator[Match]:
        try:
            if rule.pattern is None or not rule.pattern.search(searched):
                return
            if rule.exception is not None and rule.exception.search(searched):
                return
            is_low = rule.low_pattern is not None and bool(rule.low_pattern.search(searched))
        except Exception:
            self.log.record_failure(f"the rule {rule.name}")
            return
        yield Match(rule, evidence, Severity.LOW if is_low else rule.severity, nested)

    def _check(
        self, rule: Rule, check: Callable[[], Severity | None], evidence: str, *, nested: bool = False
    ) -> Iterator[Match]:
        try:
            severity = check()
        except Exception:
            self.log.record_failure(f"the rule {rule.name}")
            return
        if severity is not None:
            yield Match(rule, evidence, severity, nested)

    def _shell(self, text: str) -> Iterator[Match]:
        layers = parse_layers(self.log.start_of(text, MAX_CHARS))
        for rule in self.line_rules:
            if rule.custom:
                yield from self._pattern(rule, self.log.start_of(text), text)
            elif secrets := secrets_in_commands(layers):
                self.secrets.update(secrets)
                yield Match(rule, text, rule.severity)
        if "process" in self.rules:
            yield from self._processes(layers)
        for command in layers.commands:
            yield from self._command(self.shell_rules, command, layers)
        pipelines = [(shell_checks.pipeline_text(one), one[0].source) for one in layers.pipelines if one]
        for rule in self.rules.get("pipeline", ()):
            if rule.custom:
                continue
            for pipeline, source in pipelines:
                yield from self._pattern(
                    rule, self.log.start_of(pipeline), source or _readable(pipeline), nested=bool(source)
                )
        for dialect, inner in layers.statements:
            if dialect == "mongo":
                yield from self._mongo(Statement(0.0, "other", inner))
            else:
                for match in self._sql(inner, dialect, "other"):
                    yield match._replace(nested=True)

    def _processes(self, layers: Layers) -> Iterator[Match]:
        """Yield the matches of rules on the processes that commands start."""
        for command in layers.commands:
            processes = Process.candidates(command.words, command.program) if command.words else []
            for rule in self.rules["process"]:
                if rule.process is not None:
                    check = partial(_severity_if, rule.process, processes, rule)
                    yield from self._check(rule, check, command.source or _readable(command.full_text))

    def _command(self, rules: Sequence[Rule], command: RunCommand, layers: Layers) -> Iterator[Match]:
        if command.name in _HARMLESS and not (command.redirections or command.assignments or command.wrappers):
            return
        nested = bool(command.source)
        texts = [self.log.start_of(one) for one in shell_checks.matched_texts(command)]
        evidence = command.source or _readable(command.full_text)
        for rule in rules:
            if rule.check:
                if texts:
                    check = getattr(shell_checks, rule.check)
                    yield from self._check(rule, partial(check, command, layers), evidence, nested=nested)
                continue
            for text in texts:
                if rule.pattern is not None and rule.pattern.search(text):
                    yield from self._pattern(rule, text, evidence, nested=nested)

    def _sql(self, text: str, dialect: str, kind: str, depth: int = 0) -> Iterator[Match]:
        if created := _CREATED.match(text):
            self.temporary.add((created[1] or created[2]).lower())
        if not self.has_custom_sql and sql_checks.is_safe_write(text):
            return
        text = self.log.start_of(text, MAX_SQL_CHARS)
        if dialect == "oracle":
            text = _REMARKS.sub("", text)
        is_plain = kind == "read" and not sql_checks.contains_any(text[:_MAX_READ_CHARS], _MATCHED_IN_READS)
        target = _TEMPORARY_TARGET.match(text) if self.temporary else None
        if target and target[1].lower() in self.temporary:
            return
        for rule in self.rules.get("sql", ()):
            if rule.custom:
                yield from self._pattern(rule, self.log.start_of(text), text)
            elif rule.check == "reads_sensitive_columns":
                if kind == "read" and self.sensitive_columns:
                    yield from self._sensitive(rule, text, dialect)
            elif not is_plain:
                yield from self._sql_rule(rule, text, dialect, nested=depth > 0)
        if not is_plain and depth < _MAX_NESTED_DEPTH:
            tokens = sql_checks.sql_tokens(text, dialect)
            for inner in [*nested_texts(text, tokens, dialect), *self.variables.executed(tokens)]:
                yield from self._sql(inner, dialect, "other", depth + 1)

    def _sql_rule(self, rule: Rule, text: str, dialect: str, *, nested: bool) -> Iterator[Match]:
        if rule.check == "contains_secret":
            if secrets := secrets_in_sql(sql_checks.sql_tokens(text, dialect)):
                self.secrets.update(secrets)
                yield Match(rule, text, rule.severity, nested)
            return
        if rule.check:
            check = getattr(sql_checks, rule.check)
            yield from self._check(rule, partial(_judged, check, text, dialect, rule), text, nested=nested)
        yield from self._pattern(rule, sql_checks.skeleton(text, dialect), text, nested=nested)

    def _sensitive(self, rule: Rule, text: str, dialect: str) -> Iterator[Match]:
        if columns := sql_checks.reads_columns(text, dialect, self.sensitive_columns):
            yield Match(rule, ", ".join(columns), rule.severity)

    def _mongo(self, row: Statement) -> Iterator[Match]:
        for rule in self.rules.get("mongo", ()):
            if rule.check:
                check = getattr(mongo_checks, rule.check)
                yield from self._check(rule, partial(check, row), row.text)
            yield from self._pattern(rule, self.log.start_of(row.text), row.text)


def _judged(
    check: Callable[[str, str], Severity | bool | None], text: str, dialect: str, rule: Rule
) -> Severity | None:
    result = check(text, dialect)
    return result if isinstance(result, Severity) else rule.severity if result else None


def _severity_if(condition: ProcessCondition, processes: list[Process], rule: Rule) -> Severity | None:
    return rule.severity if condition.holds(processes) else None


def _readable(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u00a6", "|")
