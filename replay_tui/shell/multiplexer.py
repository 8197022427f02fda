"""Terminal multiplexers (tmux, screen): shells that run on the alternate screen, and keys that they do not receive."""

from __future__ import annotations

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.input_keys import InputKey

_COMMAND = lazy_compile(r"(?:^|[;&|/\s])(tmux|screen|byobu|zellij|dvtm|abduco|tmate|mtm)\b")
_SCREEN_PREFIX, _USUAL_PREFIX = b"\x01", b"\x02"


class Multiplexer:
    """State of a terminal multiplexer. `is_active`: one runs, so that commands are typed on the alternate screen."""

    def __init__(self) -> None:
        self.is_active = False
        self._prefix = _USUAL_PREFIX
        self._is_prefixed = False

    def update(self, alternate: bool, command: str) -> None:
        """Update `is_active`; `alternate`: the alternate screen is active, `command`: the last one before that."""
        if not alternate:
            self.is_active = False
        elif not self.is_active and (found := _COMMAND.search(command)):
            self.is_active = True
            self._prefix = _SCREEN_PREFIX if found[1] == "screen" else _USUAL_PREFIX

    def without_own_keys(self, pressed: list[InputKey]) -> list[InputKey]:
        """Return the keys without the prefix key and the character after it, which is a multiplexer's command."""
        kept = []
        for key in pressed:
            if self._is_prefixed and key.data:
                self._is_prefixed = False
                if key.is_text and 1 < len(key.data) == key.size:
                    kept.append(key._replace(data=key.data[1:], offset=key.offset + 1, size=key.size - 1))
            elif key.data == self._prefix:
                self._is_prefixed = True
            else:
                kept.append(key)
        return kept
