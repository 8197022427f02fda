"""Texts of the main pane: titles on its border, and messages about hidden event types."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.session_kind import SessionKind

if TYPE_CHECKING:
    from replay_tui.recording import Recording
    from replay_tui.terminal.screen import Screen

_NAMES = {"i": "input", "o": "output", "e": "error"}


def pane_title(recording: Recording, name: str) -> str:
    """Return connection and user, sanitized; `name` replaces an unknown connection."""
    fields = recording.session.fields
    parts = [fields.connection or name.rsplit("/", 1)[-1], fields.connection_subtype, fields.user]
    return " · ".join(sanitize(part) for part in parts if part)


def pane_subtitle(recording: Recording, kind: SessionKind, pane: str, screen: Screen | None, view: str) -> str:
    """Return how the session is shown: `pane` is the visible one, `screen` the recorded screen, `view` its position."""
    if pane in ("transcript", "raw"):
        return "transcript ─ esc closes" if pane == "transcript" else "raw bytes ─ esc closes"
    if not kind.has_screen:
        return "" if kind.is_empty else f"as {kind.name}"
    shown = f"{screen.cols}×{screen.rows}" if screen else str(recording.sizes.first)
    alt = " ─ alternate screen" if screen and screen.alt else ""
    return f"{shown} {_size_source(recording, screen)}{alt} ─ {view}"


def _size_source(recording: Recording, screen: Screen | None) -> str:
    source = recording.sizes.first.source.value
    if screen is not None:
        for resize in recording.sizes.resizes:
            if (resize.size.cols, resize.size.rows) == (screen.cols, screen.rows):
                source = resize.size.source.value
    return source


def missing_kinds(hidden: AbstractSet[str], kind: SessionKind, recorded_as: SessionKind, pane: str) -> str:
    """Return the `hidden` event types (`o`, `e`) whose absence changes a pane of a session shown as `kind`.

    The raw pane always shows all bytes.
    """
    output = recorded_as.is_made_of_output if pane == "transcript" else kind.is_made_of_output and pane == "main"
    return "".join(one for one in "oe" if one in hidden) if output else ""


def filter_banner(missing: str, *, screen: bool) -> str:
    """Return the warning about `missing` event types on a recorded `screen` or in lines; empty if none is missing."""
    names = " and ".join(_NAMES[one] for one in missing)
    what = "the recorded screen" if screen else "the complete output"
    return f"{names} events are hidden: this is not {what}" if missing else ""


def filter_notice(one: str, *, hidden: bool, keystrokes: bool, seen: bool) -> str:
    """Return the notice that an event type was `hidden` or is shown again.

    `seen` tells whether the view changes by that, `keystrokes` whether the session has any to show.
    """
    begin = f"{_NAMES[one].capitalize()} events are {'hidden' if hidden else 'shown'}"
    if seen or not hidden:
        return f"{begin}."
    if one == "i" and keystrokes:
        return f"{begin}: keystrokes and steps skip them; the screen does not change."
    return f"{begin}: steps skip them; this view does not change."
