"""Inferred sizes: what is no evidence of the terminal's size, and what is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import DEFAULT_SIZE, SizeSource, TerminalSize
from replay_tui.load_recording import load
from replay_tui.terminal.size_inference import infer_sizes
from replay_tui.terminal.size_sample import SizeSample
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


def typed(cols: int, lines: list[tuple[str, bytes]], prompt: str, resizes: dict[int, int]) -> EventStream:
    """Return a session of readline, which counts its columns from the prompt, also behind output without an end.

    `lines` has what is typed and its output; `resizes` gives new columns, with a redraw of the prompt, before a line.
    """
    events: list[tuple[float, str, bytes]] = []
    time = 0.0
    for number, (text, shown) in enumerate(lines):
        events.append((time, "o", prompt.encode()))
        if number in resizes:
            cols = resizes[number]
            events.append((time + 1.0, "o", b"\r\x1b[K\r" + prompt.encode()))
        time, column = time + 2.0, len(prompt)
        for char in text:
            column += 1
            wrap = " \r" if column == cols else ""
            column = 0 if wrap else column
            events += [(time, "i", char.encode()), (time + 0.01, "o", (char + wrap).encode())]
            time += 0.1
        events += [(time, "i", b"\r"), (time + 0.01, "o", b"\r\n" + shown)]
        time += 0.1
    return stream_of(*events)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(40, 180),
    st.sampled_from([b"", b"no end", b"out\r\nno line end, again"]),
    st.sampled_from(["$ ", "~: "]),
)
def test_infer_margin_behind_output_without_line_end(cols: int, shown: bytes, prompt: str) -> None:
    lines = [("printf x", shown), ("echo " + "word " * (cols // 4), b"out\r\n"), ("ls", b"a b\r\n")]
    sizes = infer_sizes(typed(cols, lines * 2, prompt, {}))
    assert ([sizes.first.cols], sizes.resizes) == ([cols], [])


@pytest.mark.parametrize("cols", [60, 120, 200])
def test_infer_shell_resized_since_it_redrew_its_prompt(cols: int) -> None:
    """Until then the terminal is taken to have the default size; `ls` before the long line shows nothing."""
    lines = [("ls", b"a b\r\n"), ("pwd", b"/\r\n"), ("echo " + "word " * (cols // 4), b"out\r\n")]
    stream = typed(80, lines, "$ ", {1: cols})
    sizes = infer_sizes(stream)
    assert (sizes.first.cols, [one.size.cols for one in sizes.resizes]) == (80, [cols])
    assert bytes(stream.output[sizes.resizes[0].offset :]).startswith(b"\r\x1b[K\r$ ")


def test_infer_idle_shell_resized_keeps_its_size() -> None:
    """A redrawn prompt alone does not tell the new size."""
    sizes = infer_sizes(typed(80, [("ls", b"a b\r\n")] * 3, "$ ", {1: 120}))
    assert (sizes.first, sizes.resizes) == (DEFAULT_SIZE, [])


def page(rows: int, width: int, prompt: bytes = b":\x1b[K") -> bytes:
    """Return what less writes to show a page of short lines and one that it wraps."""
    wrapped = b"y" * width + b" \x08yyy"
    return b"\r\n".join([b"text"] * (rows - 3) + [wrapped]) + b"\r\n" + prompt


@pytest.mark.parametrize("after", [(80, 40), (60, 24), (132, 43), (57, 17)])
def test_infer_pager_resized(after: tuple[int, int]) -> None:
    """The rows are those of its page, the columns those of a line that it wraps."""
    start = [(0.0, "o", PROMPT), (1.0, "i", b"\r"), (1.01, "o", b"\x1b[?1049h\r" + page(24, 80))]
    stream = stream_of(*start, (5.0, "o", b"\x1b[H\x1b[2J\x1b[H" + page(after[1], after[0])))
    sizes = infer_sizes(stream)
    assert (sizes.first.cols, sizes.first.rows) == (80, 24)
    assert [(one.size.cols, one.size.rows) for one in sizes.resizes] == [after]


@pytest.mark.parametrize("prompt", [b"Choose: ", b"deploy.sh (END)\x1b[K", b"Press a key"])
def test_infer_text_above_the_last_row_is_no_page(prompt: bytes) -> None:
    menu = b"\x1b[?1049h\x1b[H\x1b[2J" + b"item\r\n" * 10 + prompt
    assert sizes_of(PROMPT, menu, b"\x1b[?1049l", PROMPT) == [(80, 24)]


LAYOUTS = {
    "vim": lambda cols, rows: b"text\x1b[%d;%dH3,1-8\x1b[9CTop\x1b[1;1H" % (rows, cols - 17),
    "watch": lambda cols, rows: b"Every 1.0s: ls" + b"app-1: Mon Nov 30 20:22:00 2026".rjust(cols - 14),
    "htop": lambda cols, rows: b"\x1b[2;3H  0[|||  5.0%]" + b"\x1b[2;%dHTasks: 3, 1 thr" % (cols // 2 + 1),
    "cursor left in the corner": lambda cols, rows: b"text\x1b[%d;%dH" % (rows, cols),
    "bar": lambda cols, rows: b"\x1b[7m" + b"[0] 0:bash*".ljust(cols - 5) + b"20:22\x1b[m",
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("after", [(120, 24), (80, 40), (132, 43), (60, 18)])
def test_infer_layout_of_well_known_programs_resized(name: str, after: tuple[int, int]) -> None:
    frames = [b"\x1b[1;%dr\x1b[H\x1b[2J" % rows + LAYOUTS[name](cols, rows) for cols, rows in ((80, 24), after)]
    assert sizes_of(PROMPT, b"\x1b[?1049h" + frames[0], frames[1]) == [(80, 24), after]


def test_infer_width_without_evidence_is_guessed() -> None:
    recording = [(0.0, "o", PROMPT), (1.0, "o", b"\x1b[?1049h\x1b[1;43r\x1b[H\x1b[2Jtext")]
    assert infer_sizes(stream_of(*recording)).first == TerminalSize(132, 43, SizeSource.GUESSED)


@pytest.mark.parametrize("cols", [80, 100, 132])
def test_infer_first_line_of_a_manual_page(cols: int) -> None:
    """man leaves one column in forty; it does not format the page again after a resize."""
    title = b"LS(1)" + b"User Commands".center(cols * 39 // 40 - 10) + b"LS(1)\r\n"
    shown = b"\x1b[?1049h\r" + title + b"text\r\n" * 22 + b"\x1b[7m Manual page ls(1) line 1\x1b[27m\x1b[K"
    again = b"\x1b[H\x1b[2J\x1b[H" + title + b"text\r\n" * 18 + b"\x1b[7m Manual page ls(1) line 1\x1b[27m\x1b[K"
    assert sizes_of(PROMPT, shown, again) == [(cols, 24), (cols, 20)]


def test_infer_lines_that_vim_wraps_do_not_exceed_its_ruler() -> None:
    """It writes one character more than the row has, to make the terminal wrap."""
    text = b"".join(b"\x1b[%d;1H" % row + b"y" * 81 for row in range(1, 24, 2))
    ruler = b"\x1b[24;63H1,1\x1b[11CTop\x1b[1;1H"
    assert sizes_of(PROMPT, b"\x1b[?1049h\x1b[1;24r\x1b[H\x1b[2J" + text + ruler) == [(80, 24)]


def test_infer_line_moved_sideways_is_no_margin() -> None:
    """mksh shows a part of a long line, with a mark behind it, and goes back to the cursor."""
    part = b" \rn fox jumps over the lazy dog and then goes on" + b" " * 20 + b"<" + b"\x08" * 20
    events: list[tuple[float, str, bytes]] = [(0.0, "o", b"app-1:/srv# " + b"x" * 55)]
    for number in range(4):
        events += [(1.0 + number, "i", b"x"), (1.1 + number, "o", b"x" + part)]
    assert infer_sizes(stream_of(*events)).first == DEFAULT_SIZE


def test_infer_text_of_equal_width_drawn_again_is_no_margin() -> None:
    """Two lines are two lines, however often they are drawn."""
    rows = b"".join(b"\x1b[%d;1H" % row + b"y" * (66 if row in (3, 9) else row + 20) for row in range(1, 20))
    moves = b"".join(b"\x1b[%d;1Hy" % row for row in (3, 9)) * 800
    assert sizes_of(PROMPT, b"\x1b[?1049h\x1b[H\x1b[2J" + rows + b"\x1b[24;1H:" + moves)[0][0] == 80


@pytest.mark.parametrize(("is_cut", "width"), [(True, 0), (False, 63)])
def test_sample_cut_before_the_last_rows_has_no_width(is_cut: bool, width: int) -> None:
    """Of a large stream only windows are examined: the rows behind the end of one can be wider than the first."""
    meters = SizeSample(0, 650, 1, cleared=True, alt=True, is_cut=is_cut, region=36)
    meters.rows.update([2, 3, 4, 6, 7])
    meters.extents.update({63: 4, 120: 1, 65: 1})
    meters.edges.update({120: 1})
    assert meters.saturated_width == width
