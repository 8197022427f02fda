"""Chapters of a terminal session: where it changes host or directory, starts a full-screen program, or pauses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from replay_tui.analysis.timeline import idle_gaps
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.statement import Statement
from replay_tui.domain.timeline_mark import MarkKind, TimelineMark
from replay_tui.domain.times import format_duration

MIN_PAUSE_SECONDS, MIN_PAUSE_PART = 60.0, 0.02
"""Length of an idle gap that ends a chapter, in seconds and as a part of the recording."""
MAX_CHAPTERS = 1000
_MAX_LABEL_CHARS = 40
_MOVES = frozenset(("cd", "pushd", "popd", "z"))
_HOSTS = frozenset(("ssh", "mosh", "telnet", "su", "chroot", "nsenter", "machinectl"))
_CONTAINERS = frozenset(("docker", "podman", "kubectl", "oc", "nerdctl", "lxc"))
_CONTAINER_SHELL = lazy_compile(r"\S+\s+(?:\S+\s+)*?(?:exec|attach|run)\b")
_SHELL_AS_OTHER = lazy_compile(r"sudo\s+(?:-[ugh]\s+\S+\s+|-[^is]\S*\s+)*(?:-i|-s|su|bash|sh|zsh)(?:\s|$)")
_ENTERS_ALTERNATE = lazy_compile(rb"\x1b\[\?(?:1049|1047|47)h")


def find_chapters(stream: EventStream, statements: Sequence[Statement]) -> list[TimelineMark]:
    """Return the starts of chapters in order of time, at most `MAX_CHAPTERS`. `statements` are the typed commands.

    Hosts and directories are read from the commands, because a recording does not name them otherwise.
    """
    commands = [one for one in statements if not one.deleted]
    marks = [
        *_moves(commands),
        *_programs(stream, commands),
        *(TimelineMark(end, MarkKind.CHAPTER, f"after {format_duration(end - start)} idle")
          for start, end in idle_gaps(stream, max(MIN_PAUSE_SECONDS, stream.duration * MIN_PAUSE_PART))),
    ]  # fmt: skip
    return sorted(marks, key=lambda one: one.time)[:MAX_CHAPTERS]


def _moves(commands: Sequence[Statement]) -> Iterator[TimelineMark]:
    for one in commands:
        text = " ".join(one.text[: 4 * _MAX_LABEL_CHARS].split())
        verb = one.verb.rpartition("/")[2]
        is_container = verb in _CONTAINERS and _CONTAINER_SHELL.match(text)
        if verb in _MOVES or verb in _HOSTS or is_container or (verb == "sudo" and _SHELL_AS_OTHER.match(text)):
            yield TimelineMark(one.time, MarkKind.CHAPTER, text[:_MAX_LABEL_CHARS])


def _programs(stream: EventStream, commands: Sequence[Statement]) -> Iterator[TimelineMark]:
    """Yield the starts of full-screen programs, named by the command before them."""
    times = [one.time for one in commands]
    last = -1
    for count, match in enumerate(_ENTERS_ALTERNATE.finditer(stream.output)):
        if count >= MAX_CHAPTERS:
            return
        time = stream.time_of_output(match.start())
        number = bisect_right(times, time) - 1
        if number < 0 or number != last:  # a program may switch screens several times
            label = " ".join(commands[number].text.split()) if number >= 0 else "full-screen program"
            yield TimelineMark(time, MarkKind.CHAPTER, label[:_MAX_LABEL_CHARS])
        last = number
