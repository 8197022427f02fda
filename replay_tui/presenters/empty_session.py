"""Why a session has nothing to replay, in a sentence."""

from __future__ import annotations

from replay_tui.domain.session_kind import EmptyReason
from replay_tui.recording import Recording

_WHY = {
    EmptyReason.NO_STREAM: "Nothing was recorded: the session ended without any input or output.",
    EmptyReason.NO_LOG: "The gateway found no log on its disk for this session; there is nothing to replay.",
    EmptyReason.WITHHELD: "The gateway kept the recording back: only the session's owner, admins and auditors get it.",
    EmptyReason.OPEN: "The session is still running and nothing has been stored yet.",
    EmptyReason.UNDECODABLE: "The gateway could not write this recording as UTF-8 text. Fetch it again without "
    "event_stream=utf8, or use its download.",
    EmptyReason.UNREADABLE: "No event of this session's stream could be read. Fetch the session again, or use the "
    "gateway's download.",
}
_NOT_RUN = {
    "PENDING": "it waits for its review",
    "APPROVED": "its review approved it",
    "REJECTED": "its review rejected it",
    "REVOKED": "its approval was revoked",
}
"""By the review's status."""


def empty_text(recording: Recording) -> str:
    """The reason that applies to a recording without events."""
    reason = recording.empty_reason or EmptyReason.NO_STREAM
    if reason is EmptyReason.PENDING:
        review = recording.session.fields.review
        why = _NOT_RUN.get((review.status if review else None) or "", "nothing says what it waits for")
        return f"This session has not run yet; {why}. Its script stands below."
    return _WHY.get(reason, _WHY[EmptyReason.NO_STREAM])
