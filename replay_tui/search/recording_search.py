"""Search in the texts that a recording of its kind has: screens, output, typed lines, statements, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from replay_tui.domain.errors import never_cancelled
from replay_tui.search.http_messages import http_message_lines
from replay_tui.search.invisible_text import iter_invisible_text
from replay_tui.search.query import Query
from replay_tui.search.search import SEARCH_AREAS, Hit
from replay_tui.search.searchable_text import SearchableText

if TYPE_CHECKING:
    from replay_tui.recording import Recording

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
