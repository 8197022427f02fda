"""From a source to everything that is known of it, in one thread: first frame early, the costly things after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.message import Message

from replay_tui.domain.errors import ReplayError
from replay_tui.domain.finding import Finding
from replay_tui.domain.kind import Kind
from replay_tui.domain.size import TerminalSize
from replay_tui.recording import Recording
from replay_tui.sources import Loaded, open_source
from replay_tui.terminal.index import Cancelled

PROGRESS_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A session that can be opened: a `path`, or an iterator that someone has begun to read; `title` for lists."""

    path: str
    title: str = ""
    times: str = "s"
    opened: Iterator[Loaded] | None = None

    def open(self) -> Iterator[Loaded]:
        """Read it."""
        return self.opened or open_source(self.path, times="ms" if self.times == "ms" else "s")


class Opened(Message):
    """There is something to show; `complete` once the whole source has been read."""

    def __init__(self, recording: Recording, complete: bool) -> None:
        self.recording, self.complete = recording, complete
        super().__init__()


class Progress(Message):
    """How far some long work is: `what`, and the `part` (0 to 1) that is done, None where it cannot be known."""

    def __init__(self, what: str, part: float | None) -> None:
        self.what, self.part = what, part
        super().__init__()


class Analysed(Message):
    """Statements, findings and fidelity notes have been worked out."""

    def __init__(self, recording: Recording, findings: list[Finding]) -> None:
        self.recording, self.findings = recording, findings
        super().__init__()


class Failed(Message):
    """The source could not be read; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__()


def load(
    ref: SessionRef, size: TerminalSize | None, post: Callable[[Message], object], stop: Callable[[], bool]
) -> None:
    """Read, index and analyse a session, posting what becomes known. Ends quietly when `stop` says so."""
    try:
        recording = _read(ref, size, post, stop)
        if recording:
            prepare(recording, post, stop)
    except ReplayError as error:
        post(Failed(str(error)))
    except Cancelled:
        return


def _read(
    ref: SessionRef, size: TerminalSize | None, post: Callable[[Message], object], stop: Callable[[], bool]
) -> Recording | None:
    shown, said = False, 0.0
    loaded: Loaded | None = None
    for loaded in ref.open():
        if stop():
            raise Cancelled
        now = time.monotonic()
        if loaded.stream.complete:
            break
        if not shown and len(loaded.stream):
            early = Recording(loaded, size=size)
            early.prime()
            post(Opened(early, complete=False))
            shown = True
        if now - said > PROGRESS_SECONDS:
            said = now
            part = loaded.bytes_read / loaded.bytes_total if loaded.bytes_total else None
            post(Progress("reading", part))
    if loaded is None:
        post(Failed("The source holds nothing."))
        return None
    recording = Recording(loaded, size=size)
    recording.prime()
    post(Opened(recording, complete=True))
    return recording


def prepare(recording: Recording, post: Callable[[Message], object], stop: Callable[[], bool]) -> None:
    """Index a recording and work out what it holds. Raises `Cancelled`."""
    if recording.kind is Kind.TERMINAL:
        size = max(1, len(recording.stream.screen))
        said = 0.0

        def progress(done: int) -> None:
            nonlocal said
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                post(Progress("indexing", done / size))

        recording.index.build(stop, progress)
    post(Progress("analysing", None))
    findings = recording.findings
    _ = recording.fidelity
    if stop():
        raise Cancelled
    post(Progress("", None))
    post(Analysed(recording, findings))
