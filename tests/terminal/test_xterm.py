"""Comparison with xterm: small streams and recorded programs, cell by cell in text, cursor and visible styles."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from typing import Any

import pytest

from replay_tui.load_recording import load
from replay_tui.terminal.keyframe_index import KeyframeIndex
from replay_tui.terminal.screen_reader import ScreenReader
from replay_tui.terminal.stream_renderer import StreamRenderer
from tests.support.effort import sampled
from tests.support.fixtures import FIXTURES, cut_at, output, sized
from tests.support.xterm_look import differences

FOLDER = FIXTURES / "terminal"
DELIBERATE = {
    "kept-colours": "xterm's DECFRA and DECERA keep a cell's colours if the pen has none; DEC: the pen replaces them",
    "strikethrough": "xterm's DECSTR does not end strikethrough; DEC: it resets the rendition",
    "bright-bold": "xterm reports a bold colour as its bright one after DECALN ended bold",
    "graphics-blank": "xterm does not wrap before a blank of the line drawing set",
    "origin-default": "xterm adds the margins twice to the defaults of a rectangle in origin mode",
}
"""Deliberate differences. Those in no fixture: DECCOLM is ignored (as in tmux); widths of emoji; reflow after a resize;
1049 clears without the pen's background and `ESC k` is a title (as in tmux); double-width lines have single width."""
PROGRAMS = sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.cast.gz"))


def read(name: str) -> Any:
    return json.loads(gzip.decompress((FOLDER / name).read_bytes()))


@cache
def groups() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for case in read("streams.json.gz"):
        found.setdefault(case["name"].removeprefix("x.").split(".")[0], []).append(case)
    return found


@pytest.mark.parametrize("group", sorted(groups()))
def test_stream_equals_xterm(group: str) -> None:
    """A stream that differs deliberately must differ, so that the list hides nothing."""
    found = {}
    for case in groups()[group]:
        stream = output(base64.b64decode(case["stream"]))
        renderer = StreamRenderer(stream, sized(case["cols"], case["rows"]))
        renderer.render_to(len(stream.output))
        differs = differences(renderer.emulator.screen(), case)
        if bool(differs) != ("differs" in case):
            found[case["name"]] = differs
    assert not found


def test_deliberate_differences_are_few_and_have_reasons() -> None:
    keys = [case["differs"] for cases in groups().values() for case in cases if "differs" in case]
    assert set(keys) == set(DELIBERATE)
    assert len(keys) <= 20


@sampled("group", sorted(groups()), daily=23)
def test_stream_cut_or_sought_gives_the_same_screens(group: str) -> None:
    """Cut after every byte, and sought with keyframes in between."""
    for case in groups()[group]:
        data, size = base64.b64decode(case["stream"]), sized(case["cols"], case["rows"])
        linear = StreamRenderer(output(data), size)
        stepwise = StreamRenderer(output(*cut_at(data, range(len(data)))), size)
        index = KeyframeIndex(output(data), size, 25)
        index.build()
        reader = ScreenReader(index)
        screens = {}
        for offset in range(len(data) + 1):
            stepwise.render_to(offset)
            if offset % 17 == 0 or offset == len(data):
                linear.render_to(offset)
                screens[offset] = linear.emulator.screen()
                assert stepwise.emulator.screen() == screens[offset], (case["name"], offset)
        for offset, screen in reversed(screens.items()):
            assert reader.at_offset(offset) == screen, (case["name"], offset)


@pytest.mark.parametrize("name", PROGRAMS)
def test_recording_equals_xterm_at_every_checkpoint(name: str) -> None:
    recording = load(str(FOLDER / f"{name}.cast.gz"))
    for seen in read(f"{name}.screens.json.gz"):
        screen = recording.screen(str(seen["at"]))
        assert (screen.cols, screen.rows) == (seen["cols"], seen["rows"])
        assert differences(screen, seen) == [], seen["at"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_recording_without_size_has_that_of_xterm(name: str) -> None:
    """No line of w3m reaches the margin, so that nothing tells the 60 columns after its resize."""
    recording = load(str(FOLDER / f"{name}.json.gz"))
    for seen in read(f"{name}.screens.json.gz")[: 3 if name == "w3m" else None]:
        screen = recording.screen(str(seen["at"]))
        assert (screen.cols, screen.rows) == (seen["cols"], seen["rows"]), seen["at"]
