"""Log of every text that was on the recorded screen, once, with the time at which it appeared.

The screen is compared after each burst of output and before each clearing; only rows that were written to are read. A
row whose text changed adds an entry. A row that only grew (typed, or drawn in pieces) extends its entry by the times of
growth. A row that moved (scrolling, inserted lines) keeps its entry. Lines that were never on a compared screen come
from the scrollback. Lines that are longer than a row are kept whole, in addition to their rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from replay_tui.search.packed_list import PackedList
from replay_tui.search.text_log import TextLog
from replay_tui.search.wrapped_lines import WrappedLineLog
from replay_tui.terminal.emulator import Emulator

REDRAW_SECONDS = 0.4
"""A text that disappears and is back within this time was redrawn and adds no entry."""
_MIN_REDRAW_CANDIDATES = 500
NO_ROW, EARLIER_PARTITION = -1, -2
_NO_ENTRY = ("", NO_ROW)


class ScreenTextLog(TextLog):
    """The texts of a `Transcript` being built; a `replay_tui.terminal.transcript.ScreenObserver`."""

    texts: PackedList[str]
    previous_texts: PackedList[str]

    def __init__(self) -> None:
        super().__init__()
        self.texts, self.previous_texts = PackedList(str), PackedList(str)
        self.wrapped_lines = WrappedLineLog()
        self.wrapped = self.wrapped_lines.lines
        self._current_rows: list[str] = []
        self._ids: list[int] = []  # per row: the number of its entry, `NO_ROW` or `EARLIER_PARTITION`
        self._top, self._alt = 0, False
        self._primary: tuple[list[str], list[int], int] | None = None
        self._scrolled: dict[int, tuple[str, int]] = {}  # rows in the scrollback: (text, entry)
        self._redraw_candidates: dict[str, tuple[int, float]] = {}
        self._max_redraw_candidates = _MIN_REDRAW_CANDIDATES

    def begin(self, emulator: Emulator, primary: Emulator) -> None:
        """See `replay_tui.terminal.transcript.ScreenObserver`."""
        emulator.changed_text()
        self._current_rows, self._alt = emulator.plain_rows(), emulator.alt
        self._ids = [EARLIER_PARTITION] * len(self._current_rows)
        if self._alt:
            rows = primary.plain_rows()
            self._primary = rows, [EARLIER_PARTITION] * len(rows), 0

    def on_screen(self, emulator: Emulator, top: int, alt: bool, offset: int, time: float) -> None:
        """See `replay_tui.terminal.transcript.ScreenObserver`."""
        changed = emulator.changed_text()
        if changed is None or top != self._top or alt is not self._alt or not self._current_rows:
            rows = emulator.plain_rows()
            if rows != self._current_rows or top != self._top or alt is not self._alt:
                written = self._compare(rows, top, alt, time)
                self.wrapped_lines.on_screen(emulator, self._current_rows, written, top, alt, time)
        elif changed:
            written = self._compare_some(changed, time)
            self.wrapped_lines.on_screen(emulator, self._current_rows, written, top, alt, time)

    def on_scrolled_off(self, first: int, rows: list[tuple[str, bool]], times: list[float | None]) -> None:
        """See `replay_tui.terminal.transcript.ScreenObserver`."""
        last, scrolled, wrapped_lines = 0.0, self._scrolled, self.wrapped_lines
        texts, previous_texts, appeared = [], [], []
        for number, ((text, wraps), time) in enumerate(zip(rows, times, strict=True), first):
            if time is not None:
                last = time
            visible = text.rstrip(" ") if wraps else text
            if visible:
                previous, entry = scrolled.pop(number, _NO_ENTRY)
                if previous != visible and not self._grow(visible, previous, entry, last):
                    texts.append(visible)
                    previous_texts.append(previous)
                    appeared.append(last)
            if wraps or wrapped_lines.scrolled:
                wrapped_lines.on_scrolled_off(number, text, wraps, last)
        self._add(texts, previous_texts, appeared, [NO_ROW] * len(texts))

    def finish(self) -> None:
        """End the partition: add the wrapped lines that are on the screen."""
        top_row = self._current_rows[0] if self._current_rows else ""
        self.wrapped_lines.finish(top_row, self._top, self.times[-1] if self.times else 0.0)
        self._scrolled.clear()

    # Comparing screens ---------------------------------------------------------------------------------------------

    def _compare_some(self, written: dict[int, str], time: float) -> list[int]:
        """Compare the rows that were written to. Return those that changed."""
        rows = self._current_rows
        changed = [(y, text, rows[y]) for y, text in written.items() if text != rows[y]]
        if changed:
            for y, text, _ in changed:
                rows[y] = text
            self._replace(changed, self._ids, time)
        return [y for y, _, _ in changed]

    def _compare(self, rows: list[str], top: int, alt: bool, time: float) -> list[int]:
        old, ids = self._previous_rows(len(rows), top, alt)
        changed = [(y, text, was) for y, (text, was) in enumerate(zip(rows, old, strict=True)) if text != was]
        self._replace(changed, ids, time)
        self._current_rows, self._ids, self._top, self._alt = rows, ids, top, alt
        return [y for y, _, _ in changed]

    def _replace(self, changed: list[tuple[int, str, str]], ids: list[int], time: float) -> None:
        """Set the entry of each changed row in `ids`, and add new entries. `changed` has (row, text, text before)."""
        moved: dict[str, list[int]] = {}
        for y, _, was in changed:
            if was in moved:
                moved[was].append(ids[y])
            elif was:
                moved[was] = [ids[y]]
        fresh = []
        candidates, since = self._redraw_candidates, time - REDRAW_SECONDS
        for y, text, was in changed:
            if not text:
                ids[y] = NO_ROW
            elif moved.get(text):
                ids[y] = moved[text].pop()
            elif text in candidates and candidates[text][1] >= since:
                ids[y] = candidates[text][0]
            elif ids[y] < 0 or not text.startswith(was) or not self._grow(text, was, ids[y], time):
                fresh.append((y, text, was))
        if fresh:
            ys, texts, previous_texts = zip(*fresh, strict=True)
            for number, y in enumerate(ys, len(self.texts)):
                ids[y] = number
            self._add(texts, previous_texts, [time] * len(ys), ys)
        if moved:
            self._add_redraw_candidates(moved, time)

    def _add_redraw_candidates(self, moved: dict[str, list[int]], time: float) -> None:
        """Keep texts that disappeared from their rows, with the entries left of each, because they may be redrawn."""
        candidates = self._redraw_candidates
        if len(candidates) + len(moved) > self._max_redraw_candidates:
            candidates = self._redraw_candidates = {
                text: one for text, one in candidates.items() if time - one[1] <= REDRAW_SECONDS
            }
            self._max_redraw_candidates = min(
                max(_MIN_REDRAW_CANDIDATES, 2 * len(candidates)), 4 * _MIN_REDRAW_CANDIDATES
            )
        for text, left in islice(moved.items(), 4 * _MIN_REDRAW_CANDIDATES - len(candidates)):
            if left:
                candidates[text] = left[-1], time

    def _previous_rows(self, count: int, top: int, alt: bool) -> tuple[list[str], list[int]]:
        """Return the previous texts and entries of `count` rows, moved with scrolling and switches of the screen."""
        old, ids, shift = self._current_rows, self._ids, 0
        if alt and not self._alt:
            self._primary = (old, ids, self._top)
            old, ids = [], []
        elif not alt:
            old_top = self._top
            if self._alt:
                old, ids, old_top = self._primary or ([], [], top)
            shift = max(0, top - old_top)
            for row in range(min(shift, len(old))):
                if old[row]:
                    self._scrolled[old_top + row] = (old[row], ids[row])
        old, ids = old[shift:][:count], ids[shift:][:count]
        return old + [""] * (count - len(old)), ids + [NO_ROW] * (count - len(ids))

    def _grow(self, text: str, previous: str, entry: int, time: float) -> bool:
        """Extend `entry` if a row's new text starts with its text `previous`. Return True if it was extended."""
        if entry < 0 or not text.startswith(previous) or self.texts[entry] != previous:
            return False
        growth = self.growth.setdefault(entry, [(len(previous), self.times[entry])])
        growth.append((len(text), time))
        self.texts[entry] = text
        self.grown.append(entry)
        return True

    def _add(
        self, texts: Iterable[str], previous_texts: Iterable[str], times: Iterable[float], rows: Iterable[int]
    ) -> None:
        """Add entries."""
        self.previous_texts += previous_texts
        self.times.extend(times)
        self.rows.extend(rows)
        self.texts += texts  # last, because other threads use its length as the number of entries
