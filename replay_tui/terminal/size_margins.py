"""Widths of the terminal that follow from where programs place their texts.

Shells wrap and pad their lines at the right margin, pagers wrap those of a text, and the first rows of well-known
programs (man, watch, htop, vim) depend on the width.
"""

from __future__ import annotations

from collections import Counter

from replay_tui.domain.event_stream import INPUT, EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_filter import filter_sequences
from replay_tui.terminal.size_sample import MAX_SAMPLE_BYTES, MIN_COLS, SizeSample

CANVAS_SIZE = (400, 150)
"""Columns and rows of the emulator on which output widths are measured: larger than any usual terminal."""
MAX_REPEATED_ROWS = 2
"""Rows that one REP may fill: filling the whole canvas repeatedly takes too long."""
MAX_LINE_BYTES = 8192
"""Bytes before a wrap that are rendered."""
MAX_EVENTS, MAX_PROMPT_BYTES, MAX_PROMPTS = 20_000, 400, 8
"""Events of a sample that are examined for prompts, bytes of one, and prompts."""
BRACKETED_PASTE = b"\x1b[?2004h"
"""Readline and zsh switch it on before a prompt."""
MAX_SAMPLE_WRAPS, MAX_WRAPS = 40, 400
"""Wraps that are measured in one sample, and in all."""

# Each starts with a rare byte, which makes the search several times faster.
# Not readline's and zsh's incremental search, which goes back to the start of the prompt, nor a shell that
# moves a long line sideways, after which it goes back to the cursor.
_WRAP = lazy_compile(
    rb"\r(?:(?<=[!-~\x80-\xff] \r)|(?<=[!-~\x80-\xff]  \r))(?=[ -~\x80-\xff])"
    rb"(?!\((?:failed )?(?:reverse-|bck-|fwd-)?i-search)(?![^\r\n\x1b\x08]{0,400}+\x08{5})"
)
# less wraps a long line by a blank in the first column of the next row, over which it writes.
PAGER_WRAP = lazy_compile(rb" \x08(?<=[ -~\x80-\xff] \x08)(?=[ -~\x80-\xff\x1b])")
_PADDED = lazy_compile(rb"\r(?<=                    \r) ?\xe2?\x8f?\x8e? ?\r")
_PADDING = lazy_compile(rb"(?:%|#|\xe2\x8f\x8e)(?:\x1b\[[\d;]*m|\x1b\(B)*( {20,400})\Z")


def add_margins(stream: EventStream, samples: list[SizeSample]) -> None:
    """Add the widths at which shells wrap typed lines (blank and return at the margin) or pad them (zsh, fish)."""
    left = MAX_WRAPS
    for sample in samples:
        data = bytes(stream.output[sample.start : min(sample.end, sample.start + MAX_SAMPLE_BYTES)])
        for match in _PADDED.finditer(data):
            if padding := _PADDING.search(data, max(0, match.start() - 500), match.start()):
                sample.margins.append((sample.start + padding.start(), len(padding[1]) + 1))
        # A program that addresses columns moves back for other reasons.
        pager = [match.start() for match in PAGER_WRAP.finditer(data)] if sample.max_col <= 1 else []
        pager = pager[: min(left, MAX_SAMPLE_WRAPS)]
        wrapped = [_margin(sample, data, blank) for blank in pager]
        sample.margins += _first_of_lines(wrapped) if sample.is_paged else _confirmed(wrapped)
        typed = [] if sample.alt else [match.start() - 1 for match in _WRAP.finditer(data)]
        typed = [blank for blank in typed if _is_echo(stream, sample.start + blank)][: min(left, MAX_SAMPLE_WRAPS)]
        starts = _prompt_starts(stream, sample, data) if typed else {}
        margins = [_margin(sample, data, at, starts.get(data.rfind(b"\n", 0, at) + 1, 0)) for at in typed]
        sample.margins += [margin for margin in margins if margin[1] >= MIN_COLS]
        left -= len(pager) + len(typed)


def _margin(sample: SizeSample, data: bytes, blank: int, start: int = 0) -> tuple[int, int]:
    """Return (output offset of the line, column) of a blank in the sample's `data`; `start` is where it is counted."""
    canvas = Emulator(*CANVAS_SIZE, history=0)
    start = max(start, blank - MAX_LINE_BYTES)
    canvas.feed(filter_sequences(data[start:blank], CANVAS_SIZE[0], MAX_REPEATED_ROWS))
    return sample.start + data.rfind(b"\n", 0, blank) + 1, canvas.cursor[0]


