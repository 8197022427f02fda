"""Read requests to the gateway: user, session list, session, event stream, downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Timer
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from msgspec.structs import replace

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import Cancelled, GatewayError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.lenient_model import parse_lenient
from replay_tui.domain.review import ApprovalDefaults
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser, ServerInfo
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.download import DownloadLink, DownloadOptions, chunks_of, link_request, save
from replay_tui.gateway.errors import (
    DownloadsDisabled,
    IncompleteResponse,
    InvalidResponse,
    NotFound,
    RequestTimeout,
    ServerError,
    TlsFailed,
    Unauthorized,
    Unreachable,
)
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.request import Request
from replay_tui.gateway.resumable_body import Progress, ResumableBody
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.session_list import PAGE_SIZE, Filters, Page

Result = TypeVar("Result")
_SESSION_ID = lazy_compile(r"^[0-9A-Za-z][0-9A-Za-z._:-]{0,127}$")
_EXAMPLE_ID = "a1b2c3d4-0000-4000-8000-123456789abc"
SIDE_REQUEST_SECONDS = 2.0
"""Time of a request whose answer can be missing, retries included."""
EXPANDED_FIELDS = ("event_stream", "session_input")


class ReadApi:
    """Read requests. Each is retried on transient errors and raises `GatewayError`, or `Cancelled` through `cancel`."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._server: ServerInfo | None = None

    def current_user(self, *, cancel: CancelToken | None = None) -> CurrentUser:
        """Return the logged-in user. Raises `Unauthorized` if the token is invalid."""
        return parse_lenient(CurrentUser, self._object("/userinfo", cancel))[0]

    def server(self, *, cancel: CancelToken | None = None) -> ServerInfo:
        """Return the gateway's global permissions, cached once they are known. Takes at most `SIDE_REQUEST_SECONDS`.

        All fields are None if the gateway does not answer in time or with an error. Raises `Unauthorized`,
        `Unreachable` if no connection can be made, and `Cancelled`.
        """
        if self._server is not None:
            return self._server
        try:
            found = parse_lenient(ServerInfo, self.side_request("/serverinfo", cancel))[0]
        except (Unauthorized, TlsFailed):
            raise
        except RequestTimeout:
            return ServerInfo()
        except Unreachable:
            raise
        except GatewayError:
            return ServerInfo()
        if not found.downloads_unknown:
            self._server = found
        return found

    def side_request(
        self, path: str, cancel: CancelToken | None, params: Mapping[str, str | int] | None = None
    ) -> dict[str, Any]:
        """Return the object in the answer to a request that may take `SIDE_REQUEST_SECONDS`.

        Raises `GatewayError`, `Cancelled`.
        """
        answer = self._limited(
            SIDE_REQUEST_SECONDS,
            cancel,
            lambda limit, retry: self._transport.json(Request("GET", path, params), limit, retry=retry),
        )
        if not isinstance(answer, dict):
            raise InvalidResponse(f"{self._transport.address} sent an unexpected response to {path}.")
        return answer

    def _limited(
        self, seconds: float, cancel: CancelToken | None, work: Callable[[CancelToken, RetryPolicy], Result]
    ) -> Result:
        """Return the result of `work`. Raises `RequestTimeout` if it takes more than `seconds`, retries included."""
        limit, outer = CancelToken(), cancel or CancelToken()
        timer = Timer(seconds, limit.cancel)
        timer.daemon = True
        timer.start()
        try:
            with outer.on_cancel(limit.cancel):
                return work(limit, replace(self._transport.retry, max_elapsed=seconds))
        except Cancelled:
            outer.raise_if_cancelled()
            raise RequestTimeout(f"{self._transport.address} did not answer within {seconds:g} s.") from None
        finally:
            timer.cancel()

    def sessions(
        self,
        filters: Filters,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        count: str = "capped",
        cancel: CancelToken | None = None,
    ) -> Page:
        """Return a page of the list; `session_list.pages` iterates over all. `count` is `capped`, `exact` or `none`."""
        params = {**filters.params(), "limit": limit, "offset": offset, "count": count}
        return Page.parse(self._transport.json(Request("GET", "/sessions", params), cancel), offset)

    def session(
        self, session_id: str, *, cancel: CancelToken | None = None, max_seconds: float | None = None
    ) -> Session:
        """Return a session without its stream: metadata, review and risk, available within milliseconds.

        With `max_seconds` the request and its retries take no longer; otherwise the client's limits apply. Raises
        `InvalidResponse` if the answer is another session.
        """
        if max_seconds is None:
            session = Session.parse(self._session_object(session_id, "", None, cancel))
        else:
            session = Session.parse(
                self._limited(
                    max_seconds, cancel, lambda limit, retry: self._session_object(session_id, "", None, limit, retry)
                )
            )
        if (session.fields.id or session_id).lower() != session_id.lower():
            raise InvalidResponse("The gateway sent another session than the requested one.")
        return session

    def approval_defaults(self, session: Session, *, cancel: CancelToken | None = None) -> ApprovalDefaults | None:
        """Return the approval settings of the session's connection; None if they do not apply or cannot be read.

        They apply to reviews whose rule does not say how many groups approve and which ones can force an approval.
        """
        review, name = session.fields.review, session.fields.connection
        if review is None or name in (None, "", ".", ".."):
            return None
        if review.access_request_rule_name and review.force_approval_groups:
            return None
        try:
            answer = self.side_request(f"/connections/{quote(str(name), safe='')}", cancel)
        except GatewayError:
            return None
        return parse_lenient(ApprovalDefaults, answer)[0] if answer.get("name", name) == name else None

    def session_body(
        self,
        session_id: str,
        *,
        expand: tuple[str, ...] = EXPANDED_FIELDS,
        event_stream: str | None = None,
        expected: int | None = None,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> ResumableBody:
        """Return the session with its stream as bytes of JSON.

        `event_stream` is None (times and bytes), `utf8`, `base64` or `raw-queries`; `expected` is the expected size in
        bytes (see `expected_size`).
        """
        params: dict[str, str | int] = {"expand": ",".join(expand)} if expand else {}
        if event_stream:
            params["event_stream"] = event_stream
        request = Request("GET", session_path(session_id), params)
        return ResumableBody(self._transport, request, expected=expected, cancel=cancel, progress=progress)

    def result_text(
        self,
        session_id: str,
        options: DownloadOptions | None = None,
        *,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> ResumableBody:
        """Return the decoded output as bytes of plain text (options: `events`, `event_time` and `newline`)."""
        params = {key: value for key, value in (options or DownloadOptions()).params().items() if key != "extension"}
        request = Request("GET", f"{session_path(session_id)}/result/stream", params, accept="text/plain, */*")
        return ResumableBody(self._transport, request, kind="", cancel=cancel, progress=progress)

    def download_link(
        self, session_id: str, options: DownloadOptions, *, cancel: CancelToken | None = None
    ) -> DownloadLink:
        """Return a single-use link that expires after five minutes."""
        return DownloadLink.parse(self._session_object(session_id, "", options.params(), cancel))

    def download(
        self,
        session_id: str,
        options: DownloadOptions,
        target: Path,
        *,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Save a download as `target` and return the number of bytes. Each attempt requests a new link.

        Raises `DownloadsDisabled`, and `UsageError` if the options are invalid or `target` cannot be written.
        """
        self.check_downloads(cancel=cancel)
        token = cancel or CancelToken()

        def attempt(left: float) -> int:
            link = self.download_link(session_id, options, cancel=token)
            request = link_request(self._transport, session_id, link)
            return save(chunks_of(self._transport, request, token, progress, left), target)

        try:
            return self._transport.retry.run(attempt, token)
        except IncompleteResponse:
            pass
        # A long download that breaks late has exceeded `max_elapsed` in its first attempt, so one more retry is due.
        return self._transport.retry.run(attempt, token)

    def check_downloads(self, *, cancel: CancelToken | None = None) -> None:
        """Raise `DownloadsDisabled` if the gateway's administrator has disabled downloads, or may have done so."""
        found = self.server(cancel=cancel)
        if found.downloads_unknown:
            raise DownloadsDisabled("The gateway did not say whether downloads are allowed; nothing is saved.")
        if not found.downloads_allowed:
            raise DownloadsDisabled("Downloads are disabled on this gateway; its administrator can allow them.")

    def live_request(self, session_id: str) -> Request:
        """Return the request for a session's live events."""
        return Request("GET", f"{session_path(session_id)}/stream", accept="text/event-stream")

    def _object(self, path: str, cancel: CancelToken | None) -> dict[str, Any]:
        answer = self._transport.json(Request("GET", path), cancel)
        if not isinstance(answer, dict):
            raise InvalidResponse(
                f"{self._transport.address} sent an unexpected response; check that it is a Hoop gateway."
            )
        return answer

    def _session_object(
        self,
        session_id: str,
        route: str,
        params: dict[str, str | int] | None,
        cancel: CancelToken | None,
        retry: RetryPolicy | None = None,
    ) -> dict[str, Any]:
        request = Request("GET", session_path(session_id) + route, params)
        is_invalid_id = not _is_uuid(session_id)
        try:
            # The gateway responds with 500 to an id that is not a UUID, so a retry cannot succeed.
            answer = self._transport.json(
                request,
                cancel,
                retry=_without_status_500(retry or self._transport.retry) if is_invalid_id else retry,
            )
        except ServerError as failure:
            failed = failure
        else:
            if not isinstance(answer, dict):
                raise InvalidResponse("The gateway sent a response that is not a session.")
            return answer
        if is_invalid_id and failed.status == 500:
            raise NotFound(
                f"'{session_id}' is not a session's id; ids look like {_EXAMPLE_ID}.", 404, failed.server_message
            )
        raise failed


def session_path(session_id: str) -> str:
    """Return the route of a session. Raises `NotFound` if the id could address another route."""
    if not _SESSION_ID.match(session_id):
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
