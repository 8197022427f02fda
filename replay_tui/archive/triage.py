"""Triage: one line that tells what a session did, from the session without its recording."""

from __future__ import annotations

from copy import deepcopy

from msgspec.structs import replace

from replay_tui.archive.analyse import attempt
from replay_tui.archive.source import SessionSource
from replay_tui.domain.finding import flagged
from replay_tui.domain.session import Script, Session
from replay_tui.findings.rules import Rule

MAX_SCRIPT_CHARS = 100_000
"""Start of a script that is searched for dangerous statements."""


def what_happened(session: Session, rules: tuple[Rule, ...] = ()) -> str:
    """Return the AI's title, else the guardrail, the first dangerous statement, or the first line of the script.

    The text is one line, not sanitised; empty if none of these is known. `rules` are the user's own.
    """
    fields = session.fields
    if fields.ai_analysis and fields.ai_analysis.title and fields.ai_analysis.title.strip():
        return _one_line(fields.ai_analysis.title)
    if session.guardrails:
        return _one_line(session.guardrails[0].rule_name or session.guardrails[0].message or "guardrail")
    if not session.script_text.strip():
        return ""
    source = SessionSource(str(fields.id))
    dangerous = attempt(source, lambda: [_first_dangerous(session, rules)], operation="Analysing")
    return (dangerous[0] if isinstance(dangerous, list) else "") or _first_line(session.script_text)


def _first_dangerous(session: Session, rules: tuple[Rule, ...]) -> str:
    from replay_tui.recording import Recording  # loads the terminal emulator
    from replay_tui.sources.loaded_session import LoadedSession

    script = Script(data=session.script_text[:MAX_SCRIPT_CHARS])
    short = replace(session, fields=session.fields.model_copy(update={"script": script}))
    # Custom rules count the time that they take in one session, so that threads cannot share them.
    recording = Recording(LoadedSession(str(session.id), short), custom_rules=deepcopy(rules))
    severe = [one for one in flagged(recording.findings) if one.severity.rank and one.statement is not None]
    if not severe:
        return ""
    return _one_line(recording.statements[severe[0].statement or 0].text)


def _first_line(script: str) -> str:
    """Return the first line that is neither empty nor a comment, else the first line."""
    lines = [line.strip() for line in script[:MAX_SCRIPT_CHARS].splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith(("#", "--", "//"))), lines[0] if lines else "")


def _one_line(text: str) -> str:
    return " ".join(text[:MAX_SCRIPT_CHARS].split())
