"""Actions on a session of a gateway, for the background: each is sent once, then the session is read again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.review import Action
from replay_tui.domain.session import Session
from replay_tui.export.atomic_file import validate_target
from replay_tui.gateway.account import Execution
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.decisions import decide, is_refusal, read_session
from replay_tui.gateway.errors import ReadOnly
from replay_tui.gateway.review_policy import is_running
from replay_tui.gateway.stream_probe import StreamProbe
from replay_tui.presenters.decision import decision_text

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

FOLLOW_SECONDS = 5.0
"""Time between two readings of a session that the gateway runs."""


class ActionFinished(Struct, frozen=True):
    """A completed action: the updated `session` and a `message`; `execution` is the result of running the session."""

    message: str
    session: Session
    execution: Execution | None = None
    failed: bool = False


def carry_out(
    client: GatewayClient,
    session: Session,
    action: Action,
    *,
    reason: str,
    window: str | None,
    text: str,
    save: bool = False,
) -> ActionFinished:
    """Send an action, read the session again, and return the result. Raises `GatewayError` if nothing was sent."""
    session_id = str(session.fields.id)
    if action is Action.RUN:
        return _run(client, session)
    if action is Action.KILL:
        return _kill(client, session, save=save)
    if action is Action.METADATA:
        return _set_metadata(client, session, parse_object(text))
    done = decide(client, session_id, action, reason=reason, window=window)
    said = decision_text(done)
    return ActionFinished(said, done.session or session, failed=done.failure is not None and not done.reached)


def _set_metadata(client: GatewayClient, session: Session, metadata: dict[str, object]) -> ActionFinished:
    """Replace the metadata. After a failure the session is read again, because the change may have been made."""
    saved = ActionFinished("The metadata is saved.", Session.parse({**session.raw, "metadata": metadata}))
    try:
        client.write.set_metadata(str(session.fields.id), metadata)
    except ReadOnly:
        raise
    except GatewayError as failure:
        after = read_session(client, str(session.fields.id))
        if after is None:
            raise
        text = str(failure).partition(" The change may have been made;")[0].rstrip(".")
        if after.raw.get("metadata") == metadata and not is_refusal(failure):
            return replace(saved, message=f"{text}. Read again: the metadata is saved nevertheless.", session=after)
        return ActionFinished(f"{text}. Read again: the metadata is not changed.", after, failed=True)
    return saved


def _run(client: GatewayClient, session: Session) -> ActionFinished:
    session_id = str(session.fields.id)
    try:
        ran = client.write.run(session_id)
    except GatewayError as failure:
        return _failed_change(client, session, failure)
    how = "is still running" if ran.running else f"ran: {ran.status or 'done'}"
    return ActionFinished(f"The session {how}.", read_session(client, session_id) or session, ran)


def _kill(client: GatewayClient, session: Session, *, save: bool) -> ActionFinished:
    """End a session if it still runs, which is read just before: a kill of a finished one destroys its recording."""
    session_id = str(session.fields.id)
    current = client.read.session(session_id)
    if not is_running(current):
        return ActionFinished("The session is not running any more; nothing was sent.", current)
    saved = ""
    if save:
        saved = f"The recording so far is saved in {_save(client, session_id)}. "
        if not is_running(current := client.read.session(session_id)):
            return ActionFinished(f"{saved}The session ended meanwhile; nothing was sent.", current)
    try:
        client.write.kill(session_id)
    except GatewayError as failure:
        return _failed_change(client, current, failure, saved)
    after = read_session(client, session_id) or current
    state = "is being ended" if after.is_open else f"has ended ({after.fields.status})"
    return ActionFinished(f"{saved}The session {state}.", after)


def _save(client: GatewayClient, session_id: str) -> Path:
    """Save the stored recording in the current folder and return the path. Raises `GatewayError` if it is not whole."""
    from replay_tui.gateway.download import save

    client.read.check_downloads()
    target = validate_target(f"{session_id}.json")
    body = client.read.session_body(session_id)
    probe = StreamProbe(body)

    def chunks() -> Iterator[bytes]:
        yield from probe
        if probe.is_empty:
            raise GatewayError("The gateway has stored no recording yet that you may read; nothing was saved or ended.")
        if body.note:
            raise GatewayError(f"{body.note} Nothing was saved or ended.")

    save(chunks(), target)
    return target


def _failed_change(client: GatewayClient, session: Session, failure: GatewayError, saved: str = "") -> ActionFinished:
    """Return the result of a change that failed, with the state of the session after it."""
    after = read_session(client, str(session.fields.id))
    text = str(failure).partition(" The change may have been made;")[0].rstrip(".") if after else str(failure)
    if after is None:
        return ActionFinished(f"{saved}{text}", session, failed=True)
    review = after.fields.review
    state = f"the session is {after.fields.status}" + (f", its review {review.status}" if review else "")
    return ActionFinished(f"{saved}{text}. Read again: {state}.", after, failed=True)


def wait_for_end(client: GatewayClient, session: Session, cancel: CancelToken) -> Session:
    """Read a session whose review changes without a decision until it has changed. Raises `Cancelled`."""
    clock = client.transport.retry.clock
    while True:
        clock.wait(FOLLOW_SECONDS, cancel)
        try:
            found = client.read.session(str(session.fields.id), cancel=cancel)
        except GatewayError:
            continue
        if found.fields.review is None or not found.fields.review.is_running:
            return found


def parse_object(text: str) -> dict[str, object]:
    """Return the JSON object in `text`. Raises `UsageError`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError('Not a JSON object. Write one, as in {"ticket": "OPS-311"}.')
    return value
