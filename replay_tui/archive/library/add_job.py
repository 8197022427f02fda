"""Job that reads one session and writes its block file; runs in any process that sees the library's folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from replay_tui.archive.analyse import attempt
from replay_tui.archive.library.record import events_digest
from replay_tui.archive.library.stored_session import write_session
from replay_tui.archive.object_store import display_address, is_address
from replay_tui.archive.source import SessionSource
from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.known_secrets import set_credential_headers
from replay_tui.findings.rules import Rule
from replay_tui.gateway.cancel_token import CancelToken


class AddResult(Struct, frozen=True):
    """The written block `file` of a session, or the `failure` to read or store it.

    `digests` maps numbers of events of earlier parts to the hash of so many events. `is_final` is True if reading the
    source again would fail again; `is_library_failure` if the library cannot be written.
    """

    file: str = ""
    digests: Mapping[int, str] = field(default_factory=dict)
    failure: str = ""
    is_final: bool = False
    is_library_failure: bool = False


class AddJob(Struct, frozen=True):
    """Job that adds sessions to the library whose block files are in `blocks`.

    `earlier` are the numbers of events that are stored of sessions, by id or by location.
    """

    blocks: str
    rules: tuple[Rule, ...] = ()
    earlier: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    operation = "Adding"

    def run(self, source: SessionSource, cancel: CancelToken | None = None) -> AddResult:
        """See `Job.run`."""
        from replay_tui.recording import Recording  # loads the terminal emulator

        token = cancel or CancelToken()
        set_credential_headers(source.credential_headers)

        def store() -> AddResult:
            try:
                loaded = source.read(token)
            except UnreadableSource as error:
                return AddResult(failure=str(error).replace(source.location, source.display_name), is_final=True)
            token.raise_if_cancelled()
            recording, location = Recording(loaded, custom_rules=self.rules), location_of(source)
            name = _without_query(source.display_name)
            counts = self.earlier.get(loaded.session.fields.id or location, ())
            digests = {count: events_digest(loaded.stream, count) for count in counts if count < len(loaded.stream)}
            try:
                file = write_session(Path(self.blocks), recording, source=location, name=name)
            except OSError as error:
                reason = (error.strerror or "unknown error").lower()
                return AddResult(failure=f"The library cannot be written ({reason}).", is_library_failure=True)
            return AddResult(file, digests)

        found = attempt(source, store, operation=self.operation)
        if isinstance(found, str):
            found = AddResult(failure=found)
        return replace(found, failure=found.failure.replace(source.display_name, _without_query(source.display_name)))

    def failed(self, source: SessionSource, failure: str) -> AddResult:
        """See `Job.failed`."""
        return AddResult(failure=failure)


def location_of(source: SessionSource) -> str:
    """Return where a session can be read again: an absolute path, an address, or the URL of its page."""
    if source.client is not None:
        return f"{source.client.credentials.address.base}/sessions/{source.location}"
    if is_address(source.location):
        return _without_query(display_address(source.location))
    return os.path.abspath(source.location)


def _without_query(address: str) -> str:
    """Return an address without its query, in which some stores expect a token; a file name is unchanged."""
    return address.partition("?")[0] if address.startswith(("http://", "https://")) else address
