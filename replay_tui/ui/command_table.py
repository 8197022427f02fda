"""Command table, the single source of key bindings, keys in the footer, help, palette and the README's list of keys.

A command's `id` is stable (settings remap keys by it). Its `action` is `controller.method(arguments)` of the screen it
belongs to; without a controller it is the screen's own Textual action, and with `app.` one of the application.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from textual.actions import parse
from textual.app import App
from textual.binding import Binding, BindingType

from replay_tui.settings.keymap import display_key


class Place(StrEnum):
    """The part of the interface in which a command's keys work."""

    REPLAY = "replay screen"
    SURFACE = "recorded screen and timeline"
    INBOX = "list of sessions"
    FIND = "find screen"
    EVERYWHERE = "everywhere"


_SCOPES = {
    Place.REPLAY: {"replay"}, Place.SURFACE: {"replay"}, Place.INBOX: {"inbox"}, Place.FIND: {"find"},
    Place.EVERYWHERE: {"replay", "inbox", "find"},
}  # fmt: skip


class Group(StrEnum):
    """Headings of the help screen."""

    PLAYBACK = "Playback"
    MOMENTS = "Moments"
    VIEWS = "Views"
    ACTIONS = "Actions"
    INBOX = "List of sessions"
    FIND = "Find in many sessions"
    LEAVING = "Leaving"


class Command(Struct, frozen=True):
    """One command: its stable id, Textual key names, action, heading, short label, and a sentence for the help.

    `shown` is the display text of the keys. `priority` keys are handled by the screen before the focused widget: lists
    do not consume them, and a dialog is open before the next key is dispatched. The action belongs to the screen that
    is one of the `places`.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    group: Group
    label: str
    help: str
    shown: str
    places: tuple[Place, ...] = (Place.REPLAY,)
    priority: bool = True
    palette: bool = True

    @property
    def textual_action(self) -> str:
        """The Textual action, which calls the controller's method through the screen's `action_command`."""
        controller, _, _ = parse(self.action)
        return self.action if controller in ("", "app") else f"command('{self.id}')"

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the keys; two commands may share a key only if they have no scope in common."""
        return frozenset[str]().union(*(_SCOPES[place] for place in self.places))


def _command(
    id: str, keys: str, action: str, group: Group, label: str, help: str, shown: str = "", **more: object
) -> Command:
    return Command(id, tuple(keys.split()), action, group, label, help, shown or keys, **more)  # type: ignore[arg-type]


_P, _M, _V, _A, _I, _L = Group.PLAYBACK, Group.MOMENTS, Group.VIEWS, Group.ACTIONS, Group.INBOX, Group.LEAVING
_SURFACE, _LIST, _ALL = (Place.SURFACE,), (Place.INBOX,), (Place.REPLAY, Place.INBOX, Place.FIND)
_F, _FOUND = Group.FIND, (Place.FIND,)

