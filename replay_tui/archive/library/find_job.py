"""Job that searches one stored session; runs in any process that sees the library's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from replay_tui.archive.analyse import attempt
from replay_tui.archive.library.coverage import LOST
from replay_tui.archive.library.find_query import FindQuery
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.session_search import SessionHits, SessionSearch
from replay_tui.archive.library.sessions import session_in_file
from replay_tui.archive.source import SessionSource
from replay_tui.gateway.cancel_token import CancelToken


@dataclass(frozen=True, slots=True)
class FindJob:
    """Job that searches for `query` in the library in `folder`; a source is the block file of a session."""

    folder: str
    query: FindQuery
    operation = "Searching"

    def run(self, source: SessionSource, cancel: CancelToken | None = None) -> SessionHits:
        """See `Job.run`."""
        token = cancel or CancelToken()

        def search() -> SessionHits:
            with Library.open(Path(self.folder)) as library:
                session = session_in_file(library, Path(source.location).name)
                if session is None:  # removed meanwhile
                    return SessionHits([], LOST)
                return SessionSearch(library, self.query, lambda: token.is_set).search(session)

        found = attempt(source, search, operation=self.operation)
        return SessionHits([], LOST) if isinstance(found, str) else found

    def failed(self, source: SessionSource, failure: str) -> SessionHits:
        """See `Job.failed`."""
        return SessionHits([], LOST)
