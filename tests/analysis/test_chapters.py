"""Chapters of a terminal session."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.analysis.chapters import MAX_CHAPTERS, find_chapters
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.statement import Statement
from tests.ui.sessions import HOTFIX


def _stream(*events: tuple[float, bytes]) -> EventStream:
    stream = EventStream()
    for time, data in events:
        stream.append(time, "o", data)
    return stream


def _command(time: float, text: str, *, deleted: bool = False) -> Statement:
    return Statement(time, "shell", text, verb=text.split(maxsplit=1)[0], deleted=deleted)


def _labels(stream: EventStream, *commands: Statement) -> list[tuple[float, str]]:
    return [(mark.time, mark.label) for mark in find_chapters(stream, commands)]


def test_chapters_start_at_hosts_and_directories() -> None:
    texts = (
        "ls", "cd /srv/shop", "ssh db-1", "docker compose ps", "docker exec -it web sh", "sudo -u root -i",
        "sudo systemctl stop web", "kubectl -n prod exec web -- sh",
    )  # fmt: skip
    commands = [_command(float(at), text) for at, text in enumerate(texts)]
    found = _labels(_stream((0.0, b"x"), (9.0, b"x")), *commands, _command(9.0, "cd /gone", deleted=True))
    assert [label for _, label in found] == [texts[1], texts[2], texts[4], texts[5], texts[7]]


def test_chapters_start_at_programs_and_after_pauses() -> None:
    stream = _stream((1.0, b"$ vim x"), (2.0, b"\x1b[?1049h"), (3.0, b"\x1b[?1049l\x1b[?1049h"), (200.0, b"$ "))
    assert _labels(stream, _command(1.0, "vim x")) == [(2.0, "vim x"), (200.0, "after 3 min 17 s idle")]
    assert _labels(stream)[0] == (2.0, "full-screen program")


def test_chapters_of_demo_name_the_editor() -> None:
    assert [mark.label for mark in load(HOTFIX).analysis.chapters] == ["vim deploy.sh"]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 500), st.sampled_from([b"\x1b[?47h", b"\x1b[?1049", b"h", b"\xff"]))))
def test_chapters_are_ordered_and_limited(events: list[tuple[float, bytes]]) -> None:
    stream = _stream(*((time, data * 300) for time, data in sorted(events, key=lambda one: one[0])))
    times = [mark.time for mark in find_chapters(stream, [_command(3.0, "\x1b]0;\x07 cd")])]
    assert times == sorted(times)
    assert len(times) <= MAX_CHAPTERS
