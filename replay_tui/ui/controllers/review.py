"""Review actions: each is confirmed, sent to the gateway, and followed by an update of the session."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.text import Text

from replay_tui.domain.errors import UsageError
from replay_tui.domain.review import Action, ActionAvailability, ApprovalDefaults
from replay_tui.domain.session import Session
from replay_tui.gateway.account import CurrentUser, Execution
from replay_tui.gateway.review_policy import (
    groups_of_user,
    parse_window,
    review_options,
)
from replay_tui.presenters.decision import ActionDetails, action_details, confirmation_text
from replay_tui.presenters.review import denial_text
from replay_tui.ui.background import Task
from replay_tui.ui.controllers.loading import Loading
from replay_tui.ui.controllers.view import View
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.action_dialog import ActionDialog
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen
from replay_tui.ui.screens.text_dialog import TextDialog
from replay_tui.ui.session_actions import ActionFinished, carry_out, parse_object, wait_for_end
from replay_tui.ui.widgets.choice_bar import Choice

DESTRUCTIVE = frozenset({Action.FORCE, Action.REJECT, Action.REVOKE, Action.RUN, Action.KILL})
"""Actions that cannot be undone, or that take a decision from others; their buttons are red."""


class ReviewActions:
    """Approve, reject, revoke, and the other actions. Each asks for confirmation; the gateway decides on rights."""

    def __init__(self, state: ReplayState, screen: ScreenView, view: View, loading: Loading) -> None:
        self._state, self._screen, self._view, self._loading = state, screen, view, loading
        self._me: CurrentUser | None = None
        self._followed = ""
        loading.after_metadata = self.follow

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

    def follow(self) -> None:
        """Read the approval settings of the connection, and follow a review that changes without a decision."""
        state, client = self._state, self._state.ref.client
        review = state.session.fields.review
        if client is None or review is None or self._followed == review.status:
            return
        self._followed = str(review.status)
        session = state.session

        def work(task: Task) -> tuple[Session | None, ApprovalDefaults | None]:
            defaults = client.read.approval_defaults(session, cancel=task.cancel)
            if not review.is_running:
                return None, defaults
            task.deliver(self._put_defaults, defaults)
            return wait_for_end(client, session, task.cancel), defaults

        def done(result: tuple[Session | None, ApprovalDefaults | None]) -> None:
            self._put_defaults(result[1])
            if result[0] is not None:
                now = result[0].fields.review
                self._put_session(result[0])
                self._screen.say(f"The review is now {now.status if now else 'unknown'}.")
                self._loading.load()

        self._screen.background.start("reading the review", work, done=done, newest_wins=True)

    def _put_defaults(self, defaults: ApprovalDefaults | None) -> None:
        self._state.approval_defaults = defaults

    def _put_session(self, session: Session) -> None:
        state = self._state
        state.recording.loaded_session.session = session
        state.changed(Aspect.SESSION, Aspect.REVIEW)
        if state.kind.is_empty:
            self._view.show_kind(state.kind)  # its page shows the state of the review

    def _failed(self, message: str) -> None:
        self._screen.say(message, severity="error")

    def _options(self, me: CurrentUser) -> dict[Action, ActionAvailability]:
        state = self._state
        found = review_options(
            state.session, me, defaults=state.approval_defaults, now=state.now, read_only=state.options.read_only
        )
        return {option.action: option for option in found}

    def _choose_from(self, me: CurrentUser) -> None:
        options = sorted(self._options(me).values(), key=lambda option: not option.allowed)
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
        groups = groups_of_user(session.fields.review, me)
        question = confirmation_text(action, session, groups, self._state.approval_defaults)
        if action is Action.REJECT:
            self._ask(
                "Reject",
                f"{question} Why?",
                _some_text,
                lambda text: self._send(action, reason=text),
                confirm="Reject",
                details=self._details(),
            )
        elif action is Action.APPROVE_WINDOW:
            hint = f"{question} Hours in UTC, as in 22:00-04:00"
            self._ask(
                "Approve in a time window",
                hint,
                parse_window,
                lambda text: self._confirm(action, question, text),
                confirm="Continue",
            )
        elif action is Action.METADATA:
            value = json.dumps(self._state.session.fields.metadata or {})
            hint = f"{question} Write a JSON object."
            self._ask("Metadata", hint, parse_object, lambda text: self._send(action, text=text), value, confirm="Save")
        else:
            self._confirm(action, question)

    def _details(self, window: str = "") -> ActionDetails:
        """Return everything that an action concerns; `window` is the time window that it sets."""
        state = self._state
        zone = "utc" if state.clock_mode == "utc" else "local"
        return action_details(state.session, state.now, zone=zone, defaults=state.approval_defaults, window=window)

    def _confirm(self, action: Action, question: str, window: str = "") -> None:
        """Show everything that the action concerns and ask whether to send it."""
        details = self._details(window)
        choices, default = [Choice("y", action.value.capitalize(), destructive=action in DESTRUCTIVE)], ""
        if action is Action.KILL:
            saving = Choice("s", "Save the recording first, then kill", also="enter", destructive=True)
            choices, default = [saving, Choice("y", "Kill without saving", destructive=True)], "s"

        def answered(key: str | None) -> None:
            if key is not None:
                self._send(action, window=window or None, save=key == "s")

        self._screen.ask(ActionDialog(action.value, question, choices, details=details, default=default), answered)

    def _ask(
        self,
        title: str,
        hint: str,
        check: Callable[[str], object],
        go: Callable[[str], None],
        value: str = "",
        *,
        confirm: str,
        details: ActionDetails | None = None,
    ) -> None:
        self._screen.ask(
            AskScreen(title, hint, check, value, confirm=confirm, details=details),
            lambda text: go(text) if text is not None else None,
        )

    def _send(
        self, action: Action, *, reason: str = "", window: str | None = None, text: str = "", save: bool = False
    ) -> None:
        client = self._state.ref.client
        assert client is not None
        session = self._state.recording.session  # as received, with its secrets
        self._screen.say(f"Sending: {action.value} …")

        def send(_task: Task) -> ActionFinished:
            return carry_out(client, session, action, reason=reason, window=window, text=text, save=save)

        self._screen.background.start("sending the action", send, done=self._finished, failed=self._failed)

    def _finished(self, result: ActionFinished) -> None:
        self._state.has_decided = not result.failed and result.execution is None
        self._put_session(result.session)
        self._screen.say(result.message, severity="error" if result.failed else "information")
        self._followed = ""
        self.follow()
        if (ran := result.execution) is not None:
            title = "Session still running" if ran.running else "Run finished"
            self._screen.ask(TextDialog(title, execution_text(ran)), lambda _closed: None)
            if not ran.running:  # it has a recording now
                self._loading.load()


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
