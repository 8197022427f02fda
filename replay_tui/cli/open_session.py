"""From the SESSION argument to a recording: a file, standard input, or a gateway's session."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from replay_tui.cli.output import print_status
from replay_tui.cli.progress import Progress
from replay_tui.domain.errors import GatewayError
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.session_kind import EmptyReason
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.text import sanitize
from replay_tui.sources import LoadedSession, open_source
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.recording import Recording

_REMOTE = re.compile(r"^https?://|^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
WITHHELD = "The gateway gave no recording: only the session's owner, admins and auditors get it."


def is_remote(session: str) -> bool:
    """Whether SESSION names a session of a gateway: an id or a page's address, and no file of that name exists."""
    return bool(_REMOTE.match(session)) and not os.path.exists(session)  # of a name that is too long, it says no


def open_recording(
    session: str, *, size: tuple[int, int] | None = None, times: TimeUnit = "s", api_url: str | None = None
) -> Recording:
    """The whole recording that SESSION names, with progress and what had to be left out on stderr.

    Raises `UnreadableSource` for a file that holds no session and `GatewayError` where a gateway does not give one.
    """
    from replay_tui.cli.gateway import settings
    from replay_tui.findings.rules import custom_rules
    from replay_tui.recording import Recording

    remote = is_remote(session)
    loaded: LoadedSession | None = None
    with Progress("downloading" if remote else "reading") as progress:
        for loaded in iter_loaded(session, times=times, api_url=api_url):
            progress.update(loaded.bytes_read, loaded.bytes_total)
    if loaded is None:
        raise GatewayError("The gateway gave no answer; try again, or save the session as a file.")
    given = TerminalSize.clamped(*size, SizeSource.GIVEN) if size else None
    recording = Recording(loaded, size=given, custom_rules=custom_rules(settings().rules))
    _print_missing(recording, remote=remote)
    return recording


def iter_loaded(
    session: str, *, times: TimeUnit = "s", api_url: str | None = None, stdin: BinaryIO | None = None
) -> Iterator[LoadedSession]:
    """What SESSION names, yielded again and again as it grows."""
    if not is_remote(session):
        yield from open_source(session, times=times, stdin=stdin)
        return
    from replay_tui.gateway.session_download import SessionDownload

    client, session_id = connect_to_session(session, api_url)
    with client:
        yield from SessionDownload(client, session_id, times=times)


def connect_to_session(
    session: str, api_url: str | None = None, *, read_only: bool = True
) -> tuple[GatewayClient, str]:
    """A client of the configured gateway, and the id that SESSION names. Raises `GatewayError`."""
    from replay_tui.cli.gateway import connect
    from replay_tui.gateway.session_reference import session_id_of

    client = connect(api_url, read_only=read_only)
    return client, session_id_of(session, client.credentials.address)


def _print_missing(recording: Recording, *, remote: bool) -> None:
    notes = [note for note in recording.stream.log.warnings if note.is_unread]
    if any(note.code == "cut-off" for note in notes):
        notes = [note for note in notes if note.code != "input-cut"]  # the same, seen from the decoder
    for note in notes:
        print_status(f"Read in part: {note.sentence.rstrip('.')}.")
    if remote and recording.empty_reason is EmptyReason.WITHHELD:
        print_status(WITHHELD)


def say_what_is_unanalysed(warnings: Iterable[FidelityWarning]) -> None:
    """Print a line on stderr for each warning that statements or findings may be missing."""
    for warning in warnings:
        if warning.is_unanalysed:
            print_status(f"Analysed in part: {warning.sentence.rstrip('.')}.{_hint(warning)}")


def _hint(warning: FidelityWarning) -> str:
    from replay_tui.settings.log_file import log_hint

    return f" {log_hint()}" if warning.is_failure else ""


def title_of(recording: Recording) -> str:
    """What to call a recording: connection and user, else the title or the file's name. Clean."""
    fields = recording.session.fields
    if fields.connection or fields.user or fields.user_name:
        return sanitize(
            " \u00b7 ".join(filter(None, (recording.session.display_connection, recording.session.display_user)))
        )
    return sanitize(recording.loaded_session.title or Path(recording.name).name or recording.name)
