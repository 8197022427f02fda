"""Comparison of statements with the earlier ones on the same connection."""

from __future__ import annotations

from functools import lru_cache

from replay_tui.archive.library.database import mapped_errors
from replay_tui.archive.library.entries import storable
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.shapes import statement_shape
from replay_tui.domain.statement import Novelty, Statement

MAX_CACHED_SHAPES = 10_000


class NoveltyCounter:
    """Novelty of the statements of one session: of `user` on `connection`, which started at `start` (since 1970).

    None for a session without user, connection or date, which cannot be compared.
    """

    def __init__(self, library: Library, user: str, connection: str, start: float | None, dialect: str) -> None:
        self._library, self._dialect = library, dialect
        self._place = storable(user), storable(connection), start
        self._count = lru_cache(MAX_CACHED_SHAPES)(self._count_shape)
        self._totals: tuple[int, int] | None = None

    def novelty(self, statement: Statement) -> Novelty | None:
        """Return the novelty of a statement; None if it cannot be compared."""
        if not all(self._place[:2]) or self._place[2] is None:
            return None
        own, colleagues = self._count(storable(statement_shape(statement, self._dialect)[0]))
        if self._totals is None:
            self._totals = self._numbers("FROM sessions", ())
        return Novelty(own, self._totals[0], colleagues, self._totals[1])

    def _count_shape(self, shape: str) -> tuple[int, int]:
        tables = "FROM sessions JOIN usage ON usage.session = sessions.n JOIN shapes ON shapes.n = usage.shape"
        return self._numbers(tables, (shape,))

    def _numbers(self, tables: str, shape: tuple[str, ...]) -> tuple[int, int]:
        """Return the numbers of the user's sessions and of other users before the session."""
        user, connection, start = self._place
        query = (
            f"SELECT count(DISTINCT CASE WHEN user = ? THEN sessions.n END), count(DISTINCT nullif(user, ?)) {tables}"
            f" WHERE sessions.connection = ? AND sessions.start < ?{' AND shapes.shape = ?' if shape else ''}"
        )
        with mapped_errors(self._library.database_path):
            row = self._library.connection.execute(query, (user, user, connection, start, *shape)).fetchone()
        return int(row[0]), int(row[1])
