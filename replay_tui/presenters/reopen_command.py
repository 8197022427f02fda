"""Command line that opens a session again at the same moment, for tickets and colleagues."""

from __future__ import annotations

import os
import shlex

from replay_tui.domain.text_encoding import UTF8


def page_url(base: str, session_id: str) -> str:
    """Return the address of a session's page on the gateway at `base`; the program opens it, too."""
    return f"{base}/sessions/{session_id}"


def reopen_command(
    location: str,
    time: str,
    *,
    times: str = "s",
    encoding: str = UTF8,
    timing: str | None = None,
    size: tuple[int, int] | None = None,
    api_url: str = "",
) -> str:
    """Return the command for a file or page at `location` and a printed `time`; empty if it cannot be written.

    A name with control characters cannot be pasted into a shell. `api_url` is the gateway's address if it is not the
    configured one.
    """
    if not location or location == "-" or not location.isprintable():
        return ""
    place = location if "://" in location else os.path.abspath(location)
    words = ["replay-tui", place, "--at", time]
    words += ["--times", times] if times != "s" else []
    words += ["--encoding", encoding] if encoding != UTF8 else []
    words += ["--timing", os.path.abspath(timing)] if timing and timing.isprintable() else []
    words += ["--size", f"{size[0]}x{size[1]}"] if size else []
    words += ["--api-url", api_url] if api_url else []
    return shlex.join(words)
