"""A sample of the mutated sessions and streams that `tests/benchmarks/soak.py` runs by the hundred thousand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.ptyread import ROOT

SOAK = ROOT / "tests" / "benchmarks" / "soak.py"


@pytest.mark.parametrize(("what", "amount"), [("--cases", "400"), ("--mib", "0.5")])
def test_nothing_crashes_hangs_or_ends_in_a_traceback(what: str, amount: str):
    """In processes of their own: a native crash and a hang are told with their seed."""
    other = {"--cases": "--mib", "--mib": "--cases"}[what]
    ran = subprocess.run(
        [sys.executable, str(SOAK), what, amount, other, "0", "--seed", "7", "--jobs", "1"],
        capture_output=True, text=True, check=False, timeout=300, cwd=ROOT,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
