"""`review`: approves, rejects or revokes a review. The decision is always sent; the gateway checks the rights."""

from __future__ import annotations

from datetime import datetime

import click

from replay_tui.cli.gateway import can_ask, connect_to_session, gateway_options, refuse_read_only
from replay_tui.cli.options import examples
from replay_tui.cli.output import print_status, write_lines
from replay_tui.cli.text_page import TextPage
from replay_tui.domain.errors import GatewayError, UsageError
from replay_tui.domain.review import Action, ApprovalDefaults, Review
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.decisions import decide
from replay_tui.gateway.review_policy import groups_of_user, parse_window, review_options
from replay_tui.presenters.decision import action_details, confirmation_text, decision_text
from replay_tui.presenters.review import denial_text, review_section

NOT_SENT_EXIT_CODE = 1
STALE = "The gateway answered with this state, but the session that was read afterwards is still pending."
NOT_REACHED_EXIT_CODE = 1
"""The gateway took the decision, but the review does not have the status that was asked for."""


@click.command(
    "review",
    epilog=examples(
        "review 5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c approve",
        "review ID approve --window 22:00-04:00 --yes",
        "review ID reject --reason 'no ticket' --yes",
        "review https://hoop.example.com/sessions/5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c revoke",
    ),
)
@click.argument("session", metavar="ID")
@click.argument("decision", type=click.Choice(["approve", "reject", "revoke"]))
@click.option("--reason", default="", metavar="TEXT", help="Reason; a rejection without one asks for it.")
@click.option("--force", is_flag=True, help="Approve immediately, without the other groups.")
@click.option(
    "--window", metavar="HH:MM-HH:MM", help="Approve for these hours (UTC); a window over midnight closes at 24:00."
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation; required without a terminal.")
@gateway_options
def command(
    session: str, decision: str, reason: str, force: bool, window: str | None, yes: bool, api_url: str | None
) -> int:
    """Approve, reject or revoke a review, and print the updated review."""
    if decision != "approve" and (force or window):
        raise UsageError("--force and --window apply to approve only.")
    if window is not None:
        parse_window(window)
    if not yes and not can_ask():
        raise UsageError("No terminal to confirm this. Add --yes to send it without confirmation.")
    refuse_read_only()
    action = _action(decision, force=force, window=window)
    client, session_id = connect_to_session(session, api_url, read_only=False)
    with client:
        if not yes:
            reason = _confirmed(client, session_id, action, reason, window)
            if not click.confirm("Send it?", err=True):
                print_status("Nothing was sent.")
                return NOT_SENT_EXIT_CODE
        outcome = decide(client, session_id, action, reason=reason, force=force, window=window)
    text = decision_text(outcome)
    if outcome.failure is not None and not outcome.reached:
        raise GatewayError(text)
    review = outcome.session.fields.review if outcome.session else None
    if review is not None:
        write_lines(review_state(review, outcome.defaults, client.now()))
    if outcome.failure is not None or not outcome.reached:
        print_status(text)
    if outcome.is_stale:
        print_status(STALE)
    return 0 if outcome.reached else NOT_REACHED_EXIT_CODE


def _action(decision: str, *, force: bool, window: str | None) -> Action:
    if decision != "approve":
        return Action(decision)
    return Action.FORCE if force else Action.APPROVE_WINDOW if window else Action.APPROVE


def _confirmed(client: GatewayClient, session_id: str, action: Action, reason: str, window: str | None) -> str:
    """Print what the action concerns and why it may fail; return the reason, asking for a missing one."""
    try:
        session, me = client.read.session(session_id), client.read.current_user()
    except GatewayError as failure:
        print_status(f"Cannot read the session: {failure}")
    else:
        defaults = client.read.approval_defaults(session)
        print_status(confirmation_text(action, session, groups_of_user(session.fields.review, me), defaults))
        details = action_details(session, client.now(), defaults=defaults, window=window or "")
        for line in details.lines:
            print_status(f"  {line}")
        options = review_options(session, me, defaults=defaults, now=client.now())
        option = next(option for option in options if option.action is action)
        if not option.allowed:
            print_status(f"The gateway will probably reject this: {denial_text(option)}.")
    if action is Action.REJECT and not reason.strip():
        reason = click.prompt("Reason", default="", show_default=False, err=True)
    return reason


def review_state(review: Review, defaults: ApprovalDefaults | None, now: datetime) -> list[str]:
    """Return the lines of the review, as `show` prints them. `now` is in UTC."""
    page = TextPage()
    page.section(review_section(review, now, defaults=defaults))
    return page.lines[1:]
