"""Preview of a hit: the recorded screen at its moment, else the statement, else the library's text around it."""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections import OrderedDict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from replay_tui.archive.library.find_query import FoundHit
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.session_loading import find_source, is_on_gateway
from replay_tui.archive.library.sessions import LibrarySession, load_document, read_bytes
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import ReplayError
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.terminal.screen import Screen

if TYPE_CHECKING:
    from replay_tui.archive.library.document import SessionDocument
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.recording import Recording
    from replay_tui.sources import LoadedSession

MAX_FILE_BYTES = 16 << 20
"""Larger recordings are not read for a preview; the library's text is shown instead."""
MAX_DOWNLOAD_BYTES = 2 << 20
"""Larger recordings are not downloaded for a preview."""
MAX_CACHED = 3
LINES_BEFORE, LINES_AFTER = 12, 40
MAX_LINE_CHARS = 2000
_POLL_SECONDS = 0.05


class HitPreview(Struct, frozen=True):
    """The `screen` at a hit, or `lines` and what they are (`title`); not sanitised, without secrets.

    `failure` says why there is neither.
    """

    screen: Screen | None = None
    title: str = ""
    lines: tuple[str, ...] = ()
    failure: str = ""


class HitPreviews:
    """Reads previews of hits in the library in `folder`, one after another; keeps the last recordings.

    Recordings that no file has are downloaded with the `client`, if there is one.
    """

    def __init__(self, folder: Path, client: GatewayClient | None = None) -> None:
        self._folder, self._client = folder, client
        self._recordings: OrderedDict[int, Recording | None] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, found: FoundHit, cancel: CancelToken) -> HitPreview:
        """Return the preview of a hit. Raises `Cancelled`."""
        while not self._lock.acquire(timeout=_POLL_SECONDS):
            cancel.raise_if_cancelled()
        try:
            with Library.open(self._folder) as library:
                return self._load(library, found, cancel)
        except ReplayError as error:
            return HitPreview(failure=str(error))
        finally:
            self._lock.release()

    def _load(self, library: Library, found: FoundHit, cancel: CancelToken) -> HitPreview:
        session, hit = found.session, found.hit
        cancel.raise_if_cancelled()
        recording = self._recording(library, session, cancel)
        if recording is not None:
            return HitPreview(recording.screen(hit.time))
        document = load_document(library, session)
        cancel.raise_if_cancelled()
        return _statement(document, found) or _text(document, found)

    def _recording(self, library: Library, session: LibrarySession, cancel: CancelToken) -> Recording | None:
        """Return the recording of a terminal session that can be read quickly, with its index built, else None."""
        from replay_tui.recording import Recording  # loads the terminal emulator

        if session.n not in self._recordings:
            loaded = self._read(library, session, cancel)
            recording = Recording(loaded) if loaded else None
            if recording and recording.kind.has_screen:
                recording.index.build(lambda: cancel.is_set)
            else:
                recording = None
            self._recordings[session.n] = recording
            if len(self._recordings) > MAX_CACHED:
                self._recordings.popitem(last=False)
        self._recordings.move_to_end(session.n)
        return self._recordings[session.n]

    def _read(self, library: Library, session: LibrarySession, cancel: CancelToken) -> LoadedSession | None:
        """Return the session from its file or gateway; None if that takes long or is not possible."""
        client = self._client
        if _is_small_file(session.source) and (source := find_source(library, session)):
            return source[1] or SessionSource(source[0]).read(cancel)
        if client and is_on_gateway(session, client) and read_bytes(library, session) <= MAX_DOWNLOAD_BYTES:
            try:
                return SessionSource(session.id, client=client).read(cancel)
            except ReplayError:
                return None
        return None


def _is_small_file(path: str) -> bool:
    try:
        return os.stat(path).st_size <= MAX_FILE_BYTES
    except (OSError, ValueError):
        return False


def _statement(document: SessionDocument, found: FoundHit) -> HitPreview | None:
    """Return the statement of a hit in statements or findings."""
    hit = found.hit
    if hit.where not in ("statements", "findings"):
        return None
    for one in document.text.statements:
        parts = (one.text, *(value for value in one.params or () if value))
        if one.time == hit.time and (hit.where == "findings" or any(hit.text in part for part in parts)):
            params = [f"${number} = {value}" for number, value in enumerate(one.params or (), 1) if value is not None]
            return HitPreview(None, "statement", _cut([*one.text.splitlines(), *params]))
    return None


def _text(document: SessionDocument, found: FoundHit) -> HitPreview:
    """Return the library's text around a hit, or the hit itself if the text does not contain it."""
    hit, lines = found.hit, list(document.lines)
    at = bisect_left(lines, hit.time, key=lambda line: line[0])
    near = islice(range(at, len(lines)), LINES_AFTER)
    position = next((number for number in near if lines[number][1] == hit.text), None)
    if position is None:
        return HitPreview(None, "typed" if hit.where == "input" else hit.where, _cut([hit.text]))
    first = max(0, position - LINES_BEFORE)
    return HitPreview(None, "text", _cut([text for _, text in lines[first : position + LINES_AFTER]]))


def _cut(lines: list[str]) -> tuple[str, ...]:
    return tuple(line[:MAX_LINE_CHARS] for line in lines)