COMMANDS: tuple[Command, ...] = (
    _command("play", "space", "playback.toggle", _P, "play", "Play or pause; at the end, play from the start", "space"),
    _command("back", "left", "playback.seek_by(-5)", _P, "back 5 s", "Back 5 seconds", "←"),
    _command("on", "right", "playback.seek_by(5)", _P, "forward 5 s", "Forward 5 seconds", "→"),
    _command("back-tenth", "shift+left", "playback.seek_part(-0.1)", _P, "back 10 %", "Back a tenth of the recording",
             "shift+←"),
    _command("on-tenth", "shift+right", "playback.seek_part(0.1)", _P, "forward 10 %",
             "Forward a tenth of the recording", "shift+→"),
    _command("event-back", "comma", "playback.step(-1)", _P, "previous event", "Previous event", ","),
    _command("event-on", "full_stop", "playback.step(1)", _P, "next event", "Next event", "."),
    _command("tenth", "0 1 2 3 4 5 6 7 8 9", "playback.seek_tenth", _P, "to a tenth",
             "Go to that tenth of the recording", "0-9",
             palette=False),
    _command("start", "g", "playback.seek_start", _P, "start", "Go to the start", "g"),
    _command("end", "G", "playback.seek_end", _P, "end", "Go to the end; live: back to now", "G"),
    _command("slower", "less_than_sign", "playback.slower", _P, "slower", "Slower, down to 0.25x", "<"),
    _command("faster", "greater_than_sign", "playback.faster", _P, "faster", "Faster, up to 64x", ">"),
    _command("speed-1", "backspace", "playback.normal_speed", _P, "1x", "Back to normal speed", "backspace"),
    _command("idle", "i", "playback.next_idle", _P, "idle", "Idle gaps: real, capped at 2 s, logarithmic", "i"),
    _command("goto", "colon", "playback.ask_time", _P, "go to", "Go to a time: 95.5, 1:02:03, 50%, @14:03:07", ":"),
    _command("minute-back", "up", "playback.seek_by(-60)", _P, "back 1 min", "Back 1 minute", "↑", places=_SURFACE),
    _command("minute-on", "down", "playback.seek_by(60)", _P, "forward 1 min", "Forward 1 minute", "↓",
             places=_SURFACE),
    _command("ten-back", "pageup", "playback.seek_by(-600)", _P, "back 10 min", "Back 10 minutes", "pgup",
             places=_SURFACE),
    _command("ten-on", "pagedown", "playback.seek_by(600)", _P, "forward 10 min", "Forward 10 minutes", "pgdn",
             places=_SURFACE),
    _command("surface-start", "home", "playback.seek_start", _P, "start", "Go to the start", "home", places=_SURFACE,
             palette=False),
    _command("surface-end", "end", "playback.seek_end", _P, "end", "Go to the end", "end", places=_SURFACE,
             palette=False),
    _command("flag-back", "left_square_bracket", "stepping.flagged(-1)", _M, "previous flagged",
             "Previous flagged moment of medium or high severity", "["),
    _command("flag-on", "right_square_bracket", "stepping.flagged(1)", _M, "flagged",
             "Next flagged moment of medium or high severity", "]"),
    _command("findings-order", "T", "view.order_findings", _M, "order findings",
             "Findings: worst first or by time", "T"),
    _command("worst", "asterisk", "stepping.worst", _M, "worst", "The worst moment", "*"),
    _command("statement-on", "s", "stepping.statement(1)", _M, "statement", "Next statement", "s"),
    _command("statement-back", "S", "stepping.statement(-1)", _M, "previous statement", "Previous statement", "S"),
    _command("search", "slash", "search.open", _M, "search",
             "Search the screen, scrolled-off lines, input and statements", "/"),
    _command("hit-on", "n", "search.hit(1)", _M, "next match", "Next search match", "n"),
    _command("hit-back", "N", "search.hit(-1)", _M, "previous match", "Previous search match", "N"),
    _command("filter", "backslash", "filtering.filter_list", _M, "filter", "Filter the focused list", "\\"),
    _command("hide-input", "I", "filtering.hide('i')", _V, "input", "Hide or show input events", "I"),
    _command("hide-output", "O", "filtering.hide('o')", _V, "output", "Hide or show output events", "O"),
    _command("hide-errors", "E", "filtering.hide('e')", _V, "errors", "Hide or show error events", "E"),
    _command("keystrokes", "K", "view.keystrokes", _V, "keystrokes", "Show typed keys over the screen", "K"),
    _command("transcript", "t", "view.transcript", _V, "transcript", "The session's text, with scrollback", "t"),
    _command("raw", "r", "view.raw", _V, "raw bytes", "The bytes of every event", "r"),
    _command("view", "v", "view.choose", _V, "view", "Change view: choose one that applies", "v"),
    _command("sidebar", "b", "view.sidebar", _V, "sidebar", "Metadata and review", "b"),
    _command("risk", "a", "view.risk", _V, "risk", "AI risk panel and findings", "a"),
    _command("commands", "C", "view.commands", _V, "commands",
             "The commands of a terminal session; beside the screen from 140 columns", "C"),
    _command("details", "d", "view.details", _V, "details", "Show or fold ids, sizes and metadata in the panels", "d"),
    _command("full", "f", "view.full", _V, "full screen", "Show only the recording", "f"),
    _command("fit", "w", "view.fit", _V, "fit or pan", "Follow the cursor, or keep the view fixed", "w"),
    _command("pan-left", "ctrl+left", "view.pan(-8, 0)", _V, "pan left", "Pan left", "ctrl+←", palette=False),
    _command("pan-right", "ctrl+right", "view.pan(8, 0)", _V, "pan right", "Pan right", "ctrl+→",
             palette=False),
    _command("pan-up", "ctrl+up", "view.pan(0, -4)", _V, "pan up", "Pan up", "ctrl+↑", palette=False),
    _command("pan-down", "ctrl+down", "view.pan(0, 4)", _V, "pan down", "Pan down", "ctrl+↓", palette=False),
    _command("size", "Z", "filtering.ask_size", _V, "size", "Set the recorded terminal's size", "Z"),
    _command("clock", "c", "view.next_clock", _V, "clock", "Clock: elapsed, local, UTC", "c"),
    _command("unmask", "u", "filtering.unmask", _V, "unmask", "Show or mask hidden input", "u"),
    _command("next-pane", "tab", "app.focus_next", _V, "next pane", "Next pane", "tab", palette=False,
             places=(Place.REPLAY, Place.FIND)),
    _command("previous-pane", "shift+tab", "app.focus_previous", _V, "previous pane", "Previous pane", "shift+tab",
             palette=False, places=(Place.REPLAY, Place.FIND)),
    _command("approve", "A", "review.approve", _A, "approve", "Approve; asks first", "A"),
    _command("reject", "R", "review.reject", _A, "reject", "Reject, with a reason", "R"),
    _command("revoke", "V", "review.revoke", _A, "revoke", "Revoke access that was granted", "V"),
    _command("other", "exclamation_mark", "review.choose", _A, "other actions",
             "All actions, and why some are unavailable: time window, force, run, kill, metadata", "!"),
    _command("bookmark", "m", "bookmarks.add", _A, "bookmark", "Bookmark this moment, with a note", "m"),
    _command("bookmarks", "M", "bookmarks.choose", _A, "bookmarks", "Go to a bookmark", "M"),
    _command("export", "x", "export.choose", _A, "export", "Export: report, casts, text, pictures, pages, events", "x"),
    _command("copy", "y", "view.copy", _A, "copy", "Copy the screen, statement or line", "y"),
    _command("copy-command", "Y", "view.copy_command", _A, "copy command",
             "Copy a command that opens this session at this moment again", "Y"),
    _command("previous-session", "left_curly_bracket", "session_list.neighbour(-1)", _A, "previous session",
             "Previous session of the list", "{"),
    _command("next-session", "right_curly_bracket", "session_list.neighbour(1)", _A, "next session",
             "Next session of the list", "}"),
    _command("next-waiting", "W", "session_list.next_waiting", _A, "next that waits for me",
             "Open the next session that waits for my decision", "W"),
    _command("batch", "B", "session_list.batch", _A, "batch",
             "The sessions of the same batch or correlation id, as the list", "B"),
    _command("set-findings", "F", "session_list.findings", _A, "findings of all",
             "Findings of all sessions of the list", "F"),
    _command("inbox-open", "enter", "opening.choose", _I, "open", "Replay the session", "enter", places=_LIST,
             priority=False),  # bound by the list itself
    _command("inbox-text", "slash", "filtering.ask_text", _I, "text", "Only sessions that contain a text", "/",
             places=_LIST),
    _command("inbox-filters", "backslash", "filtering.ask_filters", _I, "filters",
             "Filters of the gateway: review=PENDING since=7d",
             "\\", places=_LIST),
    _command("inbox-mine", "W", "filtering.toggle_mine", _I, "waits for me",
             "Only sessions that wait for my decision, the oldest first", "W", places=_LIST),
    _command("inbox-flagged", "F", "filtering.toggle_flagged", _I, "flagged",
             "Only flagged: risk from medium, guardrails, pending reviews, findings", "F", places=_LIST),
    _command("inbox-view", "tab", "filtering.next_view(1)", _I, "next view",
             "Next view: all, waits for me, flagged, live", "tab", places=_LIST),
    _command("inbox-view-back", "shift+tab", "filtering.next_view(-1)", _I, "previous view", "Previous view",
             "shift+tab", places=_LIST, palette=False),
    _command("inbox-preview", "p", "previewing.toggle", _I, "preview",
             "Show or hide the preview of the selected session; shown from 120 columns", "p", places=_LIST),
    _command("inbox-sort", "T", "filtering.next_sort", _I, "sort",
             "Sort: newest, riskiest, longest, largest, and others; a click on a column sorts by it", "T",
             places=_LIST),
    _command("inbox-mark", "m", "marking.mark", _I, "mark", "Mark as reviewed with a note, or remove the mark", "m",
             places=_LIST),
    _command("inbox-refresh", "ctrl+r", "paging.refresh", _I, "refresh", "Reload the list; the cursor stays", "ctrl+r",
             places=_LIST),
    _command("find", "ctrl+f", "app.find", _F, "find in many", "Find a text in all sessions of the library", "ctrl+f",
             places=_ALL),
    _command("find-open", "enter", "opening.choose", _F, "open", "Open the session at the moment of the hit", "enter",
             places=_FOUND, priority=False),  # bound by the list itself
    _command("find-text", "slash", "searching.ask", _F, "text", "Search for another text", "/", places=_FOUND),
    _command("find-areas", "v", "searching.next_areas", _F, "where",
             "Where to search: everything, statements, typed input, screen and output, findings", "v", places=_FOUND),
    _command("find-new", "n", "searching.toggle_new", _F, "new only",
             "Only statements of a shape that is new for their user, or everything", "n", places=_FOUND),
    _command("find-facets", "f", "narrowing.toggle_facets", _F, "narrow",
             "Narrow by user, connection, day or verb; back to the hits", "f", places=_FOUND),
    _command("find-widen", "backspace", "narrowing.clear", _F, "widen", "Remove the narrowing", "backspace",
             places=_FOUND),
    _command("find-preview", "p", "previewing.toggle", _F, "preview", "Show or hide the preview of the hit", "p",
             places=_FOUND),
    _command("find-save", "m", "saving.toggle", _F, "save", "Save this search, or remove it from the saved ones", "m",
             places=_FOUND),
    _command("find-saved", "M", "saving.choose", _F, "saved searches", "Choose a saved search", "M", places=_FOUND),
    _command("help", "question_mark", "help", _L, "help", "All keys", "?", places=_ALL),
    _command("palette", "ctrl+p", "app.command_palette", _L, "palette", "Command palette", "ctrl+p", places=_ALL,
             palette=False),
    _command("close", "escape", "close", _L, "close", "Close the top dialog or overlay, end a filter; never quits",
             "esc", places=_ALL, palette=False),
    _command("quit", "q", "leave", _L, "back, quit", "Close the overlay, else go back, else quit", "q", places=_ALL),
    _command("interrupt", "ctrl+c", "app.interrupt", _L, "end", "Copy a selection, else end the program at once",
             "ctrl+c", places=(Place.EVERYWHERE,), palette=False),
    _command("suspend", "ctrl+z", "app.suspend", _L, "suspend", "Suspend the program; `fg` in the shell continues it",
             "ctrl+z", places=(Place.EVERYWHERE,), palette=False),
)  # fmt: skip

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}


