"""Comparison with xterm: 52 programs with six values of TERM, and programs that were resized while they ran."""

from __future__ import annotations

from typing import Any

import pytest

from replay_tui.terminal.size_inference import infer_sizes
from tests.support.xterm_look import composed, differences
from tests.support.xterm_recordings import XtermRecording, names, xterm_recordings

PROGRAMS = names("programs")
TERMS = 6
EXHAUSTIVE = pytest.mark.exhaustive
UNTOLD = {
    "bash-idle": (("cols", "rows", "both"), "a shell that writes short lines tells neither rows nor columns"),
    "bash-stty": (("cols", "rows", "both"), "nothing tells the size before `stty size`"),
    "dialog": (("cols", "both"), "a box in the middle; it is drawn again by the next key"),
    "git-log": (("cols", "both"), "no line of the text reaches the margin; some usual width is guessed"),
    "kakoune": (("cols",), "no bar reaches the margin"),
    "less": (("cols", "rows"), "no line of the text reaches the margin"),
    "man": (("cols",), "man does not format its text again"),
    "screen": (("cols", "rows", "both"), "the inner shell's short lines"),
    "top": (("rows",), "the resize came within a refresh"),
}
"""Resized programs: the recordings of which some size cannot be told, and why."""


def samples() -> list[Any]:
    """Return (program, number of the recording): one for each program, the others with the marker `exhaustive`."""
    return [
        pytest.param(name, term, marks=() if term == number % TERMS else EXHAUSTIVE, id=f"{name}-{term}")
        for number, name in enumerate(PROGRAMS)
        for term in range(TERMS)
    ]


@pytest.mark.parametrize(("name", "term"), samples())
def test_program_equals_xterm_at_every_checkpoint(name: str, term: int) -> None:
    recording = xterm_recordings("programs", name)[term]
    found = [
        (seen["at"], differs)
        for seen, screen in recording.drawn(recording.sizes)
        if (differs := differences(screen, seen))
    ]
    assert (recording.variant, found) == (recording.variant, [])


@pytest.mark.parametrize(("name", "term"), samples())
def test_infer_program_that_is_not_resized_keeps_80x24(name: str, term: int) -> None:
    recording = xterm_recordings("programs", name)[term]
    sizes = [(size.cols, size.rows) for size in infer_sizes(recording.stream).all]
    # With vt100 ranger addresses a column beyond the margin.
    assert sizes == [(132, 24) if (name, recording.variant) == ("ranger", "vt100") else (80, 24)]


def told_sizes(recording: XtermRecording) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return (inferred, right) sizes at the checkpoints at which something was drawn since the resize."""
    sizes, resize = infer_sizes(recording.stream), recording.sizes.resizes[0]
    found = []
    for seen in recording.screens:
        offset, right = recording.offset(seen), (seen["cols"], seen["rows"])
        inferred = sizes.at(max(0, offset - 1))
        if offset > resize.offset or right == (recording.sizes.first.cols, recording.sizes.first.rows):
            found.append(((inferred.cols, inferred.rows), right))
    return found


@pytest.mark.parametrize("name", names("resizes"))
def test_resized_program_has_the_sizes_of_xterm(name: str) -> None:
    """A recording of `UNTOLD` must differ, so that the list hides nothing."""
    wrong = [
        recording.variant
        for recording in xterm_recordings("resizes", name)
        if any(inferred != right for inferred, right in told_sizes(recording))
    ]
    assert wrong == list(UNTOLD.get(name, ((), ""))[0])


@pytest.mark.slow
def test_resized_programs_show_the_text_of_xterm() -> None:
    """Without line breaks, because xterm does not reflow; or as with the recorded size, for its cut lines."""
    same = total = 0
    for name in names("resizes"):
        for recording in xterm_recordings("resizes", name):
            first, inferred = recording.sizes.first, infer_sizes(recording.stream)
            right = [screen for _, screen in recording.drawn(recording.sizes)]
            for (seen, screen), known in zip(recording.drawn(inferred), right, strict=True):
                if (seen["cols"], seen["rows"]) != (first.cols, first.rows):
                    total += 1
                    texts = [text(lines) for lines in (screen.lines, known.lines, tuple(seen["lines"]))]
                    same += texts[0] in texts[1:]
    assert same >= 0.95 * total > 300


def text(lines: tuple[str, ...]) -> str:
    return "".join("".join(composed(lines)).split())
