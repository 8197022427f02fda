"""Opening of the SESSION argument: a file, standard input, or a session of a gateway or of the library."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from replay_tui.cli.options import given_archive, given_encoding, given_timing
from replay_tui.cli.output import Progress, is_terminal, print_status
from replay_tui.cli.user_settings import settings
from replay_tui.domain.errors import GatewayError, ReplayError, UsageError
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.times import parse_time
from replay_tui.presenters.completeness import unread_label
from replay_tui.sources import LoadedSession, open_source
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.recording import Recording


_REMOTE = lazy_compile(r"^https?://|^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
EXIT_UNREADABLE = 3


def is_remote(session: str) -> bool:
    """Return True if SESSION is a session id or the address of a page, and no file has that name."""
    return bool(_REMOTE.match(session)) and not os.path.exists(session)  # False for names that are too long


def open_recording(
    session: str,
    *,
    size: tuple[int, int] | None = None,
    times: TimeUnit = "s",
    api_url: str | None = None,
    prints_text: bool = False,
) -> Recording:
    """Return the complete recording of SESSION, with progress and load warnings on stderr.

    A command that `prints_text` of the session hands it on if stdout is a pipe or a file; if the gateway has disabled
    downloads, that raises `DownloadsDisabled` before the session is read. Raises `UnreadableSource` if a file is not a
    session, and `GatewayError` if the gateway does not return one.
    """
    from replay_tui.findings.user_rules import user_rules
    from replay_tui.recording import Recording

    session, _ = split_moment(session)
    remote = is_remote(session)
    if prints_text and not is_terminal(sys.stdout):
        allow_download(session, api_url)
    loaded: LoadedSession | None = None
    with Progress("downloading" if remote else "reading") as progress:
        for loaded in iter_loaded(session, times=times, api_url=api_url):
            progress.update(loaded.bytes_read, loaded.bytes_total)
    if loaded is None:
        raise GatewayError("The gateway returned no session. Try again, or save the session as a file.")
    given = TerminalSize.clamped(*size, SizeSource.GIVEN) if size else None
    recording = Recording(loaded, size=given, custom_rules=user_rules(settings().rules, settings().sigma_rules))
    _print_unread(recording)
    return recording


def iter_loaded(
    session: str, *, times: TimeUnit = "s", api_url: str | None = None, stdin: BinaryIO | None = None
) -> Iterator[LoadedSession]:
    """Yield the session that SESSION names, repeatedly while more of it is read."""
    if not is_remote(session):
        yield from open_source(session, times=times, encoding=given_encoding(), stdin=stdin, timing=given_timing())
        return
    from replay_tui.cli.gateway import connect_to_session  # loaded for a session of a gateway only
    from replay_tui.gateway.session_download import SessionDownload

    client, session_id = connect_to_session(session, api_url)
    with client:
        download = SessionDownload(client, session_id, times=times, encoding=given_encoding())
        yield from download
        download.keep()


def allow_download(session: str, api_url: str | None) -> None:
    """Raise `DownloadsDisabled` if SESSION is on a gateway that does not allow downloads, or does not say so."""
    if is_remote(session):
        from replay_tui.cli.gateway import connect_to_session

        with connect_to_session(session, api_url)[0] as client:
            client.read.check_downloads()


def _print_unread(recording: Recording) -> None:
    """Print a line on stderr for each part of the source that was not read."""
    known = recording.known_completeness
    unread = [one for one in known.gaps if one.is_unread]
    if any(one.code == "cut-off" for one in unread):
        unread = [one for one in unread if one.code != "input-cut"]  # the decoder reports the same loss
    label = unread_label(known).capitalize() if known.is_nothing_read else "Read in part"
    for one in unread:
        print_status(f"{label}: {one.sentence.rstrip('.')}.")


def print_gaps(recording: Recording) -> int:
    """Print a line on stderr for each warning that statements, findings or matches may be missing.

    Call it after the results, whose computation finds such gaps. Returns the exit code: 3 if the source has a recording
    of which nothing can be read, else 0.
    """
    known = recording.known_completeness
    for one in known.gaps:
        if one.is_unanalysed:
            print_status(f"Analysed in part: {one.sentence.rstrip('.')}.{_hint(one)}")
    return EXIT_UNREADABLE if known.is_unreadable else 0


def _hint(warning: FidelityWarning) -> str:
    from replay_tui.settings.log_file import log_hint

    return f" {log_hint()}" if warning.is_failure else ""


def split_moment(session: str) -> tuple[str, str | None]:
    """Return the name of a session and the time in `SESSION@TIME`; None for a name without a time or of a file."""
    name, at, text = session.rpartition("@")
    if not at or not name or os.path.exists(session):
        return session, None
    try:
        parse_time(text, math.inf)
    except UsageError:
        return session, None
    return name, text


def from_library(name: str, *, text_only: bool = False) -> tuple[str, LoadedSession | None] | None:
    """Return the location and content of a session of the library; None if it has no such session.

    The content of a file that is opened by its path is None. With `text_only`, because the gateway cannot be asked, the
    stored text is returned if no file has the session. Otherwise None is returned for one that only a gateway has.
    """
    from replay_tui.archive.library.library import Library, default_folder
    from replay_tui.archive.library.session_loading import find_source, load_text
    from replay_tui.archive.library.sessions import sessions_named

    folder = given_archive() or default_folder()
    if not folder.exists():
        return None
    try:
        with Library.open(folder) as library:
            found = sessions_named(library, name)
            for session in found:
                if opened := find_source(library, session):
                    return opened
            if not found or not (text_only or not found[0].source.startswith("http")):
                return None
            return found[0].reference, load_text(library, found[0])
    except ReplayError as error:
        print_status(f"The library was not asked: {error}")
        return None
