"""Options of the command line that the interface starts with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.domain.terminal_size import TerminalSize
from replay_tui.domain.text_encoding import UTF8

if TYPE_CHECKING:
    from replay_tui.findings.rules import Rule
    from replay_tui.ui.session_ref import SessionRef


class LaunchOptions(Struct, frozen=True):
    """How a session is opened: `at` a time or `flagged`, playing or paused, speed, idle mode, size, read-only.

    Without an `idle` mode the limit in an asciicast's header is in force. `sidebar` shows or hides the panels (None:
    depending on the terminal's width); `flagged` lists only flagged sessions; `rules` are the user's custom rules;
    `batch` makes the batch of the first session the list; `encoding` is that of sessions in the gateway's list;
    `on_opened` is called in a background thread when a session is opened. `search` is a text or `/regular expression/`
    that is highlighted once the session is loaded; `archive` is the folder of the library, None for the user's own.
    """

    at: str | None = None
    play: bool = False
    speed: float = 1.0
    idle: str | None = None
    size: TerminalSize | None = None
    follow: bool = False
    read_only: bool = False
    sidebar: bool | None = None
    flagged: bool = False
    rules: tuple[Rule, ...] = ()
    batch: bool = False
    encoding: str = UTF8
    on_opened: Callable[[SessionRef], object] = lambda _ref: None
    search: str = ""
    archive: Path | None = None
