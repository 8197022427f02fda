"""Text of the MongoDB shell in a session to MongoDB, where the gateway usually stores JSON."""

from __future__ import annotations

from pathlib import Path

from replay_tui.recording import Recording
from replay_tui.sources import read_all
from tests.support.finding_cases import write_session


def test_mongo_shell_text_before_json_is_listed(tmp_path: Path) -> None:
    """Only JSON at the start of a session may be a truncated authentication."""
    texts = ["db.users.drop()", "it", "exit", 'load("x.js")', '{"ping":1}']
    recording = Recording(read_all(str(write_session("mongodb", texts, tmp_path))))
    assert [row.text for row in recording.statements] == texts


def test_mongo_shell_text_of_authentication_is_hidden(tmp_path: Path) -> None:
    texts = ['db.runCommand({saslStart: 1, payload: "c2VjcmV0LXBheWxvYWQ="})', '{"ping":1}']
    recording = Recording(read_all(str(write_session("mongodb", texts, tmp_path))))
    assert not [row for row in recording.statements if "c2VjcmV0" in row.text]
