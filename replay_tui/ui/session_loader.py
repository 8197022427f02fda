"""Loader of a session: reads, indexes and analyses a source in one thread and posts each stage as an event."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import Cancelled, ReplayError
from replay_tui.domain.finding import Finding
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import TerminalSize
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.recording import Recording
from replay_tui.search.index_pool import WorkerProcesses, worker_count
from replay_tui.settings.file_cache import IndexCache
from replay_tui.settings.log_file import log_hint
from replay_tui.sources import LoadedSession, open_source
from replay_tui.sources.loaded_session import TimeUnit
from replay_tui.terminal import keyframe_codec
from replay_tui.ui.background import DONE, ProgressReport, TaskProgress
from replay_tui.ui.gc_control import gc_paused
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets import highlight

if TYPE_CHECKING:
    from replay_tui.gateway.session_download import SessionDownload

logger = logging.getLogger(__name__)

FIRST_DISPLAY_SECONDS = 0.1
"""A source that is read within this time is shown once, when complete: showing its start first would take as long."""
REFRESH_SECONDS = 15.0
"""Time between requests to a gateway that did not answer when the session was opened."""
MIN_PACE_SECONDS = 0.01
"""Reading time after which the pace predicts when reading will end."""


class MetadataLoaded(Struct, frozen=True):
    """The session's metadata is loaded, its stream not yet."""

    session: Session


class RecordingLoaded(Struct, frozen=True):
    """A recording can be shown; `complete` once the whole source is read. The screen sets `drawn` after drawing."""

    recording: Recording
    complete: bool
    drawn: threading.Event = field(default_factory=threading.Event)


class AnalysisFinished(Struct, frozen=True):
    """Statements, findings and fidelity warnings are available."""

    recording: Recording
    findings: list[Finding]


class LoadFailed(Struct, frozen=True):
    """The source could not be read or analysed, or only in part (`is_partial`); `message` names the reason."""

    message: str
    is_partial: bool = False


class MetadataRefreshed(Struct, frozen=True):
    """The gateway answers again about a session that was opened from a copy; its recording is the same."""

    session: Session


LoaderEvent = MetadataLoaded | MetadataRefreshed | RecordingLoaded | AnalysisFinished | LoadFailed | TaskProgress
Post = Callable[[LoaderEvent], object]


