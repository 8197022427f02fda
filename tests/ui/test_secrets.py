"""The interface shows no secret, whatever command is given: all commands of the table, all panes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from replay_tui.kinds import KINDS
from replay_tui.ui.command_table import COMMANDS, Command, Group, Place
from replay_tui.ui.widgets import main_pane
from tests.redaction.test_printed import PRINTED, session_printing
from tests.support.effort import sampled
from tests.support.secret_cases import FOLDER, SECRET, leaks
from tests.ui.conftest import Run
from tests.ui.driver import Driver

SHOWS_SECRETS = {"unmask"}
ENDS_OR_ACTS = {"quit", "interrupt", "palette"}
PANES = {"terminal", "statements", "exec", "transcript", "raw", "page", "keystrokes", "search"}
"""The parts of the main pane. A new one fails the test until a command or a session below shows it."""
EVERYWHERE = {"terminal", "transcript", "raw", "keystrokes", "search"}
"""Those that the commands show whatever the session."""


def commands() -> list[Command]:
    """Return the commands of the replay screen that show something of a session."""
    left_out = SHOWS_SECRETS | ENDS_OR_ACTS
    groups = {Group.MOMENTS, Group.VIEWS, Group.ACTIONS}
    return [one for one in COMMANDS if one.group in groups and Place.REPLAY in one.places and one.id not in left_out]


async def texts_of(driver: Driver, command: Command) -> str:
    """Return what the interface shows after a command, and what it copied."""
    await driver.press(command.keys[0])
    if command.id == "search":
        await driver.type("e")
    await driver.until(lambda: "loading" not in driver.text, f"{command.id} has loaded")
    shown = [driver.text, *driver.notices, driver.app.clipboard]
    await driver.press("down", "enter")
    shown += [driver.text, *driver.notices, driver.app.clipboard]
    await driver.press("escape", "escape", "escape")
    if command.id.startswith("hide-"):
        await driver.press(command.keys[0])
    return "\n".join(shown)


@sampled("name", ["printed", "h7-other-token-headers"], daily=1)
async def test_interface_no_command_shows_a_secret(run: Run, tmp_path: Path, name: str) -> None:
    printed = "\r\n".join(PRINTED[one] for one in ("plain", "colour", "line break", "title", "link", "clipboard"))
    session = session_printing(tmp_path, printed) if name == "printed" else FOLDER / f"{name}.json"
    secrets = (SECRET, SECRET[:7], base64.b64encode(SECRET.encode()).decode().rstrip("="))
    shown = {}
    async with run(session, size=(120, 36)) as driver:
        await driver.press("G")
        for command in commands():
            shown[command.id] = await texts_of(driver, command)
        for kind in KINDS:
            await driver.press("v", "enter")
            shown[f"v after {kind}"] = driver.text
        parts = {child.id for child in driver.widget("#main-pane").children}  # mounted when they are first shown
    assert EVERYWHERE <= parts <= PANES
    found = leaks("\n".join(shown.values()).encode(), secrets)
    assert not found, [name for name, text in shown.items() if leaks(text.encode(), secrets)]


async def test_raw_view_masks_the_pieces_of_a_drawn_secret(run: Run, tmp_path: Path) -> None:
    """Drawn from right to left, so that only the screen shows the secret; `u` shows the pieces."""
    drawn = "".join(f"\x1b[{20 + at}G{char}" for at, char in reversed(list(enumerate(SECRET))))
    masked = drawn.translate({ord(char): "*" for char in SECRET if char.islower() or char == "-"}).replace("\x1b", ".")
    async with run(session_printing(tmp_path, drawn), size=(150, 45)) as driver:
        await driver.press("G", "r")
        for key, expected in (("", masked), ("u", drawn.replace("\x1b", ".")), ("u", masked)):
            await driver.press(*filter(None, (key,)))
            await driver.until(lambda e=expected: e[:9] in driver.pane("#raw").replace("\n", ""), expected)


async def test_raw_view_with_a_failed_search_shows_no_bytes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_pane, "find_drawn", lambda *_: 1 // 0)
    async with run(session_printing(tmp_path, "x"), size=(150, 45)) as driver:
        await driver.press("r")
        await driver.until(lambda: "not shown: Loading the raw bytes failed (ZeroDivisionError)" in driver.pane("#raw"))
