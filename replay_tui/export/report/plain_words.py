"""Plain words for codes of the gateway and of statements, for readers who know neither. Unknown codes are kept."""

from __future__ import annotations

from replay_tui.domain.finding import Finding
from replay_tui.domain.review import Review
from replay_tui.domain.session import SessionFields

_VERBS = {"connect": "interactive session", "exec": "script"}
_STATUSES = {"done": "finished", "open": "running", "ready": "ready to run"}
_KINDS = {
    "read": "reads data",
    "dml": "changes data",
    "ddl": "changes the schema",
    "admin": "administration",
    "shell": "shell command",
    "http": "HTTP request",
    "mcp": "MCP call",
}
_QUERIES = {
    "5n": "asks whether the terminal works",
    "6n": "asks for the cursor position",
    "?6n": "asks for the cursor position",
    "?996n": "asks whether the colours are dark or light",
    "c": "asks what the terminal supports",
    ">c": "asks for the version of the terminal",
    ">q": "asks for the version of the terminal",
    "?u": "asks for the keyboard protocol",
}
_DECISIONS = {
    "PENDING": "pending",
    "PROCESSING": "approved, running",
    "EXECUTED": "approved, executed",
    "UNKNOWN": "unknown",
}


def evidence(finding: Finding) -> str:
    """Return the text that a finding rests on; for a query of the terminal what it asks for."""
    return _QUERIES.get(finding.evidence, finding.evidence) if finding.rule == "terminal-query" else finding.evidence


def session_status(fields: SessionFields) -> str:
    """Return what a session was and how it ended: `script, finished, exit code 254`."""
    code = None if fields.exit_code is None else f"exit code {fields.exit_code}"
    verb, status = _VERBS.get(fields.verb or "", fields.verb), _STATUSES.get(fields.status or "", fields.status)
    return ", ".join(filter(None, (verb, status, code)))


def statement_kind(kind: str) -> str:
    """Return what a statement of a kind does: `changes data`."""
    return _KINDS.get(kind, kind)


def review_status(review: Review) -> str:
    """Return the status of a review: `approved, executed`."""
    return _DECISIONS.get(review.status or "UNKNOWN", (review.status or "").lower())
