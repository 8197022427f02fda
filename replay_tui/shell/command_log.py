"""Ordered list of the commands of a shell session, built while the session is read.

Holds the state that spans several lines: commands continued at a continuation prompt, deleted text, exit statuses.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from replay_tui.decoders.decode_result import StatementBuilder
from replay_tui.domain.display_text import first_word
from replay_tui.domain.event_stream import Event
from replay_tui.domain.statement import Statement
from replay_tui.shell.incomplete_command import MAX_CHARS
from replay_tui.shell.sql_clients import ClientStatement, SqlClient, client_statements

FROM_SCREEN, FROM_KEYS = "read from the screen", "reconstructed from the keys"
"""Values of `Statement.note`: the source of a command's text."""


class _OpenCommand(Struct):
    lines: list[str]
    place: tuple[int, float]
    details: dict[str, Any]
    note: str
    client: SqlClient | None = None
    size: int = 0


class CommandLog:
    """Commands in order (`rows`) and texts that were never sent (`erased_texts`).

    The last command stays open until `flush`, because a continuation line may follow.
    """

    def __init__(self) -> None:
        self.rows = StatementBuilder()
        self.erased_texts: list[Statement] = []
        self._open: _OpenCommand | None = None
        self._last: dict[str, Any] | None = None

    def begin(
        self,
        text: str,
        place: tuple[int, float],
        details: dict[str, Any],
        note: str,
        client: SqlClient | None = None,
    ) -> None:
        """Start a command that was entered at `place` (event, seconds). Closes the open one. `client` reads SQL."""
        self.flush()
        self._open = _OpenCommand([text.strip()], place, details, note, client)

    @property
    def open_text(self) -> str:
        """The text of the open command, empty if there is none; of a command with many lines only the first line."""
        if self._open is None:
            return ""
        return "\n".join(self._open.lines) if self._open.size <= MAX_CHARS else self._open.lines[0]

    def append_line(self, text: str) -> bool:
        """Append a line to the open command. Return False if no command is open."""
        if self._open is not None:
            self._open.lines.append(text)
            self._open.size += len(text) + 1
        return self._open is not None

    def cancel(self, text: str) -> str:
        """Discard the open command, cancelled at its line `text`. Return the text of all its lines."""
        command, self._open = self._open, None
        return "\n".join([*command.lines, text]) if command else text

    def flush(self) -> None:
        """Close the open command and add it to `rows`."""
        command, self._open = self._open, None
        if command is not None:
            text = "\n".join(command.lines).rstrip()
            event, time = command.place
            for row in statements_of(text, command.client):
                details = dict(command.details)
                self._last = self.rows.add(
                    time, row.kind, row.text, event=event, verb=row.verb, details=details, note=command.note
                )

    def set_exit_status(self, status: int) -> None:
        """Close the open command and record its exit status, unless it has one already."""
        self.flush()
        if self._last is not None:
            self._last.setdefault("exit_code", status)

    def add_erased(self, erased: list[tuple[str, Event]], text: str) -> None:
        """Add the texts erased from a line whose final text is `text`."""
        for erased_text, event in erased:
            if erased_text.strip() != text.strip():
                self.add_deleted(erased_text, event, "typed and deleted", {})

    def add_deleted(self, text: str, event: Event, note: str, details: dict[str, Any]) -> None:
        """Add text that was typed and never sent. Its time sorts it before the command that replaced it."""
        text = text.strip()
        self.erased_texts.append(
            Statement(event.time, "shell", text, None, None, True, event.index, first_word(text), details, note)
        )


def statements_of(text: str, client: SqlClient | None) -> list[ClientStatement]:
    """Return the statements in a command: several only in a client for SQL."""
    return client_statements(text, client) if client else [ClientStatement(text, "shell", first_word(text))]
