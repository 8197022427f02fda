"""`analyse_session`: redacted statements, warnings about unread commands, cancellation."""

from __future__ import annotations

import pytest

from replay_tui import kinds
from replay_tui.analysis.session_analysis import analyse_session
from replay_tui.domain.errors import Cancelled
from replay_tui.domain.session import Session
from replay_tui.shell.commands import MAX_LINES
from tests.decoders.wire import message, query, startup
from tests.shell.test_commands import ENTER, made, typed

TERMINAL = Session.parse({})
POSTGRES = Session.parse({"type": "database", "connection_subtype": "postgres", "verb": "connect"})


def test_analysis_command_typed_visibly_is_kept() -> None:
    """A command line that the shell echoed is evidence, also if it repeats what was typed unseen."""
    events = [("o", b"Password: "), *typed(b"hunter2", echo=False), ENTER, ("o", b"\r\n$ ")]
    events += [*typed(b"mysql -phunter2"), ENTER, ("o", b"\r\n$ ")]
    analysis = analyse_session(TERMINAL, made(*events), kinds.TERMINAL)
    expected = ["(7 hidden characters)", "mysql -phunter2"]
    assert [row.text for row in analysis.statements] == expected
    assert [row.text for row in analysis.displayed_statements] == expected


def test_analysis_redactor_hides_wire_password() -> None:
    before, password = startup(), message(b"p", b"hunter2\0")
    stream = made(("i", before + password), ("i", query("select 1")))
    redactor = analyse_session(POSTGRES, stream, kinds.STATEMENTS).redactor
    assert redactor.payload(0, stream.data(0)) == before + password[:5] + b"*" * 8
    assert redactor.payload(1, stream.data(1)) == query("select 1")


@pytest.mark.parametrize(("count", "is_cut"), [(MAX_LINES, False), (MAX_LINES + 1, True)])
def test_analysis_of_too_many_lines_warns(count: int, is_cut: bool) -> None:
    analysis = analyse_session(TERMINAL, made(("i", b"ls\n" * count), ("o", b"file\n")), kinds.TERMINAL)
    assert len(analysis.statements) == MAX_LINES
    assert ("commands-cut" in {warning.code for warning in analysis.warnings}) == is_cut


def test_analysis_when_cancelled_raises() -> None:
    with pytest.raises(Cancelled):
        analyse_session(TERMINAL, made(("o", b"$ "), *typed(b"ls"), ENTER), kinds.TERMINAL, is_cancelled=lambda: True)


def test_analysis_with_failing_commands_warns() -> None:
    def broken() -> bool:
        raise RuntimeError

    analysis = analyse_session(TERMINAL, made(("o", b"$ "), *typed(b"ls"), ENTER), kinds.TERMINAL, is_cancelled=broken)
    assert analysis.statements == []
    assert [warning.code for warning in analysis.warnings] == ["commands-failed"]
