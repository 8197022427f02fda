"""Line editor that applies recorded keys to a line, as readline or the terminal driver does, in bounded time per key.

The program that read the keys is unknown, so the result is an approximation: text inserted by history and completion is
only on the screen, and the commands of a vi mode count as text.
"""

from __future__ import annotations

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.input_keys import ENTER, InputKey

MAX_EDITABLE_CHARS = 8192
"""Only the end of a longer line can be edited; a key copies at most this many characters."""
_FROZEN_CHARS = MAX_EDITABLE_CHARS // 2
MAX_KILL_CHARS = 4096
"""Deleted characters that a yank inserts."""
INITIAL_YANK_CHARS, YANK_CHARS_PER_KEY = 1 << 14, 1
"""Characters that yanks may insert: at first, and for each key more, so that the text is linear in the input."""

_WORD = lazy_compile(r"[\W_]*[^\W_]*")
"""A word of readline: letters and digits, and the other characters on the way to it."""
_COMMANDS = {
    "move start": (b"\x01", b"\x1b[H", b"\x1bOH", b"\x1b[1~", b"\x1b[7~"),
    "move end": (b"\x05", b"\x1b[F", b"\x1bOF", b"\x1b[4~", b"\x1b[8~"),
    "move left": (b"\x02", b"\x1b[D", b"\x1bOD"),
    "move right": (b"\x06", b"\x1b[C", b"\x1bOC"),
    "move word-left": (b"\x1bb", b"\x1bB", b"\x1b[1;5D", b"\x1b[1;3D", b"\x1b[5D", b"\x1bOd"),
    "move word-right": (b"\x1bf", b"\x1bF", b"\x1b[1;5C", b"\x1b[1;3C", b"\x1b[5C", b"\x1bOc"),
    "delete left": (b"\x7f", b"\x08"),
    "delete right": (b"\x04", b"\x1b[3~"),
    "kill start": (b"\x15",),
    "kill end": (b"\x0b",),
    "kill blank-left": (b"\x17",),
    "kill word-left": (b"\x1b\x7f", b"\x1b\x08", b"\x1b[3;5~"),
    "kill word-right": (b"\x1bd", b"\x1bD", b"\x1b[3;3~"),
    "yank": (b"\x19",),
    "transpose": (b"\x14",),
    "upper word-right": (b"\x1bu", b"\x1bU"),
    "lower word-right": (b"\x1bl", b"\x1bL"),
    "capitalize word-right": (b"\x1bc", b"\x1bC"),
}
"""What a key does, and up to which position from the cursor on."""
_COMMAND_OF = {data: name for name, keys in _COMMANDS.items() for data in keys}
_KILLS = frozenset(name for name in _COMMANDS if name.startswith("kill"))
_DELETIONS = _KILLS | frozenset(name for name in _COMMANDS if name.startswith("delete"))
_DRIVER_COMMANDS = frozenset(("delete left", "kill start", "kill blank-left"))


