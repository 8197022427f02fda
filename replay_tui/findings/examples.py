"""Test of the rules with examples: statements that must have a finding, and statements that must have none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from replay_tui.decoders.mongo import describe_command, read_command
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.text_decoder import DIALECTS
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import find_findings
from replay_tui.findings.rules import Rule

KINDS = ("shell", "postgres", "mysql", "mssql", "oracledb", "mongodb")


class ExampleResult(Struct, frozen=True):
    """An example and the rules with a finding: of any severity for a bad example, of medium or high for a good one."""

    text: str
    is_bad: bool
    rules: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Return True if a bad example has a finding, or a good one has none."""
        return bool(self.rules) == self.is_bad


def judge_examples(rows: Iterable[tuple[str, bool]], kind: str, custom: Sequence[Rule]) -> list[ExampleResult]:
    """Return the result of each (text, is bad) example; `kind` is one of `KINDS`."""
    session = Session.parse({} if kind == "shell" else {"type": "database", "connection_subtype": kind})
    found = []
    for text, is_bad in rows:
        findings = find_findings(session, [_statement(text, kind)], (), custom).findings
        names = [one.rule for one in findings if is_bad or (one.severity is not Severity.LOW and not one.informational)]
        found.append(ExampleResult(text, is_bad, tuple(dict.fromkeys(names))))
    return found


def _statement(text: str, kind: str) -> Statement:
    if kind == "shell":
        return Statement(0.0, "shell", text)
    if kind == "mongodb":
        command = read_command(text)
        category, verb = describe_command(command)[:2] if command else ("other", "")
    else:
        category, verb = classify(text, DIALECTS[kind])
    return Statement(0.0, category, text, verb=verb)
