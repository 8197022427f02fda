"""Options of the command line that the interface starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay_tui.domain.terminal_size import TerminalSize
from replay_tui.domain.text_encoding import UTF8

if TYPE_CHECKING:
    from replay_tui.findings.rules import Rule


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How a session is opened: `at` a time or `flagged`, playing or paused, speed, idle mode, size, read-only.

    Without an `idle` mode the limit in an asciicast's header is in force. `sidebar` shows or hides the panels (None:
    depending on the terminal's width); `flagged` lists only flagged sessions; `rules` are the user's custom rules;
    `batch` makes the batch of the first session the list; `encoding` is that of sessions in the gateway's list.
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
