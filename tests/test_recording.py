"""The facade: what is derived fits together, is made once, and follows size and filters."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.findings.rules import custom_rules
from replay_tui.recording import Recording, load
from replay_tui.sources import LoadedSession
from tests.support.fixtures import PROGRAMS, SESSIONS, program, referee, stream_of


@pytest.fixture(scope="module")
def vim() -> Recording:
    return load(SESSIONS / "shell-vim.json")


def recording_of(*events: tuple[float, str, bytes]) -> Recording:
    stream = stream_of(*events)
    stream.complete = True
    return Recording(LoadedSession("made by hand", stream=stream, stream_format="triples"))


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("shell-vim", SessionKind.TERMINAL, None),
        ("shell-htop-120x36", SessionKind.TERMINAL, None),
        ("open-shell", SessionKind.TERMINAL, None),
        ("pg-psql", SessionKind.STATEMENTS, None),
        ("pg-psql.raw-queries", SessionKind.STATEMENTS, None),
        ("mongo-connect", SessionKind.STATEMENTS, None),
        ("httpproxy-connect", SessionKind.HTTP, None),
        ("exec-postgres-tsv", SessionKind.TABLE, None),
        ("exec-bash-failed", SessionKind.TEXT, None),
        ("exec-review-pending", SessionKind.EMPTY, EmptyReason.PENDING),
    ],
)
def test_kinds_of_recorded_sessions(name: str, kind: SessionKind, reason: EmptyReason | None) -> None:
    assert load(SESSIONS / f"{name}.json").detected_kind == (kind, reason)


@pytest.mark.parametrize("path", sorted(SESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_every_session_can_be_asked_everything(path: object) -> None:
    recording = load(str(path))
    assert recording.duration >= 0
    for statement in recording.statements:
        assert 0 <= statement.time <= recording.duration
    assert all(finding.time <= recording.duration for finding in recording.findings)
    assert all(note.count > 0 and note.message for note in recording.fidelity)
    assert all(0 <= start < end for start, end in recording.idle_gaps)
    assert all(isinstance(line, str) for line in recording.output_lines)
    assert all(before.time <= after.time for before, after in pairwise(recording.transcript))
    for at in ("0", "50%", "100%", 0.0, 1e9, -5.0):
        screen = recording.screen(at)
        assert len(screen.grid) == screen.rows


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_screen_at_a_time(name: str) -> None:
    if referee(name).resizes:
        pytest.skip("inferred resizes may be some events off")
    loaded = program(name)
    recording, stream = Recording(loaded), loaded.stream
    for seen in referee(name).checkpoints:
        if stream.event_count_at(stream.times[seen["event"]]) != seen["event"] + 1:
            continue  # more events at the same time
        screen = recording.screen(stream.times[seen["event"]])
        assert list(screen.lines) == seen["lines"]
        assert screen.time == stream.times[seen["event"]]


def test_a_given_size_wins_and_can_be_taken_back(vim: Recording) -> None:
    wide = vim.with_size(TerminalSize(100, 30))
    assert (wide.screen(5.0).cols, wide.sizes.first.source) == (100, SizeSource.GIVEN)
    assert (wide.with_size(None).screen(5.0).cols, wide.with_size(None).sizes.first.source) == (80, SizeSource.INFERRED)
    assert vim.screen(5.0).cols == 80


def test_hidden_kinds_are_left_out_of_screen_and_transcript() -> None:
    recording = recording_of(
        (0.0, "o", b"out\r\n"), (1.0, "e", b"err\r\n"), (2.0, "i", b"key"), (3.0, "o", b"more\r\n")
    )
    assert recording.screen("100%").lines[:3] == ("out", "err", "more")
    assert recording.excluding("e").screen("100%").lines[:3] == ("out", "more", "")
    assert recording.excluding("o").screen("100%").lines[:3] == ("err", "", "")
    assert [line.text for line in recording.excluding("o").transcript] == ["err"]
    assert recording.excluding("oe").screen("100%").text == ""
    assert recording.excluding("i") is recording
    assert recording.excluding("eo") is recording.excluding("oe")
    assert recording.excluding("e").duration == recording.duration
    assert len(recording.excluding("e").stream) == len(recording.stream)


def test_moments_as_people_write_them(vim: Recording) -> None:
    assert vim.parse_position("50%") == pytest.approx(vim.duration / 2)
    assert vim.parse_position("99:00") == vim.duration
    assert vim.screen("0:05").lines == vim.screen(5.0).lines


def test_what_is_derived_is_made_once(vim: Recording) -> None:
    for name in ("index", "sizes", "statements", "findings", "transcript", "sequences", "idle_gaps", "detected_kind"):
        assert getattr(vim, name) is getattr(vim, name)


def test_readers_in_several_threads_see_the_same(vim: Recording) -> None:
    moments = [vim.duration * part / 40 for part in range(41)]
    expected = [load(SESSIONS / "shell-vim.json").screen(at) for at in moments]
    wrong: list[float] = []

    def read(order: int) -> None:
        wrong.extend(
            at for at, screen in list(zip(moments, expected, strict=True))[::order] if vim.screen(at) != screen
        )

    threads = [threading.Thread(target=read, args=(order,)) for order in (1, -1, 2, -3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_a_stream_tried_is_a_doubt_with_a_count() -> None:
    recording = recording_of(
        (0.0, "o", b"$ \x1b]52;c;aGk=\x07\x1b]52;c;aGk=\x07\x1b]777;notify;a;b\x07\x1b]2;fine\x07")
    )
    recording.__dict__["detected_kind"] = (SessionKind.TERMINAL, None)
    counts = {note.code: note.count for note in recording.fidelity}
    assert counts["sequence-clipboard-write"] == 2
    assert counts["sequence-notification"] == 1
    assert counts["size-default"] == 1
    assert "sequence-title" not in counts


def test_a_recording_of_nothing() -> None:
    recording = recording_of()
    assert recording.kind is SessionKind.EMPTY
    assert (recording.duration, recording.statements, recording.transcript, recording.idle_gaps) == (0.0, [], [], [])
    assert recording.screen(0.0).text == ""


def test_a_recording_of_another_size_keeps_the_users_rules() -> None:
    recording = load(SESSIONS / "shell-vim.json")
    recording.custom_rules = custom_rules([{"name": "vim", "pattern": "vim"}])
    other = recording.with_size(TerminalSize(100, 30, SizeSource.GIVEN))
    assert "vim" in {one.rule for one in other.findings}
