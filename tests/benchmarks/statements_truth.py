"""Recall and precision of the commands read from recorded sessions, against the truth beside each recording.

    python tests/benchmarks/statements_truth.py [FOLDER ...] [--diff]

A folder holds `NAME.json` or `NAME.json.gz`, with `NAME.truth.json` or `NAME.commands.json`. Texts are compared as a
sequence, after blanks at line ends and a closing semicolon are cut. Without a folder the project's fixtures are read.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import replay_tui  # noqa: E402

FIXTURES = ROOT / "fixtures"
FOLDERS = [FIXTURES / name for name in ("shells", "hidden-input", "statements")]


def normalize(text: str) -> str:
    """Return a text without blanks at line ends and without closing semicolon."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip().removesuffix(";").rstrip()


def expected_texts(truth: Any) -> list[list[str]]:
    """Return the accepted spellings of each expected command."""
    if isinstance(truth, dict):
        entries = truth.get("statements", truth.get("commands", []))
    else:
        entries = [row["text"] for row in truth if not row["deleted"]]
    return [[normalize(text) for text in (entry if isinstance(entry, list) else [entry])] for entry in entries]


def cases(folders: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield the recording and the truth of each case."""
    for folder in folders:
        for truth in sorted([*folder.glob("*.truth.json"), *folder.glob("*.commands.json")]):
            name = truth.name.removesuffix(".truth.json").removesuffix(".commands.json")
            for recording in (folder / f"{name}.json", folder / f"{name}.json.gz"):
                if recording.exists():
                    yield recording, truth


def compare(expected: list[list[str]], found: list[str]) -> tuple[int, list[str]]:
    """Return the number of expected texts that were found in order, and the lines of a diff."""
    chosen = [next((text for text in entry if text in found), entry[0]) for entry in expected]
    matcher = difflib.SequenceMatcher(None, chosen, found, autojunk=False)
    matched, lines = 0, []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            matched += i2 - i1
            continue
        lines += [f"    - {text!r}" for text in chosen[i1:i2]] + [f"    + {text!r}" for text in found[j1:j2]]
    return matched, lines


def statement_texts(recording: replay_tui.Recording) -> list[str]:
    """Return the texts of the statements that were run."""
    return [normalize(row.text) for row in recording.statements if not row.deleted and row.kind != "input"]


def main() -> int:
    """Print a line per case and the totals. Return 1 if recall or precision is below 97 percent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--diff", action="store_true", help="print the texts that differ")
    options = parser.parse_args()
    total_expected = total_found = total_matched = leaks = 0
    for path, truth_path in cases(options.folders or FOLDERS):
        truth = json.loads(truth_path.read_text())
        recording = replay_tui.load(path)
        expected, found = expected_texts(truth), statement_texts(recording)
        matched, lines = compare(expected, found)
        hidden = truth.get("hidden", []) if isinstance(truth, dict) else []
        shown = [text for text in hidden if any(text in row.text for row in recording.statements)]
        leaks += len(shown)
        leak = f"  shows hidden: {len(shown)}" if shown else ""
        print(f"{path.name.split('.')[0]:32} {matched:4} of {len(expected):4} expected, {len(found):4} found{leak}")
        if options.diff and lines:
            print("\n".join(lines))
        total_expected, total_found = total_expected + len(expected), total_found + len(found)
        total_matched += matched
    recall, precision = total_matched / (total_expected or 1), total_matched / (total_found or 1)
    print(f"recall {recall:.1%} ({total_matched} of {total_expected}), precision {precision:.1%} ({total_found} found)")
    return 0 if min(recall, precision) >= 0.97 and not leaks else 1


if __name__ == "__main__":
    sys.exit(main())
