"""Properties of all formats of other tools: events as written, same screens after an export, any chunks, any cut."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import replay_tui
from replay_tui.domain.errors import UnreadableSource
from replay_tui.export.exporter import export_recording
from replay_tui.sources import LoadedSession, read_stream
from replay_tui.sources.beside import Beside
from tests.support.recorders import WRITERS, Event

TEXTS = st.sampled_from(
    [b"$ ", b"ls -l\r\n", b"\x1b[2J\x1b[H", b"\x1b[31mred\x1b[0m", b"\x1b[3;70Hxx yy", "日本é\U0001f600".encode()]
)
STEPS = st.lists(st.tuples(st.integers(1, 3000), st.sampled_from("oooir"), TEXTS), min_size=1, max_size=12)
SIZES = (b"80x24", b"100x30", b"60x20")


def events_of(steps: list[tuple[int, str, bytes]], kinds: str) -> list[Event]:
    """Return events with increasing times in milliseconds, limited to `kinds`; a recorded size comes first."""
    events: list[Event] = [(0.0, "r", SIZES[0]), (0.0, "o", b"start\r\n")]
    time = 0
    for number, (delay, kind, data) in enumerate(steps):
        time += delay
        events.append((time / 1000, kind, SIZES[(number + 1) % 3] if kind == "r" else data))
    return [one for one in events if one[1] in kinds]


def read(path: Path, pieces: int | None = None) -> LoadedSession:
    data = path.read_bytes()
    step = pieces or len(data)
    chunks = (data[at : at + step] for at in range(0, len(data), step))
    return list(read_stream(chunks, path.name, beside=Beside(str(path))))[-1]


def outcome(loaded: LoadedSession) -> object:
    events = [(round(one.time, 5), one.kind, one.data) for one in loaded.stream.events()]
    return events, loaded.session.raw, loaded.size, loaded.resizes, loaded.stream.log.warnings


@pytest.mark.parametrize("name", WRITERS)
@given(steps=STEPS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_format_round_trip_gives_same_screens(tmp_path: Path, name: str, steps: list[tuple[int, str, bytes]]) -> None:
    write, kinds = WRITERS[name]
    events = events_of(steps, kinds)
    recording = replay_tui.load(write(tmp_path, events))
    assert not any(one.is_unread for one in recording.loaded_session.stream.log.warnings)
    if "r" in kinds:
        assert str(recording.loaded_session.size) == "80×24"
    stream = recording.stream
    assert (
        bytes(stream.output).replace(b"\x1b[8;", b"") == b"".join(data for _, kind, data in events if kind == "o")
        or name == "ttyrec"
    )
    sent = b"".join(data for _, kind, data in events if kind == "i")
    assert b"".join(one.data for one in stream.events(kinds="i")) == sent
    cast = tmp_path / "a.cast"
    export_recording(recording, "asciicast", cast, reveal=True)
    again = replay_tui.load(cast)
    for at in {round(time + 0.0005, 4) for time, _, _ in events}:
        assert again.screen(at, reveal=True).lines == recording.screen(at, reveal=True).lines


@pytest.mark.parametrize("name", WRITERS)
def test_format_in_any_chunks_is_the_same(tmp_path: Path, name: str) -> None:
    write, kinds = WRITERS[name]
    path = write(
        tmp_path, events_of([(7, "o", "é日".encode()), (9, "i", b"ls\r"), (400, "r", b""), (5, "o", b"x")], kinds)
    )
    whole = outcome(read(path))
    for pieces in (1, 7):
        assert outcome(read(path, pieces)) == whole


@pytest.mark.parametrize("name", WRITERS)
def test_format_cut_anywhere_shows_a_part_and_says_so(tmp_path: Path, name: str) -> None:
    write, kinds = WRITERS[name]
    path = write(
        tmp_path, events_of([(7, "o", b"one "), (9, "o", b"two "), (400, "i", b"in"), (5, "o", b"end")], kinds)
    )
    data, whole, silent = path.read_bytes(), read(path), 0
    for cut in range(1, len(data), max(1, len(data) // 400)):
        try:
            loaded = list(read_stream([data[:cut]], path.name, beside=Beside(str(path))))[-1]
        except UnreadableSource:
            continue
        assert whole.stream.output.startswith(bytes(loaded.stream.output)) or name in ("script", "guacamole")
        is_whole = len(loaded.stream.output) >= len(whole.stream.output)
        silent += not is_whole and not any(one.is_unread for one in loaded.stream.log.warnings)
    assert silent <= 5 * len(whole.stream)  # only between two messages, and in the blanks between them


@pytest.mark.parametrize("name", WRITERS)
@given(places=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_format_damaged_anywhere_is_read_or_rejected(tmp_path: Path, name: str, places: list[tuple[int, int]]) -> None:
    write, kinds = WRITERS[name]
    path = write(tmp_path, events_of([(7, "o", b"one"), (9, "i", b"in"), (4, "r", b""), (5, "o", b"end")], kinds))
    data = bytearray(path.read_bytes())
    for at, value in places:
        data[at % len(data)] = value
    try:
        loaded = list(read_stream([bytes(data)], path.name, beside=Beside(str(path))))[-1]
    except UnreadableSource:
        return
    times = list(loaded.stream.times)
    assert all(a <= b for a, b in itertools.pairwise(times))
