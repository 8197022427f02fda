"""Every text that stood on the recorded screen, once, with the moment at which it appeared.

The screen is looked at after each moment of output and before each clearing, whatever the session's size; of the rows
only those that were written to. A row whose text changed is kept as a sighting; one that only grew (typed, or drawn
in pieces) is the same sighting with the times at which it grew; one that moved (by scrolling, by inserted lines) is no
new one. Lines that passed too fast to be seen come from the scrollback.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from replay_tui.terminal.emulator import Emulator
from replay_tui.terminal.transcript_lines import TranscriptLine

REDRAW_SECONDS = 0.4
"""A row that vanished and is back within this time was being redrawn."""
_MIN_REDRAW_CANDIDATES = 500
NO_ROW, EARLIER_PARTITION = -1, -2
_UNSEEN = ("", NO_ROW)

RowTexts = Sequence[str] | Mapping[int, str]


class ScreenTextLog:
    """What a `Transcript` shows while it is built, as its `replay_tui.terminal.transcript.ScreenObserver`.

    Attributes:
        texts: the text of each sighting, as long as it ever grew.
        times: when each was first there, in seconds.
        olds: the text that its row held before, an empty string where that was nothing of interest.
        ys: the screen row, `NO_VALUE` for a line that was gone before anybody looked.
        growth: for a sighting that grew, (length in characters, seconds) of each stage, the first one included.
        grown: indexes of sightings in the order in which they grew.
        wrapped: (seconds, text, positions at which it was cut) of lines longer than a row.
        lines: the transcript, once it is built.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.times = array("d")
        self.previous_texts: list[str] = []
        self.rows = array("i")
        self.growth: dict[int, list[tuple[int, float]]] = {}
        self.grown: list[int] = []
        self.wrapped: list[tuple[float, str, tuple[int, ...]]] = []
        self.lines: list[TranscriptLine] = []
        self._current_rows: list[str] = []
        self._ids: list[
            int
        ] = []  # the sighting in each row, `NO_VALUE`, or `EARLIER_PARTITION` for one of an earlier part
        self._top, self._alt = 0, False
        self._primary: tuple[list[str], list[int], int] | None = None
        self._joined: list[str] = []  # the rows of a wrapped line of which the rest has not left the screen yet
        self._left: dict[int, tuple[str, int]] = {}  # rows gone from the primary screen, not yet out of its scrollback
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
                self._compare(rows, top, alt, time)
        elif changed:
            self._compare_some(changed, time)

    def on_scrolled_off(
        self, first: int, rows: list[tuple[str, bool]], times: list[float | None]
    ) -> list[tuple[str, bool]]:
        """See `replay_tui.terminal.transcript.ScreenObserver`: a line that was seen on the screen is kept in memory
        once."""
        last, left, joined = 0.0, self._left, self._joined
        texts, olds, seen = [], [], []
        shared: list[tuple[str, bool]] = []
        for number, ((text, wraps), time) in enumerate(zip(rows, times, strict=True), first):
            if time is not None:
                last = time
            shown, kept = text.rstrip(" ") if wraps else text, text
            if shown:
                old, found = left.pop(number, _UNSEEN)
                if old == shown and not wraps:
                    kept = old
                elif old != shown and not self._grow(shown, old, found, last):
                    texts.append(shown)
                    olds.append(old)
                    seen.append(last)
            if wraps:
                joined.append(text)
            elif joined:
                self._keep_whole([*joined, text], last)
                joined.clear()
            shared.append((kept, wraps))
        self._add(texts, olds, seen, [NO_ROW] * len(texts))
        return shared

    def finish(self) -> None:
        """Nothing more comes in this part."""
        if len(self._joined) > 1:
            self._keep_whole(self._joined, self.times[-1] if self.times else 0.0)
        self._left.clear()

    def _keep_whole(self, parts: list[str], time: float) -> None:
        cuts, length = [], 0
        for part in parts[:-1]:
            length += len(part)
            cuts.append(length)
        self.wrapped.append((time, "".join(parts), tuple(cuts)))

    # Comparing screens ---------------------------------------------------------------------------------------------

    def _compare_some(self, written: dict[int, str], time: float) -> None:
        """Compare the rows that were written to; no other has changed."""
        rows = self._current_rows
        old = {y: rows[y] for y, text in written.items() if text != rows[y]}
        if old:
            changed = list(old)
            for y in changed:
                rows[y] = written[y]
            self._replace(changed, written, old, self._ids, time)

    def _compare(self, rows: list[str], top: int, alt: bool, time: float) -> None:
        old, ids = self._before(len(rows), top, alt)
        changed = [y for y, (text, was) in enumerate(zip(rows, old, strict=True)) if text != was]
        self._replace(changed, rows, old, ids, time)
        self._current_rows, self._ids, self._top, self._alt = rows, ids, top, alt

    def _replace(self, changed: list[int], rows: RowTexts, old: RowTexts, ids: list[int], time: float) -> None:
        """Say of each row that changed which sighting it holds now, in `ids`."""
        moved: dict[str, list[int]] = {}
        for y in changed:
            if old[y]:
                moved.setdefault(old[y], []).append(ids[y])
        fresh = []
        ghosts, since = self._redraw_candidates, time - REDRAW_SECONDS
        for y in changed:
            text = rows[y]
            if not text:
                ids[y] = NO_ROW
            elif moved.get(text):
                ids[y] = moved[text].pop()
            elif (ghost := ghosts.get(text)) and ghost[1] >= since:
                ids[y] = ghost[0]
            elif not self._grow(text, old[y], ids[y], time):
                fresh.append(y)
        if fresh:
            for number, y in enumerate(fresh, len(self.texts)):
                ids[y] = number
            self._add([rows[y] for y in fresh], [old[y] for y in fresh], [time] * len(fresh), fresh)
        for text, left in moved.items():
            if left:
                self._remember(text, left[-1], time)

    def _remember(self, text: str, found: int, time: float) -> None:
        """Keep a text that is gone from its row for a moment: it may be back."""
        ghosts = self._redraw_candidates
        if len(ghosts) >= self._max_redraw_candidates:
            ghosts = self._redraw_candidates = {
                text: one for text, one in ghosts.items() if time - one[1] <= REDRAW_SECONDS
            }
            self._max_redraw_candidates = min(max(_MIN_REDRAW_CANDIDATES, 2 * len(ghosts)), 4 * _MIN_REDRAW_CANDIDATES)
        if len(ghosts) < 4 * _MIN_REDRAW_CANDIDATES:
            ghosts[text] = (found, time)

    def _before(self, count: int, top: int, alt: bool) -> tuple[list[str], list[int]]:
        """What stood in each of `count` rows before: the same lines where the screen scrolled or came back."""
        old, ids, shift = self._current_rows, self._ids, 0
        if alt and not self._alt:
            self._primary = (old, ids, self._top)
            old, ids = [], []
        elif not alt:
            before = self._top
            if self._alt:
                old, ids, before = self._primary or ([], [], top)
            shift = max(0, top - before)
            for row in range(min(shift, len(old))):
                if old[row]:
                    self._left[before + row] = (old[row], ids[row])
        old, ids = old[shift:][:count], ids[shift:][:count]
        return old + [""] * (count - len(old)), ids + [NO_ROW] * (count - len(ids))

    def _grow(self, text: str, was: str, found: int, time: float) -> bool:
        """Whether a row's new text goes on from the sighting `found`, which then holds it."""
        if found < 0 or not text.startswith(was) or self.texts[found] != was:
            return False
        stages = self.growth.setdefault(found, [(len(was), self.times[found])])
        stages.append((len(text), time))
        self.texts[found] = text
        self.grown.append(found)
        return True

    def _add(self, texts: list[str], olds: list[str], times: Iterable[float], ys: Iterable[int]) -> None:
        """Keep new sightings."""
        self.previous_texts += olds
        self.times.extend(times)
        self.rows.extend(ys)
        self.texts += texts  # last: whoever reads takes its length
