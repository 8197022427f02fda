"""Evidence of the recorded terminal's size, frame by frame. A frame lasts from one clearing of the screen to the next.

Full-screen programs address the last row and draw up to the last column; shells wrap a typed line at the right margin;
zsh and fish pad a line to it before every prompt; some ask the terminal and get an answer, which stands in the input.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from replay_tui.domain.event_stream import EventStream
from replay_tui.terminal.cells import FILLED
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.sequence_filter import filter_sequences, last_complete_offset
from replay_tui.terminal.vt_dump import last_piece

BUDGET_BYTES = 1 << 20
"""Screen bytes that are looked at: all of a stream up to this size, else its start and evenly spaced windows."""
START_BYTES = 1 << 18
"""Bytes of that start."""
MAX_FRAME_BYTES = 1 << 18
"""Bytes of one frame that are looked at."""
WINDOW_BYTES = 1 << 16
"""Bytes of one of the evenly spaced windows: several redraws of a full screen."""
PIECE_BYTES, MAX_LOOKS = 2048, 24
"""Bytes drawn between two looks, more where there would be more looks than this."""
MAX_REPEATED_ROWS = 2
"""Rows that a character may be repeated for (REP): filling the whole canvas again and again would cost a lot."""
PROBE_POSITION = 300
"""Positions beyond this are probes (`CSI 999;999H`), not addresses."""
CANVAS_SIZE = (400, 150)
DRAWN_BYTES = 1 << 17
"""Bytes that are drawn on a canvas of that size to see how far to the right they go."""
MAX_REPLIES = 2000

_MAYBE_TOLD = re.compile(rb"\x1b\[[\d;]{0,11}+[HfdG`rt]")
_ADDRESS = re.compile(rb"\x1b\[(?:(\d{0,4})(?:;(\d{0,4}))?[Hf]|(\d{1,4})d|(\d{1,4})[G`]|(\d{0,4});(\d{1,4})r)")
_BOUNDARY = re.compile(rb"\x1b(?:\[(?:\?(?:1049|1047|47)([hl])|[23]J)|c)")
_REQUEST = re.compile(rb"\x1b\[8;(\d{1,4});(\d{1,4})t")
_REPLY = re.compile(rb"\x1b\[(?:8|48);(\d{1,4});(\d{1,4})(?:;\d+)*t")
_REPORT = re.compile(rb"\x1b\[(\d{1,4});(\d{1,4})R")
_STTY = re.compile(rb"stty size[^\r\n]*\r?\n(?:\x1b\[\?2004l\r?)?(\d{1,3}) (\d{1,4})\r?\n")
# Each is led by a byte that is rare, which makes the search several times faster.
_WRAP = re.compile(rb"\r(?<=[!-~\x80-\xff] \r)(?=[ -~\x80-\xff])")
_PADDED = re.compile(rb"\r(?<=                    \r) ?\xe2?\x8f?\x8e? ?\r")
_PADDING = re.compile(rb"(?:%|#|\xe2\x8f\x8e)(?:\x1b\[[\d;]*m|\x1b\(B)*( {20,400})\Z")


@dataclass(slots=True)
class SizeSample:
    """What a stretch of the stream says of the size.

    `start` and `end` are screen byte offsets of what is looked at; `session` counts switches.
    """

    start: int
    end: int
    session: int
    cleared: bool
    rows: Counter[int] = field(default_factory=Counter)
    max_col: int = 0
    region: int = 0
    extents: Counter[int] = field(default_factory=Counter)
    edges: Counter[int] = field(default_factory=Counter)
    exact: list[tuple[int, int]] = field(default_factory=list)  # (columns, rows), 0 where unknown

    @property
    def last_row(self) -> int:
        """The last row that the frame surely addressed: twice, or as the end of a scrolling region."""
        often = max((row for row, count in self.rows.items() if count > 1), default=0)
        return max(often, self.region) or max(self.rows, default=0)


def size_samples(stream: EventStream) -> list[SizeSample]:
    """The frames of a stream's screen lane, within `BUDGET_BYTES`."""
    lane = stream.output
    found: list[SizeSample] = []
    session = 0
    for start, end in _windows(len(lane)):
        data = bytes(lane[start:end])
        cuts = [(match.start(), match) for match in _BOUNDARY.finditer(data)][:20_000]
        edges = [(0, None), *cuts]
        for number, (begin, match) in enumerate(edges):
            stop = edges[number + 1][0] if number + 1 < len(edges) else len(data)
            session += bool(match and match[1])
            frame = SizeSample(start + begin, start + stop, session, match is not None)
            _addresses(frame, data[begin:stop])
            found.append(frame)
    _drawn(lane, found)
    _shell_margins(stream, found)
    _replies(stream, found)
    return found


def _windows(size: int) -> list[tuple[int, int]]:
    if size <= BUDGET_BYTES:
        return [(0, size)]
    count = (BUDGET_BYTES - START_BYTES) // WINDOW_BYTES
    step = (size - START_BYTES) // count
    return [(0, START_BYTES), *((START_BYTES + i * step, START_BYTES + i * step + WINDOW_BYTES) for i in range(count))]


