"""Line editor: the keys of readline and of the terminal driver, and work that is linear in the number of keys."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.shell.commands import read_shell_commands
from replay_tui.shell.typed_lines import CONTEXT_CHARS, typed_lines
from replay_tui.terminal.input_keys import parse_keys
from replay_tui.terminal.line_editor import INITIAL_YANK_CHARS, YANK_CHARS_PER_KEY, LineEditor
from tests.support.effort import THOROUGH, cases, sampled
from tests.support.fixtures import stream_of

pytestmark = pytest.mark.slow

CONTROLS = [bytes((code,)) for code in range(32) if code not in (0x1B,)] + [b"\x7f"]
META = [b"\x1b" + bytes((code,)) for code in range(0x21, 0x7F) if chr(code) not in "[OP]X^_"] + [b"\x1b\x7f"]
CSI = [f"\x1b[{params}{final}".encode() for params in ("", "1;5", "1;3") for final in "ABCDFHPQS"]
TILDES = [f"\x1b[{number}~".encode() for number in (1, 2, 3, 4, 5, 6, 7, 8, "3;5", "3;3", "200", "201")]
KITTY = [f"\x1b[{code};{modifiers}u".encode() for code in (97, 119, 121, 117, 127, 13) for modifiers in (1, 3, 5)]
KEYS = [*CONTROLS, *META, *CSI, *TILDES, *KITTY, b"\x1bOA", b"\x1bOC", b"\x1bOH", b"\x1bOF"]
"""Every key of readline's emacs and vi modes, and the function keys. A thorough run feeds 1 MiB of each."""
STREAM_BYTES = 1 << 20 if THOROUGH else 1 << 13
LINE = b"some words of a line " * 500
LONG_LINE = LINE * 100


def edited(*parts: bytes, readline: bool = True) -> LineEditor:
    editor = LineEditor(readline=readline)
    for key in parse_keys(b"".join(parts)):
        editor.press(key)
    return editor


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (b"ls\x7f", "l"),
        (b"\x7fls", "ls"),
        (b"rm -rf /srv/data  \x17x", "rm -rf x"),
        (b"rm -rf /srv/data\x1b\x7fx", "rm -rf /srv/x"),
        (b"rm -rf\x15ls", "ls"),
        (b"s -l\x01l\x05a", "ls -la"),
        (b"ac\x1b[Db\x1b[Cd", "abcd"),
        (b"abc\x1b[D\x1b[D\x0b", "a"),
        (b"abc\x1b[H\x1b[3~", "bc"),
        (b"abc\x01\x04\x04\x04\x04", ""),
        (b"one two three\x1bb\x1bb\x1bd", "one  three"),
        (b"one two\x17\x01\x19 ", "two one "),
        (b"one two three\x17\x17\x19", "one two three"),
        (b"ab\x14", "ba"),
        (b"one two\x1bb\x1bu", "one TWO"),
        (b"\x1b[200~a\x15\r\nb\x1b[201~", "a\n\nb"),
        (b"gr\xc3\xbcn\x7f\x7f", "gr"),
        (b"a\x1b[A\x1b[15~\x0cb", "ab"),
    ],
)
def test_line_editor_readline_keys_edit(keys: bytes, text: str) -> None:
    assert edited(keys).text == text
    assert len(edited(keys)) == len(text)


def test_line_editor_driver_keys_edit() -> None:
    """A password prompt reads the line from the terminal driver, which knows three keys."""
    assert edited(b"one two\x7f\x17three\x01\x0bx", readline=False).text == "one threex"
    assert edited(b"one\x15two", readline=False).text == "two"


def test_line_editor_long_line_is_kept() -> None:
    assert edited(b"x" * 100_000, b"y" * 3).text == "x" * 100_000 + "yyy"
    assert edited(b"x" * 100_000, b"\x7f" * 99_999).text == "x"
    assert edited(b"x" * 100_000, b"\x15y").text == "y"


@given(st.lists(st.sampled_from(KEYS) | st.sampled_from([b"a", b" b", b"\xc3\xa9"]), max_size=60))
@settings(max_examples=cases(100), deadline=None)
def test_line_editor_reports_unchanged_ends(keys: list[bytes]) -> None:
    editor = edited(LINE[:40])
    before = editor.text
    editor.mark()
    for key in parse_keys(b"".join(keys)):
        editor.press(key)
    text = editor.text
    assert len(editor) == len(text)
    start, end = editor.same_start, editor.same_end
    assert text[:start] == before[:start]
    assert text[len(text) - end :] == before[len(before) - end :]
    assert editor.part(1, 9) == text[1:9]


def cpu_seconds(data: bytes) -> float:
    """Return the least CPU time of three runs."""
    keys, spent = parse_keys(LONG_LINE + data), []
    for _ in range(3):
        begin, editor = time.thread_time(), LineEditor()
        for key in keys:
            editor.press(key)
        spent.append(time.thread_time() - begin)
        assert len(editor) <= INITIAL_YANK_CHARS + (YANK_CHARS_PER_KEY + 1) * (len(LONG_LINE) + len(data))
    return min(spent)


@sampled("pattern", [*KEYS, b"\x17\x19", b"\x01\x05", b"\x01\x0b\x19", b"\x1bb\x1bf", b"x\x7f", b"\x01x"], daily=40)
def test_line_editor_any_key_takes_constant_time(pattern: bytes) -> None:
    """CPU time on a line of 1 MB, compared with keys that have no effect."""
    repeated = pattern * (STREAM_BYTES // len(pattern))
    reference = b"\x0c" * len(parse_keys(repeated))
    assert cpu_seconds(repeated) < 60 * cpu_seconds(reference) + 0.05


@given(st.lists(st.sampled_from([*KEYS, b"x", b"yz "]), min_size=1, max_size=5))
@settings(max_examples=cases(20), deadline=None)
def test_typed_lines_any_keys_are_linear(pattern: list[bytes]) -> None:
    """The recorded text is bounded, too, although every deletion records the text before it."""
    data = LINE + b"".join(pattern) * (STREAM_BYTES // len(b"".join(pattern)))
    lines = list(typed_lines(stream_of((0.0, "i", data))))
    keys = len(parse_keys(data))
    assert (
        sum(len(line.text) for line in lines)
        <= (2 * CONTEXT_CHARS + YANK_CHARS_PER_KEY + 2) * keys + 2 * len(data) + INITIAL_YANK_CHARS
    )
    assert all(line.growth for line in lines)


@pytest.mark.parametrize(
    "pattern", [b"x", b"x ", b"\x17", b"x\x17", b"\x19", b"x\x17\x19\x19", b"\r", b"x\r", b"\x1b[A", b"\x1b[?1;2c"]
)
@sampled("prompt", [b"$ ", b"\x1b[?2004h$ ", b"Password: "], daily=1)
def test_shell_commands_long_key_stream_is_read(pattern: bytes, prompt: bytes) -> None:
    """One event with all keys; a pass over the keys for each of them would take minutes (hours in a thorough run)."""
    data = pattern * (4 * STREAM_BYTES // len(pattern))
    read_shell_commands(stream_of((0.0, "o", prompt), (1.0, "i", data), (2.0, "o", b"\r\n"), (3.0, "i", b"\r")))
