"""Law: a cast that is exported and read again is the same recording."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.domain.event_stream import Event
from replay_tui.recording import Recording
from tests.export.casts import cast, exported
from tests.support.effort import cases

TEXTS = st.text(alphabet="ab é漢\U0001f600\r\n\t\x1b[1m\x00", max_size=8)
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
THEMES = st.builds(
    lambda fg, bg, palette: {"fg": fg, "bg": bg, "palette": ":".join(palette)},
    COLOURS, COLOURS, st.one_of(st.lists(COLOURS, min_size=8, max_size=8), st.lists(COLOURS, min_size=16, max_size=16)),
)  # fmt: skip
NAMES = st.text(alphabet="abcXYZ /.-_é漢", min_size=1, max_size=12)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": st.integers(1, 2_000_000_000),
        "title": NAMES,
        "command": NAMES,
        "idle_time_limit": st.sampled_from([0.5, 1.5, 3]),
        "tags": st.lists(NAMES, max_size=3),
        "env": st.dictionaries(st.sampled_from(["SHELL", "LANG", "TERM"]), NAMES, max_size=3),
        "x-unknown": st.one_of(NAMES, st.integers(), st.lists(st.none(), max_size=2)),
    },
)
SIZES = st.tuples(st.integers(2, 300), st.integers(1, 100))
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5_000_000),
        st.one_of(
            st.tuples(st.sampled_from("ooi"), TEXTS),
            st.tuples(st.just("r"), SIZES.map("{0[0]}x{0[1]}".format)),
            st.tuples(st.just("r"), st.sampled_from(["0x0", "0x7"])),
            st.tuples(st.just("m"), NAMES),
        ),
    ),
    min_size=1,
    max_size=15,
)


@st.composite
def cast_files(draw: st.DrawFn, version: int) -> str:
    cols, rows = draw(SIZES)
    members, theme = draw(MEMBERS), draw(st.one_of(st.none(), THEMES))
    colours = {"theme": theme} if theme else {}
    if version == 3:
        term = {"cols": cols, "rows": rows, **draw(st.sampled_from([{}, {"type": "xterm", "version": "VTE(7600)"}]))}
        header: dict[str, Any] = {"version": 3, "term": term | colours} | members
    else:
        header = {"version": 2, "width": cols, "height": rows} | colours | members
    lines, microseconds = [header], 0
    for wait, (kind, text) in draw(EVENTS):
        microseconds += wait
        lines.append([(wait if version == 3 else microseconds) / 1e6, kind, text])
    if draw(st.booleans()):
        wait = draw(st.integers(0, 10**9))
        lines.append([(wait if version == 3 else microseconds + wait) / 1e6, "x", str(draw(st.integers(0, 255)))])
    return "\n".join(json.dumps(line) for line in lines) + "\n"


def facts(made: Recording, *, exits: bool = True) -> dict[str, Any]:
    """Everything that a cast holds, without the markers that an export adds."""
    loaded = made.loaded_session
    return {
        "events": [(event.kind, event.data) for event in written(made, exits=exits)],
        "sizes": [(one.offset, one.size.cols, one.size.rows) for one in made.sizes.resizes],
        "first size": (made.sizes.first.cols, made.sizes.first.rows),
        "start": made.session.start_date,
        "exit": made.session.exit_code if exits else None,
        "limit": loaded.idle_limit,
        "theme": loaded.theme,
        "title": loaded.title,
    }


def times(made: Recording, *, exits: bool = True) -> list[float]:
    return [*(event.time for event in written(made, exits=exits)), made.duration]


def written(made: Recording, *, exits: bool) -> list[Event]:
    """The events that have a form in the cast; an empty one at the end only keeps the duration."""
    kinds = "oirx" if exits else "oir"
    return [
        event for event in made.stream.events(kinds=kinds)
        if event.data not in (b"0x0", b"0x7") and (event.kind != "o" or event.data)
    ]  # fmt: skip


def assert_same(again: Recording, made: Recording, *, exits: bool) -> None:
    """The same recording, with times rounded down to microseconds, and maybe more markers."""
    assert facts(again, exits=exits) == facts(made, exits=exits)
    assert times(again, exits=exits) == pytest.approx(times(made, exits=exits), abs=3e-6)
    labels = [label for _, label in again.loaded_session.markers]
    for _, label in made.loaded_session.markers:
        labels.remove(label)


def members_of(made: Recording) -> dict[str, Any]:
    return dict(made.session.raw["asciicast"])


@pytest.mark.parametrize("version", [2, 3])
@settings(max_examples=cases(30), deadline=None)
@given(data=st.data())
def test_cast_export_then_import_is_the_same(version: int, data: st.DataObject) -> None:
    text = data.draw(cast_files(version))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.cast"
        path.write_text(text)
        made = load(path)
        again = exported(made, "asciicast" if version == 3 else "asciicast-v2", Path(folder), reveal=True)
    assert_same(again, made, exits=version == 3)
    assert members_of(again) == members_of(made)


@settings(max_examples=cases(20), deadline=None)
@given(version=st.sampled_from([2, 3]), data=st.data())
def test_cast_export_to_other_version_keeps_the_rest(version: int, data: st.DataObject) -> None:
    text = data.draw(cast_files(version))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.cast"
        path.write_text(text)
        made = load(path)
        again = exported(made, "asciicast-v2" if version == 3 else "asciicast", Path(folder), reveal=True)
    assert_same(again, made, exits=False)
    for name in ("command", "tags", "x-unknown", "idle_time_limit"):
        assert members_of(again).get(name) == members_of(made).get(name)
    assert (members_of(made).get("env") or {}).items() <= (members_of(again).get("env") or {}).items()


def test_cast_v3_header_is_preserved(tmp_path: Path) -> None:
    header = {
        "version": 3,
        "term": {
            "cols": 40, "rows": 6, "type": "xterm-256color", "version": "VTE(7600)",
            "theme": {"fg": "#ffffff", "bg": "#000000", "palette": ":".join(f"#{value:06x}" for value in range(8))},
        },
        "timestamp": 1774744200, "command": "/bin/bash -l", "title": "T", "idle_time_limit": 1.5,
        "tags": ["a", "b"], "env": {"SHELL": "/bin/bash", "LANG": "C"},
    }  # fmt: skip
    source = tmp_path / "in.cast"
    source.write_text(json.dumps(header) + '\n[0.1, "o", "hi"]\n')
    assert cast(load(source), tmp_path)[0] == header
    second = cast(load(source), tmp_path, "asciicast-v2")[0]
    assert second["theme"] == header["term"]["theme"]
    assert second["env"] == {"TERM": "xterm-256color", **header["env"]}


def test_cast_late_exit_keeps_its_time(tmp_path: Path) -> None:
    source = tmp_path / "in.cast"
    source.write_text('{"version": 3, "term": {"cols": 40, "rows": 6}}\n[1, "o", "$ "]\n[600, "x", "0"]\n')
    assert cast(load(source), tmp_path)[1] == [[1.0, "o", "$ "], [600.0, "x", "0"]]
    assert cast(load(source), tmp_path, "asciicast-v2")[1] == [[1.0, "o", "$ "], [601.0, "o", ""]]


def test_cast_hidden_input_in_header_is_masked(tmp_path: Path) -> None:
    source = tmp_path / "in.cast"
    lines = [
        {"version": 2, "width": 60, "height": 6, "env": {"PW": "s3cret-word"}, "tags": ["s3cret-word"]},
        [0.1, "o", "Password: "], [0.5, "i", "s3cret-word"], [0.6, "i", "\r"], [0.7, "o", "\r\nok\r\n"],
    ]  # fmt: skip
    source.write_text("\n".join(map(json.dumps, lines)))
    assert "s3cret-word" not in json.dumps(cast(load(source), tmp_path)[0])


def test_cast_of_a_header_with_an_unknown_field_opens(tmp_path: Path) -> None:
    path = tmp_path / "empty.cast"
    path.write_text('{"version": 2, "width": 2, "height": 1, "x-unknown": "X"}\n[0.0, "r", "0x0"]\n')
    assert len(exported(load(path), "asciicast-v2", tmp_path, reveal=True).stream) == 1
