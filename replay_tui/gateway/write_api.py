"""Changes on the gateway: review decisions, runs, kills, metadata. Never retried, because none is idempotent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.lenient_model import parse_lenient
from replay_tui.domain.review import STATUS_OF_DECISION, Action, Review
from replay_tui.gateway.account import Execution
from replay_tui.gateway.errors import IncompleteResponse, InvalidResponse, ReadOnly, RequestTimeout, ServerError
from replay_tui.gateway.http_transport import HttpTransport
from replay_tui.gateway.read_api import session_path
from replay_tui.gateway.request import Request
from replay_tui.gateway.review_policy import parse_window

MAY_BE_MADE = "The change may have been made; check the session before you send it again."


class WriteApi:
    """Changes. Each is sent once and raises `GatewayError`; with `read_only` it raises `ReadOnly` instead."""

    def __init__(self, transport: HttpTransport, *, read_only: bool) -> None:
        self._transport = transport
        self.read_only = read_only

    def decide(
        self, session_id: str, action: Action, *, reason: str = "", force: bool = False, window: str | None = None
    ) -> Review:
        """Send a decision and return the updated review. `window` is `HH:MM-HH:MM` in UTC and may cross midnight.

        Raises `UsageError` if `action` is not a decision or `window` is invalid.
        """
        if action not in STATUS_OF_DECISION:
            raise UsageError(f"'{action}' is not a decision; write approve, reject or revoke.")
        decision: dict[str, Any] = {
            "status": STATUS_OF_DECISION[action],
            "force_review": force or action is Action.FORCE,
        }
        if reason.strip():
            decision["rejection_reason"] = reason.strip()
        if window is not None:
            start, end = parse_window(window)
            decision["time_window"] = {"type": "time_range", "configuration": {"start_time": start, "end_time": end}}
        return self.put_review(session_id, decision)

    def put_review(self, session_id: str, decision: Mapping[str, Any]) -> Review:
        """Send the JSON object of a decision and return the updated review."""
        answer = self._send("PUT", f"{session_path(session_id)}/review", dict(decision))[1]
        review = parse_lenient(Review, answer)[0] if isinstance(answer, dict) else Review()
        if not review.status or answer.get("session", session_id) != session_id:
            raise InvalidResponse(f"The gateway did not return the review. {MAY_BE_MADE}")
        return review

    def run(self, session_id: str) -> Execution:
        """Run a session approved for one run. The gateway waits up to 50 s, then it continues in the background."""
        status, answer = self._send("POST", f"{session_path(session_id)}/exec", {})
        values = answer if isinstance(answer, dict) else {}
        if status != 202 and not {"output_status", "output", "exit_code"} & set(values):
            raise InvalidResponse(f"The gateway did not return the result of the run. {MAY_BE_MADE}")
        exit_code = values.get("exit_code")
        result = str(values.get("output_status") or "")
        return Execution(
            str(values.get("session_id") or session_id),
            status == 202 or result == "running",
            str(values.get("output") or ""),
            result,
            exit_code if isinstance(exit_code, int) and not isinstance(exit_code, bool) else None,
            values.get("truncated") is True,
        )

    def kill(self, session_id: str) -> None:
        """End a running session."""
        self._send("POST", f"{session_path(session_id)}/kill", None)

    def set_metadata(self, session_id: str, metadata: Mapping[str, Any]) -> None:
        """Replace a session's metadata."""
        self._send("PATCH", f"{session_path(session_id)}/metadata", {"metadata": dict(metadata)})

    def _send(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.read_only:
            raise ReadOnly("Read-only mode: nothing was sent. Start without --read-only to send changes.")
        failed: GatewayError
        try:
            return self._transport.send_once(Request(method, path, body=body))
        except ServerError as failure:
            detail = f": {failure.server_message}" if failure.server_message else ""
            text = f"The gateway failed (HTTP {failure.status}){detail}. {MAY_BE_MADE}"
            failed = ServerError(text, failure.status, failure.server_message)
        except RequestTimeout:
            failed = RequestTimeout(f"The gateway did not respond in time. {MAY_BE_MADE}")
        except IncompleteResponse:
            failed = IncompleteResponse(f"The connection broke before the end of the response. {MAY_BE_MADE}")
        except InvalidResponse:
            failed = InvalidResponse(f"The gateway sent an invalid response. {MAY_BE_MADE}")
        raise failed
