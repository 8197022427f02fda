"""Demo sessions: real recordings with fictional users and a fictional shop, included in the package."""

from __future__ import annotations

from pathlib import Path

_SESSIONS = (
    ("A deploy script changed by hand", "deploy-hotfix.json"),
    ("Payments deleted without WHERE", "payments-cleanup.json"),
    ("A DROP that a guardrail blocked", "drop-blocked.json"),
    ("A report on orders", "orders-report.json"),
)


def demo_sessions() -> list[tuple[str, Path]]:
    """Return title and file of each demo session in display order."""
    folder = Path(__file__).parent
    return [(title, folder / name) for title, name in _SESSIONS]
