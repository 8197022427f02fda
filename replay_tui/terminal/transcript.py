"""The transcript: a session's text as lines, each with the time at which it was last written to.

It holds the lines that scroll off the primary screen, the screen that is wiped by a clear or left behind when the
alternate screen ends, and the last screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from replay_tui.domain.cancellation import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.output_bursts import BURST_BYTES, output_bursts
from replay_tui.terminal.partition_state import PartitionEnd, PartitionStart
from replay_tui.terminal.stream_renderer import StreamRenderer
from replay_tui.terminal.transcript_lines import LineAssembler, TranscriptLine, sort_by_time

_LOOKAHEAD_BYTES = 1 << 16
_MAX_WIPE_BYTES = 32
_HARVEST_LINES = 1000
_SCROLLBACK_LINES = _HARVEST_LINES + BURST_BYTES  # a moment may hold nothing but line ends
_ENTERS, _LEAVES = b"h", b"l"  # how the sequences end that enter and leave the alternate screen
# One branch a character: twenty times faster than the sequences side by side.
_WIPES = re.compile(
    rb"\x1b(?:\[(?:2J(?:\x1b\[2J)*|(?:1;1)?H\x1b\[0?J|\?(?:[\d;]{0,20};)?(?:1049|1047|47)[hl])|c(?:\x1bc)*)"
)


class ScreenObserver(Protocol):
    """Who wants to see what passes by while a transcript is built; rows are counted from the session's start."""

    def begin(self, emulator: Emulator, primary: Emulator) -> None:
        """What stands at the start of a part that is not the first: was seen before. `primary` shows that screen."""

    def on_screen(self, emulator: Emulator, top: int, alt: bool, offset: int, time: float) -> None:
        """The screen (its first row is `top`) after `offset` screen bytes, as it was at `time` (seconds)."""

    def on_scrolled_off(
        self, first: int, rows: list[tuple[str, bool]], times: list[float | None]
    ) -> list[tuple[str, bool]]:
        """Rows, from `first` on, that have left the screen (text, goes on in the next), and when they were written.

        Answers the same rows, with texts that the watcher keeps itself in the place of equal ones.
        """


