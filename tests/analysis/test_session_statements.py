"""Statements of a whole session: no hidden input in them, what could not be read, cancellation."""

from __future__ import annotations

import pytest

from replay_tui import kinds
from replay_tui.analysis.session_analysis import analyse_session
from replay_tui.domain.cancellation import Cancelled
from replay_tui.domain.session import Session
from replay_tui.redaction.redactor import BULLET
from replay_tui.shell.commands import MAX_LINES
from tests.decoders.wire import message, query, startup
from tests.shell.test_commands import ENTER, made, typed

TERMINAL = Session.parse({})
POSTGRES = Session.parse({"type": "database", "connection_subtype": "postgres", "verb": "connect"})


def test_statements_hide_a_password_repeated_in_a_command() -> None:
    events = [("o", b"Password: "), *typed(b"hunter2", echo=False), ENTER, ("o", b"\r\n$ ")]
    events += [*typed(b"mysql -phunter2"), ENTER, ("o", b"\r\n$ ")]
    reading = analyse_session(TERMINAL, made(*events), kinds.TERMINAL)
    assert [row.text for row in reading.statements] == ["(7 hidden characters)", f"mysql -p{BULLET * 7}"]


def test_statements_mask_hides_the_password_of_a_wire() -> None:
    before, password = startup(), message(b"p", b"hunter2\0")
    stream = made(("i", before + password), ("i", query("select 1")))
    mask = analyse_session(POSTGRES, stream, kinds.STATEMENTS).redactor
    assert mask.payload(0, stream.data(0)) == before + password[:5] + b"*" * 8
    assert mask.payload(1, stream.data(1)) == query("select 1")


@pytest.mark.parametrize(("count", "is_cut"), [(MAX_LINES, False), (MAX_LINES + 1, True)])
def test_statements_of_too_many_lines_say_so(count: int, is_cut: bool) -> None:
    reading = analyse_session(TERMINAL, made(("i", b"ls\n" * count), ("o", b"file\n")), kinds.TERMINAL)
    assert len(reading.statements) == MAX_LINES
    assert ("commands-cut" in {doubt.code for doubt in reading.warnings}) == is_cut


def test_statements_raise_when_cancelled() -> None:
    with pytest.raises(Cancelled):
        analyse_session(TERMINAL, made(("o", b"$ "), *typed(b"ls"), ENTER), kinds.TERMINAL, is_cancelled=lambda: True)


def test_statements_that_fail_are_a_warning_and_no_error() -> None:
    def broken() -> bool:
        raise RuntimeError

    reading = analyse_session(TERMINAL, made(("o", b"$ "), *typed(b"ls"), ENTER), kinds.TERMINAL, is_cancelled=broken)
    assert reading.statements == []
    assert [doubt.code for doubt in reading.warnings] == ["commands-failed"]
