"""Runs of the program: in this process if possible, else in a separate one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from replay_tui.cli.main import main

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
VIM = str(FIXTURES / "sessions" / "shell-vim.json")


@dataclass(frozen=True)
class Ran:
    """Exit code, stdout and stderr of a run."""

    code: int
    out: str
    err: str


class Runner:
    """Runs the program in this process and captures its output."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Ran:
        self._capsys.readouterr()
        code = main(words)
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)


def process(*words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a separate process, without a terminal."""
    options.setdefault("stdin", subprocess.DEVNULL)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "replay_tui", *words],
        env=environment,
        timeout=120,
        capture_output=True,
        check=False,
        **options,
    )


def python(code: str) -> str:
    """Return the output of Python code in a new interpreter."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, timeout=120, capture_output=True, text=True, check=True
    ).stdout