def _prompt_starts(stream: EventStream, sample: SizeSample, data: bytes) -> dict[int, int]:
    """Return where the prompt begins in lines of `data`, by where those begin.

    A shell counts its columns from there, even behind output without a line end. A line's prompt is what was shown
    before its first key and is also shown alone before other lines.
    """
    shown = dict[int, bytes]()
    first, last = stream.event_at_output(sample.start), stream.event_at_output(max(sample.start, sample.end - 1))
    is_new = True
    for index in range(first, min(last, first + MAX_EVENTS)):
        if stream.kinds[index] == INPUT:
            end = stream.output_length_after(index) - sample.start
            if is_new and 0 <= end <= len(data):
                line = data.rfind(b"\n", max(0, end - MAX_PROMPT_BYTES), end) + 1
                if line or end <= MAX_PROMPT_BYTES:
                    shown[line] = data[line:end]
            is_new = stream.data(index).endswith((b"\r", b"\n"))
    prompts = Counter(shown.values()).most_common(MAX_PROMPTS)
    starts = {}
    for line, text in shown.items():
        prompt = next((one for one, count in prompts if count > 1 and text.endswith(one)), text)
        at = text.rfind(BRACKETED_PASTE) if prompt == text else len(text) - len(prompt)
        starts[line] = line + max(0, at)
    return starts


def _confirmed(margins: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the margins that are found twice in succession; a blank and a backspace may also be typed text."""
    return [
        margin
        for number, margin in enumerate(margins)
        if margin[1] >= MIN_COLS
        and any(margin[1] == one[1] for one in (margins[:number][-1:] + margins[number + 1 :][:1]))
    ]


def _first_of_lines(margins: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first margin of each line; a long line is wrapped several times."""
    first = dict(reversed(margins))
    return [(offset, cols) for offset, cols in sorted(first.items()) if cols >= MIN_COLS]


def _is_echo(stream: EventStream, offset: int) -> bool:
    """Return True if the blank at `offset` and the return after it probably echo a key, in one event.

    A blank of an earlier event ends a prompt. One of the two events before an echo is input.
    """
    index = stream.event_at_output(offset)
    return index == stream.event_at_output(offset + 1) and b"i" in stream.kinds[max(0, index - 2) : index]


MAX_ROWS = 9
"""Rows from the top that are examined."""
_MANUAL = lazy_compile(r"([\w.:+-]+\(\w+\)) {3,}\S.* {3,}\1")
_WATCH = lazy_compile(r"Every \d[\d.,]*s: .* {2,}\S+: .*\d{4}")
_HTOP = lazy_compile(r" {1,4}\S{1,4} {0,2}\[.*\] +(?=Tasks: )")
_VIM_RULER = lazy_compile(
    rb"\x1b\[(\d{1,3});(\d{1,3})H\d{1,7},[\d-]{1,9}(?: {2,14}|\x1b\[\d{1,2}C)(?:All|Top|Bot|\d?\d%)"
)
_VIM_RULER_COLS = 17
_PARKED = lazy_compile(rb"\x1b\[(\d{1,3});(\d{1,3})H(?:\x1b\[[?\d;]*[mhl]|\x1b\(B)*\Z")
"""The cursor at the end of what a program draws."""


def layout_width(lines: list[str], is_new: bool) -> int:
    """Return the width that the first rows of a page tell; 0 if they tell none. `is_new` is False after a resize.

    man fills its first line, but for one column in forty, to the width at which it was started. watch fills its first
    line with the time at the right. The second column of htop's meters begins in the middle.
    """
    title = lines[0] if lines else ""
    if is_new and _MANUAL.fullmatch(title):
        return -(-len(title) * 40 // 39)
    if _WATCH.fullmatch(title):
        return len(title)
    return next((2 * found.end() for line in lines if (found := _HTOP.match(line))), 0)


def ruler_widths(data: bytes, last_row: int) -> set[int]:
    """Return the widths that vim's ruler tells, which begins at the same distance from the end of the last row."""
    return {int(col) + _VIM_RULER_COLS for row, col in _VIM_RULER.findall(data) if int(row) == last_row}


def parked_width(page: bytes, last_row: int, widest: int, last_width: int) -> int:
    """Return the column of a cursor that a program leaves in the last corner; 0 if it is elsewhere.

    `widest` is the width of the page and `last_width` that of its last row, behind which a prompt has its cursor.
    """
    found = _PARKED.search(page[-100:])
    if not found or int(found[1]) != last_row or int(found[2]) == last_width + 1:
        return 0
    return int(found[2]) if int(found[2]) >= widest else 0