class LineEditor:
    """A line and its cursor. Without `readline`, keys work as in the terminal driver: only backspace, ^U and ^W edit.

    `same_start` and `same_end` count the characters at both ends of the line that are unchanged since the last `mark`.
    """

    def __init__(self, *, readline: bool = True) -> None:
        self._readline = readline
        self._killed = ""
        self._kill_continues = False
        self._yank_chars = INITIAL_YANK_CHARS
        self.clear()

    def clear(self) -> None:
        """Start an empty line. Deleted text can still be yanked."""
        self._frozen: list[str] = []  # the start of a long line, in pieces of `_FROZEN_CHARS`
        self._line = ""
        self._cursor = 0
        self.same_start = self.same_end = 0

    def __len__(self) -> int:
        return self._frozen_length + len(self._line)

    @property
    def is_empty(self) -> bool:
        """Return True if the line has no text."""
        return not self._line and not self._frozen

    @property
    def _frozen_length(self) -> int:
        return len(self._frozen) * _FROZEN_CHARS

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join([*self._frozen, self._line])

    def mark(self) -> None:
        """Count `same_start` and `same_end` from now on."""
        self.same_start = self.same_end = len(self)

    def part(self, start: int, end: int) -> str:
        """Return the characters `start` to `end` of the line."""
        first = min(start // _FROZEN_CHARS, len(self._frozen))
        offset = first * _FROZEN_CHARS
        return "".join([*self._frozen[first:], self._line])[start - offset : end - offset]

    @staticmethod
    def deletes(key: InputKey) -> bool:
        """Return True if a key may delete text."""
        return not key.pasted and _COMMAND_OF.get(key.data, "") in _DELETIONS

    def press(self, key: InputKey) -> None:
        """Apply a key. Keys with an unknown effect, and Enter, do not change the line."""
        self._yank_chars += YANK_CHARS_PER_KEY
        if key.is_text or key.pasted:
            text = key.data.decode("utf-8", "replace") if key.is_text else "\n" if key.data in ENTER else ""
            self._replace(self._cursor, self._cursor, text)
            self._kill_continues = False
            return
        command = _COMMAND_OF.get(key.data, "")
        is_kill = command in _KILLS
        if self.is_empty and (command != "yank" or not self._killed):  # nothing to move over, to delete or to insert
            self._killed = self._killed if self._kill_continues or not is_kill else ""
        elif self._readline or command in _DRIVER_COMMANDS:
            self._run(command)
        self._kill_continues = is_kill

    def _run(self, command: str) -> None:
        action, _, target = command.partition(" ")
        line, cursor = self._line, self._cursor
        position = self._position(target)
        start, end = min(cursor, position), max(cursor, position)
        if action == "move":
            self._cursor = max(0, position)
        elif action == "delete":
            self._replace(start, end)
        elif action == "kill":
            if target == "start":
                self._kill_frozen()
            self._kill(start, end)
        elif action == "yank":
            if len(self._killed) <= self._yank_chars:
                self._yank_chars -= len(self._killed)
                self._replace(cursor, cursor, self._killed)
        elif action == "transpose":
            if cursor and len(line) > 1:
                at = min(cursor, len(line) - 1)
                self._replace(at - 1, at + 1, line[at] + line[at - 1])
        elif action:
            self._replace(start, end, getattr(line[start:end], action)())

    def _position(self, target: str) -> int:
        """Return a position in the editable part of the line, -1 for the character before it."""
        line, cursor = self._line, self._cursor
        match target:
            case "start":
                return 0
            case "end":
                return len(line)
            case "left":
                return cursor - 1
            case "right":
                return min(len(line), cursor + 1)
            case "word-left":
                word = _WORD.match(line[:cursor][::-1])
                return cursor - (word.end() if word else 0)
            case "word-right":
                word = _WORD.match(line, cursor)
                return word.end() if word else cursor
            case "blank-left":
                words = line[:cursor].rstrip()
                return len(words) - len(words.rsplit(None, 1)[-1]) if words else 0
        return cursor

    def _kill_frozen(self) -> None:
        """Delete the part of the line that is not editable."""
        if self._frozen:
            self._frozen, self.same_start = [], 0

    def _kill(self, start: int, end: int) -> None:
        """Delete part of the line and keep it for `yank`. Kills without another key between them add up."""
        killed = self._line[start:end]
        if self._kill_continues:
            killed = self._killed + killed if start == self._cursor else killed + self._killed
        self._killed = killed[-MAX_KILL_CHARS:]
        self._replace(start, end)

    def _replace(self, start: int, end: int, text: str = "") -> None:
        """Replace part of the editable line; the cursor goes behind `text`. Nothing is deleted before its start."""
        if start < 0:
            if not self._frozen:
                return
            last = self._frozen.pop()
            self._line, start, end = last + self._line, start + len(last), end + len(last)
        self.same_start = min(self.same_start, self._frozen_length + start)
        self.same_end = min(self.same_end, max(0, len(self._line) - end))
        line, self._cursor = self._line[:start] + text + self._line[end:], start + len(text)
        pieces = max(0, -(-(len(line) - MAX_EDITABLE_CHARS) // _FROZEN_CHARS))
        self._frozen += [line[at * _FROZEN_CHARS : (at + 1) * _FROZEN_CHARS] for at in range(pieces)]
        self._line = line[pieces * _FROZEN_CHARS :]
        self._cursor = max(0, self._cursor - pieces * _FROZEN_CHARS)
