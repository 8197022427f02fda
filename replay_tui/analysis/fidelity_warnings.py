"""Fidelity warnings of a terminal session: assumed size, skipped output, control sequences that were not executed."""

from __future__ import annotations

from collections.abc import Sequence

from replay_tui.domain.fidelity import FidelityWarning, FidelityWarnings
from replay_tui.domain.finding import SequenceEvent
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline
from replay_tui.domain.times import format_mmss
from replay_tui.terminal.crash_isolation import isolation_warnings
from replay_tui.terminal.sequence_filter import MAX_EVENTS

MAX_NAMED_FUNCTIONS = 20
"""Control functions that are reported by name; the others are only counted."""
_NOTABLE_SEQUENCES = {
    "clipboard-write": "attempts to write the viewer's clipboard, blocked",
    "clipboard-read": "attempts to read the viewer's clipboard, blocked",
    "notification": "desktop notifications, not shown",
    "image": "images, not shown",
    "iterm2": "terminal-specific commands, not carried out",
    "unknown-osc": "unknown operating system commands, not carried out",
    "apc": "application program commands, not carried out",
    "pm": "privacy messages, not shown",
    "sos": "start-of-string sequences, not shown",
}


def terminal_warnings(
    sizes: SizeTimeline, skipped: int, sequences: Sequence[SequenceEvent]
) -> tuple[FidelityWarning, ...]:
    """Return each warning once, with its count. `skipped` is the number of places that crash the emulator."""
    log = FidelityWarnings()
    if sizes.first.source is SizeSource.DEFAULT:
        log.add("size-default", "terminal size not found in the stream; 80x24 is assumed")
    for code, message, count in isolation_warnings(skipped):
        log.add(code, message, count)
    if len(sequences) >= MAX_EVENTS:
        message = f"more than {MAX_EVENTS:,} special control sequences; the later ones are not counted"
        log.add("sequences-cut", message)
    functions: dict[str, list[float]] = {}
    for sequence in sequences:
        if sequence.kind == "unsupported":
            functions.setdefault(sequence.text, []).append(sequence.time)
        elif sequence.kind in _NOTABLE_SEQUENCES:
            log.add(f"sequence-{sequence.kind}", _NOTABLE_SEQUENCES[sequence.kind])
    for number, (name, times) in enumerate(functions.items()):
        if number < MAX_NAMED_FUNCTIONS:
            message = f"the control function {name} is not carried out, first at {format_mmss(times[0])}"
            log.add(f"function-{name}", message, len(times))
        else:
            log.add("function-others", "the other control functions that are not carried out", len(times))
    return log.warnings
