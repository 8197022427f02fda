"""The command line on recordings of other tools: formats by name, timing files, mixed lists."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from replay_tui.sources.recorders.registry import FORMATS
from tests.cli.runs import Runner
from tests.support.fixtures import FIXTURES
from tests.support.recorders import tlog_message

SHELL = FIXTURES / "recorders"


def test_help_formats_names_every_format(run: Runner) -> None:
    text = run("help", "formats").out
    for one in FORMATS:
        assert one.title in text


@pytest.mark.parametrize(
    ("name", "label"), [("typescript", "util-linux script, advanced timing"), ("tlog", "tlog 2.3")]
)
def test_show_names_format_and_version(run: Runner, name: str, label: str) -> None:
    path = str(SHELL / f"shell.{name}")
    assert label in run("show", path).out
    assert json.loads(run("show", path, "--json").out)["recorder"]["format"] == label


def test_timing_option_names_the_timing_file(run: Runner, tmp_path: Path) -> None:
    shutil.copy(SHELL / "shell.typescript", tmp_path / "a")
    shutil.copy(SHELL / "shell.timing", tmp_path / "b")
    alone = run("show", str(tmp_path / "a"))
    assert "one moment" in alone.out
    timed = run("show", str(tmp_path / "a"), "--timing", str(tmp_path / "b"), "--json")
    assert json.loads(timed.out)["replay"]["duration"] > 3


@pytest.mark.parametrize("name", ["none", "shell.ttyrec"])
def test_timing_option_with_other_file_is_unreadable(run: Runner, name: str) -> None:
    ran = run("show", str(SHELL / "shell.typescript"), "--timing", str(SHELL / name))
    assert ran.code == 3
    assert "timing file" in ran.err


@pytest.mark.slow
def test_scan_of_mixed_formats_reads_all_recordings(run: Runner, tmp_path: Path) -> None:
    """A timing file is part of its typescript, no session."""
    for name in ("cast", "typescript", "timing", "termrec", "ttyrec", "tlog"):
        shutil.copy(SHELL / f"shell.{name}", tmp_path)
    rows = [json.loads(line) for line in run("scan", str(tmp_path), "--json").out.splitlines()]
    found = {Path(row["source"]).suffix: {one["rule"] for one in row["findings"]} for row in rows}
    assert found.keys() == {".cast", ".typescript", ".termrec", ".ttyrec", ".tlog"}
    assert all("shell-remove" in rules for rules in found.values())


HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e"


@pytest.mark.parametrize("command", ["show", "statements", "transcript"])
def test_hostile_fields_reach_no_terminal(run: Runner, tmp_path: Path, command: str) -> None:
    message = tlog_message([(0.1, "o", b"$ id\r\n")])
    message |= dict.fromkeys(("host", "rec", "user", "term"), HOSTILE)
    (tmp_path / "tlog").write_text(json.dumps(message) + "\n")
    (tmp_path / "ts").write_bytes(f'Script started on x [COMMAND="{HOSTILE}"]\n$ id\r\n'.encode())
    (tmp_path / "ts.timing").write_text(f"H 0.0 COMMAND {HOSTILE}\nH 0.0 {HOSTILE} x\nS 0.1 {HOSTILE}\nO 0.1 6\n")
    for name in ("tlog", "ts"):
        ran = run(command, str(tmp_path / name))
        assert ran.code == 0
        assert not set("\x1b\x07\x9b\u202e") & set(ran.out + ran.err)
