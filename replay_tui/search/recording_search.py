"""Search in the texts that a recording of its kind has: screens, output, typed lines, statements, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from replay_tui.search.http_messages import http_message_lines
from replay_tui.search.invisible_text import iter_invisible_text
from replay_tui.search.query import Query
from replay_tui.search.search import Hit, search

if TYPE_CHECKING:
    from replay_tui.recording import Recording


def search_recording(
    recording: Recording, query: Query, areas: frozenset[str], is_cancelled: Callable[[], bool]
) -> Iterator[Hit]:
    """Yield hits of `query` in the `areas` of a recording. Raises `Cancelled`."""
    kind, redactor = recording.kind, recording.redactor
    return search(
        query,
        areas,
        index=recording.text_index if kind.has_screen else None,
        lines=recording.transcript if kind.prints_lines else (),
        invisible_text=iter_invisible_text(recording.stream, is_cancelled) if kind.has_screen else (),
        typed=recording.typed if kind.has_screen and "input" in areas else (),
        statements=recording.statements,
        messages=http_message_lines(recording.statements) if kind.lists_statements else (),
        redact=redactor.text if redactor else None,
        is_cancelled=is_cancelled,
    )
