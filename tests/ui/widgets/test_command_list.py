"""Commands beside the screen of a terminal session, and the chapters on its timeline."""

from __future__ import annotations

from tests.support.fixtures import FIXTURES, SESSIONS
from tests.ui.conftest import Run
from tests.ui.sessions import HOTFIX


async def test_commands_stand_beside_wide_screens_and_follow(run: Run) -> None:
    async with run(HOTFIX, size=(160, 40)) as ui:
        await ui.sees("11 commands", "1 deleted", "! 01:04.2 rm -rf", "i 00:20.7 vim deploy.sh")
        commands = ui.widget("#commands")
        await ui.press("asterisk")
        await ui.until(lambda: commands.items[commands.current].statement.text.startswith("rm -rf"))
        await ui.press("g")
        await ui.until(lambda: commands.current == -1)
        ui.app.screen.set_focus(commands)
        await ui.press("home", "j", "j", "k", "enter")
        await ui.at(commands.items[1].time)
        assert commands.current == 1
        marks = ui.pane("#timeline").splitlines()[-1]
        assert "▸" in marks  # the editor
        await ui.press("C")
        await ui.until(lambda: not commands.display)
        await ui.press("C")
        await ui.until(lambda: commands.display)


async def test_commands_cover_narrow_screens_until_chosen(run: Run) -> None:
    async with run(HOTFIX, size=(80, 24)) as ui:
        assert not ui.widget("#commands").display
        await ui.press("C")
        await ui.sees("11 commands")
        await ui.press("escape")
        await ui.until(lambda: not ui.widget("#commands").display)
        await ui.press("C", "home", "down", "enter")
        await ui.at(ui.widget("#commands").items[1].time)
        await ui.until(lambda: not ui.widget("#commands").display)
        assert ui.app.focused is ui.widget("#terminal")


async def test_commands_show_known_exit_statuses(run: Run) -> None:
    async with run(FIXTURES / "shells" / "bash-marks.json.gz", size=(160, 40)) as ui:
        await ui.sees("✗7 (exit 7)", "✓ echo abc")


async def test_commands_without_screen_say_where_they_are(run: Run) -> None:
    async with run(SESSIONS / "pg-psql.json", size=(160, 40)) as ui:
        await ui.press("C")
        await ui.noticed("The main pane shows the statements")
        assert not ui.widget("#commands").display
