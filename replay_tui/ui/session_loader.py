"""From a source to everything that is known of it, in one thread: first frame early, the costly things after."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.domain.cancellation import Cancelled
from replay_tui.domain.debug import reraise_if_debugging
from replay_tui.domain.errors import GatewayError, ReplayError
from replay_tui.domain.finding import Finding
from replay_tui.domain.session import Session
from replay_tui.domain.terminal_size import TerminalSize
from replay_tui.findings.rules import Rule
from replay_tui.gateway.account import ServerInfo
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.session_download import SessionDownload
from replay_tui.recording import Recording
from replay_tui.search.index_pool import WorkerProcesses, worker_count
from replay_tui.settings.index_cache import IndexCache
from replay_tui.settings.log_file import log_hint
from replay_tui.sources import LoadedSession, open_source
from replay_tui.sources.loaded_session import TimeUnit
from replay_tui.terminal import keyframe_codec
from replay_tui.ui.gc_control import gc_paused
from replay_tui.ui.progress import DONE, Progress, ProgressReport
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets import highlight

logger = logging.getLogger(__name__)

FIRST_DISPLAY_SECONDS = 0.1
"""Seconds: what is read whole by then is shown once. Its beginning first would cost as much again."""
PACE_SECONDS = 0.01
"""Seconds of reading after which its pace tells when it will end."""


@dataclass(frozen=True, slots=True)
class MetadataLoaded:
    """The session is known, its stream not yet; and what its gateway allows, if it answered that."""

    session: Session
    server: ServerInfo | None = None


@dataclass(frozen=True, slots=True)
class RecordingLoaded:
    """There is a recording to show; `complete` once the whole source has been read. `drawn` is set once it is drawn."""

    recording: Recording
    complete: bool
    drawn: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class AnalysisFinished:
    """Statements, findings and fidelity warnings have been worked out."""

    recording: Recording
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The source could not be read, or not whole; `message` says why."""

    message: str


LoaderEvent = MetadataLoaded | RecordingLoaded | AnalysisFinished | LoadFailed | Progress
Post = Callable[[LoaderEvent], object]


@dataclass(slots=True)
class SessionLoader:
    """Loads one session in the calling thread. `post` takes events; `cancel` ends it, also in the network.

    With `cached` the index of a large saved session is kept on this computer's disk.
    """

    ref: SessionRef
    size: TerminalSize | None
    post: Post
    cancel: CancelToken
    rules: tuple[Rule, ...] = ()
    cached: bool = True
    _download: SessionDownload | None = None
    _report: ProgressReport = field(init=False)

    def __post_init__(self) -> None:
        self._report = ProgressReport(self.post, "reading", "esc stops")

    def run(self) -> None:
        """Read, index and analyse, posting what becomes known; ends quietly when cancelled."""
        try:
            recording = self._read()
            if recording:
                # What a gateway gives is not written to this computer's disk.
                kept = IndexCache() if self.cached and not self.ref.client and self.ref.path != "-" else None
                prepare(recording, self.post, self._is_cancelled, kept)
        except Cancelled:
            return
        except ReplayError as error:
            self.post(LoadFailed(str(error)))
        except Exception as error:  # what is already open stays open
            reraise_if_debugging()
            logger.exception("Loading the session failed")
            self.post(LoadFailed(f"Loading the session failed ({type(error).__name__}). {log_hint()}"))

    def stop(self) -> bool:
        """Go on with what came of a download, from any thread; says whether one was on its way."""
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
            times: TimeUnit = "ms" if ref.times == "ms" else "s"
            opening = SessionDownload(ref.client, ref.path, times=times, cancel=self.cancel, progress=self._report)
            self.post(MetadataLoaded(opening.session, self._server(ref.client)))
            self._download = opening
            self._report(0)
            yield from opening
            self._download = None
            if opening.failure:
                self.post(LoadFailed(f"{opening.failure} What came before is shown."))
        else:
            yield from open_source(ref.path, times="ms" if ref.times == "ms" else "s")

    def _server(self, client: GatewayClient) -> ServerInfo | None:
        try:
            return client.read.server(cancel=self.cancel)
        except GatewayError:
            return None

    def _recording(self, loaded: LoadedSession) -> Recording:
        recording = Recording(loaded, size=self.size, custom_rules=self.rules)
        precompute_display(recording)
        return recording

    def _ends_soon(self, loaded: LoadedSession, spent: float) -> bool:
        if self._download or not loaded.bytes_total:  # from a network, a pipe: nobody knows what holds it up
            return False
        return spent < PACE_SECONDS or spent * loaded.bytes_total < FIRST_DISPLAY_SECONDS * loaded.bytes_read

    def _helpers(self, loaded: LoadedSession) -> WorkerProcesses:
        """The processes that will help with a large session, early enough to be ready when it has been read."""
        count = worker_count((loaded.bytes_total or 0) * 3 // 4)  # most of it is base64
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
            self.post(LoadFailed("The source holds nothing."))
            return None
        if shown:
            self.post(Progress("reading"))
        recording = self._recording(loaded)
        _ = recording.idle_gaps  # here, for it takes a while where there are a million events
        if helpers and recording.kind.has_screen:
            recording.text_index.prepare(helpers)
        self.post(RecordingLoaded(recording, complete=True))
        return recording


def precompute_display(recording: Recording) -> None:
    """Work out what the main pane of a session shows at first, so that the interface's thread need not."""
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
    """Index a recording (large ones by what is `kept` from an earlier time) and work out what it holds.

    Raises `Cancelled`.
    """
    with gc_paused(recording.stream):
        _prepare(recording, post, is_cancelled, kept)


def _prepare(recording: Recording, post: Post, is_cancelled: Callable[[], bool], kept: IndexCache | None) -> None:
    if recording.kind.has_screen:
        size, report = max(1, len(recording.stream.output)), ProgressReport(post, "indexing")
        recording.text_index.prepare()  # its helpers start while this thread builds the index that they need
        _build(recording, is_cancelled, lambda done: report(done, size), kept)
    post(Progress("analysing"))
    findings = recording.findings
    _ = recording.fidelity, recording.analysis.summary
    if is_cancelled():
        raise Cancelled
    post(DONE)
    post(AnalysisFinished(recording, findings))


def _build(
    recording: Recording, is_cancelled: Callable[[], bool], progress: Callable[[int], None], kept: IndexCache | None
) -> None:
    index, stream, sizes = recording.index, recording.text.display_stream, recording.sizes
    if kept is None or index.keyframes or len(stream.output) < keyframe_codec.MIN_INDEX_BYTES:
        index.build(is_cancelled, progress)
        return
    key = keyframe_codec.cache_key(stream, sizes)
    if data := kept.read(key):
        try:
            index.restore(keyframe_codec.deserialize(data, key, stream, sizes))
        except keyframe_codec.InvalidCacheEntry:
            kept.remove(key)
    adopted = bool(index.keyframes)
    index.build(is_cancelled, progress)
    if not adopted and index.keyframes:
        kept.write(key, keyframe_codec.serialize(index, key))
