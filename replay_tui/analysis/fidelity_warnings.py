"""Fidelity warnings of a missing recording, and of a terminal session: assumed size, skipped output, sequences."""

from __future__ import annotations

from collections.abc import Sequence

from replay_tui.domain.completeness import Completeness
from replay_tui.domain.event_stream import INPUT, EventStream
from replay_tui.domain.fidelity import NO_EVENTS, FidelityWarning, FidelityWarnings
from replay_tui.domain.finding import SequenceEvent
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.domain.statement import Statement
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline
from replay_tui.domain.text_encoding import count_invalid_input, count_invalid_utf8
from replay_tui.domain.times import format_mmss
from replay_tui.kinds.evidence import Family, family_of
from replay_tui.terminal.crash_isolation import isolation_warnings
from replay_tui.terminal.emulator import EMULATOR_LIMITS
from replay_tui.terminal.sequence_filter import MAX_EVENTS

MAX_NAMED_FUNCTIONS = 20
"""Control functions that are reported by name; the others are only counted."""
NUL_BLOCK_BYTES = 64
"""NULs in a row that are no padding of a slow terminal but a lost block."""
_HINT = "not valid in UTF-8, shown as U+FFFD; --encoding names another encoding"
_NUL_BLOCK = lazy_compile(rb"\0{%d,}" % NUL_BLOCK_BYTES)
_NOTABLE_SEQUENCES = {
    "clipboard-write": "attempts to write the viewer's clipboard, blocked",
    "clipboard-read": "attempts to read the viewer's clipboard, blocked",
    "notification": "desktop notifications, not shown",
    "file-transfer": "file transfers (ZMODEM), whose bytes are not drawn and not read as keys",
    "image": "images, not shown",
    "iterm2": "terminal-specific commands, not carried out",
    "unknown-osc": "unknown operating system commands, not carried out",
    "apc": "application program commands, not carried out",
    "pm": "privacy messages, not shown",
    "sos": "start-of-string sequences, not shown",
}

_MISSING = {
    EmptyReason.WITHHELD: FidelityWarning(
        "withheld", "the gateway withheld the recording: only the session's owner, admins and auditors may read it"
    ),
    EmptyReason.NO_LOG: FidelityWarning("no-log", "the gateway found no log of this session on its disk"),
    EmptyReason.NOT_ASKED: FidelityWarning(
        "no-stream", "the file has no recording and does not say whether there is one"
    ),
    EmptyReason.UNDECODABLE: FidelityWarning(
        "stream-undecodable", "the gateway could not write this recording as text and omitted it"
    ),
}
_NO_OUTPUT = FidelityWarning(
    "no-output", "the recording contains no output, so that it is unknown which keys were echoed and what they did"
)
_NO_INPUT = FidelityWarning(
    "no-input", "the recording contains no input: commands are read from the screen, and hidden input is unknown"
)
_NO_REQUESTS = FidelityWarning(
    "no-requests", "the recording contains no input, so that it is unknown what was sent or run"
)


def source_warnings(session: Session, stream: EventStream, reason: EmptyReason | None) -> tuple[FidelityWarning, ...]:
    """Return the warnings of the source, and that of a recording which is empty or exists, but is not in the source.

    `reason` is why there are no events.
    """
    known, missing = stream.log.warnings, _MISSING.get(reason) if reason else None
    if reason is EmptyReason.NO_STREAM and stream.complete and not session.script_text:
        missing = None if any(one.is_unread for one in known) else NO_EVENTS
    return (*known, missing) if missing and missing.code not in {one.code for one in known} else known


def completeness_of(session: Session, stream: EventStream, warnings: tuple[FidelityWarning, ...]) -> Completeness:
    """Return what was read of a session; `warnings` are those of the source and of everything computed from it."""
    read, stored = len(stream.output) + len(stream.other), session.stored_bytes
    known = stored if stored is not None and stored >= read else None  # an invalid size
    return Completeness(warnings, read, known, bool(session.script_text))


def direction_warnings(session: Session, stream: EventStream, kind: SessionKind) -> list[FidelityWarning]:
    """Return the warning that a complete recording contains only input or only output."""
    if session.is_open or session.script_text or not stream.complete:
        return []
    if kind.has_screen and not stream.output and stream.has_content:
        return [_NO_OUTPUT]
    if kind.is_empty or not stream.output or _has_input(stream):
        return []
    is_typed = kind.has_screen and family_of(session) is not Family.DATABASE
    return [_NO_INPUT if is_typed else _NO_REQUESTS]


def _has_input(stream: EventStream) -> bool:
    return INPUT in stream.kinds and any(event.data for event in stream.events(kinds="i"))


def terminal_warnings(
    sizes: SizeTimeline,
    skipped: int,
    sequences: Sequence[SequenceEvent],
    refused: tuple[int, float] | None = None,
) -> tuple[FidelityWarning, ...]:
    """Return each warning once, with its count.

    `skipped` is the number of places that crash the emulator; `refused` the number of control functions beyond the
    limit of work and the time in seconds after which the first one is.
    """
    log = FidelityWarnings()
    if EMULATOR_LIMITS:
        log.add("fallback-emulator", EMULATOR_LIMITS)
    if sizes.first.source is SizeSource.DEFAULT:
        log.add("size-default", "terminal size not recorded; showing 80×24")
    guessed = [size for size in sizes.all if size.source is SizeSource.GUESSED]
    if guessed:
        widths = ", ".join(dict.fromkeys(str(size.cols) for size in guessed))
        log.add(
            "size-guessed", f"terminal width not found in the stream; guessed from common sizes: {widths}", len(guessed)
        )
    for one in skipped_warnings(skipped):
        log.add(one.code, one.message, one.count)
    if refused:
        message = (
            f"rectangle and column functions take too long and are not carried out, first after "
            f"{format_mmss(refused[1])}; later screens may lack copied text or show erased text"
        )
        log.add("function-limit", message, refused[0])
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


def text_warnings(
    stream: EventStream, kind: SessionKind, statements: Sequence[Statement]
) -> tuple[FidelityWarning, ...]:
    """Return warnings about bytes that are no text. `stream` is without file transfers."""
    log = FidelityWarnings()
    if kind.has_screen or kind.prints_lines:
        log.add("not-utf8", f"bytes {_HINT}", count_invalid_utf8(stream.output) + count_invalid_input(stream.other))
        if b"\0" * NUL_BLOCK_BYTES in stream.output:
            log.add(
                "nul-output", "blocks of NUL bytes in the output, not drawn", len(_NUL_BLOCK.findall(stream.output))
            )
    else:
        damaged = sum("\ufffd" in row.text for row in statements)
        log.add("not-utf8", f"statements with bytes {_HINT}", damaged)
    return log.warnings


def skipped_warnings(skipped: int) -> tuple[FidelityWarning, ...]:
    """Return the warnings of a terminal session with `skipped` places that crash the emulator."""
    return tuple(FidelityWarning(code, message, count) for code, message, count in isolation_warnings(skipped))
