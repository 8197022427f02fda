"""Secrets in command lines, statements and output: findings, and masks in reports and exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replay_tui.cli.main import main
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import find_findings
from replay_tui.recording import Recording
from replay_tui.sources import read_all
from tests.support.finding_cases import Case, findings_of

COMMANDS = [
    "export AWS_SECRET_ACCESS_KEY=Hidden-0011",
    'curl -H "Authorization: Bearer Hidden-0012" https://api.example.com/',
    "mysql -uroot -pHidden-0013 shop",
    "psql postgres://u:Hidden-0014@db.example.com/shop",
    "echo ana:Hidden-0015 | sudo chpasswd",
]


@pytest.fixture
def session_file(tmp_path: Path) -> Path:
    findings_of("secrets", [Case(text, bad=True) for text in COMMANDS], tmp_path)
    return tmp_path / "secrets.json"


@pytest.mark.parametrize("form", ["txt", "json", "html", "asciicast"])
def test_export_masks_secrets_of_commands(form: str, session_file: Path, tmp_path: Path) -> None:
    masked, clear = tmp_path / "masked", tmp_path / "clear"
    assert main(["export", str(session_file), "--to", form, "-o", str(masked)]) == 0
    assert main(["export", str(session_file), "--to", form, "--reveal", "-o", str(clear)]) == 0
    assert "Hidden-00" not in masked.read_text()
    if form == "txt":
        assert clear.read_text().count("Hidden-00") == len(COMMANDS)


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_report_masks_secrets_of_commands(suffix: str, session_file: Path, tmp_path: Path) -> None:
    report = tmp_path / f"report{suffix}"
    assert main(["report", str(session_file), "-o", str(report)]) == 0
    assert "Hidden-00" not in report.read_text()
    assert "shell-secret" in report.read_text() or "Contains a password" in report.read_text()


def test_statements_show_secrets_typed_visibly(session_file: Path) -> None:
    recording = Recording(read_all(str(session_file)))
    assert [row.text for row in recording.statements] == COMMANDS


@pytest.mark.parametrize(
    "text",
    ["ALTER USER app WITH PASSWORD 'Hidden-1'", "CREATE USER x IDENTIFIED BY 'Hidden-1'", "SET PASSWORD = 'Hidden-1'"],
)
def test_password_in_a_statement_is_found(text: str) -> None:
    found = find_findings(Session.parse({"connection_subtype": "mysql"}), [Statement(0.0, "admin", text)])
    assert "sql-secret" in {one.rule for one in found.findings}
    assert found.secrets == {"Hidden-1"}


def test_displayed_private_key_is_found(tmp_path: Path) -> None:
    lines = ["-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXk", "-----END OPENSSH PRIVATE KEY-----"]
    file = tmp_path / "key.cast"
    events = [[1.0, "o", "$ cat key\r\n"], [2.5, "o", "\r\n".join(lines)]]
    file.write_text("\n".join(json.dumps(row) for row in [{"version": 2, "width": 80, "height": 24}, *events]))
    found = [one for one in Recording(read_all(str(file))).findings if one.rule == "displayed-key"]
    assert [one.time for one in found] == [2.5]
