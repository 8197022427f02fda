"""One shell session, recorded by four tools at once, is the same in all of them."""

from __future__ import annotations

import pytest

import replay_tui
from replay_tui.recording import Recording
from tests.support.fixtures import FIXTURES
from tests.support.record.recorders import SECRET, STEPS

FOLDER = FIXTURES / "recorders"
MOMENTS = (0.3, 0.7, 1.1, 1.5, 1.9, 2.3, 2.7, 3.1, 3.5, 3.9)
"""Between the steps, which are 0.4 s apart: the recorders note the times of an event up to 20 ms apart."""
COMMANDS = [step for _, step in STEPS if isinstance(step, str) and step != SECRET]


@pytest.fixture(scope="module")
def recordings() -> dict[str, Recording]:
    return {name: replay_tui.load(FOLDER / f"shell.{name}") for name in ("cast", "typescript", "ttyrec", "tlog")}


def commands(recording: Recording) -> list[str]:
    return [one.text for one in recording.statements if "hidden characters" not in one.text]


@pytest.mark.parametrize("name", ["typescript", "ttyrec", "tlog"])
def test_recorder_screens_equal_the_cast(recordings: dict[str, Recording], name: str) -> None:
    """ttyrec knows no sizes, so that its screens are compared until the first resize, and by their lines after it."""
    cast, other = recordings["cast"], recordings[name]
    for at in MOMENTS:
        expected, found = cast.screen(at), other.screen(at)
        assert [line.rstrip() for line in found.lines if line.strip()] == [
            line.rstrip() for line in expected.lines if line.strip()
        ]
        if name != "ttyrec":
            assert (found.cols, found.rows, found.cursor) == (expected.cols, expected.rows, expected.cursor)


@pytest.mark.parametrize("name", ["cast", "typescript", "tlog"])
def test_recorder_commands_equal_the_typed_ones(recordings: dict[str, Recording], name: str) -> None:
    assert commands(recordings[name]) == COMMANDS


@pytest.mark.parametrize("name", ["typescript", "tlog"])
def test_recorder_findings_equal_the_cast(recordings: dict[str, Recording], name: str) -> None:
    assert [(one.rule, one.evidence) for one in recordings[name].findings] == [
        (one.rule, one.evidence) for one in recordings["cast"].findings
    ]


def test_recorder_without_input_has_findings_of_the_screen(recordings: dict[str, Recording]) -> None:
    seen = {one.rule for one in recordings["ttyrec"].findings}
    assert seen == {one.rule for one in recordings["cast"].findings} - {"hidden-input"}
    assert any(one.code == "no-input" for one in recordings["ttyrec"].fidelity)


def test_recorder_metadata_is_mapped(recordings: dict[str, Recording]) -> None:
    script, tlog, ttyrec = (recordings[name].session for name in ("typescript", "tlog", "ttyrec"))
    assert (script.exit_code, script.metadata) == (0, {
        "command": "ttyrec -e 'sh start.sh' shell.ttyrec", "env": {"TERM": "xterm-256color", "SHELL": "/bin/bash"},
    })  # fmt: skip
    assert (tlog.user, tlog.connection) == ("root", "vm")
    for one in (script, tlog, ttyrec):
        assert one.start_date is not None
        assert one.start_date.isoformat().startswith("2026-11-30T21:29:0")


@pytest.mark.parametrize(
    ("name", "label"),
    [("typescript", "util-linux script, advanced timing"), ("ttyrec", "ttyrec"), ("tlog", "tlog 2.3"),
     ("cast", "asciicast version 2")],
)  # fmt: skip
def test_format_name_has_tool_and_version(recordings: dict[str, Recording], name: str, label: str) -> None:
    assert recordings[name].loaded_session.format_name == label
