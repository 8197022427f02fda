"""Every output of an incomplete session says what is missing, and none says "no findings" or "no matches" alone."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from replay_tui.cli.group import NAMES
from replay_tui.export.exporter import FORMATS
from replay_tui.export.report.formats import REPORT_FORMATS
from tests.cli.runs import VIM, Ran, Runner
from tests.support.effort import sampled
from tests.support.incomplete import INCOMPLETE, SLOW_RULE, Incomplete

WITHOUT_SESSION = {
    "rules": "rules, and a file of examples that the user wrote",
    "play": "the interface; tests/ui/test_completeness.py",
    "demo": "the interface with shipped sessions",
    "archive": "the library; tests/cli/test_archive.py",
    "find": "many sessions; tests/cli/test_find.py",
    "stats": "counts of many sessions; tests/cli/test_stats.py",
    "list": "shows no content of a session",
    "fetch": "saves an answer unread; tests/cli/test_gateway_fetch.py",
    "review": "shows no content of a session",
    "login": "no session",
    "whoami": "no session",
    "serve": "the interface",
    "config": "no session",
    "completion": "no session",
    "help": "no session",
}
"""Commands that print nothing about the content of a session, and why."""
STDOUT: dict[str, list[list[str]]] = {
    "show": [[], ["--json"]],
    "screen": [[], ["--format", "ansi"], ["--format", "svg"], ["--format", "json"]],
    "statements": [[], ["--json"]],
    "search": [["nowhere"], ["nowhere", "--json"]],
    "transcript": [[], ["--json"], ["--times"]],
    "scan": [[], ["--json"]],
}
"""Commands that print, with options for each form of their output."""
FILES: dict[str, list[list[str]]] = {
    "export": [["--to", name, "-o", f"made{one.extension}"] for name, one in FORMATS.items()],
    "report": [["-o", f"made{one.extension}"] for one in REPORT_FORMATS.values()],
}
"""Commands that write a file; their output is the file."""
OUTPUTS = [(command, options) for one in (STDOUT, FILES) for command, forms in one.items() for options in forms]
WITH_FINDINGS = ("show", "scan", "report", "export")
"""Outputs that rest on rules; exports mask the secrets that rules find. Others are complete if a rule did not run."""
CLEAN = re.compile(r"no findings\b(?! in what could be)|no rule of this program|no matches(?! in what)|"
                   r"nothing is missing|nothing flagged", re.IGNORECASE)  # fmt: skip
"""Words that a reader takes for "there is nothing"."""


def test_outputs_name_every_command() -> None:
    """A new command must be added to the outputs, or to those without content of a session."""
    assert STDOUT.keys() | FILES.keys() | WITHOUT_SESSION.keys() == NAMES.keys()


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Incomplete], str]:
    """Return a function that saves a session in the working folder, in which the output files are written."""
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text(SLOW_RULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("replay_tui.domain.safe_regex.SEARCH_TIMEOUT_SECONDS", 0.05)

    def save(one: Incomplete) -> str:
        (tmp_path / "session.json").write_bytes(one.content)
        return "session.json"

    return save


def outcome(run: Runner, command: str, options: list[str], path: str) -> tuple[Ran, str]:
    """Run a command on a session. Return its exit code and messages, and its output as one line of text."""
    words = [path, *options] if command != "search" else [path, options[0], *options[1:]]
    ran = run(command, *words)
    text = ran.out if command in STDOUT else Path(options[-1]).read_text()
    return ran, " ".join(html.unescape(text).replace("\\u2026", "\u2026").split())


def is_daily(case: tuple[str, tuple[str, list[str]]]) -> bool:
    """Return True for a fifth of the product: each output with several kinds, and each kind with several outputs."""
    kind, output = case
    return (list(INCOMPLETE).index(kind) + OUTPUTS.index(output)) % 5 == 0


@sampled(
    ("kind", "output"),
    list(product(INCOMPLETE, OUTPUTS)),
    daily=is_daily,
    ids=lambda value: value if isinstance(value, str) else " ".join([value[0], *value[1]]),
)
def test_output_of_incomplete_session_says_so(
    run: Runner, saved: Callable[[Incomplete], str], kind: str, output: tuple[str, list[str]]
) -> None:
    one, (command, options) = INCOMPLETE[kind], output
    ran, text = outcome(run, command, options, saved(one))
    if one.is_rule and not f"{command} {' '.join(options)}".startswith(WITH_FINDINGS):
        assert one.words not in ran.err
        return
    assert one.words in " ".join(ran.err.split()) or command == "scan"
    has_room = not (command in ("screen", "statements", "search", "transcript") or "json" in options)
    assert one.words in text or not has_room
    assert not CLEAN.search(ran.err)
    assert not CLEAN.search(text)
    if command == "scan":
        assert (ran.code, one.words in text) == (3, True)
    elif command != "show" and kind in ("no event", "no list", "two streams"):
        assert ran.code == 3
    else:
        assert ran.code == (1 if command == "search" else 0)


@pytest.mark.parametrize("kind", [kind for kind, one in INCOMPLETE.items() if not one.is_rule])
def test_json_export_of_incomplete_session_opens_as_such(
    run: Runner, saved: Callable[[Incomplete], str], kind: str
) -> None:
    outcome(run, "export", ["--to", "json", "-o", "made.json"], saved(INCOMPLETE[kind]))
    again = run("show", "made.json")
    assert INCOMPLETE[kind].words in " ".join(again.out.split()) or kind == "decoder failed"
    assert run("scan", "made.json").code == 3


def test_outputs_of_complete_session_have_no_warning(run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The words that the test above requires are not said of every session."""
    monkeypatch.chdir(tmp_path)
    for command, options in OUTPUTS:
        ran, text = outcome(run, command, options, VIM)
        assert not re.search("incomplete|not analysed|not read|in part", ran.err + text, re.IGNORECASE), command
    assert run("scan", VIM).code == 0


def test_scan_json_says_how_much_was_read(run: Runner, saved: Callable[[Incomplete], str]) -> None:
    for kind, one in INCOMPLETE.items():
        row = json.loads(run("scan", saved(one), "--json").out)
        assert row["searched"] == ("partly" if one.is_read else "not"), kind
        assert (row["counts"]["high"] is None) == (not one.is_read), kind
        assert one.words in " ".join(note["message"] for note in row["fidelity"]), kind