def _addresses(frame: SizeSample, data: bytes) -> None:
    # Programs address the same places again and again: count first, read the numbers once.
    sequences = Counter(_MAYBE_TOLD.findall(data))
    for sequence, times in sequences.items():
        row, col, vertical, horizontal, top, bottom = _address(sequence)
        if bottom:
            if int(top or 1) <= 1 and int(bottom) <= PROBE_POSITION:
                frame.region = max(frame.region, int(bottom))
            continue
        for text in (row, vertical):
            if text and 1 < int(text) <= PROBE_POSITION:
                frame.rows[int(text)] += times
        for text in (col, horizontal):
            if text and int(text) <= CANVAS_SIZE[0]:
                frame.max_col = max(frame.max_col, int(text))
    if any(sequence.endswith(b"t") for sequence in sequences):
        for rows, cols in _REQUEST.findall(data)[:100]:
            _exact(frame, int(cols), int(rows))
    if b"stty size" in data:
        for rows, cols in _STTY.findall(data)[:100]:
            _exact(frame, int(cols), int(rows))


@lru_cache(maxsize=4096)
def _address(sequence: bytes) -> tuple[bytes | None, ...]:
    """The numbers in an address as `_ADDRESS` tells them apart, all None in what is none."""
    found = _ADDRESS.fullmatch(sequence)
    return found.groups() if found else (None,) * _ADDRESS.groups


def _exact(frame: SizeSample, cols: int, rows: int) -> None:
    if (cols == 0 or 10 <= cols <= 1000) and (rows == 0 or 2 <= rows <= 500):
        frame.exact.append((cols, rows))


def _drawn(lane: bytearray, found: list[SizeSample]) -> None:
    """How far frames draw to the right, on a canvas wider than any terminal."""
    left = DRAWN_BYTES
    piece = max(PIECE_BYTES, min(DRAWN_BYTES, len(lane)) // MAX_LOOKS)
    for frame in found:
        if not frame.rows or left <= 0:
            continue
        end = min(frame.end, frame.start + MAX_FRAME_BYTES)
        left -= end - frame.start
        size = CANVAS_SIZE[0], min(CANVAS_SIZE[1], max(frame.rows) + 1)
        canvas, ends = Emulator(*size, history=0), dict[int, tuple[int, bool]]()
        for start, stop in _pieces(lane, frame.start, end, piece):
            canvas.feed(filter_sequences(bytes(lane[start:stop]), size[0], MAX_REPEATED_ROWS))
            _measure(frame, canvas, ends)


def _pieces(lane: bytearray, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Pieces of `size` bytes, never cut inside a sequence that `filter_sequences` must see whole."""
    while start < end:
        stop = min(end, start + size)
        while (cut := last_complete_offset(lane, start, stop)) <= start and stop < end:
            stop = min(end, stop + (stop - start))
        cut = cut if cut > start else stop
        yield start, cut
        start = cut


def _measure(frame: SizeSample, canvas: Emulator, ends: dict[int, tuple[int, bool]]) -> None:
    """Count the rows' widths, and where they end at an edge. `ends` holds them from one look to the next."""
    for y, width, char in canvas.row_ends():
        ends.pop(y, None)
        if 20 <= width < CANVAS_SIZE[0]:
            edge = char == FILLED or "\u2500" <= char <= "\u257f"
            ends[y] = width, edge if char else _at_edge(canvas.dump_row(y))
    frame.extents.update([width for width, _ in ends.values()])
    frame.edges.update([width for width, edge in ends.values() if edge])


def _at_edge(dump: str) -> bool:
    """Whether a row ends in a coloured blank or a line."""
    text, pen = last_piece(dump)
    padded = not dump or ((pen.bg is not None or pen.inverse) and text.endswith(" "))
    return padded or "\u2500" <= text[-1:] <= "\u257f"


def _shell_margins(stream: EventStream, found: list[SizeSample]) -> None:
    """Where shells wrap typed lines (a blank and a return at the margin), and how far zsh and fish pad theirs."""
    looked = 0
    for frame in found:
        data = bytes(stream.output[frame.start : min(frame.end, frame.start + MAX_FRAME_BYTES)])
        for match in _PADDED.finditer(data):
            if padding := _PADDING.search(data, max(0, match.start() - 500), match.start()):
                _exact(frame, len(padding[1]) + 1, 0)
        for match in _WRAP.finditer(data):
            looked, blank = looked + 1, match.start() - 1
            if looked > 40 or not _typed_at(stream, frame.start + blank):
                continue
            line = data[max(0, blank - 8192) : blank]
            canvas = Emulator(*CANVAS_SIZE, history=0)
            canvas.feed(filter_sequences(line, CANVAS_SIZE[0], MAX_REPEATED_ROWS))
            if not canvas.alt and canvas.cursor[0] >= 20:
                _exact(frame, canvas.cursor[0], 0)


def _typed_at(stream: EventStream, offset: int) -> bool:
    """Whether the screen byte at `offset` echoes input: it comes within two events of some."""
    index = stream.event_at_output(offset)
    return b"i" in stream.kinds[max(0, index - 2) : index]


def _replies(stream: EventStream, found: list[SizeSample]) -> None:
    """What the terminal itself answered: size reports, and cursor reports after a jump to the far corner."""
    typed, count = bytes(stream.other), len(stream)
    reports = list(_REPORT.finditer(typed))
    probed = reports and stream.output.find(b"999", 0, BUDGET_BYTES) >= 0
    answers = [*_REPLY.finditer(typed), *(reports if probed else ())]
    for answer in sorted(answers, key=lambda match: match.start())[:MAX_REPLIES]:
        rows, cols = int(answer[1]), int(answer[2])
        event = bisect_right(range(count), answer.start(), key=lambda index: stream.other_length_after(index + 1))
        offset = stream.output_length_after(event)
        frame = next((one for one in reversed(found) if one.start <= offset), None)
        if frame and event < count and chr(stream.kinds[event]) == "i" and rows > 4 and cols > 19:
            _exact(frame, cols, rows)
