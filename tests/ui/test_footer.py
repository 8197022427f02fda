"""The footer names the keys that matter in the current state."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import fields

from replay_tui.ui.command_table import BY_ID, Place
from replay_tui.ui.widgets.key_bar import INBOX_FOOTER, MAX_KEYS, FooterContext, footer_ids
from tests.ui.conftest import Run
from tests.ui.sessions import TABLE

WIDE = FooterContext(has_statements=True)


@pytest.mark.parametrize(
    ("context", "ids"),
    [
        (WIDE, ["play", "back", "flag-on", "statement-on", "search", "help"]),
        (
            FooterContext(is_pending=True, has_list=True),
            ["approve", "reject", "other", "next-session", "flag-on", "help"],
        ),
        (
            FooterContext(has_decided=True, has_list=True),
            ["next-waiting", "next-session", "play", "flag-on", "set-findings", "help"],
        ),
        (FooterContext(is_narrow=True), ["play", "flag-on", "risk", "sidebar", "search", "help"]),
        (FooterContext(is_table=True, lasts=False), ["flag-on", "pan-right", "view", "search", "export", "help"]),
        (FooterContext(is_empty=True, is_pending=True), ["approve", "reject", "other", "export", "quit", "help"]),
        (FooterContext(is_empty=True, has_list=True), ["next-session", "export", "quit", "help"]),
    ],
)
def test_footer_names_the_keys_that_matter(context, ids):
    assert footer_ids(context) == ids


def test_footer_in_every_state_has_at_most_six_known_keys():
    for values in product((False, True), repeat=len(fields(FooterContext))):
        ids = footer_ids(FooterContext(*values))
        assert len(ids) == len(set(ids)) <= MAX_KEYS
        assert ids[-1] == "help"
        assert all(Place.REPLAY in BY_ID[one].places for one in ids)
    assert all(Place.INBOX in BY_ID[one].places for one in INBOX_FOOTER)


async def test_footer_of_a_table_names_columns_and_view(run: Run) -> None:
    async with run(TABLE) as ui:
        await ui.until(lambda: "ctrl+\u2190 ctrl+\u2192 columns  v view" in ui.pane("#keys"))