def commands_with_keys(keymap: Mapping[str, tuple[str, ...]]) -> tuple[Command, ...]:
    """Return the table with the keys of `keymap` (by command id) and their display text."""
    return tuple(
        command
        if (keys := keymap.get(command.id, command.keys)) == command.keys
        else replace(command, keys=keys, shown=" ".join(map(display_key, keys)))
        for command in COMMANDS
    )


def commands_of(app: App[Any]) -> tuple[Command, ...]:
    """Return the table with the keys that the settings of `app` define."""
    found: tuple[Command, ...] = getattr(app, "commands", COMMANDS)
    return found


def shown_keys(app: App[Any], command_id: str) -> str:
    """Return the display text of a command's keys, empty if it has none."""
    return next(one.shown for one in commands_of(app) if one.id == command_id)


def place_of(screen: object) -> Place | None:
    """Return the place whose commands a screen has, None for dialogs."""
    place: Place | None = getattr(screen, "PLACE", None)
    return place


def run_command(controllers: object, command_id: str, *more: object) -> None:
    """Call the method that a command names: `playback.seek_by(-5)` is `controllers.playback.seek_by(-5, *more)`."""
    controller, method, arguments = parse(BY_ID[command_id].action)
    getattr(getattr(controllers, controller), method)(*arguments, *more)


def bindings(place: Place) -> list[BindingType]:
    """Return the Textual bindings of a place. A command with several digit keys gets the digit as its argument."""
    # The actions are the screen's: a widget's binding would look for them on the widget.
    owner = "screen." if place is Place.SURFACE else ""
    found: list[BindingType] = []
    for command in COMMANDS:
        if place not in command.places:
            continue
        priority = command.priority and place is not Place.SURFACE
        for key in command.keys:
            action = owner + command.textual_action
            if len(command.keys) > 1 and key.isdigit():
                action = f"{action.removesuffix(')')}, {key})"
            found.append(Binding(key, action, command.label, show=False, priority=priority, id=f"{command.id}.{key}"))
    return found


def keys_table() -> str:
    """Return the list of keys as a Markdown table, for the README."""
    rows = ["| key | does |", "| --- | --- |"]
    for group in Group:
        rows.append(f"| **{group.value}** | |")
        for command in COMMANDS:
            if command.group is group:
                key = command.shown.replace("|", "\\|")
                rows.append(f"| `{key}` | {command.help} |")
    return "\n".join(rows)
