"""Input parser: Escape and the keys after it stay apart, and split sequences are decoded."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from replay_tui.ui.input_parser import InputParser, escape_delay
from tests.support.clock import FakeClock
from tests.support.effort import cases


def keys(*pieces: str, pause: float = 0.0, alt: tuple[str, ...] = ()) -> list[str]:
    """Return the keys of input that arrives in pieces, `pause` seconds apart."""
    clock = FakeClock()
    parser = InputParser(alt, clock=clock)
    found: list[Message] = []
    for piece in filter(None, pieces):
        found += list(parser.feed(piece))
        clock.advance(pause)
        if pause:
            found += list(parser.tick())
    clock.advance(1.0)
    found += list(parser.tick())
    assert parser.wait_seconds is None
    return [one.key if isinstance(one, events.Key) else type(one).__name__ for one in found]


TYPED = ["q", "b", "f", "1", "-", "[", "]", "O", "P", "\t", "\r", "/", "\x7f"]
NAMES = [
    "q", "b", "f", "1", "minus", "left_square_bracket", "right_square_bracket", "O", "P", "tab", "enter", "slash",
    "backspace",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "name"), list(zip(TYPED, NAMES, strict=True)), ids=NAMES)
@pytest.mark.parametrize("pause", [0.0, 0.001, 0.019, 0.021, 0.5])
def test_escape_before_a_key_stays_escape(typed: str, name: str, pause: float):
    assert keys(f"\x1b{typed}") == ["escape", name]
    assert keys("\x1b", typed, pause=pause) == ["escape", name]
    assert keys(f"a\x1b{typed}", "\x1b", pause=pause) == ["a", "escape", name, "escape"]


@pytest.mark.parametrize(("first", "second"), list(product(["[", "O"], ["q", "[", "]", "/"])))
def test_escape_before_two_keys_keeps_their_order(first: str, second: str):
    if first + second == "Oq":
        pytest.skip("a key of the keypad")
    assert keys(f"\x1b{first}{second}")[0] == "escape"
    assert len(keys(f"\x1b{first}{second}")) == 3


def test_escape_repeated_is_reported_each_time():
    assert keys("\x1b\x1b\x1b") == ["escape"] * 3
    assert keys("\x1b\x1b[A") == ["escape", "up"]
    assert keys("\x1b[", "\x1b") == ["escape", "left_square_bracket", "escape"]


SEQUENCES = {
    "\x1b[A": "up", "\x1bOA": "up", "\x1b[1;5C": "ctrl+right", "\x1b[5~": "pageup", "\x1b[27u": "escape",
    "\x1b[97;;97u": "a", "\x1b[[A": "f1", "\x1bOP": "f1", "\x1b[7$": "shift+home", "\x1b[I": "AppFocus",
    "\x1b[<0;2;3M": "MouseDown", "\x1b[M !!": "z", "\x1b[120;3u": "alt+x",
    "\x1b[?2026;2$y": "TerminalSupportsSynchronizedOutput", "\x1b[200~a\x1bb\nc\x1b[201~": "Paste",
}  # fmt: skip


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_sequence_cut_anywhere_is_decoded(sequence: str):
    for cut in range(1, len(sequence) + 1):
        assert keys(sequence[:cut], sequence[cut:] or "z", "z")[0] == SEQUENCES[sequence]


@pytest.mark.parametrize("sequence", ["\x1b[99;99x", "\x1b[?1;2c", "\x1b[" + "1;" * 40 + "m", "\x1b[>4;1m"])
def test_unknown_sequence_types_nothing(sequence: str):
    assert keys(f"a{sequence}b") == ["a", "b"]


def test_line_feed_is_enter():
    """Enter typed before the terminal is in raw mode."""
    assert keys("a\nb\r") == ["a", "enter", "b", "enter"]


def test_paste_keeps_escapes_as_text():
    parser = InputParser()
    (paste,) = (*parser.feed("\x1b[200~a\x1b[A"), *parser.feed("b\x00c\x1b[20"), *parser.feed("1~"))
    assert isinstance(paste, events.Paste)
    assert paste.text == "a\x1b[Abc"


def test_bound_alt_key_wins_over_escape():
    alt = ("alt+q", "alt+X", "alt+left_square_bracket")
    assert keys("\x1bq\x1bX\x1bx", alt=alt) == ["alt+q", "alt+X", "escape", "x"]
    assert keys("\x1b[", alt=alt) == ["alt+left_square_bracket"]
    assert keys("\x1b", "q", pause=0.5, alt=alt) == ["escape", "q"]


def test_escape_delay_obeys_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ESCDELAY", raising=False)
    assert escape_delay() == 0.02
    for written, seconds in (("5", 0.005), ("0", 0.001), ("junk", 0.02), ("²", 0.02), ("", 0.02)):
        monkeypatch.setenv("ESCDELAY", written)
        assert escape_delay() == seconds


@pytest.mark.parametrize(
    ("sequence", "found"),
    [
        ("\x1b[97:65;2u", ["A"]), ("\x1b[97:65;2:1;65u", ["A"]), ("\x1b[97::99;5u", ["ctrl+a"]),
        ("\x1b[97;1:3u", []), ("\x1b[97;1:2u", ["a"]), ("\x1b[97;:1u", ["a"]), ("\x1b[1;1:1A", ["up"]),
        ("\x1b[1;5:3C", []), ("\x1b[1;5:2C", ["ctrl+right"]), ("\x1b[5;1:1~", ["pageup"]), ("\x1b[97;;97:27u", ["a"]),
        ("\x1b[1114112u", []), ("\x1b[55296u", []), ("\x1b[97;999999u", []), ("\x1b[999999999999~", []),
        ("\x1b[97;1;1114112u", ["a"]), ("\x1b[48;24;80;480;800t", ["Resize"]), ("\x1b[48;24;80;0;0t", []),
        ("\x1b[48;0;0;0;0t", []), ("\x1b[48;99999;99999;9;9t", []),
    ],
)  # fmt: skip
def test_extended_keys_are_decoded_or_ignored(sequence: str, found: list[str]):
    assert keys(f"x{sequence}y") == ["x", *found, "y"]


FRAGMENTS = [
    "\x1b",
    "\x1b[",
    "\x1bO",
    "<",
    ">",
    "?",
    ":",
    ";",
    "$",
    "0",
    "1",
    "97",
    "65",
    "1114112",
    "55296",
    "9" * 20,
    "48;",
    "u",
    "~",
    "A",
    "M",
    "m",
    "R",
    "t",
    "$y",
    "I",
    "\x1b[M",
    "\x1b[<",
    "\x1b[48;",
    "\x1b[97:",
    "\x1b]",
    "\x1bP",
    "\x9b",
    "\x00",
    "\ufffd",
    "\U0001f600",
    "\u0663",
    "q",
]


@settings(max_examples=cases(100))
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text("\x1b[O?;:0AMq$~\x00", max_size=8), max_size=8))
def test_any_input_leaves_the_parser_working(pieces: list[str]):
    assert keys(*pieces, "\x1b[200~\x1b[201~", "z")[-1] == "z"
