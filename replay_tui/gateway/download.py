"""Downloads in the gateway's own formats: a link for one use, used at once, saved beside its target, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from replay_tui.domain.errors import UsageError
from replay_tui.domain.lenient_model import LenientModel, Timestamp, parse_lenient
from replay_tui.domain.text import sanitize
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import InvalidResponse
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.request import Request
from replay_tui.gateway.resumable_body import Progress

MAX_DOWNLOAD = 4 << 30
EVENT_TYPES = frozenset("ioe")


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """What to download. `extension` is `json`, `csv` or any other (the bytes); `events` of `i`, `o`, `e`.

    `event_time` writes each event's time, `newline` a line break after it; `script` asks for the script instead.
    """

    extension: str = "json"
    events: str = ""
    event_time: bool = False
    newline: bool = False
    script: bool = False

    def params(self) -> dict[str, str | int]:
        """As query parameters. The published page writes `new_line`; the gateway reads `newline`."""
        wanted = [letter for letter in self.events.replace(",", "") if not letter.isspace()]
        if not set(wanted) <= EVENT_TYPES:
            raise UsageError(f"'{sanitize(self.events)}' names no event types; write i, o and e with commas: o,e.")
        values = {
            "extension": self.extension,
            "blob-type": "session_input" if self.script else "",
            "events": ",".join(wanted),
            "event-time": "1" if self.event_time else "",
            "newline": "1" if self.newline else "",
        }
        return {name: value for name, value in values.items() if value}


class DownloadLink(LenientModel):
    """A link as the gateway gives it; whoever has it may download, once, without a login."""

    download_url: str | None = None
    expire_at: Timestamp | None = None

    def __repr__(self) -> str:
        return f"DownloadLink(expire_at={self.expire_at})"

    __str__ = __repr__

    @staticmethod
    def parse(answer: Any) -> DownloadLink:
        """The link in an answer."""
        link = parse_lenient(DownloadLink, answer)[0] if isinstance(answer, dict) else DownloadLink()
        if not link.download_url:
            raise InvalidResponse("The gateway gave no download link.")
        return link

    @property
    def expires(self) -> datetime | None:
        """When the link stops working."""
        return self.expire_at


def link_request(transport: HttpTransport, session_id: str, link: DownloadLink) -> Request:
    """The request that a link stands for: without the token, and always to the configured gateway.

    A gateway behind another name writes the name it knows into its links; another path would be no download.
    """
    target = urlsplit(link.download_url or "")
    route = f"/sessions/{session_id}/download"
    found = target.path.rfind(route)
    if found < 0 or target.path[found + len(route) :] not in ("", "/input"):
        raise InvalidResponse("The gateway's download link leads somewhere else; it was not used.")
    url = f"{transport.address.api}{target.path[found:]}?{target.query}"
    return Request("GET", url, accept="*/*", with_token=False)


def chunks_of(
    transport: HttpTransport, request: Request, cancel: CancelToken, progress: Progress | None, left: float
) -> Iterator[bytes]:
    """A download's bytes, once: the link is used up."""
    received = 0
    with transport.stream(request, transport.timeouts.read, cancel, left=left) as response:
        told = response.headers.get("content-length") or response.headers.get("accept-length") or ""
        total = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
        for chunk in transport.chunks(response, cancel):
            received += len(chunk)
            if received > MAX_DOWNLOAD:
                raise InvalidResponse(f"The download is larger than {MAX_DOWNLOAD >> 30} GiB; it was not saved.")
            if progress:
                progress(received, total)
            yield chunk


def save(chunks: Iterable[bytes], target: Path) -> int:
    """Write `chunks` to a file beside `target` and rename it when it is whole; how many bytes that were.

    A target that is there already stays as it was until then. Only the owner may read what is saved: it is a recording.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise UsageError(f"{sanitize(target)} cannot be written ({sanitize(error.strerror)}).") from None
    problem = None
    try:
        written = 0
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                written += file.write(chunk)
        os.replace(name, target)
        return written
    except OSError as error:
        problem = UsageError(f"{sanitize(target)} cannot be written ({sanitize(error.strerror)}).")
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
    raise problem
