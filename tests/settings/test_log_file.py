"""Log file: permissions, rotation, several writers, and texts that must never be logged."""

from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay_tui.gateway.credentials import CredentialSources, resolve_credentials
from replay_tui.gateway.hoop_settings import from_environment
from replay_tui.settings.log_file import MAX_BYTES, format_traceback, log_hint, log_path, logging_to_file

logger = logging.getLogger("replay_tui.tests")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Enable logging to a file that does not exist yet, and return its path."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with logging_to_file():
        yield log_path()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_log_file_first_record_creates_private_file(log: Path) -> None:
    assert not log.exists()
    before = os.umask(0)
    try:
        logger.warning("The first record")
    finally:
        os.umask(before)
    assert (mode(log), mode(log.parent)) == (0o600, 0o700)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d [\d:,]+ WARNING \d+ replay_tui\.tests: The first record\n", log.read_text())
    assert log_hint() == "Details: ~/state/replay-tui/log.txt"


def test_log_file_readable_by_others_becomes_private(log: Path) -> None:
    log.parent.mkdir(parents=True)
    log.touch()
    log.chmod(0o644)
    logger.warning("A record")
    assert mode(log) == 0o600


def test_log_file_at_limit_is_rotated(log: Path) -> None:
    log.parent.mkdir(parents=True)
    log.write_bytes(b"x" * MAX_BYTES)
    logger.warning("After the limit")
    older = log.with_name("log.1.txt")
    assert older.stat().st_size == MAX_BYTES
    assert log.read_text().count("\n") == 1
    assert (mode(log), mode(older)) == (0o600, 0o600)
    log.write_bytes(b"y" * MAX_BYTES)
    logger.warning("Again")
    assert older.read_bytes()[:1] == b"y"
    assert sorted(path.name for path in log.parent.iterdir()) == ["log.1.txt", "log.txt"]


WRITER = """
import logging, sys
from replay_tui.settings.log_file import start_logging
start_logging()
for number in range(1000):
    logging.getLogger("replay_tui.tests").warning("%s-%d. %s", sys.argv[1], number, "x" * 400)
"""


@pytest.mark.slow
def test_log_file_several_processes_lose_no_record(log: Path) -> None:
    """The file is rotated while three processes write 1.4 MiB to it; one more rotation would drop records."""
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name], cwd=root, stderr=subprocess.PIPE) for name in "abc"
    ]
    assert [writer.communicate()[1] for writer in writers] == [b""] * 3
    older = log.with_name("log.1.txt").read_text()
    lines = (older + log.read_text()).splitlines()
    assert sorted(re.findall(r"tests: (\w-\d+)\. x{400}$", "\n".join(lines), re.M)) == sorted(
        f"{name}-{number}" for name in "abc" for number in range(1000)
    )
    assert len(lines) == 3000
    assert len(older) >= MAX_BYTES  # how much more depends on how long the process that rotates was not scheduled


def test_log_file_unwritable_folder_is_no_failure(log: Path) -> None:
    log.parent.parent.mkdir()
    log.parent.write_text("a file where the folder should be")
    logger.error("A record")
    assert log_hint() == "~/state/replay-tui/log.txt could not be written."
    log.parent.unlink()
    logger.error("A record")
    assert log_hint().startswith("Details: ")


def test_log_file_symbolic_link_is_not_followed(log: Path, tmp_path: Path) -> None:
    log.parent.mkdir(parents=True)
    target = tmp_path / "target"
    target.write_text("untouched")
    log.symlink_to(target)
    logger.error("A record")
    assert target.read_text() == "untouched"
    assert "could not be written" in log_hint()


def test_log_record_is_one_line_without_controls(log: Path) -> None:
    logger.warning("File %s", "a\x1b]0;title\x07\n2026-01-01 ERROR forged\u202e")
    assert log.read_text().count("\n") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", log.read_text())


def test_log_outside_block_is_not_written(log: Path) -> None:
    with logging_to_file():
        pass
    logger.error("A record")
    assert not log.exists()
    assert log_hint() == "Nothing was logged."


def test_log_exception_that_ends_thread_is_written(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=lambda: 1 // 0, name="background")
    thread.start()
    thread.join()
    assert "Thread 'background' failed\n  Traceback" in log.read_text()
    assert capsys.readouterr() == ("", "")


CREDENTIALS = [
    "Authorization: Bearer Xq7marker",
    "headers={'authorization': 'Bearer Xq7marker'}",
    "[(b'Authorization', b'Bearer Xq7marker')]",
    "Proxy-Authorization: Basic Xq7marker==",
    "Api-Key: Xq7marker, and Xq7marker",
    "Cookie: a=b; session=Xq7marker",
    "Set-Cookie: session=Xq7marker; Secure",
    "X-New-Access-Token: Xq7marker",
    "hpk_Xq7marker",
    "the key xapi-0123-Xq7marker is wrong",
    "eyJhbGciOiJIUzI1NiJ9.Xq7marker.Xq7marker",
    "01234567-89ab-cdef-0123-456789abcdef|Xq7marker",
    "https://ana:Xq7marker@gateway.example/path",
    "s3://Xq7marker:p@ss@bucket/key",
    "GET https://gateway.example/sessions/1/download?token=Xq7marker&newline=1",
    "https://store.example/a?X-Amz-Signature=Xq7marker&X-Amz-Credential=Xq7marker",
    '{"access_token": "Xq7marker", "password": "Xq7marker \\" Xq7marker"}',
]


@pytest.mark.parametrize("text", CREDENTIALS)
def test_log_credential_by_form_is_masked(log: Path, text: str) -> None:
    logger.error(text)
    logger.error("In arguments: %s, %r", text, text.encode())
    try:
        raise RuntimeError(text)
    except RuntimeError:
        logger.exception("In a traceback")
    written = log.read_text()
    assert written.count("********") >= 3
    assert "Xq7marker" not in written


def test_log_resolved_token_is_masked(log: Path) -> None:
    """The token has no recognisable form; it is also masked if a message is truncated in the middle of it."""
    token = "plain/Xq7marker" * 3
    resolve_credentials(
        CredentialSources(from_environment({"HOOP_APIURL": "https://gateway.example", "HOOP_TOKEN": token}))
    )
    logger.error("%s", token)
    logger.error("%s", "url-quoted plain%2FXq7marker" + "plain%2FXq7marker" * 2)
    for length in range(440, 500, 5):
        logger.error("%s %s", "." * length, token)
    error = ValueError(f"a server sent {token}")
    logger.error("Failed", exc_info=error)
    assert "ValueError: a server sent ********" in format_traceback(error, with_values=True)
    assert "Xq7marker" not in log.read_text()


def test_log_traceback_holds_no_session_content(log: Path) -> None:
    typed = "hunter2"
    try:
        try:
            int(typed)
        except ValueError:
            {}[f"key {typed} \x1b[2J"]
    except KeyError:
        logger.exception("Reading failed")
    written = log.read_text()
    assert typed not in written
    assert "\x1b" not in written
    assert "ValueError: invalid literal for int() with base 10: '...'" in written
    assert "while it was handled, this was raised:" in written
    assert "KeyError: '...'" in written
    assert "in test_log_traceback_holds_no_session_content" in written


def test_log_traceback_names_of_program_are_kept(log: Path) -> None:
    logger.error("Reading failed", exc_info=AttributeError("'object' object has no attribute 'missing'"))
    assert "AttributeError: 'object' object has no attribute 'missing'" in log.read_text()
