"""Libraries for the tests: made of recorded sessions in this process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from replay_tui.archive.engine import analyse_all
from replay_tui.archive.library.adding import Added, add_sessions
from replay_tui.archive.library.find import Find
from replay_tui.archive.library.find_query import FindQuery
from replay_tui.archive.library.library import Library
from replay_tui.archive.source import SessionSource

FIXTURES = Path(__file__).parents[3] / "fixtures"
SESSIONS = sorted((FIXTURES / "sessions").glob("*.json"))
VIM, PSQL = FIXTURES / "sessions" / "shell-vim.json", FIXTURES / "sessions" / "pg-psql.json"
SECRETS = sorted((FIXTURES / "secrets").glob("*.json"))


def add(library: Library, paths: Iterable[Path | str], *, jobs: int = 1, **options: object) -> list[Added]:
    """Add files to a library."""
    sources = [SessionSource(str(path)) for path in paths]
    return [*add_sessions(library, sources, lambda some, job: analyse_all(some, job, jobs), **options)]  # type: ignore[arg-type]


def outcomes(added: Sequence[Added]) -> list[str]:
    """Return the outcome, the earlier state, or `failure` of each source."""
    return [one.outcome.value if one.outcome else one.skipped or "failure" for one in added]


def hits(library: Library, pattern: str) -> int:
    """Return the number of hits of a text."""
    return sum(1 for _ in Find(library, FindQuery(pattern)).hits())
