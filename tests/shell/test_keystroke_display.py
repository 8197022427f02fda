"""Keystroke labels: keys, text, pastes, and terminal replies that are not keys."""

from __future__ import annotations

import pytest

from replay_tui.shell.keystroke_display import display_keys, recent_keys
from replay_tui.terminal.input_keys import parse_keys
from tests.support.fixtures import stream_of

CASES = {
    "text": (b"l\xc3\xa9", ["l", "é"]),
    "enter": (b"ls\r", ["l", "s", "⏎"]),
    "control": (b"\x03", ["^C"]),
    "arrow": (b"\x1b[A\x1bOB", ["↑", "↓"]),
    "escape then arrow": (b"\x1b\x1b[A", ["Esc", "↑"]),
    "alt": (b"\x1bx\x1b\x7f", ["Alt+x", "Alt+⌫"]),
    "paste": (b"\x1b[200~rm\x1b[201~", ["[paste ", "r", "m", " paste]"]),
    "function key": (b"\x1bOP\x1b[15~", ["OP", "[15~"]),
    "cursor position report": (b"\x1b[3;1Rx", ["x"]),
    "mouse report": (b"\x1b[<0;10;5Mx", ["x"]),
    "colour report": (b"\x1b]11;rgb:00/00/00\x07x", ["x"]),
    "last byte": (b"\x1b", ["Esc"]),
}


@pytest.mark.parametrize(("data", "labels"), CASES.values(), ids=CASES)
def test_display_keys_labels_each_key(data: bytes, labels: list[str]) -> None:
    assert [key.label for key in display_keys(data)] == labels


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_parse_keys_offsets_name_their_bytes(data: bytes) -> None:
    for key in parse_keys(data):
        assert data[key.offset : key.offset + len(key.data)] == key.data


def test_parse_keys_escape_before_arrow_is_no_text() -> None:
    """Escape followed by an arrow key is neither Alt+Escape nor the text `[A`."""
    assert [key.data for key in parse_keys(b"\x1b\x1b[A")] == [b"\x1b", b"\x1b[A"]


def test_recent_keys_old_keys_are_omitted() -> None:
    stream = stream_of((0.0, "i", b"a"), (20.0, "i", b"b"), (21.0, "o", b"b"), (22.0, "i", b"c"))
    assert [key.label for key in recent_keys(stream, 3)] == ["b"]
    assert [key.label for key in recent_keys(stream, 4, lambda _, data: b"*" * len(data))] == ["*", "*"]


def test_display_keys_of_extended_encodings_are_plain() -> None:
    """The kitty protocol sends a sequence per key, and another one when the key is released."""
    keys = display_keys(b"\x1b[108;1u\x1b[108;1:3u\x1b[115u\x1b[13u\x1b[13;1:3u\x1b[99;5u\x1b[1;1:3A")
    assert [key.label for key in keys] == ["l", "s", "\u23ce", "^C"]
