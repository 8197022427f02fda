"""`tokenize`: many files at once, ranked; what is broken is counted; processes that die and Ctrl-C."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from replay_tui.archive.scan_pool import scan_files
from replay_tui.archive.scan_result import ScanResult, rank
from replay_tui.domain.finding import Finding
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from tests.cli.gateway_runs import OWNER, Asking
from tests.cli.runs import FIXTURES, ROOT, VIM, Runner

pytestmark = pytest.mark.slow

SESSIONS = FIXTURES / "sessions"
GUARDRAIL = str(SESSIONS / "exec-guardrail-blocked.json")
QUIET = str(FIXTURES / "programs" / "vim.json.gz")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sessions, a folder of sessions, things that are none, and a hidden file."""
    made = tmp_path / "saved"
    (made / "more").mkdir(parents=True)
    for place, path in (("", VIM), ("more", GUARDRAIL), ("", QUIET)):
        shutil.copy(path, made / place)
    (made / "notes.txt").write_text("no session")
    (made / "evil\x1b[2J.json").write_text("{")
    (made / ".hidden.json").write_text("{")
    return made


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_folder_is_ranked(run: Runner, folder: Path, jobs: str):
    ran = run("scan", str(folder), "--jobs", jobs)
    assert ran.code == 0
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [Path(row[6]).name for row in rows] == ["shell-vim.json", "exec-guardrail-blocked.json"]
    assert rows[0][:4] == ["1", "1", "2", "high"]
    assert rows[0][5:] == ["shell-remove", str(folder / "shell-vim.json"), "rm -rf /tmp/cache-*"]
    assert "2 of 3 sessions have findings." in ran.err
    assert "notes.txt" in ran.err
    assert "hidden" not in ran.err
    assert "\x1b" not in ran.err


def test_json_lines(run: Runner, folder: Path):
    ran = run("scan", str(folder), VIM, "--json", "--jobs", "1")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert len(rows) == 3
    assert set(rows[0]) == {
        "source", "session", "user", "connection", "start_date", "counts", "worst", "findings", "fidelity",
    }  # fmt: skip
    assert rows[0]["counts"] == {"high": 1, "medium": 1, "low": 2}
    assert rows[0]["worst"] in rows[0]["findings"]
    shown = json.loads(run("show", VIM, "--json").out)["replay"]
    row = next(row for row in rows if row["source"] == VIM)
    assert (row["findings"], row["fidelity"]) == (shown["findings"], shown["fidelity"])


def test_exit_codes(run: Runner, tmp_path: Path):
    assert run("scan", QUIET).code == 1
    (tmp_path / "broken").write_text("{")
    ran = run("scan", str(tmp_path / "broken"))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("\n") == 1
    assert run("scan", str(tmp_path / "none.json")).code == 3
    assert run("scan").code == 2
    assert run("scan", VIM, "--flagged").code == 2
    (tmp_path / "empty").mkdir()
    assert run("scan", str(tmp_path / "empty")).code == 3
    assert run("scan", VIM, str(tmp_path / "broken")).code == 0


def test_own_rules_are_used(run: Runner, tmp_path: Path):
    settings = tmp_path / "replay-tui"
    settings.mkdir()
    (settings / "config.toml").write_text('[[rules]]\nname = "listing"\npattern = "ls -la"\nseverity = "high"\n')
    for jobs in ("1", "2"):
        ran = run("scan", VIM, QUIET, "--json", "--jobs", jobs)
        assert "listing" in {one["rule"] for one in json.loads(ran.out.splitlines()[0])["findings"]}


def row(source: str, *severities: Severity) -> ScanResult:
    findings = [Finding(float(at), "rule", severity, "Words.") for at, severity in enumerate(severities)]
    return ScanResult.from_findings(source, Session.parse({}), findings)


def test_rank():
    high, medium, low = Severity.HIGH, Severity.MEDIUM, Severity.LOW
    rows = [row("d", low), row("c", medium, medium), row("none"), row("b", low, high), row("a", high, medium)]
    assert [one.source for one in rank(rows)] == ["a", "b", "c", "d"]
    assert rank(rows)[1].worst == Finding(1.0, "rule", high, "Words.")


def test_a_process_that_dies_costs_no_file(tmp_path: Path):
    paths = []
    for number in range(12):
        paths.append(str(tmp_path / f"{number}.json"))
        shutil.copy(VIM, paths[-1])
    outcomes = scan_files(paths, (), 2)
    found = [next(outcomes)]
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    found += outcomes
    assert sorted(path for path, _ in found) == sorted(paths)
    assert all(isinstance(outcome, ScanResult) for _, outcome in found)
    assert not multiprocessing.active_children()


def test_ctrl_c_ends_at_once(tmp_path: Path):
    for number in range(400):
        (tmp_path / f"{number}.json").symlink_to(VIM)
    fifo = tmp_path / "000.json"
    os.mkfifo(fifo)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "replay_tui", "scan", str(fifo), str(tmp_path), "--jobs", "2"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        writer = os.open(fifo, os.O_WRONLY)  # waits until a process of the scan has opened it
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
        os.close(writer)
    assert (process.returncode, out, err.strip()) == (130, b"", b"")


def test_flagged_sessions_of_the_gateway(ask: Asking):
    listed = json.loads(ask("list", "--flagged", "--json").out)
    ran = ask("scan", "--flagged", "--json")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert rows
    assert {one["session"] for one in rows} <= {one["id"] for one in listed}
    assert ask("scan", "--flagged", "--limit", "1", "--json").out.count("\n") <= 1
    assert ask("scan", "--flagged", who=None).code == 4
    assert ask("scan", "--flagged", who=OWNER).code in (0, 1)
