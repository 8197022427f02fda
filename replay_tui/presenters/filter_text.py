"""What hiding events does to what is shown, in words."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from replay_tui.domain.session_kind import SessionKind

_NAMES = {"i": "input", "o": "output", "e": "error"}


def missing_kinds(hidden: AbstractSet[str], kind: SessionKind, recorded_as: SessionKind, pane: str) -> str:
    """The kinds of events, of those `hidden`, that are missing in a pane of a session shown as a `kind`, in order.

    The raw bytes are always whole.
    """
    output = recorded_as.is_made_of_output if pane == "transcript" else kind.is_made_of_output and pane == "main"
    return "".join(one for one in "oe" if one in hidden) if output else ""


def filter_banner(missing: str, *, screen: bool) -> str:
    """A sentence on what is `missing` of a recorded screen or of lines, nothing where nothing is."""
    names = " and ".join(_NAMES[one] for one in missing)
    what = "the screen as it was" if screen else "all that was written"
    return f"{names} events are hidden: this is not {what}" if missing else ""


def filter_notice(one: str, *, hidden: bool, keystrokes: bool, seen: bool) -> str:
    """A sentence on a kind of events that was `hidden` just now or is shown again, whether or not that is `seen`.

    `keystrokes` says whether the session has any to show.
    """
    begin = f"{_NAMES[one].capitalize()} events are {'hidden' if hidden else 'shown'}"
    if seen or not hidden:
        return f"{begin}."
    if one == "i" and keystrokes:
        return f"{begin}: keystrokes and steps leave them out, the screen stays."
    return f"{begin}: steps leave them out, this view stays as it is."
