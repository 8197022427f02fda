"""Inferred sizes: what is no evidence of the terminal's size, and what is."""

from __future__ import annotations

import pytest

from replay_tui.domain.terminal_size import SizeSource
from replay_tui.recording import load
from replay_tui.terminal.size_inference import infer_sizes
from tests.support.fixtures import FIXTURES, output, stream_of

PROMPT = b"\x1b[?2004hana@app-1:/srv# "


def inferred(*pieces: bytes) -> tuple[int, int, SizeSource]:
    sizes = infer_sizes(output(*pieces))
    assert not sizes.resizes
    return sizes.first.cols, sizes.first.rows, sizes.first.source


@pytest.mark.parametrize("bottom", [5, 11, 15, 23])
@pytest.mark.parametrize("top", [1, 3])
@pytest.mark.parametrize("lead", [b"", b"\x1b[H\x1b[2J", b"\x1b[3J"])
def test_infer_scroll_region_alone_is_no_evidence(top: int, bottom: int, lead: bytes) -> None:
    """Nor are lines that a script feeds at its end."""
    region = b"\x1b[%d;%dr" % (top, bottom)
    end = b"\x1b[%d;1H" % bottom
    for script in (region, region + end + b"1\r\n2\r\n", (region + end + b"1\r\n2\r\n" + end + b"3\r\n") * 3):
        assert inferred(PROMPT, b"tput\r\n" + lead + script, PROMPT) == (80, 24, SizeSource.DEFAULT)


def test_infer_status_line_below_a_region_is_evidence() -> None:
    progress = b"\x1b[1;49r\x1b[50;1HProgress: [ 10%]\x1b[49;1H"
    assert inferred(PROMPT, progress * 3)[1] == 50


def test_infer_full_screen_program_in_a_small_terminal() -> None:
    frame = b"".join(b"\x1b[%d;1Hrow %d" % (row, row) for row in range(1, 16))
    assert inferred(PROMPT, b"\x1b[?1049h\x1b[1;15r\x1b[H\x1b[2J" + frame * 3)[1] == 15


@pytest.mark.parametrize("search", [b"(reverse-i-search)`': ", b"(i-search)`': ", b"(failed reverse-i-search)`x': "])
@pytest.mark.parametrize("joined", [True, False])
def test_infer_incremental_search_is_no_margin(search: bytes, joined: bool) -> None:
    """Readline goes back by the length of the prompt, which ends in a blank."""
    events = []
    for number in range(6):
        events += [(float(number), "i", b"\r"), (number + 0.1, "o", b"\r\nout\r\n" + (b"" if joined else PROMPT))]
        events += [(number + 0.2, "i", b"\x12"), (number + 0.3, "o", (PROMPT if joined else b"") + b"\r" + search)]
    sizes = infer_sizes(stream_of(*events))
    assert (sizes.first.cols, sizes.first.rows) == (80, 24)


def test_infer_recorded_incremental_search_keeps_80_columns() -> None:
    sizes = load(str(FIXTURES / "terminal" / "ctrl-r-empty-prompt.json.gz")).sizes
    assert (sizes.first.cols, sizes.first.rows) == (80, 24)


def test_infer_wrapped_typed_line_is_a_margin() -> None:
    events = [(0.0, "o", PROMPT)]
    for number in range(80 - 22 + 5):
        echo = b"x \rx" if len(PROMPT) - 8 + number == 69 else b"x"
        events += [(1.0 + number, "i", b"x"), (1.1 + number, "o", echo)]
    assert infer_sizes(stream_of(*events)).first.cols == 70


def sizes_of(*pieces: bytes) -> list[tuple[int, int]]:
    sizes = infer_sizes(output(*pieces))
    return [(size.cols, size.rows) for size in (sizes.first, *(one.size for one in sizes.resizes))]


def frame(cols: int, rows: int) -> bytes:
    """Return a frame of a full-screen program after a change of the size: rows of a list, filled to the margin."""
    lines = b"".join(b"\x1b[%d;1H\x1b[7m%b\x1b[m" % (row, b"row".ljust(cols)) for row in range(1, rows + 1))
    return b"\x1b[1;%dr\x1b[H\x1b[2J" % rows + lines * 2


@pytest.mark.parametrize(
    "sizes",
    [
        [(80, 24), (120, 24), (60, 24)],
        [(80, 24), (80, 40), (80, 18)],
        [(100, 30), (132, 43), (90, 28)],
        [(132, 24), (80, 24)],
        [(57, 19), (73, 31)],
    ],
)
def test_infer_full_screen_program_resized(sizes: list[tuple[int, int]]) -> None:
    """Columns, rows, or both."""
    pieces = [b"\x1b[?1049h" + frame(*sizes[0]), *(frame(*size) for size in sizes[1:])]
    assert sizes_of(PROMPT, *pieces, b"\x1b[?1049l", PROMPT) == sizes


@pytest.mark.parametrize("widths", [[80, 120, 60], [100, 73]])
def test_infer_shell_that_pads_its_prompt_resized(widths: list[int]) -> None:
    """zsh fills the line before each prompt, so that the prompt begins in the first column."""
    pieces = []
    for width in widths:
        prompt = b"\x1b[1m\x1b[7m%\x1b[27m\x1b[1m\x1b[0m" + b" " * (width - 1) + b"\r \r\r$ "
        pieces += [prompt, b"ls\r\na  b\r\n"] * 3
    assert sizes_of(*pieces) == [(width, 24) for width in widths]


@pytest.mark.parametrize("cols", [57, 80, 100])
def test_infer_wrapped_lines_of_a_pager(cols: int) -> None:
    """less writes a blank in the first column of the next row, then goes back and on with the line."""
    line = b"y" * cols + b" \x08" + b"z" * 20 + b"\r\n"
    assert sizes_of(PROMPT, b"\x1b[?1049h\x1b[H\x1b[2J" + line * 10 + b"\x1b[24;1H:") == [(cols, 24)]


def test_infer_blank_and_backspace_once_is_no_margin() -> None:
    assert inferred(PROMPT, b"some text that was typed \x08and changed\r\n", PROMPT)[0] == 80
