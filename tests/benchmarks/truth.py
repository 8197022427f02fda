"""Recall and false alarms of the findings on the lists in `fixtures/findings`: `python truth.py [--misses] [FILE…]`.

Recall: bad statements with a finding of any severity. False alarms: other statements with one of medium or high.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from replay_tui.domain.risk import Severity  # noqa: E402
from tests.support.finding_cases import case_files, findings_of, read_cases  # noqa: E402


def main(arguments: list[str]) -> None:
    """Print a line for each list, and with `--misses` each wrong case."""
    show_misses = "--misses" in arguments
    chosen = [Path(name) for name in arguments if not name.startswith("--")] or case_files()
    for path in chosen:
        cases = read_cases(path)
        with tempfile.TemporaryDirectory() as folder:
            found = findings_of(path.name.split(".")[0], cases, Path(folder))
        missed = [case for case, hits in zip(cases, found, strict=True) if case.bad and not hits]
        alarms = [
            (case, [one.rule for one in hits if one.severity is not Severity.LOW and not one.informational])
            for case, hits in zip(cases, found, strict=True)
            if not case.bad
        ]
        false = [(case, rules) for case, rules in alarms if rules]
        bad = sum(case.bad for case in cases)
        print(
            f"{path.name:17} recall {1 - len(missed) / max(1, bad):6.1%} ({bad - len(missed)}/{bad})   "
            f"false alarms {len(false) / max(1, len(alarms)):6.1%} ({len(false)}/{len(alarms)})"
        )
        if show_misses:
            for case in missed:
                print(f"  missed: {case.text}")
            for case, rules in false:
                print(f"  false alarm ({', '.join(rules)}): {case.text}")


if __name__ == "__main__":
    main(sys.argv[1:])
