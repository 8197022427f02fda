"""The footer: the six keys that matter in the current state, or a caption for the current moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from rich.text import Text
from textual.widgets import Static

from replay_tui.ui.command_table import Command, commands_of

MAX_KEYS = 6
INBOX_FOOTER = ("inbox-open", "inbox-mine", "inbox-flagged", "inbox-sort", "inbox-text", "help")
"""The keys of the list of sessions."""
FIND_FOOTER = ("find-open", "find-text", "find-facets", "find-areas", "find-save", "help")
"""The keys of the find screen."""
_ORDER = (
    *("next-waiting", "approve", "reject", "other", "next-session", "play", "back", "flag-on", "statement-on"),
    *("pan-right", "view", "risk", "sidebar", "set-findings", "search", "export", "quit", "help"),
)


class FooterContext(Struct, frozen=True):
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
        (is_replayable and context.has_list, ("set-findings",)),
        (is_replayable, ("search",)),
        (is_replayable and context.lasts, ("back",)),
        (True, ("export", "quit")),
    )
    wanted = [name for applies, names in by_importance if applies for name in names][: MAX_KEYS - 1]
    return sorted([*wanted, "help"], key=_ORDER.index)


_PAIRS = {
    "back": ("back", "on"), "flag-on": ("flag-back", "flag-on"), "statement-on": ("statement-on", "statement-back"),
    "pan-right": ("pan-left", "pan-right"), "next-session": ("previous-session", "next-session"),
}  # fmt: skip
_LABELS = {
    "back": "5 s", "play": "play/pause", "pan-right": "columns", "next-session": "session", "sidebar": "session",
    "other": "more", "quit": "back",
}  # fmt: skip


_BESIDE_CAPTION = ("flag-on", "risk", "help")
"""Keys that stay while a caption is shown, the last two of them in a narrow terminal."""
NARROW_COLUMNS = 100


class KeyBar(Static):
    """Keys of some commands of the table, in their order, or a caption and few keys instead."""

    _subject: object = ()
    _caption: Text | None = None
    _place = ""

    def __init__(self, ids: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ids = list(ids)

    def on_mount(self) -> None:
        self._write()

    def on_resize(self) -> None:
        self._write()

    def show_keys(self, ids: Sequence[str], place: str = "") -> None:
        """Show the keys of the commands `ids`, of which few are left beside a caption.

        `place` is the session's position in the list: `2 of 4`.
        """
        if (self._ids, self._place) != (list(ids), place):
            self._ids, self._place = list(ids), place
            self._write()

    def show_caption(self, subject: object, caption: Callable[[], Text]) -> None:
        """Show the caption of a `subject` (built when the subject changes), or only keys if it is empty."""
        if subject != self._subject:
            self._subject = subject
            self._caption = caption() if subject else None
            self._write()

    def _write(self) -> None:
        width = self.size.width
        if self._caption is None:
            text = self._keys(self._ids, width)
        else:
            kept = [one for one in self._ids if one in _BESIDE_CAPTION]
            keys = self._keys(kept if width >= NARROW_COLUMNS else kept[-2:], width)
            text = self._caption.copy()
            text.truncate(max(0, width - keys.cell_len - 1), overflow="ellipsis", pad=True)
            text.append(" ")
            text.append_text(keys)
        self.update(text, layout=False)  # the bar has a fixed size

    def _keys(self, ids: Sequence[str], width: int) -> Text:
        commands = {command.id: command for command in commands_of(self.app)}
        keys = [_entry(commands[one], commands, self._place) for one in ids if commands[one].keys]
        # If not all fit, drop the last ones, but keep the very last: help lists all keys.
        while len(keys) > 1 and sum(len(key) + len(label) + 3 for key, label in keys) > width:
            del keys[-2]
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        for key, label in keys:
            text.append(f" {key}", "bold")
            text.append(f" {label} ", "dim")
        return text


def _entry(command: Command, commands: Mapping[str, Command], place: str) -> tuple[str, str]:
    """Return the keys and the label of a command, with both keys of a pair and the `place` in the list of sessions."""
    pair = (commands[one].shown for one in _PAIRS.get(command.id, (command.id,)))
    label = _LABELS.get(command.id, command.label)
    return " ".join(filter(None, pair)), f"{label} {place}".rstrip() if command.id == "next-session" else label
