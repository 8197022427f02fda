"""Everything of a session that `search` looks at, as it is displayed: that of a recording depends on its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.statement import Statement
from replay_tui.search.http_messages import HttpMessageLine, http_message_lines
from replay_tui.search.invisible_text import iter_invisible_text
from replay_tui.search.query import Query
from replay_tui.search.search import SEARCH_AREAS, Hit, InputLine, Redact, search
from replay_tui.search.text_log import TextLog
from replay_tui.terminal.transcript_lines import TranscriptLine

if TYPE_CHECKING:
    from replay_tui.recording import Recording


class SearchableText(Struct, frozen=True):
    """The texts of one session. For the attributes see `search`; `redact` is None if they contain no secret."""

    index: TextLog | None = None
    lines: Sequence[TranscriptLine] = ()
    invisible_text: Iterable[TranscriptLine] = ()
    typed: Iterable[InputLine] = ()
    statements: Sequence[Statement] = ()
    messages: Iterable[HttpMessageLine] = ()
    redact: Redact | None = None

    def search(
        self, query: Query, areas: frozenset[str], is_cancelled: Callable[[], bool] = never_cancelled
    ) -> Iterator[Hit]:
        """Yield the hits of `query` in `areas`. Raises `Cancelled`, and `UsageError` if the pattern takes too long."""
        return search(
            query,
            areas,
            index=self.index,
            lines=self.lines,
            invisible_text=self.invisible_text,
            typed=self.typed,
            statements=self.statements,
            messages=self.messages,
            redact=self.redact,
            is_cancelled=is_cancelled,
        )


ALL_AREAS = frozenset(SEARCH_AREAS)


def search_recording(
    recording: Recording, query: Query, areas: frozenset[str], is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    """Yield hits of `query` in the `areas` of a recording. Raises `Cancelled`."""
    return searchable_text(recording, areas, is_cancelled).search(query, areas, is_cancelled)


def searchable_text(
    recording: Recording, areas: frozenset[str] = ALL_AREAS, is_cancelled: Callable[[], bool] = never_cancelled
) -> SearchableText:
    """Return the texts of a recording that a search in `areas` needs; its text index may not be built yet."""
    kind, redactor = recording.kind, recording.redactor
    return SearchableText(
        index=recording.text_index if kind.has_screen else None,
        lines=recording.transcript if kind.prints_lines else (),
        invisible_text=iter_invisible_text(recording.stream, is_cancelled) if kind.has_screen else (),
        typed=recording.typed if kind.has_screen and "input" in areas else (),
        statements=recording.statements,
        messages=http_message_lines(recording.statements) if kind.lists_statements else (),
        redact=redactor.text if redactor else None,
    )
