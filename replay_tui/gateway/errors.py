"""What can go wrong with a gateway, each as one sentence that says what to do. None of them ever holds the token."""

from __future__ import annotations

from replay_tui.domain import cancellation
from replay_tui.domain.errors import GatewayError, ReplayError
from replay_tui.domain.text import sanitize, truncate

LOGIN = "run `replay-tui login`"
MAX_SERVER_MESSAGE_CHARS = 400
"""Characters of a server's own message that are shown."""


class CredentialsError(GatewayError):
    """No address or no token is configured, or what is configured cannot be used."""


class HttpStatusError(GatewayError):
    """The gateway answered with an error. `status` is the HTTP status, `server_message` its own message, cleaned."""

    def __init__(self, sentence: str, status: int, server_message: str = "", retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.server_message = server_message
        self.retry_after = retry_after


class Unauthorized(HttpStatusError):
    """401: the token is not accepted."""


class Forbidden(HttpStatusError):
    """403: the token is fine, this is not allowed with it."""


class NotFound(HttpStatusError):
    """404: no such session, or none that this user may see."""


class Conflict(HttpStatusError):
    """409: it is being done already."""


class LinkExpired(HttpStatusError):
    """410: a download link was too old."""


class BadRequest(HttpStatusError):
    """400, 422 and the like: the gateway will not do what was asked."""


class TooManyRequests(HttpStatusError):
    """429: asked too often. `retry_after` is in seconds, None where the gateway did not say."""


class ServerError(HttpStatusError):
    """5xx: something failed inside the gateway or in front of it."""


class Unreachable(GatewayError):
    """No connection could be made."""


class TlsFailed(Unreachable):
    """The gateway's certificate was not accepted."""


class RequestTimeout(Unreachable):
    """The gateway did not answer in time."""


class IncompleteResponse(GatewayError):
    """The connection ended in the middle of an answer, and asking again did not help."""


class InvalidResponse(GatewayError):
    """What came is no answer of a Hoop gateway: a web page, something that is not JSON, far too much."""


class RedirectRefused(GatewayError):
    """The gateway pointed to another place, where the token was not sent."""


class ReadOnly(GatewayError):
    """A change was asked for in read-only mode; nothing was sent."""


class DownloadsDisabled(GatewayError):
    """The gateway's administrator has turned downloads off."""


class DownloadStopped(GatewayError):
    """The user did not want to wait for the rest; what came is kept."""


class RequestCancelled(ReplayError, cancellation.Cancelled):
    """The user gave up waiting; nothing failed. Also the cancellation that other packages know."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("Cancelled.")


_BY_STATUS: dict[int, tuple[type[HttpStatusError], str]] = {
    401: (Unauthorized, f"The gateway does not accept the token; {LOGIN}"),
    403: (Forbidden, "The gateway does not allow this"),
    404: (NotFound, "The gateway knows no such session, or none that you may see"),
    409: (Conflict, "The gateway is already doing this"),
    410: (LinkExpired, "The download link has expired; ask for it again"),
    422: (BadRequest, "The gateway does not take one of the options"),
    429: (TooManyRequests, "The gateway asks for fewer requests"),
}


def error_for_status(status: int, server_message: str, retry_after: float | None = None) -> HttpStatusError:
    """The failure for an HTTP `status`; `words` is the server's own message, already cleaned."""
    if status in _BY_STATUS:
        kind, sentence = _BY_STATUS[status]
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


def sanitize_server_message(words: object) -> str:
    """A server's own words, harmless and short."""
    return truncate(sanitize(words).strip(), MAX_SERVER_MESSAGE_CHARS)
