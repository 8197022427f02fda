"""Redaction of hidden input in texts, payloads, screens and statements."""

from __future__ import annotations

import pytest

from replay_tui.domain.event_stream import RedactedSpan
from replay_tui.domain.statement import Statement
from replay_tui.redaction.redactor import BULLET, HiddenInput, Redactor
from tests.support.fixtures import drawn


def redactor_of(*texts: str, spans: tuple[RedactedSpan, ...] = ()) -> Redactor:
    return Redactor(HiddenInput(text, spans, 0.0, 1.0) for text in texts)


def test_redactor_four_characters_are_hidden_in_texts() -> None:
    redactor = redactor_of("ab4z")
    assert redactor.text("login ab4z now") == f"login {BULLET * 4} now"
    assert redactor.payload(7, b"login ab4z now") == b"login **** now"


def test_redactor_three_characters_are_kept_in_texts() -> None:
    redactor = redactor_of("ab4", spans=(RedactedSpan(7, 0, 3),))
    assert redactor.text("ab4") == "ab4"
    assert redactor.payload(8, b"ab4") == b"ab4"
    assert redactor.payload(7, b"ab4\r") == b"***\r"


@pytest.mark.parametrize("order", [("hunter2", "hunter2-long"), ("hunter2-long", "hunter2")])
def test_redactor_common_prefix_is_hidden_whole(order: tuple[str, str]) -> None:
    redactor = redactor_of(*order)
    assert redactor.text("first hunter2-long, then hunter2") == f"first {BULLET * 12}, then {BULLET * 7}"
    assert redactor.payload(0, b"hunter2-long hunter2") == b"*" * 12 + b" " + b"*" * 7
    assert redactor.screen(drawn(b"hunter2-long")).lines[0] == BULLET * 12


def test_redactor_payload_hides_spans_of_its_event() -> None:
    redactor = Redactor((), [RedactedSpan(1, 0, 2), RedactedSpan(1, 4, 9), RedactedSpan(2, 1, 3)])
    assert (redactor.payload(1, b"abcdef"), redactor.payload(2, b"abcdef")) == (b"**cd**", b"a**def")
    assert redactor.payload(3, b"abcdef") == b"abcdef"
    assert redactor.events == {1, 2}
    assert redactor
    assert not Redactor.none()


def test_redactor_statement_hides_text_and_parameters() -> None:
    redactor = redactor_of("hunter2")
    row = Statement(0.0, "read", "select $1", ("hunter2", None, "x hunter2"))
    assert redactor.statement(row).params == (BULLET * 7, None, f"x {BULLET * 7}")
    assert redactor.statement(Statement(0.0, "read", "say hunter2")).text == f"say {BULLET * 7}"
    assert redactor.statement(clear := Statement(0.0, "read", "select 1", ("x",))) is clear


def test_redactor_screen_keeps_cells_of_wide_characters() -> None:
    screen = drawn("a 漢字漢字 b \x1b[1mhunt\x1b[0mer2!".encode())
    shown = redactor_of("漢字漢字", "hunter2").screen(screen)
    assert shown.lines[0] == f"a {BULLET * 4} b {BULLET * 7}!"
    runs = shown.grid[0].runs
    assert [run.text for run in runs][:3] == [f"a {BULLET * 4} b     ", BULLET * 4, f"{BULLET * 3}!"]
    assert redactor_of("elsewhere").screen(screen) is screen
