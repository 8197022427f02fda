"""Everything of a session that `search` looks at, as it is displayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.statement import Statement
from replay_tui.search.http_messages import HttpMessageLine
from replay_tui.search.query import Query
from replay_tui.search.screen_text_log import ScreenTextLog
from replay_tui.search.search import Hit, InputLine, Redact, search
from replay_tui.terminal.transcript_lines import TranscriptLine


@dataclass(frozen=True, slots=True)
class SearchableText:
    """The texts of one session. For the attributes see `search`; `redact` is None if they contain no secret."""

    index: ScreenTextLog | None = None
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