class Transcript:
    """Builds the lines of a stream in one pass; `build` runs in a thread."""

    def __init__(
        self,
        stream: EventStream,
        sizes: SizeTimeline,
        observer: ScreenObserver | None = None,
        start: PartitionStart | None = None,
    ) -> None:
        self._observer = observer
        self.end = PartitionEnd()
        self._stream, self._start = stream, start
        self._renderer = StreamRenderer(stream, sizes, scrollback_lines=_SCROLLBACK_LINES)
        self._ahead = 0  # up to where wipes were looked for
        self._wipes: list[tuple[int, bytes]] = []  # not drawn yet, last first: where, the sequence
        self._left = 0  # the cursor's primary row (counted from the start) when it was last seen there
        self._gone = 0  # primary rows taken out of the scrollback so far
        self._text = LineAssembler()
        self._written: dict[int, float] = {}  # primary row (counted from the start) -> seconds
        if start:
            self._begin(start)
        self._place = self._renderer.emulator.place

    def _begin(self, start: PartitionStart) -> None:
        drawer = self._renderer
        drawer.restore(start.state, 0)
        drawer.emulator.set_scrollback(0)
        drawer.render_to(start.warmup_bytes)
        drawer.emulator.set_scrollback(_SCROLLBACK_LINES)
        self._ahead = start.warmup_bytes
        primary = drawer.emulator
        if primary.alt and (state := primary.snapshot()):
            primary = Emulator.restore(state)
            primary.leave_alternate()
        self._left = primary.cursor[1]
        self._written = {row: -1.0 - row for row in range(primary.size[1])}
        if self._observer:
            self._observer.begin(drawer.emulator, primary)

    def build(self, is_cancelled: Callable[[], bool] = never_cancelled, *, last: bool = True) -> list[TranscriptLine]:
        """Read the stream to its end and return all lines, in order unless they are a part's. Raises `Cancelled`.

        Where it is not the `last` part of a session, `end` says how it ended.
        """
        for end, time in output_bursts(self._stream, self._renderer.offset):
            if is_cancelled():
                raise Cancelled
            self._draw(end, time)
            if self._text.full:
                break
        if last:
            self._finish(self._stream.duration)
        else:
            self._stop_short()
        if last and not self._start:
            sort_by_time(self._text.lines, self._stream.duration)
        return self._text.lines

    def _draw(self, end: int, time: float) -> None:
        if end > self._ahead:
            self._look_ahead(end)
        while self._wipes and self._wipes[-1][0] < end:
            offset, wipe = self._wipes.pop()
            self._advance(offset, time)
            self._show(self._stream.time_of_output(max(0, offset - 1)))
            if wipe.endswith(_ENTERS):  # what is there stays
                continue
            leaves = wipe.endswith(_LEAVES)
            if self._place[0] == leaves:
                self._capture(time, "alternate" if leaves else "scrolled")
            if leaves:
                self._return(min(offset + len(wipe), end))
        self._advance(end, time)
        self._show(time)

    def _look_ahead(self, end: int) -> None:
        """Find the wipes of the next stretch, which reaches `end` at least."""
        lane, seen = self._stream.output, self._ahead
        self._renderer.prevalidate(self._renderer.offset + _LOOKAHEAD_BYTES)
        reach = max(end, min(len(lane), seen + _LOOKAHEAD_BYTES))
        start = max(0, seen - _MAX_WIPE_BYTES)
        found = _WIPES.finditer(bytes(lane[start : reach + _MAX_WIPE_BYTES]))
        wipes = [(start + one.start(), one[0]) for one in found if start + one.end() > seen]
        self._wipes = [one for one in reversed(wipes) if seen <= one[0] < reach] + self._wipes
        self._ahead = reach

    def _return(self, end: int) -> None:
        """Leave the alternate screen: the cursor is where it was left, and what follows is written from there."""
        self._renderer.render_to(end)
        self._place = alt, history, row = self._renderer.emulator.place
        if not alt:
            self._left = self._gone + history + row

    def _show(self, time: float) -> None:
        if self._observer:
            alt, history, _ = self._place
            self._observer.on_screen(self._renderer.emulator, self._gone + history, alt, self._renderer.offset, time)
        if self._place[1] >= _HARVEST_LINES:  # after the look, which knows what has left the screen by then
            self._harvest()

    def _advance(self, end: int, time: float) -> None:
        was_alt, history, row = self._place
        # From the alternate screen the cursor comes back to where it was left: what follows is written from there.
        before = self._left if was_alt else self._gone + history + row
        self._renderer.render_to(end)
        self._place = alt, history, row = self._renderer.emulator.place
        if not alt:
            after = self._gone + history + row
            # Going down writes lines; going up (to redraw, to clear) says only where the cursor is now.
            written, self._left = self._written, after
            for number in range(min(before, after), after + 1):
                written[number] = time

    def _harvest(self, *, last: bool = False) -> None:
        emulator = self._renderer.emulator
        # In the middle of a sequence, which need not end, the scrollback cannot be emptied but be read.
        rows = emulator.text_rows(history=True) if last else emulator.drain_scrollback()
        if not rows:
            return
        times = [self._written.pop(row, None) for row in range(self._gone, self._gone + len(rows))]
        if self._observer:
            rows = self._observer.on_scrolled_off(self._gone, rows, times)
        self._text.add([(time, text, wraps) for time, (text, wraps) in zip(times, rows, strict=True)], ends=False)
        self._gone += len(rows)
        self._place = self._renderer.emulator.place

    def _capture(self, time: float, origin: str) -> None:
        self._harvest()
        self._keep_screen(time, origin)

    def _keep_screen(self, time: float, origin: str) -> None:
        """Keep the rows on the screen, without the blank ones around them."""
        rows = self._renderer.emulator.text_rows()
        while rows and not rows[-1][0]:
            rows.pop()
        written = None if origin == "alternate" else self._written
        self._text.add(
            [(written.get(self._gone + i, time) if written else time, *row) for i, row in enumerate(rows)], origin
        )

    def _finish(self, time: float) -> None:
        count = len(self._text.lines)
        if self._place[0]:
            self._capture(time, "alternate")
            self._leave_alternate(time)
        shown, self._text.lines[count:] = self._text.lines[count:], []
        self._harvest(last=True)
        self._keep_screen(time, "screen")
        self._text.lines += shown  # it was there after what it hides

    def _stop_short(self) -> None:
        emulator = self._renderer.emulator
        clean = emulator.at_ground_state and self._renderer.offset == len(self._stream.output)
        self._leave_alternate(self._stream.duration)
        self._harvest()
        rows = range(self._gone, self._gone + emulator.size[1])
        self.end = PartitionEnd(clean, [self._written.get(row) for row in rows], self._text.unfinished)

    def _leave_alternate(self, time: float) -> None:
        """Look at the primary screen for the last time, where it is not shown: something may have been unseen."""
        if self._renderer.emulator.alt:
            self._renderer.emulator.leave_alternate()
            self._place = self._renderer.emulator.place
            self._show(time)
