"""The words on the main pane's border: what is shown, its size and how it is known."""

from __future__ import annotations

from replay_tui.domain.session_kind import SessionKind
from replay_tui.domain.text import sanitize
from replay_tui.recording import Recording
from replay_tui.terminal.screen import Screen


def pane_title(recording: Recording, name: str) -> str:
    """Where it happened and who did it; `name` is said where the connection is not known. Clean."""
    fields = recording.session.fields
    parts = [fields.connection or name.rsplit("/", 1)[-1], fields.connection_subtype, fields.user]
    return " · ".join(sanitize(part) for part in parts if part)


def pane_subtitle(recording: Recording, kind: SessionKind, pane: str, screen: Screen | None, view: str) -> str:
    """How it is shown: `pane` is what is visible, `screen` the recorded screen on display, `view` how it stands."""
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
