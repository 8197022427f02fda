"""Review actions: each is confirmed, sent to the gateway, and followed by an update of the session."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.review import Action, ActionAvailability, Review
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser, Execution
from replay_tui.gateway.review_policy import (
    groups_of_user,
    parse_window,
    review_options,
)
from replay_tui.presenters.review import confirmation_text, denial_text
from replay_tui.ui.background import Task
from replay_tui.ui.controllers.loading import Loading
from replay_tui.ui.controllers.view import View
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen, ConfirmScreen
from replay_tui.ui.screens.text_dialog import TextDialog

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient


@dataclass(frozen=True, slots=True)
class ActionFinished:
    """A completed action: the updated `session` and a `message`; `execution` is the result of running the session."""

    message: str
    session: Session
    execution: Execution | None = None


class ReviewActions:
    """Approve, reject, revoke, and the other actions. Each asks for confirmation; the gateway decides on rights."""

    def __init__(self, state: ReplayState, screen: ScreenView, view: View, loading: Loading) -> None:
        self._state, self._screen, self._view, self._loading = state, screen, view, loading
        self._me: CurrentUser | None = None

    def approve(self) -> None:
        self._with_me(lambda me: self._begin_action(Action.APPROVE, me))

    def reject(self) -> None:
        self._with_me(lambda me: self._begin_action(Action.REJECT, me))

    def revoke(self) -> None:
        self._with_me(lambda me: self._begin_action(Action.REVOKE, me))

    def choose(self) -> None:
        self._with_me(self._choose_from)

    def _with_me(self, following: Callable[[CurrentUser], None]) -> None:
        """Call `following` with the logged-in user, who is requested from the gateway once."""
        client = self._state.ref.client
        if client is None:
            self._screen.say("Review actions are unavailable for saved sessions. Open the session from its gateway.")
            return
        if self._me is not None:
            following(self._me)
            return

        def known(me: CurrentUser) -> None:
            self._me = me
            following(me)

        self._screen.background.start(
            "requesting the current user", lambda _task: client.read.current_user(), done=known, failed=self._failed
        )

    def _failed(self, message: str) -> None:
        self._screen.say(message, severity="error")

    def _options(self, me: CurrentUser) -> dict[Action, ActionAvailability]:
        found = review_options(self._state.session, me, read_only=self._state.options.read_only)
        return {option.action: option for option in found}

    def _choose_from(self, me: CurrentUser) -> None:
        options = list(self._options(me).values())
        lines = []
        for option in options:
            # Parentheses mark unavailable actions where a terminal does not dim.
            line = Text(option.action.value if option.allowed else f"({option.action.value})")
            if not option.allowed:
                line.stylize("dim")
                line.append(f"  {denial_text(option)}", "dim italic")
            lines.append(line)

        def chosen(position: int | None) -> None:
            if position is not None:
                self._begin_action(options[position].action, me)

        self._screen.ask(ChooseScreen("Actions", lines), chosen)

    def _begin_action(self, action: Action, me: CurrentUser) -> None:
        option = self._options(me)[action]
        if not option.allowed:
            self._screen.say(f"You cannot {action.value}: {denial_text(option)}.", severity="warning")
            return
        session = self._state.session
        question = confirmation_text(action, session, groups_of_user(session.fields.review, me))
        if action is Action.REJECT:
            self._ask("Reject", f"{question} Why?", _some_text, lambda text: self._send(action, reason=text))
        elif action is Action.APPROVE_WINDOW:
            hint = f"{question} Hours in UTC, as in 22:00-04:00"
            self._ask("Approve in a time window", hint, parse_window, lambda text: self._send(action, window=text))
        elif action is Action.METADATA:
            value = json.dumps(self._state.session.fields.metadata or {})
            hint = f"{question} A JSON object; Enter sends it."
            self._ask("Metadata", hint, _object, lambda text: self._send(action, text=text), value)
        else:
            self._screen.ask(ConfirmScreen(action.value, question), lambda yes: self._send(action) if yes else None)

    def _ask(
        self, title: str, hint: str, check: Callable[[str], object], go: Callable[[str], None], value: str = ""
    ) -> None:
        self._screen.ask(AskScreen(title, hint, check, value), lambda text: go(text) if text is not None else None)

    def _send(self, action: Action, *, reason: str = "", window: str | None = None, text: str = "") -> None:
        client = self._state.ref.client
        assert client is not None
        session = self._state.session
        self._screen.say(f"Sending: {action.value} …")

        def send(_task: Task) -> ActionFinished:
            return _carry_out(client, session, action, reason=reason, window=window, text=text)

        self._screen.background.start("sending the action", send, done=self._finished, failed=self._failed)

    def _finished(self, result: ActionFinished) -> None:
        state = self._state
        state.recording.loaded_session.session = result.session
        state.changed(Aspect.SESSION, Aspect.REVIEW)
        if state.kind.is_empty:
            self._view.show_kind(state.kind)  # its page shows the state of the review
        self._screen.say(result.message)
        if (ran := result.execution) is not None:
            title = "Session still running" if ran.running else "Run finished"
            self._screen.ask(TextDialog(title, execution_text(ran)), lambda _closed: None)
            if not ran.running:  # it has a recording now
                self._loading.load()


def _carry_out(
    client: GatewayClient, session: Session, action: Action, *, reason: str, window: str | None, text: str
) -> ActionFinished:
    """Send an action and return its result. Raises `GatewayError` with the gateway's message."""
    session_id = str(session.fields.id)
    if action is Action.RUN:
        ran = client.write.run(session_id)
        how = "is still running" if ran.running else f"ran: {ran.status or 'done'}"
        return ActionFinished(f"The session {how}.", _refreshed(client, session), ran)
    if action is Action.KILL:
        client.write.kill(session_id)
        return ActionFinished("The session is being ended.", _refreshed(client, session))
    if action is Action.METADATA:
        metadata = _object(text)
        client.write.set_metadata(session_id, metadata)
        return ActionFinished("The metadata is saved.", Session.parse({**session.raw, "metadata": metadata}))
    review: Review = client.write.decide(session_id, action, reason=reason, window=window)
    received = {**session.raw, "review": review.model_dump(mode="json")}
    return ActionFinished(f"The review is now {review.status}.", Session.parse(received))


def _refreshed(client: GatewayClient, session: Session) -> Session:
    """Return the session as it is on the gateway, or unchanged if that fails, because the action itself succeeded."""
    try:
        return client.read.session(str(session.fields.id))
    except GatewayError:
        return session


def execution_text(ran: Execution) -> str:
    """Return the status, exit code and output of a session that was run."""
    if ran.running:
        return "The gateway stopped waiting after 50 seconds; the session is still running. Open it again later."
    code = "no exit code" if ran.exit_code is None else f"exit code {ran.exit_code}"
    head = f"{ran.status or 'done'}, {code}"
    if ran.truncated:
        head += "; the gateway truncated the output, the recording may have more"
    return f"{head}\n\n{ran.output or 'No output.'}"


def _some_text(text: str) -> str:
    if not text.strip():
        raise UsageError("No reason given. Enter the reason for the rejection.")
    return text


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError('Not a JSON object. Write one, as in {"ticket": "OPS-311"}.')
    return value
