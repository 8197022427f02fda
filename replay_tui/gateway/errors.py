"""Gateway errors. Each message is one sentence with the next step; no error holds the token."""

from __future__ import annotations

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import GatewayError

LOGIN = "run `replay-tui login`"
MAX_SERVER_MESSAGE_CHARS = 400
"""Displayed characters of a server's own message."""


class CredentialsError(GatewayError):
    """Address or token missing or invalid."""


class HttpStatusError(GatewayError):
    """Error response. `status` is the HTTP status, `server_message` the sanitized message of the server.

    `retry_after` is in seconds, None if the server gave no value.
    """

    def __init__(self, message: str, status: int, server_message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.server_message = server_message
        self.retry_after = retry_after


class Unauthorized(HttpStatusError):
    """401: invalid or expired token."""


class Forbidden(HttpStatusError):
    """403: valid token without the permission."""


class NotFound(HttpStatusError):
    """404: the session does not exist or is not visible to this user."""


class Conflict(HttpStatusError):
    """409: the operation is already in progress."""


class LinkExpired(HttpStatusError):
    """410: expired download link."""


class BadRequest(HttpStatusError):
    """400, 422 and other client errors."""


class Refusal(BadRequest):
    """500 for a definite refusal of a change, which the gateway sends instead of a client error."""


class TooManyRequests(HttpStatusError):
    """429: too many requests."""


class ServerError(HttpStatusError):
    """5xx: failure in the gateway or in a proxy in front of it."""


class Unreachable(GatewayError):
    """Connection failed."""


class TlsFailed(Unreachable):
    """TLS handshake failed, for example because of an untrusted certificate."""


class RequestTimeout(Unreachable):
    """No response within the time limit."""


class IncompleteResponse(GatewayError):
    """Connection closed before the end of the response, retries included."""


class InvalidResponse(GatewayError):
    """Response that a Hoop gateway does not send: a web page, invalid JSON, too many bytes."""


class RedirectRefused(GatewayError):
    """Redirect to another origin, which does not receive the token."""


class ReadOnly(GatewayError):
    """Change rejected by read-only mode before sending."""


class DownloadsDisabled(GatewayError):
    """Downloads disabled by the gateway's administrator."""


class DownloadStopped(GatewayError):
    """Download stopped by the user; the received part is kept."""


_BY_STATUS: dict[int, tuple[type[HttpStatusError], str]] = {
    401: (Unauthorized, f"The gateway does not accept the token; {LOGIN}"),
    403: (Forbidden, "The gateway does not allow this"),
    404: (NotFound, "Session not found, or you may not see it"),
    409: (Conflict, "The gateway is already doing this"),
    410: (LinkExpired, "The download link has expired; download again"),
    422: (BadRequest, "The gateway rejected one of the options"),
    429: (TooManyRequests, "The gateway received too many requests"),
}


REFUSALS = ("failed updating review status:", "failed retrieving review")
"""Start of the messages of definite refusals that the gateway sends as status 500; a retry cannot succeed."""


def error_for_status(status: int, server_message: str, retry_after: float | None = None) -> HttpStatusError:
    """Return the error for an HTTP `status`. `server_message` must be sanitized; `retry_after` is in seconds."""
    if status in _BY_STATUS:
        kind, sentence = _BY_STATUS[status]
    elif status == 500 and server_message.startswith(REFUSALS):
        kind, sentence = Refusal, "The gateway refused this"
    elif status >= 500:
        kind, sentence = ServerError, f"The gateway failed (HTTP {status}); try again, or ask its administrator"
    else:
        kind, sentence = BadRequest, f"The gateway refused this (HTTP {status})"
    if status in (429, 503) and retry_after is not None:
        sentence += f"; try again in {retry_after:.0f} s"
    elif status == 429:
        sentence += "; try again in a minute"
    return kind(
        f"{sentence}: {server_message}" if server_message else f"{sentence}.", status, server_message, retry_after
    )


def sanitize_server_message(message: object) -> str:
    """Return a message of the server sanitized and truncated for display."""
    return truncate(sanitize(message).strip(), MAX_SERVER_MESSAGE_CHARS)
