"""Session kind: what a session shows, what its text is made of, and how it is recognised.

The kinds themselves are registered in `replay_tui.kinds`. Other packages read their properties and never compare with
one of them, so that a new kind needs no change elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, StrEnum

from msgspec import Struct

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session


class EmptyReason(StrEnum):
    """Reason why a session has nothing to replay."""

    NO_STREAM = "no-stream"
    NO_LOG = "no-log"
    WITHHELD = "withheld"
    PENDING = "pending"
    OPEN = "open"
    NOT_ASKED = "not-asked"
    UNDECODABLE = "undecodable"
    UNREADABLE = "unreadable"
    BITMAPS = "bitmaps"


class Pane(StrEnum):
    """Main panes of the kinds so far; the values are the ids of the widgets. A new kind can name a pane of its own."""

    TERMINAL = "terminal"
    STATEMENTS = "statements"
    OUTPUT = "exec"
    MESSAGE = "page"


class TextSource(Enum):
    """Source of a session's text: its transcript, the screens drawn from it, and the text that search covers."""

    SCREEN = "screen"
    STATEMENTS = "statements"
    OUTPUT = "output"


class DecoderGroup(Enum):
    """Decoders that are candidates for a session."""

    DATABASE = "database"
    HTTP = "http"
    SCRIPT = "script"


class SessionKind(Struct, frozen=True, eq=False):
    """A kind of session. `name` is part of the JSON output.

    A session is of the first kind, in order of `priority`, for which `matches` returns True.
    """

    name: str
    matches: Callable[[Session, EventStream], bool]
    priority: int
    pane: str
    text_source: TextSource
    decoder_group: DecoderGroup = DecoderGroup.SCRIPT
    may_have_table: bool = False
    """The decoder may find a table in the output, which the pane shows instead of lines."""
    lists_raw_input: bool = False
    """Input that no decoder reads is listed as sizes."""
    opens_raw: bool = False
    """The raw view is opened first: the main pane would show nothing, or bytes as if they were text."""
    description: str = ""
    """What the main pane shows, as a phrase."""
    has_sequences: bool = True
    """The output may contain control sequences; a database's wire contains binary data instead."""

    def __str__(self) -> str:
        return self.name

    @property
    def is_empty(self) -> bool:
        """Return True if there is nothing to replay."""
        return self.pane == Pane.MESSAGE

    @property
    def has_screen(self) -> bool:
        """Return True if the session is replayed on an emulated terminal, and typed key by key."""
        return self.text_source is TextSource.SCREEN

    @property
    def lists_statements(self) -> bool:
        """Return True if the session is shown as statements; its bytes are not text."""
        return self.text_source is TextSource.STATEMENTS

    @property
    def prints_lines(self) -> bool:
        """Return True if the session's text is the lines of its output, and its statements those of one script."""
        return self.text_source is TextSource.OUTPUT

    @property
    def shows_output(self) -> bool:
        """Return True if the main pane shows the lines of the output, or a table found in them."""
        return self.prints_lines and not self.is_empty

    @property
    def is_made_of_output(self) -> bool:
        """Return True if hiding output events changes what the main pane shows."""
        return not self.is_empty and not self.lists_statements
