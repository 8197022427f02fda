"""`whoami`: prints the gateway and the logged-in user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from replay_tui.cli.gateway import connect, gateway_options, sources
from replay_tui.cli.options import examples, json_option
from replay_tui.cli.output import print_status, write, write_json
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.times import format_duration
from replay_tui.gateway.credentials import unused_tokens

if TYPE_CHECKING:
    from replay_tui.gateway.account import CurrentUser
    from replay_tui.gateway.gateway_url import GatewayUrl


@click.command("whoami", epilog=examples("whoami", "whoami -v", "whoami --json | jq -r .email"))
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Name also the tokens that are not used, and why.")
@gateway_options
def command(as_json: bool, verbose: bool, api_url: str | None) -> None:
    """Print the gateway and the logged-in user. The JSON is the gateway's answer plus `api_url`."""
    with connect(api_url, read_only=True) as client:
        me = client.read.current_user()
        credentials, ahead = client.credentials, client.transport.clock.difference.total_seconds()
    if verbose:
        for sentence in unused_tokens(sources(), credentials.address):
            print_status(sentence)
        if ahead:
            side = "ahead of" if ahead > 0 else "behind"
            print_status(
                f"The gateway's clock is {format_duration(abs(ahead))} {side} this computer's; "
                "time windows and waiting times follow the gateway's."
            )
    if as_json:
        write_json({**me.model_dump(mode="json", exclude_unset=True), "api_url": credentials.address.base})
        return
    write(line_of(me, credentials.address))
    print_status(
        f"Address from {sanitize(credentials.sources['address'])}, token from {sanitize(credentials.sources['token'])}."
    )


def line_of(me: CurrentUser, address: GatewayUrl) -> str:
    """Return name, gateway, email, role and groups of a user on one line."""
    more = [
        me.email if me.email != me.display_name else None,
        me.role,
        "administrator" if me.is_admin_member and me.role != "admin" else None,
    ]
    parts = list(dict.fromkeys(sanitize(part) for part in more if part))
    if me.groups:
        parts.append("groups " + " ".join(sanitize(group) for group in me.groups))
    return f"{sanitize(me.display_name)} on {address}" + (f": {', '.join(parts)}" if parts else "")
