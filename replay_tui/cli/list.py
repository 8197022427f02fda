"""`list`: sessions of the gateway, filtered, newest first."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import click

from replay_tui.cli.gateway import connect, gateway_options
from replay_tui.cli.options import DateParam, examples, json_option
from replay_tui.cli.output import Progress, is_terminal, print_status, write, write_json, write_lines
from replay_tui.cli.session_table import SCRIPT_FIELDS, table_lines
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.session import Session
from replay_tui.gateway.session_list import MAX_OFFSET, PAGE_SIZE, STATES, Filters, Page, pages
from replay_tui.settings.state_store import StateStore

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient

EXIT_NOTHING_FOUND = 1


@click.command(
    "list",
    epilog=examples(
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
@click.option(
    "--flagged", is_flag=True, help="Only sessions with medium or high risk, guardrail hits or a pending review."
)
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
    flagged: bool,
    limit: int,
    as_json: bool,
    api_url: str | None,
) -> int:
    """List sessions of the gateway, newest first. Exit code 1 if none is found.

    Writes a table to a terminal, otherwise one line per session with tab-separated fields:
    id, start, user, connection, type, verb, status, seconds, bytes, risk, review, guardrails.
    """
    filters = Filters(
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
    with connect(api_url, read_only=True) as client:
        rows, more = find_sessions(client, filters, flagged=flagged, limit=limit)
    remember_session_ids(rows)
    if as_json:
        write_json([row.raw for row in rows])
    elif rows and is_terminal(sys.stdout):
        write_lines(table_lines(rows))
    else:
        for row in rows:
            write("\t".join(field(row) for field in SCRIPT_FIELDS.values()))
    if not rows:
        print_status("Nothing found.")
        return EXIT_NOTHING_FOUND
    if more:
        print_status(more)
    return 0


def remember_session_ids(rows: Sequence[Session]) -> None:
    """Save the ids for shell completion; a failure to save is ignored."""
    with suppress(ReplayError):
        StateStore().save_recent_session_ids(rows)


def find_sessions(client: GatewayClient, filters: Filters, *, flagged: bool, limit: int) -> tuple[list[Session], str]:
    """Return the rows, and a message if there are more of them (empty otherwise). Raises `GatewayError`."""
    rows: list[Session] = []
    narrow = flagged or "@" in (filters.user or "")
    with Progress("listing") as progress:
        for page in pages(client.read, filters, page_size=PAGE_SIZE if narrow else min(PAGE_SIZE, limit)):
            rows.extend(row for row in page.sessions if not flagged or row.flagged)
            if len(rows) >= limit:
                return rows[:limit], _more(page, limit, left=len(rows) > limit, narrow=narrow)
            if page.at_limit:
                return (
                    rows,
                    f"The gateway lists at most {MAX_OFFSET} sessions; narrow the list, for example with --until.",
                )
            if page.total:
                progress.update(page.offset + len(page.sessions), page.total)
    return rows, ""


def _more(page: Page, limit: int, *, left: bool, narrow: bool) -> str:
    if not (left or page.has_next):
        return ""
    total = f"{limit} of {page.total_text}" if page.total is not None and not narrow else f"The first {limit}"
    return f"{total} sessions are shown; --limit shows more."
