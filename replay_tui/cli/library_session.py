"""Sessions of the library as an argument: `SESSION@TIME`, and a session whose recording is not available any more."""

from __future__ import annotations

import math
import os

from replay_tui.cli.options import given_archive
from replay_tui.cli.output import print_status
from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.times import parse_time
from replay_tui.sources import LoadedSession


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
    from replay_tui.archive.library.opening import find_source, load_text
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
