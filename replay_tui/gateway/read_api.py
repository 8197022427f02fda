"""Reading from the gateway: who am I, the list, a session, its stream, its downloads."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from replay_tui.domain.lenient_model import parse_lenient
from replay_tui.domain.session import Session
from replay_tui.domain.text import sanitize, truncate
from replay_tui.gateway.account import CurrentUser, ServerInfo
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.download import DownloadLink, DownloadOptions, chunks_of, link_request, save
from replay_tui.gateway.errors import DownloadsDisabled, IncompleteResponse, InvalidResponse, NotFound, ServerError
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.request import Request
from replay_tui.gateway.resumable_body import Progress, ResumableBody
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.session_list import PAGE_SIZE, Filters, Page

_ID = re.compile(r"^[0-9A-Za-z][0-9A-Za-z._:-]{0,127}$")
_EXAMPLE = "a1b2c3d4-0000-4000-8000-123456789abc"
EXPAND = ("event_stream", "session_input")


class ReadApi:
    """The reads. Each is asked again for ten seconds in all where that may help, and can be cancelled."""

    def __init__(self, transport: HttpTransport) -> None:
        self.transport = transport
        self._server: ServerInfo | None = None

    def current_user(self, *, cancel: CancelToken | None = None) -> CurrentUser:
        """Who is logged in; the check of a token."""
        return parse_lenient(CurrentUser, self._object("/userinfo", cancel))[0]

    def server(self, *, cancel: CancelToken | None = None) -> ServerInfo:
        """What the gateway allows everybody; asked once."""
        if self._server is None:
            self._server = parse_lenient(ServerInfo, self._object("/serverinfo", cancel))[0]
        return self._server

    def sessions(
        self,
        filters: Filters,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        count: str = "capped",
        cancel: CancelToken | None = None,
    ) -> Page:
        """A page of the list; see `listing.pages` for all of them. `count` is `capped`, `exact` or `none`."""
        params = {**filters.params(), "limit": limit, "offset": offset, "count": count}
        return Page.parse(self.transport.json(Request("GET", "/sessions", params), cancel), offset)

    def session(self, session_id: str, *, cancel: CancelToken | None = None) -> Session:
        """A session without its stream, in milliseconds: everything that sidebar and risk panel show."""
        return Session.parse(self._of_session(session_id, "", None, cancel))

    def session_body(
        self,
        session_id: str,
        *,
        expand: tuple[str, ...] = EXPAND,
        event_stream: str | None = None,
        expected: int | None = None,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> ResumableBody:
        """The session with its stream as bytes of JSON. `event_stream` is None (times and bytes), `utf8`, `base64` or
        `raw-queries`; `expected` is the size to expect in bytes (`body.expected_size`)."""
        params: dict[str, str | int] = {"expand": ",".join(expand)} if expand else {}
        if event_stream:
            params["event_stream"] = event_stream
        request = Request("GET", session_path(session_id), params)
        return ResumableBody(self.transport, request, expected=expected, cancel=cancel, progress=progress)

    def result_text(
        self,
        session_id: str,
        options: DownloadOptions | None = None,
        *,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> ResumableBody:
        """The decoded output as plain text, as bytes (`events`, `event_time` and `newline` of the options count)."""
        params = {key: value for key, value in (options or DownloadOptions()).params().items() if key != "extension"}
        request = Request("GET", f"{session_path(session_id)}/result/stream", params, accept="text/plain, */*")
        return ResumableBody(self.transport, request, kind="", cancel=cancel, progress=progress)

    def report(self, session_id: str, *, cancel: CancelToken | None = None) -> dict[str, Any]:
        """What data masking redacted in a session, by kind, as received."""
        session_path(session_id)
        answer = self.transport.json(Request("GET", "/reports/sessions", {"id": session_id}), cancel)
        return answer if isinstance(answer, dict) else {"data": answer}

    def download_link(
        self, session_id: str, options: DownloadOptions, *, cancel: CancelToken | None = None
    ) -> DownloadLink:
        """A link for one use within five minutes."""
        return DownloadLink.parse(self._of_session(session_id, "", options.params(), cancel))

    def download(
        self,
        session_id: str,
        options: DownloadOptions,
        target: Path,
        *,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Save a download as `target`; the number of bytes. Each attempt has its own link."""
        self.check_downloads(cancel=cancel)
        stop = cancel or CancelToken()

        def attempt(left: float) -> int:
            link = self.download_link(session_id, options, cancel=stop)
            request = link_request(self.transport, session_id, link)
            return save(chunks_of(self.transport, request, stop, progress, left), target)

        try:
            return self.transport.retry.run(attempt, stop)
        except IncompleteResponse:
            pass
        # A long download that was cut late has used up its patience at the first try.
        return self.transport.retry.run(attempt, stop)

    def check_downloads(self, *, cancel: CancelToken | None = None) -> None:
        """Raise `DownloadsDisabled` where the gateway's administrator has turned them off."""
        if not self.server(cancel=cancel).downloads_allowed:
            raise DownloadsDisabled("Downloads are disabled on this gateway; its administrator can allow them.")

    def live_request(self, session_id: str) -> Request:
        """The request for a session's live events."""
        return Request("GET", f"{session_path(session_id)}/stream", accept="text/event-stream")

    def _object(self, path: str, cancel: CancelToken | None) -> dict[str, Any]:
        answer = self.transport.json(Request("GET", path), cancel)
        if not isinstance(answer, dict):
            raise InvalidResponse(f"{self.transport.address} answered with something unknown; is it a Hoop gateway?")
        return answer

    def _of_session(
        self, session_id: str, route: str, params: dict[str, str | int] | None, cancel: CancelToken | None
    ) -> dict[str, Any]:
        request = Request("GET", session_path(session_id) + route, params)
        odd = not _is_uuid(session_id)
        try:
            # The gateway answers 500 to an id that is no UUID: it would be of no use to ask again.
            answer = self.transport.json(
                request, cancel, retry=_without_status_500(self.transport.retry) if odd else None
            )
        except ServerError as failure:
            failed = failure
        else:
            if not isinstance(answer, dict):
                raise InvalidResponse("The gateway answered with something that is no session.")
            return answer
        if odd and failed.status == 500:
            raise NotFound(
                f"'{session_id}' is not a session's id: ids look like {_EXAMPLE}.", 404, failed.server_message
            )
        raise failed


def session_path(session_id: str) -> str:
    """The route of a session. Raises `NotFound` for what cannot be an id, so that no other route is ever asked for."""
    if not _ID.match(session_id):
        raise NotFound(f"'{truncate(sanitize(session_id), 60)}' is not a session's id.", 404)
    return f"/sessions/{session_id}"


def _without_status_500(retry: RetryPolicy) -> RetryPolicy:
    return replace(retry, non_retryable=retry.non_retryable | {500})


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
