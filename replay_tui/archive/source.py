"""Source of a saved session: a file, an address in an object store, or a session id on a gateway."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from replay_tui.archive.object_store import display_address, expand_address, is_address, read_address
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.known_secrets import credential_headers
from replay_tui.domain.text_encoding import UTF8
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.sources import LoadedSession, read_all
from replay_tui.sources.beside import opener
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient


class SessionSource(Struct, frozen=True):
    """A session to read: the file or address `location`, or with a `client` the session id `location`.

    `name` is the location as the user wrote it, if that differs; `timing` is the timing file of a typescript.
    `credential_headers` are the user's, for the process that analyses the session. Sources without a client can be
    pickled.
    """

    location: str
    name: str = ""
    times: TimeUnit = "s"
    encoding: str = UTF8
    timing: str | None = None
    client: GatewayClient | None = None
    credential_headers: tuple[str, ...] = field(default_factory=credential_headers)

    @property
    def display_name(self) -> str:
        """The name without user and password; not sanitised."""
        return display_address(self.name or self.location)

    @property
    def size_bytes(self) -> int:
        """Size of the file; 0 if it is not known."""
        try:
            return 0 if self.client or is_address(self.location) else os.path.getsize(self.location)
        except (OSError, ValueError):
            return 0

    def read(self, cancel: CancelToken) -> LoadedSession:
        """Read the whole session. Raises `ReplayError`; `Cancelled` if a download is cancelled."""
        if self.client is not None:
            from replay_tui.gateway.session_download import read_whole  # loads httpx

            loaded = read_whole(self.client, self.location, cancel, self.encoding)
            if loaded is None:
                raise UnreadableSource("The gateway sent an empty response.")
            return loaded
        if is_address(self.location):
            return read_address(self.location, self.encoding)
        return read_all(self.location, times=self.times, encoding=self.encoding, timing=self.timing)


def expand_paths(paths: Sequence[str]) -> list[str]:
    """Return files and addresses, with each folder replaced by the files in it, without duplicates.

    Hidden files and folders inside a folder are skipped, and files that are read together with a recording beside them.
    Raises `UnreadableSource` if there is no file at all, and what `expand_address` raises.
    """
    found: dict[str, None] = {}
    for path in paths:
        if is_address(path):
            found |= dict.fromkeys(expand_address(path))
        elif _is_folder(path):
            found |= dict.fromkeys(_files_in(path))
        else:
            found[path] = None
    if not found:
        raise UnreadableSource(f"There is no file in {', '.join(sanitize(display_address(path)) for path in paths)}.")
    return list(found)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def _files_in(folder: str) -> list[str]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        from replay_tui.sources.recorders.companions import without_companions  # loads the readers

        shown = [name for name in sorted(names) if not name.startswith(".")]
        found += [os.path.join(place, name) for name in without_companions(shown, opener(place))]
    return found
