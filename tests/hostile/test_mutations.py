"""Sample of the mutated sessions and streams; `tests/benchmarks/soak.py` runs hundreds of thousands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.benchmarks.soak import STREAM
from tests.support.effort import THOROUGH, cases, sampled
from tests.support.ptyread import ROOT

pytestmark = pytest.mark.slow

MIB = 1 << 20

SOAK = ROOT / "tests" / "benchmarks" / "soak.py"


PARTS, SESSIONS, STREAMS = 6, cases(99), cases(1)
"""600 cases in total, in groups that run in parallel; one of them daily."""


@sampled("part", range(PARTS), daily=1)
def test_mutated_sessions_do_not_crash_or_hang(part: int):
    """Runs in processes of their own, so that a native crash or a hang is reported with its seed."""
    amounts = ["--cases", str(SESSIONS), "--mib", str(STREAMS * STREAM / MIB)]
    ran = subprocess.run(
        [sys.executable, str(SOAK), *amounts, "--seed", str(7 + part * SESSIONS), "--jobs", "1"],
        capture_output=True, text=True, check=False, timeout=1800 if THOROUGH else 300, cwd=ROOT,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert f"{SESSIONS} sessions" in ran.stdout
