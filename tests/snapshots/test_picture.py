"""Text form of pictures: a change on the screen is a change in the diff."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from replay_tui.ui.app import ReplayApp
from tests.snapshots import saved_scenes
from tests.snapshots.picture import capture, compose, difference
from tests.snapshots.stage import FOLDER, LARGE, Scene, take
from tests.ui.conftest import _quiet  # noqa: F401 -- for these, too

PLAIN, LABEL, ERROR = (Style.parse(words) for words in ("#e0e0e0 on #121212", "#999999 on #121212", "bold #d17e92"))


def screen(*rows: tuple[tuple[str, Style], ...]) -> list[Strip]:
    return [Strip([Segment(text, style) for text, style in row]) for row in rows]


ROWS = ((("user  ", LABEL), ("Ana Auditada", PLAIN)), (("漢", LABEL), (" exit 1 ", ERROR)))


def test_picture_shows_text_letters_and_a_table_of_styles() -> None:
    strips = screen(*ROWS)
    picture = compose({"dark": capture(strips), "16 colours": capture(strips, ColorSystem.STANDARD)})
    assert picture.splitlines() == [
        " 1 user  Ana Auditada",
        "   aaaaaa",
        " 2 漢 exit 1",
        "   aabbbbbbbb",
        "",
        "# styles: dark | 16 colours",
        "  #e0e0e0 on #121212 | bright_white on black",
        "a #999999 on #121212 | white on black",
        "b bold #d17e92 on default | bold white on default",
    ]


def test_changed_style_is_the_only_difference() -> None:
    before = compose({"dark": capture(screen(*ROWS))})
    changed = (ROWS[0], (ROWS[1][0], (ROWS[1][1][0], Style.parse("red"))))
    after = compose({"dark": capture(screen(*changed))}, before)
    assert [line for line in difference(before, after).splitlines() if not line.startswith(("---", "+++", "@@"))] == [
        "  2 漢 exit 1",
        "-   aabbbbbbbb",
        "+   aacccccccc",
        " ",
        " a #999999 on #121212",
        "-b bold #d17e92 on default",
        "+c red on default",
    ]
    assert not difference(after, compose({"dark": capture(screen(*changed))}, after))


def test_new_style_leaves_the_letters_of_others() -> None:
    before = compose({"dark": capture(screen(*ROWS))})
    more = ((("! ", Style.parse("red")), *ROWS[0][1:]), *ROWS)
    after = compose({"dark": capture(screen(*more))}, before)
    assert not [line for line in difference(before, after).splitlines() if line.startswith("-  ")]


def test_text_that_depends_on_the_colour_mode_fails() -> None:
    other = screen(ROWS[0], (("漢 exit 2 ", ERROR),))
    with pytest.raises(AssertionError, match="light changes the text"):
        compose({"dark": capture(screen(*ROWS)), "light": capture(other)})


def test_gateway_port_is_not_in_the_picture() -> None:
    strips = screen((("http://127.0.0.1:43210/x", PLAIN),))
    assert capture(strips).rows == ("http://127.0.0.1:00000/x",)


async def test_changed_panel_colour_differs_from_the_accepted_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReplayApp, "CSS", "#risk-text { border: round $secondary; }")
    scene = Scene(("text",), saved_scenes.text)
    (file,) = scene.files(LARGE[0])
    accepted = (FOLDER / file).read_text()
    captures = await take(scene, LARGE[0], tmp_path, monkeypatch)
    change = difference(accepted, compose(captures["text"], accepted))
    assert "Risk · " in change
    assert "Session · " not in change
