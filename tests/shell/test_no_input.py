"""Recordings without input: commands are read from the screen where the output stopped behind a prompt."""

from __future__ import annotations

import gzip
import json

from replay_tui.recording import Recording
from replay_tui.sources import read_stream
from tests.support.fixtures import FIXTURES


def without_input(name: str) -> Recording:
    session = json.loads(gzip.decompress((FIXTURES / "shells" / f"{name}.json.gz").read_bytes()))
    session["event_stream"] = [event for event in session["event_stream"] if event[1] != "i"]
    return Recording(list(read_stream([json.dumps(session).encode()], name))[-1])


def test_commands_of_a_shell_without_marks_are_read() -> None:
    """A recorded dash: every command of one line; a cancelled one was not run, and an erased one is not known."""
    truth = json.loads((FIXTURES / "shells" / "dash.commands.json").read_text())
    found = without_input("dash")
    rows = [row for row in found.statements if row.kind == "shell"]
    run = [row.text for row in rows if not row.deleted]
    single = [one["text"] for one in truth if not one["deleted"] and "\n" not in one["text"]]
    assert len(single) > 8
    assert [one for one in single if one not in run] == []
    assert [row.text for row in rows if row.deleted] == ["shutdown -h now"]
    assert {row.details.get("source") for row in rows if not row.deleted} == {
        "read from the screen: its keys are not in the recording"
    }


def test_printed_text_without_a_waiting_prompt_is_no_command() -> None:
    """A file that shows commands is printed as a whole; a prompt waits for its command."""
    lines = ["$ ", "cat README\r\n", "# Install\r\n$ rm -rf /srv\r\n> quoted\r\n", "$ ", "exit\r\n"]
    header = json.dumps({"version": 2, "width": 80, "height": 24})
    cast = "\n".join([header, *(json.dumps([at, "o", line]) for at, line in enumerate(lines))]) + "\n"
    found = Recording(list(read_stream([cast.encode()], "a.cast"))[-1])
    assert [row.text for row in found.statements] == ["cat README", "exit"]
    assert "no-input" in {one.code for one in found.fidelity}
