"""Recording of cases whose keys name the statements that they complete: ``fixtures/statements``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import sandbox
from .session import build, write_session, write_truth
from .terminal import Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "statements"
UP, CTRL_A, CTRL_C, CTRL_U, ESCAPE, PREFIX = "\x1b[A", "\x01", "\x03", "\x15", "\x1b", "\x02"
Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Case:
    """Script of one recording: the program, its files in the home folder, and the input."""

    argv: tuple[str, ...]
    steps: Callable[[], Steps]
    files: dict[str, str] = field(default_factory=dict)


def completes(keys: str, *texts: str, pause: float = 0.3) -> Step:
    """Return keys that end in Enter, and the statements that they complete."""
    return Step(pause, keys + "\r", gap=0.02, ran=texts)


def runs(text: str, pause: float = 0.3) -> Step:
    """Return the keys of a statement and Enter."""
    return completes(text, text, pause=pause)


def record_cases(
    cases: Mapping[str, Case],
    *,
    hour: int,
    prepare: Callable[[str, Path], None] = lambda _name, _root: None,
    check: Callable[[Path, list[str]], None] = lambda _root, _expected: None,
) -> None:
    """Record the cases that the arguments name, or all; the start is at `hour` of the day with the case's number.

    `prepare` is called with the name and the home folder before a recording, `check` with the folder and the expected
    statements after it.
    """
    for day, (name, case) in enumerate(cases.items(), 1):
        if name not in (sys.argv[1:] or cases):
            continue
        steps = case.steps()
        expected = [text for step in steps for text in step.ran]
        with sandbox.shop() as root:
            for file, text in case.files.items():
                (root / file).parent.mkdir(exist_ok=True)
                (root / file).write_text(text)
                (root / file).chmod(0o755)
            prepare(name, root)
            argv = sandbox.on_app_1(root, case.argv)
            recording = record(argv, steps, cols=80, rows=24, env=sandbox.environment(), answers=True)
            check(root, expected)
        start = f"2026-11-{day:02d}T{hour:02d}:15:00Z"
        session = build(f"prompt-{name}", recording.events, start=start, duration=recording.duration)
        write_session(FOLDER / f"{name}.json.gz", session)
        write_truth(FOLDER / f"{name}.truth.json", {"statements": expected})
