"""Downloads in the gateway's own formats, through single-use links, written to the target file atomically."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError
from replay_tui.domain.lenient_model import LenientModel, Timestamp, parse_lenient
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.errors import InvalidResponse
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.request import Request
from replay_tui.gateway.resumable_body import Progress

MAX_DOWNLOAD_BYTES = 4 << 30
EVENT_TYPES = frozenset("ioe")


class DownloadOptions(Struct, frozen=True):
    """Options of a download. `extension` is `json`, `csv` or another one (raw bytes); `events` are of `i`, `o`, `e`.

    `event_time` adds each event's time, `newline` a line break after it; `script` downloads the script instead.
    """

    extension: str = "json"
    events: str = ""
    event_time: bool = False
    newline: bool = False
    script: bool = False

    def params(self) -> dict[str, str | int]:
        """Return the query parameters. Raises `UsageError` for unknown event types.

        The vendor's documentation names `new_line`, but the gateway reads `newline`.
        """
        types = [letter for letter in self.events.replace(",", "") if not letter.isspace()]
        if not set(types) <= EVENT_TYPES:
            raise UsageError(
                f"'{sanitize(self.events)}' is not a list of event types; write i, o and e with commas: o,e."
            )
        values = {
            "extension": self.extension,
            "blob-type": "session_input" if self.script else "",
            "events": ",".join(types),
            "event-time": "1" if self.event_time else "",
            "newline": "1" if self.newline else "",
        }
        return {name: value for name, value in values.items() if value}


class DownloadLink(LenientModel):
    """Single-use download link. It works without a token, therefore `repr` hides it."""

    download_url: str | None = None
    expire_at: Timestamp | None = None

    def __repr__(self) -> str:
        return f"DownloadLink(expire_at={self.expire_at})"

    __str__ = __repr__

    @staticmethod
    def parse(value: Any) -> DownloadLink:
        """Return the link in a response. Raises `InvalidResponse` if there is none."""
        link = parse_lenient(DownloadLink, value)[0] if isinstance(value, dict) else DownloadLink()
        if not link.download_url:
            raise InvalidResponse("The gateway sent no download link.")
        return link

    @property
    def expires(self) -> datetime | None:
        """Expiry time of the link, None if unknown."""
        return self.expire_at


def link_request(transport: HttpTransport, session_id: str, link: DownloadLink) -> Request:
    """Return the request for a link: without the token, and always to the configured gateway.

    The link's host is ignored, because a gateway behind a proxy writes its internal name. Raises `InvalidResponse` if
    the path is not a download of this session.
    """
    target = urlsplit(link.download_url or "")
    route = f"/sessions/{session_id}/download"
    found = target.path.rfind(route)
    if found < 0 or target.path[found + len(route) :] not in ("", "/input"):
        raise InvalidResponse("The gateway's download link has an unexpected path; it was not used.")
    url = f"{transport.address.api}{target.path[found:]}?{target.query}"
    return Request("GET", url, accept="*/*", with_token=False)


def chunks_of(
    transport: HttpTransport, request: Request, cancel: CancelToken, progress: Progress | None, left: float
) -> Iterator[bytes]:
    """Yield the bytes of a download; `left` limits the time to connect, in seconds. Works once, as the link does.

    Raises `InvalidResponse` above `MAX_DOWNLOAD_BYTES`, and the errors of `HttpTransport.stream` and `chunks`.
    """
    received = 0
    with transport.stream(request, transport.timeouts.read, cancel, left=left) as response:
        length = response.headers.get("content-length") or response.headers.get("accept-length") or ""
        total = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        for chunk in transport.chunks(response, cancel):
            received += len(chunk)
            if received > MAX_DOWNLOAD_BYTES:
                raise InvalidResponse(f"The download is larger than {MAX_DOWNLOAD_BYTES >> 30} GiB; it was not saved.")
            if progress:
                progress(received, total)
            yield chunk


def save(chunks: Iterable[bytes], target: Path) -> int:
    """Write `chunks` to a temporary file beside `target`, then rename it. Return the number of bytes.

    An existing target stays unchanged until the rename. Only the owner may read the file, because it is a recording.
    Raises `UsageError` if the file cannot be written.
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
