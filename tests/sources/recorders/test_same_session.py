"""One shell session, recorded by four tools at once, is the same in all of them."""

from __future__ import annotations

import json

import pytest

import replay_tui
from replay_tui.recording import Recording
from tests.support.fixtures import FIXTURES
from tests.support.record.recorders import SECRET, STEPS

FOLDER = FIXTURES / "recorders"
SCREENS = json.loads((FOLDER / "shell.screens.json").read_text())
"""tmux's screens after each step."""
LAG_SECONDS = 0.2
"""Half of the time between two steps: the clocks of the recorders start up to 50 ms apart."""
NAMES = ("cast", "typescript", "termrec", "ttyrec", "tlog")
COMMANDS = [step for _, step in STEPS if isinstance(step, str) and step != SECRET]


@pytest.fixture(scope="module")
def recordings() -> dict[str, Recording]:
    return {name: replay_tui.load(FOLDER / f"shell.{name}") for name in NAMES}


def commands(recording: Recording) -> list[str]:
    return [one.text for one in recording.statements if "hidden characters" not in one.text]


@pytest.mark.parametrize("name", NAMES)
def test_recorder_screens_equal_the_referee(recordings: dict[str, Recording], name: str) -> None:
    """ttyrec knows no sizes, so that after the resize only the texts of its rows are compared."""
    assert len(SCREENS) == len(STEPS)
    for expected in SCREENS:
        found = recordings[name].screen(expected["time"] + LAG_SECONDS)
        assert [line for line in found.lines if line] == [line for line in expected["lines"] if line]
        if name != "ttyrec":
            assert (len(found.lines), list(found.cursor)) == (len(expected["lines"]), expected["cursor"])


@pytest.mark.parametrize("name", ["cast", "typescript", "tlog"])
def test_recorder_commands_equal_the_typed_ones(recordings: dict[str, Recording], name: str) -> None:
    assert commands(recordings[name]) == COMMANDS


@pytest.mark.parametrize("name", ["typescript", "tlog"])
def test_recorder_findings_equal_the_cast(recordings: dict[str, Recording], name: str) -> None:
    assert [(one.rule, one.evidence) for one in recordings[name].findings] == [
        (one.rule, one.evidence) for one in recordings["cast"].findings
    ]


@pytest.mark.parametrize("name", ["termrec", "ttyrec"])
def test_recorder_without_input_has_findings_of_the_screen(recordings: dict[str, Recording], name: str) -> None:
    seen = {one.rule for one in recordings[name].findings}
    assert seen == {one.rule for one in recordings["cast"].findings} - {"hidden-input"}
    assert any(one.code == "no-input" for one in recordings[name].fidelity)


def test_recorder_metadata_is_mapped(recordings: dict[str, Recording]) -> None:
    script, tlog, ttyrec = (recordings[name].session for name in ("typescript", "tlog", "ttyrec"))
    assert (script.exit_code, script.metadata) == (0, {
        "command": "termrec -f ttyrec -e 'sh inner.sh' shell.termrec",
        "env": {"TERM": "xterm-256color", "SHELL": "/bin/bash"},
    })  # fmt: skip
    assert (tlog.user, tlog.connection) == ("root", "vm")
    for one in (script, tlog, ttyrec):
        assert one.start_date is not None
        assert one.start_date.isoformat().startswith("2026-11-30T21:53:")


@pytest.mark.parametrize(
    ("name", "label"),
    [("typescript", "util-linux script, advanced timing"), ("ttyrec", "ttyrec"), ("tlog", "tlog 2.3"),
     ("cast", "asciicast version 2")],
)  # fmt: skip
def test_format_name_has_tool_and_version(recordings: dict[str, Recording], name: str, label: str) -> None:
    assert recordings[name].loaded_session.format_name == label
