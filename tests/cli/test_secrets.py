"""Hidden input that a program prints later is in no command's output."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

import replay_tui
from tests.cli.runs import Runner

SECRET = "hunter22"


def printed_back(path: Path) -> str:
    """Write a session in which `SECRET` is hidden input and is printed twice, once coloured."""
    events = [
        (0.0, "o", "$ read -s pw\r\n[sudo] password for ana: "),
        *((0.1 * at + 0.1, "i", letter) for at, letter in enumerate(SECRET)),
        (1.0, "i", "\r"),
        (1.1, "o", "\r\n$ "),
        *((1.2 + 0.1 * at, kind, letter) for at, letter in enumerate("echo $pw") for kind in "io"),
        (3.0, "i", "\r"),
        (3.1, "o", f"\r\nit is {SECRET}!\r\n\x1b[31m{SECRET}\x1b[m\r\n$ "),
    ]
    stream = [[time, kind, base64.b64encode(data.encode()).decode()] for time, kind, data in events]
    fields = {"id": "x", "type": "application", "connection_subtype": "bash", "verb": "connect"}
    path.write_text(json.dumps(fields | {"event_stream": stream}))
    return str(path)


@pytest.mark.parametrize(
    "words",
    [
        "show", "show --json", "screen", "screen --format ansi", "screen --format svg", "screen --format json",
        "statements", "statements --json", "transcript", "transcript --json", "search it --json", "search . --regex",
    ],
)  # fmt: skip
def test_printed_hidden_input_is_in_no_output(run: Runner, tmp_path: Path, words: str):
    command, *rest = words.split()
    ran = run(command, printed_back(tmp_path / "s.json"), *rest)
    assert ran.code == 0, ran.err
    assert ran.out
    assert SECRET not in ran.out + ran.err
    if words in ("screen", "transcript"):
        assert "it is \u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022!" in ran.out


def test_hidden_input_cannot_be_searched(run: Runner, tmp_path: Path):
    ran = run("search", printed_back(tmp_path / "s.json"), SECRET)
    assert (ran.code, ran.out) == (1, "")


def test_python_exports_mask_unless_revealed(tmp_path: Path):
    recording = replay_tui.load(printed_back(tmp_path / "s.json"))
    assert SECRET not in recording.screen("100%").text
    assert recording.screen("100%", reveal=True).text.count(SECRET) == 2
