"""Keys in the footer of the replay screen: the six that matter in the current state."""

from __future__ import annotations

from dataclasses import dataclass

MAX_KEYS = 6
INBOX_FOOTER = ("inbox-open", "inbox-mine", "inbox-flagged", "inbox-sort", "inbox-text", "help")
"""The keys of the list of sessions."""
FIND_FOOTER = ("find-open", "find-text", "find-facets", "find-areas", "find-save", "help")
"""The keys of the find screen."""
_ORDER = (
    *("next-waiting", "approve", "reject", "other", "next-session", "play", "back", "flag-on", "statement-on"),
    *("pan-right", "view", "risk", "sidebar", "search", "export", "quit", "help"),
)


@dataclass(frozen=True, slots=True)
class FooterContext:
    """What the footer depends on.

    `is_pending`: a review waits for a decision that can be made here. `has_decided`: one was made here. `has_list`:
    there are other sessions to go to. `lasts`: the recording is long enough to be played.
    """

    is_pending: bool = False
    has_decided: bool = False
    has_list: bool = False
    is_empty: bool = False
    lasts: bool = True
    has_statements: bool = False
    is_table: bool = False
    is_narrow: bool = False


def footer_ids(context: FooterContext) -> list[str]:
    """Return the ids of at most `MAX_KEYS` commands in the order of the footer, the last one `help`."""
    is_replayable = not context.is_empty
    by_importance = (
        (context.has_decided, ("next-waiting",)),
        (context.is_pending, ("approve", "reject", "other")),
        (context.has_list, ("next-session",)),
        (is_replayable, ("flag-on",)),
        (context.is_narrow, ("risk", "sidebar")),
        (context.is_table, ("pan-right", "view")),
        (is_replayable and context.lasts, ("play",)),
        (is_replayable and context.has_statements, ("statement-on",)),
        (is_replayable, ("search",)),
        (is_replayable and context.lasts, ("back",)),
        (True, ("export", "quit")),
    )
    wanted = [name for applies, names in by_importance if applies for name in names][: MAX_KEYS - 1]
    return sorted([*wanted, "help"], key=_ORDER.index)
