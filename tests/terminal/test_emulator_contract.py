"""Contract of `Emulator`, which the native emulator and its replacement keep, and the program on the replacement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from replay_tui.terminal import avt_emulator, ghostty_emulator
from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.screen import Pen
from tests.support.effort import cases
from tests.terminal.strategies import streams

BACKENDS = [ghostty_emulator.GhosttyEmulator, avt_emulator.AvtEmulator]
backends = pytest.mark.parametrize("backend", BACKENDS, ids=["native", "fallback"])


def fed(backend: Any, *pieces: bytes, history: int | None = 0) -> Any:
    emulator = backend(20, 5, history)
    for piece in pieces:
        emulator.feed(piece)
    return emulator


@backends
def test_screen_has_text_styles_and_cursor(backend: Any) -> None:
    screen = fed(backend, "a漢\x1b[31;1;4mred\x1b[0;48;2;1;2;3mX\x1b[m\r\n\x1b[?25l\x1b[94mé".encode()).screen(2.5)
    assert (screen.cols, screen.rows, screen.cursor, screen.cursor_visible, screen.alt) == (20, 5, (1, 1), False, False)
    assert screen.lines == ("a漢redX", "é", "", "", "")
    assert screen.time == 2.5
    runs = [(run.text, run.pen, run.width) for row in screen.grid for run in row.runs]
    red = Pen(fg=1, bold=True, underline=1)
    assert runs == [("a漢", Pen(), 3), ("red", red, 3), ("X", Pen(bg=(1, 2, 3)), 1), ("é", Pen(fg=12), 1)]


@backends
def test_alternate_screen_and_back(backend: Any) -> None:
    emulator = fed(backend, b"primary\x1b[?1049h\x1b[Hother")
    assert (emulator.alt, emulator.place[0], emulator.plain_rows()[0]) == (True, True, "other")
    emulator.leave_alternate()
    assert (emulator.alt, emulator.plain_rows(0, 1)) == (False, ["primary"])


@backends
def test_lines_that_scrolled_off_are_drained_once(backend: Any) -> None:
    emulator = fed(backend, b"\r\n".join(b"line %d" % number for number in range(9)), history=100)
    assert emulator.history_rows == 4
    assert [text for text, _ in emulator.drain_scrollback()] == [f"line {number}" for number in range(4)]
    assert emulator.history_rows == 0
    assert emulator.plain_rows() == [f"line {number}" for number in range(4, 9)]


@backends
def test_changed_text_names_every_written_row(backend: Any) -> None:
    emulator = fed(backend, b"one\r\ntwo")
    emulator.changed_text()
    emulator.feed(b"\x1b[4;3Hfour\x1b[1;1HO")
    changed = emulator.changed_text()
    assert changed.items() >= {0: "One", 3: "  four"}.items()


@backends
def test_row_ends_and_dumped_rows(backend: Any) -> None:
    emulator = fed(backend, b"abc\r\n\x1b[41mX ")
    ends = {y: (width, end) for y, width, end in emulator.row_ends() if width}
    assert ends[0] == (3, "c")
    assert ends[1][0] == 2
    assert emulator.dump_row(1).endswith("X " + "\x1b[0m" * emulator.dump_row(1).endswith("\x1b[0m"))


@backends
def test_wrap_is_pending_at_the_margin(backend: Any) -> None:
    emulator = fed(backend, b"x" * 20)
    assert (emulator.cursor, emulator.wrap_pending) == ((19, 0), True)
    assert fed(backend, b"x" * 21).cursor == (1, 1)


@backends
def test_resize_changes_the_size(backend: Any) -> None:
    emulator = fed(backend, b"text")
    emulator.resize(30, 8)
    assert (emulator.size, emulator.cols, emulator.plain_rows()[0]) == ((30, 8), 30, "text")


@backends
def test_character_cut_in_its_bytes_is_drawn(backend: Any) -> None:
    emulator = fed(backend, "漢".encode()[:2])
    copy = backend.restore(emulator.snapshot())
    copy.feed("漢".encode()[2:])
    assert copy.plain_rows()[0] == "漢"


@backends
def test_invalid_snapshots_and_sizes_are_rejected(backend: Any) -> None:
    for snapshot in (b"", b"not a snapshot", b"\xff" * 40):
        with pytest.raises(EmulatorError):
            backend.restore(snapshot)


@backends
def test_eight_bit_controls_in_text_are_not_executed(backend: Any) -> None:
    assert fed(backend, "kept\x9b2J".encode()).plain_rows()[0].startswith("kept")


@settings(max_examples=cases(25))
@given(streams(12), streams(6))
def test_fallback_restored_snapshot_continues_like_the_original(before: bytes, after: bytes) -> None:
    original = fed(avt_emulator.AvtEmulator, before)
    copy = avt_emulator.AvtEmulator.restore(original.snapshot() or b"")
    assert copy.displays_same_as(original)
    for emulator in (original, copy):
        emulator.feed(after)
    assert copy.screen() == original.screen()


def run(tmp_path: Path, code: str, **env: str) -> subprocess.CompletedProcess[str]:
    source = tmp_path / "a.cast"
    source.write_text(json.dumps({"version": 2, "width": 20, "height": 3}) + '\n[0.5, "o", "\\u001b[32mgreen"]\n')
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), **env}
    command = [sys.executable, "-c", code, str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


MAIN = (
    "import sys; {hide}; from replay_tui.cli.main import main; sys.exit(main(['{command}', sys.argv[1], *{options}]))"
)
NO_NATIVE = "sys.modules['pyghostty'] = None"


@pytest.mark.slow
def test_program_without_the_native_library_uses_the_fallback(tmp_path: Path) -> None:
    code = MAIN.format(hide=NO_NATIVE, command="screen", options=["--format", "ansi", "--at", "1"])
    done = run(tmp_path, code)
    assert (done.returncode, done.stdout) == (0, "\x1b[32mgreen\x1b[0m\n")
    shown = run(tmp_path, MAIN.format(hide=NO_NATIVE, command="show", options=["--json"]))
    assert "drawn by a simpler one" in shown.stdout


def test_program_without_any_emulator_says_so(tmp_path: Path) -> None:
    hide = f"{NO_NATIVE}; sys.modules['avt'] = None"
    done = run(tmp_path, MAIN.format(hide=hide, command="screen", options=["--at", "1"]))
    assert done.returncode == 3
    assert "pip install 'replay-tui[fallback]'" in done.stderr
    assert "Traceback" not in done.stderr
