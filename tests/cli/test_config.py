"""`config validate|keys`, `help` and `completion`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from replay_tui.cli.group import NAMES
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.command_table import COMMANDS
from tests.cli.runs import FIXTURES, ROOT, VIM, Runner


@pytest.fixture
def settings(tmp_path: Path, run: Runner) -> Path:
    """The path of the settings file."""
    path = tmp_path / "replay-tui" / "config.toml"
    path.parent.mkdir()
    return path


def test_validate_reports_errors(run: Runner, settings: Path):
    ran = run("config", "validate")
    assert (ran.code, ran.err) == (0, "")
    assert "the defaults apply" in ran.out
    settings.write_text('theme = "nord"\n[keys]\nsearch = ["ctrl+g", "/"]\n')
    ran = run("config", "validate")
    assert (ran.code, ran.err) == (0, "")
    assert str(settings) in ran.out


def test_validate_reports_all_errors_together(run: Runner, settings: Path):
    settings.write_text(
        'theme = "norf"\nspeeed = 2\nidle = "never"\n[keys]\nserch = ["x"]\nsearch = ["f"]\n'
        'play = ["ctrl+c", "nokey"]\n'
        '[[rules]]\nname = "a"\npattern = "("\n[[rules]]\nname = "b"\n'
    )
    ran = run("config", "validate")
    assert (ran.code, ran.out) == (2, "")
    for words in (
        "'nord'",
        "'speed'",
        "'idle'",
        "'search'",
        "'full' has no key",
        "'interrupt'",
        "nokey",
        "rule 'a'",
        "'b'",
    ):
        assert words in ran.err, words


def test_config_keys_prints_valid_toml(run: Runner, settings: Path):
    settings.write_text('[keys]\nfull = ["f11", "F"]\n')
    out = run("config", "keys").out
    assert tomllib.loads(out) == {"keys": {"full": ["f11", "F"]}}
    whole = tomllib.loads(out.replace("\n# ", "\n"))["keys"]
    assert list(whole) == [one.id for one in COMMANDS]
    settings.write_text("\n".join(line for line in out.replace("\n# ", "\n").splitlines() if "interrupt" not in line
                                  and not line.startswith("close")))  # fmt: skip
    assert run("config", "validate").code == 0


def test_help_keys_lists_current_keys(run: Runner, settings: Path):
    settings.write_text('[keys]\nsearch = ["ctrl+g"]\n')
    out = run("help", "keys").out
    assert "ctrl+g" in out
    assert all(one.help.split()[0] in out for one in COMMANDS)
    assert "\x1b" not in out
    rows = json.loads(run("help", "keys", "--json").out)
    assert [row["id"] for row in rows] == [one.id for one in COMMANDS]
    assert next(row for row in rows if row["id"] == "search")["keys"] == ["ctrl+g"]


def test_help_prints_command_help(run: Runner):
    assert "Usage: replay-tui show" in run("help", "show").out
    assert run("help").out == run("--help").out
    ran = run("help", "shwo")
    assert ran.code == 2
    assert "'show'" in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_scripts(run: Runner, shell: str):
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_REPLAY_TUI_COMPLETE={shell}_complete" in ran.out


@pytest.fixture
def completed(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that asks the program as bash does, and returns the lines of the answer."""
    monkeypatch.chdir(FIXTURES)

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("_REPLAY_TUI_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["replay-tui", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        ran = run()
        assert (ran.code, ran.err) == (0, "")
        return ran.out.splitlines()

    return ask


def test_completion_offers_commands_and_options(completed: Callable[..., list[str]]):
    assert completed("expo") == ["file,expo", "plain,export"]
    assert [one.partition(",")[2] for one in completed("")][1:] == list(NAMES)
    assert completed("show", "sess") == ["file,sess"]
    assert completed("export", "x.json", "--to", "asciicast-") == ["plain,asciicast-v2"]
    assert completed("saved.json", "--spe") == ["plain,--speed"]


def test_completion_offers_listed_sessions(completed: Callable[..., list[str]], tmp_path: Path):
    rows = [Session.parse({"id": name, "connection": "app-1"}) for name in ("5b00-newest", "5a00", "6c00")]
    StateStore(tmp_path / "state" / "replay-tui").save_recent_session_ids(rows)
    assert completed("show", "5") == ["file,5", "plain,5b00-newest", "plain,5a00"]
    assert completed("5a") == ["file,5a", "plain,5a00"]


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completion_offers_files_and_commands(run: Runner, tmp_path: Path):
    (tmp_path / "it's a session.json").touch()
    (tmp_path / "completion").write_text(run("completion", "bash").out)
    program = tmp_path / "replay-tui"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m replay_tui "$@"\n')
    program.chmod(0o755)
    script = """
    compopt() { :; }
    source ./completion
    COMP_WORDS=("$0" i) COMP_CWORD=1; _replay_tui_completion "$0"; printf '%s\\n' "${COMPREPLY[@]}"
    COMP_WORDS=("$0" s) COMP_CWORD=1; _replay_tui_completion "$0"; printf '%s\\n' "${COMPREPLY[@]}"
    """
    ran = subprocess.run(
        ["bash", "--norc", "-c", script, "./replay-tui"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert ran.stdout.splitlines() == ["it's a session.json", *(name for name in NAMES if name.startswith("s"))]


@pytest.fixture
def plain_words() -> Iterator[None]:
    """Reset the severity labels after the test."""
    yield
    Severity.set_labels({})


@pytest.mark.slow
def test_severity_labels_are_configurable(run: Runner, settings: Path, plain_words: None):
    settings.write_text(
        '[severities]\nhigh = ["critical", "p1"]\nmedium = "serious"\n'
        '[[rules]]\nname = "listing"\npattern = "ls -la"\nseverity = "P1"\n'
    )
    assert run("config", "validate").code == 0
    assert tomllib.loads(run("config", "show").out)["severities"] == {"high": ["critical", "p1"], "medium": ["serious"]}
    out = run("show", VIM).out
    assert "~ SERIOUS" in out
    assert "MEDIUM" not in out
    assert run("report", VIM, "-o", str(settings.with_name("record.md"))).code == 0
    assert "| **! CRITICAL (" in settings.with_name("record.md").read_text()
    shown = json.loads(run("show", VIM, "--json").out)["replay"]["findings"]
    assert {one["severity"] for one in shown} == {"high", "low", "info"}  # the JSON keeps the standard names
    assert next(one for one in shown if one["rule"] == "listing")["severity"] == "high"
    for jobs in ("1", "2"):
        rows = [
            json.loads(line)
            for line in run(
                "scan", VIM, str(FIXTURES / "sessions" / "pg-psql.json"), "--json", "--jobs", jobs
            ).out.splitlines()
        ]
        assert rows[0]["counts"]["high"] == 2


@pytest.mark.parametrize(
    "wrong",
    ['high = "low"', 'high = ["x"]\nlow = ["X"]', 'worst = "x"', 'high = ""', 'high = "\\u001b[2J"', "high = 3"],
)
def test_severity_labels_invalid_are_rejected(run: Runner, settings: Path, wrong: str):
    settings.write_text(f"[severities]\n{wrong}\n")
    ran = run("config", "validate")
    assert ran.code == 2
    assert "'severities' in" in ran.err


def test_readme_settings_are_valid(run: Runner, settings: Path, plain_words: None):
    settings.write_text((ROOT / "README.md").read_text().partition("```toml\n")[2].partition("```")[0])
    ran = run("config", "validate")
    assert (ran.code, ran.err) == (0, "")