class SessionLoader(Struct):
    """Loads one session in the calling thread. `post` receives the events; `cancel` also interrupts the network.

    With `cached` the index of a large saved session is stored in the user's cache folder.
    """

    ref: SessionRef
    size: TerminalSize | None
    post: Post
    cancel: CancelToken
    rules: tuple[Rule, ...] = ()
    cached: bool = True
    _download: SessionDownload | None = None
    _opening: SessionDownload | None = None

    def run(self) -> None:
        """Read, index and analyse the session and post the events; return early if cancelled."""
        try:
            recording = self._read()
            if recording:
                # Screens of a gateway's sessions are never written to this computer's disk.
                kept = IndexCache() if self.cached and not self.ref.client and self.ref.path != "-" else None
                prepare(recording, self.post, self._is_cancelled, kept)
            if self._opening is not None:
                self._opening.keep()
                self._refresh(self._opening)
        except Cancelled:
            return
        except ReplayError as error:
            self.post(LoadFailed(str(error)))
        except Exception as error:  # an open session stays open
            reraise_if_debugging()
            logger.exception("Loading the session failed")
            self.post(LoadFailed(f"Loading the session failed ({type(error).__name__}). {log_hint()}"))
        finally:
            if self._opening is not None:
                self._opening.discard()

    def _refresh(self, opening: SessionDownload) -> None:
        """Wait for the gateway if the session was opened from a copy without it; read a session that has changed."""
        if not opening.is_offline:
            return
        try:
            if opening.wait_for_gateway(REFRESH_SECONDS):
                self.post(MetadataRefreshed(opening.session))
            elif recording := self._read():
                prepare(recording, self.post, self._is_cancelled)
                if self._opening is not None:
                    self._opening.keep()
        except ReplayError as error:
            self.post(LoadFailed(f"The gateway answers again: {error}", is_partial=True))

    def stop(self) -> bool:
        """Stop a running download and keep what has arrived; return True if there was one. Call from any thread."""
        if self._download is None:
            return False
        self._download.stop()
        return True

    def _is_cancelled(self) -> bool:
        return self.cancel.is_set

    def _source(self) -> Iterator[LoadedSession]:
        ref = self.ref
        if ref.preloaded:
            yield from ref.preloaded
        elif ref.client:
            from replay_tui.gateway.session_download import SessionDownload  # loads httpx

            times: TimeUnit = "ms" if ref.times == "ms" else "s"
            report = ProgressReport(self.post, "reading", "esc stops")
            opening = SessionDownload(
                ref.client, ref.path, times=times, encoding=ref.encoding, cancel=self.cancel, progress=report
            )
            self.post(MetadataLoaded(opening.session))
            self._download = self._opening = opening
            report(0)
            yield from opening
            self._download = None
            if opening.failure:
                self.post(LoadFailed(f"{opening.failure} The events received so far are shown.", is_partial=True))
        else:
            yield from open_source(
                ref.path, times="ms" if ref.times == "ms" else "s", encoding=ref.encoding, timing=ref.timing
            )

    def _recording(self, loaded: LoadedSession) -> Recording:
        recording = Recording(loaded, size=self.size, custom_rules=self.rules)
        precompute_display(recording)
        return recording

    def _ends_soon(self, loaded: LoadedSession, spent: float) -> bool:
        if self._download or not loaded.bytes_total:  # a network or a pipe, whose pace may change
            return False
        return spent < MIN_PACE_SECONDS or spent * loaded.bytes_total < FIRST_DISPLAY_SECONDS * loaded.bytes_read

    def _helpers(self, loaded: LoadedSession) -> WorkerProcesses:
        """Start the worker processes for a large session, so that they are ready when it has been read."""
        count = worker_count((loaded.bytes_total or 0) * 3 // 4)  # estimate: most of the source is base64
        return WorkerProcesses(count if count and Recording(loaded).kind.has_screen else 0)

    def _read(self) -> Recording | None:
        shown, begin = False, time.monotonic()
        report = ProgressReport(self.post, "reading")
        helpers: WorkerProcesses | None = None
        loaded: LoadedSession | None = None
        for loaded in self._source():
            if self._is_cancelled():
                raise Cancelled
            if loaded.stream.complete:
                continue
            if helpers is None and len(loaded.stream):
                helpers = self._helpers(loaded)
            if not shown and len(loaded.stream) and not self._ends_soon(loaded, time.monotonic() - begin):
                self.post(RecordingLoaded(self._recording(loaded), complete=False))
                shown = True
            if not self._download:
                report(loaded.bytes_read, loaded.bytes_total)
        if loaded is None:
            self.post(LoadFailed("The source is empty. Choose a saved session or a recording."))
            return None
        if shown:
            self.post(TaskProgress("reading"))
        recording = self._recording(loaded)
        _ = recording.idle_gaps  # computed here, because a million events take a while
        if helpers and recording.kind.has_screen:
            recording.text_index.prepare(helpers)
        self.post(RecordingLoaded(recording, complete=True))
        return recording


def precompute_display(recording: Recording) -> None:
    """Compute what the main pane shows first, so that the interface's thread does not have to."""
    recording.precompute()
    with gc_paused(recording.stream):
        if recording.kind.lists_statements:
            _ = recording.analysis.summary
        elif recording.kind.shows_output and not (
            recording.kind.may_have_table and recording.analysis.decoded.table is not None
        ):
            _ = recording.text.output_lines
    if not recording.kind.has_screen:
        highlight.preload_lexer(script_language(recording.session))


def prepare(recording: Recording, post: Post, is_cancelled: Callable[[], bool], kept: IndexCache | None = None) -> None:
    """Index and analyse a recording; `kept` is the cache of indexes of large sessions, None for no cache.

    Raises `Cancelled`.
    """
    with gc_paused(recording.stream):
        _prepare(recording, post, is_cancelled, kept)


def _prepare(recording: Recording, post: Post, is_cancelled: Callable[[], bool], kept: IndexCache | None) -> None:
    new_key = ""
    if recording.kind.has_screen:
        size, report = max(1, len(recording.stream.output)), ProgressReport(post, "indexing")
        recording.text_index.prepare()  # the workers start while this thread builds the keyframe index that they need
        new_key = _build(recording, is_cancelled, lambda done: report(done, size), kept)
    post(TaskProgress("analysing"))
    findings = recording.findings
    _ = recording.fidelity, recording.analysis.summary, recording.kind.has_screen and recording.analysis.chapters
    recording.redactor.prepare(is_cancelled)
    if kept and new_key and not recording.redactor:  # an index contains the screens as they were drawn
        kept.write(new_key, keyframe_codec.serialize(recording.index, new_key))
    if is_cancelled():
        raise Cancelled
    post(DONE)
    post(AnalysisFinished(recording, findings))


def _build(
    recording: Recording, is_cancelled: Callable[[], bool], progress: Callable[[int], None], kept: IndexCache | None
) -> str:
    """Build the index, or restore it from the cache. Return the key under which it is to be cached, or nothing."""
    index, stream, sizes = recording.index, recording.text.display_stream, recording.sizes
    if kept is None or index.keyframes or len(stream.output) < keyframe_codec.MIN_INDEX_BYTES:
        index.build(is_cancelled, progress)
        return ""
    key = keyframe_codec.cache_key(stream, sizes)
    if data := kept.read(key):
        try:
            index.restore(keyframe_codec.deserialize(data, key, stream, sizes))
        except keyframe_codec.InvalidCacheEntry:
            kept.remove(key)
    adopted = bool(index.keyframes)
    index.build(is_cancelled, progress)
    return key if not adopted and index.keyframes else ""
