"""Sessions that ship with the program: real recordings of invented people on an invented shop."""

from __future__ import annotations

from pathlib import Path

_SESSIONS = (
    ("A deploy script changed by hand", "deploy-hotfix.json"),
    ("Payments deleted without WHERE", "payments-cleanup.json"),
    ("A DROP that a guardrail blocked", "drop-blocked.json"),
    ("A report on orders", "orders-report.json"),
)


def demo_sessions() -> list[tuple[str, Path]]:
    """Title and file of each session, in the order in which they are shown."""
    folder = Path(__file__).parent
    return [(title, folder / name) for title, name in _SESSIONS]
