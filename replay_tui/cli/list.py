"""`list`: sessions of the gateway, filtered, newest first."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import click

from replay_tui.cli.find_sessions import find_mine, find_sessions
from replay_tui.cli.gateway import connect, gateway_options
from replay_tui.cli.options import DateParam, examples, json_option
from replay_tui.cli.output import is_terminal, print_status, write, write_json, write_lines
from replay_tui.cli.session_table import SCRIPT_FIELDS, table_lines
from replay_tui.cli.user_settings import settings
from replay_tui.domain.display_text import pluralize
from replay_tui.domain.errors import GatewayError, ReplayError, UsageError
from replay_tui.domain.session import Session
from replay_tui.gateway.session_list import PAGE_SIZE, STATES, Filters, merge_filters, parse_filters
from replay_tui.gateway.waiting import PENDING
from replay_tui.settings.state_store import StateStore

EXIT_NOTHING_FOUND = 1


@click.command(
    "list",
    epilog=examples(
        "list --mine",
        "list --flagged",
        "list --review pending --since 7d",
        "list --user ana@example.com --since 2026-11-20 --until 2026-11-21",
        "list --connection prod-db --limit 500 --json | jq -r '.[].id'",
    ),
)
@click.option("--user", metavar="WHO", help="Subject id or e-mail of the user; * and ? are wildcards.")
@click.option("--connection", metavar="NAME", help="Name of the connection; * and ? are wildcards.")
@click.option("--type", "kind", metavar="TYPE", help="Connection type: database, application, custom, httpproxy.")
@click.option("--review", type=click.Choice(STATES, case_sensitive=False), help="Status of the review.")
@click.option(
    "--can-review",
    "--approver",
    "can_review",
    metavar="EMAIL",
    help="Reviews that name a group of this user, whoever decided.",
)
@click.option("--batch", metavar="ID", help="Id of the batch.")
@click.option("--correlation", metavar="ID", help="Correlation id.")
@click.option("--jira", metavar="KEY", multiple=True, help="Jira issue; can be repeated.")
@click.option(
    "--since", type=DateParam(), help="Started at or after: 2026-11-20, 2026-11-20T09:30, 90m, 8h, 7d, 2w. UTC."
)
@click.option("--until", type=DateParam(), help="Started at or before; same forms as --since.")
@click.option("--mine", is_flag=True, help="Only sessions that wait for your decision, the oldest first.")
@click.option(
    "--flagged", is_flag=True, help="Only sessions with medium or high risk, guardrail hits or a pending review."
)
@click.option("--risk", is_flag=True, help="Read each listed session, which --mine and --flagged do anyway.")
@click.option("--saved", metavar="NAME", help="Begin with a filter of the settings; other options replace its parts.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=PAGE_SIZE,
    show_default=True,
    metavar="N",
    help="Maximum number of sessions.",
)
@json_option
@gateway_options
def command(
    user: str | None,
    connection: str | None,
    kind: str | None,
    review: str | None,
    can_review: str | None,
    batch: str | None,
    correlation: str | None,
    jira: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    mine: bool,
    flagged: bool,
    risk: bool,
    saved: str | None,
    limit: int,
    as_json: bool,
    api_url: str | None,
) -> int:
    """List sessions of the gateway, newest first. Exit code 1 if none is found.

    Writes a table to a terminal, otherwise one line per session with tab-separated fields:
    id, start, user, connection, type, verb, status, seconds, bytes, risk, review, guardrails.

    The gateway's list has no AI analysis: the risk is ? unless the session itself was read. In --json, a row that was
    read has all its fields but the script, and replay.judged is true.
    """
    if mine and review and review.upper() != PENDING:
        raise UsageError("--mine lists pending reviews; use it without --review.")
    given = Filters(
        user=user,
        connection=connection,
        type=kind,
        review_status=review.upper() if review else None,
        review_approver=can_review,
        batch_id=batch,
        correlation_id=correlation,
        jira_issue_keys=jira,
        start_date=since,
        end_date=until,
    )
    settings()  # with the saved filters
    filters = merge_filters(parse_filters(shlex.join([f"@{saved}"])), given) if saved is not None else given
    with connect(api_url, read_only=True) as client:
        if mine:
            found = find_mine(client, filters, limit=limit, flagged=flagged)
        else:
            found = find_sessions(client, filters, limit=limit, flagged=flagged, read=risk)
    rows = found.rows
    if not rows and found.unread:
        raise GatewayError(found.unread_text)
    remember_session_ids(rows)
    if as_json:
        write_json([{**row.raw, "replay": {"judged": True}} if row.is_judged else row.raw for row in rows])
    elif rows and is_terminal(sys.stdout):
        write_lines(table_lines(rows, now=client.now() if mine else None))
    else:
        for row in rows:
            write("\t".join(field(row) for field in SCRIPT_FIELDS.values()))
    if not rows:
        print_status("Nothing waits for you." if mine else "Nothing found.")
        return EXIT_NOTHING_FOUND
    for message in (found.more, found.unread_text or _unasked_text(rows)):
        if message:
            print_status(message)
    return 0


def _unasked_text(rows: Sequence[Session]) -> str:
    """Return how many sessions were not read because no option asks for it, on a terminal only."""
    count = sum(not row.is_judged for row in rows)
    if not count or not is_terminal(sys.stdout):
        return ""
    return f"The risk of {pluralize(count, 'session')} is not in the gateway's list; --risk reads it."


def remember_session_ids(rows: Sequence[Session]) -> None:
    """Save the ids for shell completion; a failure to save is ignored."""
    with suppress(ReplayError):
        StateStore().save_recent_session_ids(rows)
