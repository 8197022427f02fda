"""Changing something on the gateway: deciding a review, running, ending, editing metadata. Sent once, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.lenient_model import parse_lenient
from replay_tui.domain.review import Review
from replay_tui.gateway.account import Execution
from replay_tui.gateway.errors import IncompleteResponse, InvalidResponse, ReadOnly, RequestTimeout
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.read_api import session_path
from replay_tui.gateway.request import Request


class WriteApi:
    """The changes. With `read_only` none is sent."""

    def __init__(self, transport: HttpTransport, *, read_only: bool) -> None:
        self.transport = transport
        self.read_only = read_only

    def put_review(self, session_id: str, decision: Mapping[str, Any]) -> Review:
        """Send a decision (see `review.decide`) and give the review as it is now."""
        answer = self._send("PUT", f"{session_path(session_id)}/review", dict(decision))[1]
        if not isinstance(answer, dict):
            raise InvalidResponse("The gateway took the decision but answered with something that is no review.")
        return parse_lenient(Review, answer)[0]

    def run(self, session_id: str) -> Execution:
        """Run an approved one-time session. Waits up to 50 s; after that it goes on without us."""
        status, answer = self._send("POST", f"{session_path(session_id)}/exec", {})
        said = answer if isinstance(answer, dict) else {}
        code = said.get("exit_code")
        result = str(said.get("output_status") or "")
        return Execution(
            str(said.get("session_id") or session_id),
            status == 202 or result == "running",
            str(said.get("output") or ""),
            result,
            code if isinstance(code, int) and not isinstance(code, bool) else None,
            said.get("truncated") is True,
        )

    def kill(self, session_id: str) -> None:
        """End a running session."""
        self._send("POST", f"{session_path(session_id)}/kill", None)

    def set_metadata(self, session_id: str, metadata: Mapping[str, Any]) -> None:
        """Replace a session's metadata."""
        self._send("PATCH", f"{session_path(session_id)}/metadata", {"metadata": dict(metadata)})

    def _send(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.read_only:
            raise ReadOnly("This is read-only mode: nothing was sent. Start without --read-only to send changes.")
        failed: GatewayError
        try:
            return self.transport.send_once(Request(method, path, body=body))
        except (RequestTimeout, IncompleteResponse) as failure:
            failed = failure
        raise type(failed)(f"{failed} The change may have been made: look at the session before you send it again.")
