"""Contents of the help screen: keys of the focused pane, commands, symbols of the timeline, and the mouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from replay_tui.ui.command_table import Command, Group, Place
from replay_tui.ui.widgets.timeline import LEGEND


class HelpPane(StrEnum):
    """What has the focus while help is opened; the value is the heading of its keys."""

    LIST = "In this list"
    SURFACE = "On the recorded screen and the timeline"
    TEXT = "In this text"
    OTHER = ""


class HelpEntry(Struct, frozen=True):
    """One line of help: keys or a symbol, and what it does or means."""

    keys: str
    text: str


class HelpGroup(Struct, frozen=True):
    """Entries under a heading."""

    title: str
    entries: Sequence[HelpEntry]


_LIST = (
    HelpEntry("↑ ↓ k j", "Up and down"),
    HelpEntry("pgup pgdn", "A page up or down"),
    HelpEntry("home end", "First or last row"),
    HelpEntry("enter", "Choose the row; on the replay screen go to its moment"),
)
_TEXT = (
    HelpEntry("↑ ↓", "Scroll"),
    HelpEntry("pgup pgdn", "Scroll by a page"),
    HelpEntry("home end", "To the top or bottom"),
)
_REPLAY_MOUSE = (
    HelpEntry("timeline", "Click or drag: go to that moment; on a mark: to its exact time; the wheel moves 5 s"),
    HelpEntry("screen", "Wheel up: the scrolled-off lines; drag selects text, ctrl+c copies it"),
    HelpEntry("lists", "Click a row: go to its moment"),
    HelpEntry("footer", "Click a key"),
)
_INBOX_MOUSE = (
    HelpEntry("rows", "Click selects, a second click opens"),
    HelpEntry("titles", "Click a column to sort by it"),
    HelpEntry("tabs", "Click a view"),
)
_MOUSE = {Place.REPLAY: _REPLAY_MOUSE, Place.INBOX: _INBOX_MOUSE, Place.FIND: _INBOX_MOUSE[:1]}
_ORDER = {
    Place.REPLAY: (Group.PLAYBACK, Group.MOMENTS, Group.VIEWS, Group.ACTIONS, Group.FIND, Group.LEAVING),
    Place.INBOX: (Group.INBOX, Group.FIND, Group.LEAVING),
    Place.FIND: (Group.FIND, Group.LEAVING),
}


def help_groups(place: Place, pane: HelpPane, commands: Sequence[Command]) -> list[HelpGroup]:
    """Return all help for a place, the keys of the focused pane first and those of the other place last."""
    first = _ORDER[place]
    rest = tuple(group for group in Group if group not in first)
    groups = [_pane_group(pane, commands), *(_command_group(group, commands) for group in first)]
    if place is Place.REPLAY:
        groups.append(HelpGroup("Timeline", [HelpEntry(symbol, text) for symbol, text in LEGEND]))
    groups.append(HelpGroup("Mouse", _MOUSE[place]))
    groups += [_command_group(group, commands) for group in rest]
    return [group for group in groups if group.entries]


def _pane_group(pane: HelpPane, commands: Iterable[Command]) -> HelpGroup:
    if pane is HelpPane.SURFACE:
        moves = [HelpEntry(one.shown, one.help) for one in commands if Place.SURFACE in one.places and one.shown]
        return HelpGroup(pane, moves)
    return HelpGroup(pane, {HelpPane.LIST: _LIST, HelpPane.TEXT: _TEXT}.get(pane, ()))


def _command_group(group: Group, commands: Iterable[Command]) -> HelpGroup:
    entries = [
        HelpEntry(one.shown or "-", one.help)
        for one in commands
        if one.group is group and Place.SURFACE not in one.places
    ]
    return HelpGroup(group.value, entries)


def matching_groups(groups: Iterable[HelpGroup], wanted: str) -> Iterator[HelpGroup]:
    """Yield the groups with the entries that contain every word of `wanted`, ignoring case.

    A single character is searched as a key first, so that `*` finds what the key does.
    """
    words = wanted.lower().split()
    for group in groups:
        if len(wanted.strip()) == 1:
            entries = [one for one in group.entries if wanted.strip() in one.keys.split()]
        else:
            entries = [
                one
                for one in group.entries
                if all(word in f"{one.keys} {one.text} {group.title}".lower() for word in words)
            ]
        if entries:
            yield HelpGroup(group.title, entries)


def split_groups(groups: Sequence[HelpGroup]) -> tuple[list[HelpGroup], list[HelpGroup]]:
    """Return the groups of the left and of the right column, which have about the same number of rows."""
    total = sum(len(group.entries) + 2 for group in groups)
    left: list[HelpGroup] = []
    rows = 0
    for group in groups:
        if left and rows + (len(group.entries) + 2) / 2 > total / 2:
            break
        left.append(group)
        rows += len(group.entries) + 2
    return left, list(groups[len(left) :])
