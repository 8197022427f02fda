"""Deciding from the keyboard: what it will do and to whom is said, asked, sent, and the new state is shown."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.text import Text
from textual.message import Message

from replay_tui.domain.errors import GatewayFailure, ReplayError, UsageError
from replay_tui.domain.kind import Kind
from replay_tui.domain.review import Review
from replay_tui.domain.session import Session
from replay_tui.gateway.account import Execution, Me
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.review import Action, Option, decide, describe, parse_window, review_options
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.options import PlayOptions
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen, ConfirmScreen
from replay_tui.ui.screens.output import OutputScreen
from replay_tui.ui.session_ref import SessionRef


class MeKnown(Message):
    """Who is logged in is known; `following` is what was waiting for it."""

    def __init__(self, me: Me, following: Callable[[Me], None]) -> None:
        self.me, self.following = me, following
        super().__init__()


class Done(Message):
    """An action was carried out: `session` as it is now, and a `sentence`; or it failed, and the sentence says why.

    `execution` is what running the session gave.
    """

    def __init__(self, sentence: str, session: Session | None = None, execution: Execution | None = None) -> None:
        self.sentence, self.session, self.execution = sentence, session, execution
        super().__init__()


class DecideActions(ReplayBase):
    """Approve, reject, revoke, and the other actions. Each asks first; the gateway judges."""

    ref: SessionRef
    options: PlayOptions
    _me: Me | None = None

    def action_approve(self) -> None:
        self._with_me(lambda me: self._begin_action(Action.APPROVE, me))

    def action_reject(self) -> None:
        self._with_me(lambda me: self._begin_action(Action.REJECT, me))

    def action_revoke(self) -> None:
        self._with_me(lambda me: self._begin_action(Action.REVOKE, me))

    def action_other(self) -> None:
        self._with_me(self._choose)

    def _with_me(self, following: Callable[[Me], None]) -> None:
        client = self.ref.client
        if client is None:
            self.say("This is a saved recording; decisions need the gateway it came from.")
            return
        if self._me is not None:
            following(self._me)
            return

        def ask() -> None:
            try:
                self.post_message(MeKnown(client.me(), following))
            except ReplayError as error:
                self.post_message(Done(str(error)))

        self.run_worker(ask, thread=True, group="act")

    def on_me_known(self, event: MeKnown) -> None:
        self._me = event.me
        event.following(event.me)

    def _options(self, me: Me) -> dict[Action, Option]:
        found = review_options(self.session, me, read_only=self.options.read_only)
        return {option.action: option for option in found}

    def _choose(self, me: Me) -> None:
        options = list(self._options(me).values())
        lines = []
        for option in options:
            # Parentheses say it where a terminal does not dim.
            line = Text(option.action.value if option.allowed else f"({option.action.value})")
            if not option.allowed:
                line.stylize("dim")
                line.append(f"  {option.reason}", "dim italic")
            lines.append(line)

        def chosen(position: int | None) -> None:
            if position is not None:
                self._begin_action(options[position].action, me)

        self.app.push_screen(ChooseScreen("What you may do", lines), chosen)

    def _begin_action(self, action: Action, me: Me) -> None:
        option = self._options(me)[action]
        if not option.allowed:
            self.say(f"You cannot {action.value}: {option.reason}.", severity="warning")
            return
        question = describe(action, self.session, me)
        if action is Action.REJECT:
            self._ask("Reject", f"{question} Why?", _some_text, lambda text: self._send(action, reason=text))
        elif action is Action.APPROVE_WINDOW:
            hint = f"{question} Hours in UTC, as in 22:00-04:00"
            self._ask("Approve in a time window", hint, parse_window, lambda text: self._send(action, window=text))
        elif action is Action.METADATA:
            value = json.dumps(self.session.fields.metadata or {})
            hint = f"{question} A JSON object; Enter sends it."
            self._ask("Metadata", hint, _object, lambda text: self._send(action, text=text), value)
        else:
            self.app.push_screen(ConfirmScreen(action.value, question), lambda yes: self._send(action) if yes else None)

    def _ask(
        self, title: str, hint: str, check: Callable[[str], object], go: Callable[[str], None], value: str = ""
    ) -> None:
        self.app.push_screen(AskScreen(title, hint, check, value), lambda text: go(text) if text is not None else None)

    def _send(self, action: Action, *, reason: str = "", window: str | None = None, text: str = "") -> None:
        client = self.ref.client
        assert client is not None
        session = self.session
        self.say(f"Sending: {action.value} …")

        def send() -> None:
            try:
                self.post_message(_carry_out(client, session, action, reason=reason, window=window, text=text))
            except ReplayError as error:
                self.post_message(Done(str(error)))

        self.run_worker(send, thread=True, group="act")

    def on_done(self, event: Done) -> None:
        if event.session is None:
            self.say(event.sentence, severity="error")
            return
        self.recording.loaded.session = event.session
        self.write_panels()
        if self.kind is Kind.EMPTY:
            self.show_kind(self.kind)  # its page tells what became of the review
        self.say(event.sentence)
        if (ran := event.execution) is not None:
            self.app.push_screen(OutputScreen("The session still runs" if ran.running else "The run", report_of(ran)))
            if not ran.running:  # now there is a recording of it
                self.run_worker(self.load, thread=True, group="load")


def _carry_out(
    client: GatewayClient, session: Session, action: Action, *, reason: str, window: str | None, text: str
) -> Done:
    """Send an action and say what came of it. Raises `GatewayFailure` in the gateway's words."""
    session_id = str(session.fields.id)
    if action is Action.RUN:
        ran = client.run(session_id)
        how = "still runs" if ran.running else f"ran: {ran.status or 'done'}"
        return Done(f"The session {how}.", _as_it_is_now(client, session), ran)
    if action is Action.KILL:
        client.kill(session_id)
        return Done("The session is being ended.", _as_it_is_now(client, session))
    if action is Action.METADATA:
        metadata = _object(text)
        client.set_metadata(session_id, metadata)
        return Done("The metadata is saved.", Session.read({**session.received, "metadata": metadata}))
    review: Review = decide(client, session_id, action, reason=reason, window=window)
    received = {**session.received, "review": review.model_dump(mode="json")}
    return Done(f"The review is now {review.status}.", Session.read(received))


def _as_it_is_now(client: GatewayClient, session: Session) -> Session:
    """The session after a change; as it was before where it cannot be read, for the change was made all the same."""
    try:
        return client.session(str(session.fields.id))
    except GatewayFailure:
        return session


def report_of(ran: Execution) -> str:
    """What running a session gave: how it ended, and its output."""
    if ran.running:
        return "The gateway stopped waiting after 50 seconds; the session goes on. Open it again to see how it ends."
    code = "no exit code" if ran.exit_code is None else f"exit code {ran.exit_code}"
    head = f"{ran.status or 'done'}, {code}"
    if ran.truncated:
        head += "; the gateway cut the output, the recording may hold more"
    return f"{head}\n\n{ran.output or 'There was no output.'}"


def _some_text(text: str) -> str:
    if not text.strip():
        raise UsageError("A rejection needs a reason.")
    return text


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError('Write a JSON object, as in {"ticket": "OPS-311"}.')
    return value
