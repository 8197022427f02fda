"""`scan`: many files, ranked; files that are not sessions; exit codes; Ctrl-C."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from replay_tui.domain.known_secrets import set_credential_headers
from tests.cli.gateway_runs import OWNER, Asking
from tests.cli.runs import FIXTURES, ROOT, VIM, Runner
from tests.support.effort import sampled
from tests.support.gateway import Fault

pytestmark = pytest.mark.slow

SESSIONS = FIXTURES / "sessions"
GUARDRAIL = str(SESSIONS / "exec-guardrail-blocked.json")
QUIET = str(FIXTURES / "programs" / "vim.json.gz")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sessions, a folder of sessions, files that are not sessions, and a hidden file."""
    made = tmp_path / "saved"
    (made / "more").mkdir(parents=True)
    for place, path in (("", VIM), ("more", GUARDRAIL), ("", QUIET)):
        shutil.copy(path, made / place)
    (made / "notes.txt").write_text("no session")
    (made / "evil\x1b[2J.json").write_text("{")
    (made / ".hidden.json").write_text("{")
    return made


@sampled("jobs", ["1", "2"], daily=lambda jobs: jobs == "2")
def test_scan_folder_ranks_sessions(run: Runner, folder: Path, jobs: str):
    ran = run("scan", str(folder), "--jobs", jobs)
    assert ran.code == 3
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [Path(row[6]).name for row in rows] == [
        "shell-vim.json", "exec-guardrail-blocked.json", "evil\u241b[2J.json", "notes.txt",
    ]  # fmt: skip
    assert rows[3][:6] == ["-", "-", "-", "-", "", ""]
    assert rows[3][8].startswith("not read: ")
    assert "plain text, not a session" in rows[3][8]
    assert rows[0][:4] == ["1", "0", "2", "high"]
    assert rows[0][5:] == ["shell-remove", str(folder / "shell-vim.json"), "rm -rf /tmp/cache-*"]
    assert "2 of 3 sessions have findings.\n2 sources not analysed.\n" in ran.err
    assert "notes.txt" in ran.err
    assert "hidden" not in ran.err
    assert "\x1b" not in ran.err


def test_scan_json_gives_one_object_per_session(run: Runner, folder: Path):
    ran = run("scan", str(folder), VIM, "--json", "--jobs", "1")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert len(rows) == 5
    assert [row["searched"] for row in rows] == ["fully"] * 3 + ["not"] * 2
    assert rows[4]["counts"] == {"high": None, "medium": None, "low": None}
    assert "not a session" in rows[4]["failure"]
    assert set(rows[0]) == {
        "source", "session", "user", "connection", "start_date", "searched", "failure", "read_bytes", "stored_bytes",
        "counts", "worst", "findings", "fidelity",
    }  # fmt: skip
    assert rows[0]["counts"] == {"high": 1, "medium": 0, "low": 2}
    assert rows[0]["worst"] in rows[0]["findings"]
    shown = json.loads(run("show", VIM, "--json").out)["replay"]
    row = next(row for row in rows if row["source"] == VIM)
    assert (row["findings"], row["fidelity"]) == (shown["findings"], shown["fidelity"])


def test_scan_exit_codes(run: Runner, tmp_path: Path):
    assert run("scan", QUIET).code == 1
    (tmp_path / "broken").write_text("{")
    ran = run("scan", str(tmp_path / "broken"))
    assert (ran.code, ran.out.count("\n"), ran.err.count("\n")) == (3, 1, 2)
    assert run("scan", str(tmp_path / "none.json")).code == 3
    assert run("scan").code == 2
    assert run("scan", VIM, "--flagged").code == 2
    (tmp_path / "empty").mkdir()
    assert run("scan", str(tmp_path / "empty")).code == 3
    assert run("scan", VIM).code == 0
    for other in ("broken", "none.json"):
        ran = run("scan", VIM, str(tmp_path / other), "--jobs", "1")
        assert (ran.code, ran.out.count("\n")) == (3, 2)
    ran = run("scan", VIM, str(FIXTURES / "incomplete" / "cut.json"), "--jobs", "1")
    assert (ran.code, ran.out.splitlines()[1].split("\t")[8].split(":")[0]) == (3, "incomplete")


def test_scan_uses_custom_rules(run: Runner, tmp_path: Path):
    settings = tmp_path / "replay-tui"
    settings.mkdir()
    (settings / "config.toml").write_text('[[rules]]\nname = "listing"\npattern = "ls -la"\nseverity = "high"\n')
    for jobs in ("1", "2"):
        ran = run("scan", VIM, QUIET, "--json", "--jobs", jobs)
        assert "listing" in {one["rule"] for one in json.loads(ran.out.splitlines()[0])["findings"]}


def test_scan_workers_hide_the_users_headers(run: Runner, tmp_path: Path):
    """`credential_headers` of the settings applies in worker processes too."""
    settings = tmp_path / "replay-tui"
    settings.mkdir()
    rule = '[[rules]]\nname = "path"\npattern = "GET /a"\nseverity = "high"\n'
    (settings / "config.toml").write_text(f'credential_headers = ["x-acme-*"]\n{rule}')
    request = b"GET /a?key=hunter2secret HTTP/1.1\r\nX-Acme-Pass: hunter2secret\r\n\r\n"
    session = {"id": "x", "type": "httpproxy", "connection": "h", "verb": "connect"}
    session["event_stream"] = [[0, "i", base64.b64encode(request).decode()]]
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text(json.dumps(session))
    try:
        for jobs in ("1", "2"):
            ran = run("scan", str(tmp_path / "one.json"), str(tmp_path / "two.json"), "--json", "--jobs", jobs)
            assert "GET /a" in ran.out
            assert "hunter2secret" not in ran.out
    finally:
        set_credential_headers(())


def test_scan_ctrl_c_ends_at_once(tmp_path: Path):
    for number in range(40):
        (tmp_path / f"{number}.json").symlink_to(VIM)
    fifo = tmp_path / "000.json"
    os.mkfifo(fifo)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "replay_tui", "scan", str(fifo), str(tmp_path), "--jobs", "2"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        writer = os.open(fifo, os.O_WRONLY)  # blocks until a worker has opened it
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
        os.close(writer)
    assert (process.returncode, out, err.strip()) == (130, b"", b"")


def test_scan_flagged_analyses_gateway_sessions(ask: Asking):
    listed = json.loads(ask("list", "--flagged", "--json").out)
    ran = ask("scan", "--flagged", "--json")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert rows
    assert {one["session"] for one in rows} <= {one["id"] for one in listed}
    assert ask("scan", "--flagged", "--limit", "1", "--json").out.count("\n") <= 1
    assert ask("scan", "--flagged", who=None).code == 4
    assert ask("scan", "--flagged", who=OWNER).code in (0, 1)


def test_scan_flagged_reports_sessions_of_unknown_risk(ask: Asking):
    unread = ask.gateway.store.names["shell-vim"]
    ask.gateway.fault(f"/sessions/{unread}", Fault(status=403, message="not yours"))
    ask.gateway.session("shell-vim")["start_date"] = "2026-12-01T00:00:00Z"  # the newest is read first
    ran = ask("scan", "--flagged", "--limit", "1")
    assert (ran.code, unread in ran.out) == (3, False)
    assert "1 session could not be read, so that the risk is unknown" in ran.err
