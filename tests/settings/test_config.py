"""Settings file: every key, and a warning or error for invalid content."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from replay_tui.domain.errors import UsageError
from replay_tui.settings.config import NAMES, Settings, config_path, load_settings

ALL = """
api_url = "https://hoop.example"
allow_plain_http = true
tls_ca = "ca.pem"
skip_tls_verify = true
read_only = true
theme = "nord"
speed = 2
idle = "log"
sidebar = false
archive = true
archive_limit_gib = 5
cache_sessions = true
sigma_rules = "rules"
credential_headers = ["x-acme-*"]
[severities]
high = ["critical", "p1"]
low = "note"
[filters]
night = "since=1d"
[keys]
approve = "ctrl+a"
reject = ["R", "ctrl+r"]
[[rules]]
name = "salaries"
pattern = "salar(y|ies)"
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_load_settings_reads_every_key(tmp_path: Path) -> None:
    found, warnings = load_settings(written(tmp_path, ALL))
    assert warnings == []
    assert found.model_fields_set == set(NAMES)
    assert (found.speed, found.idle, found.sidebar, found.read_only) == (2.0, "log", False, True)
    assert found.keys == {"approve": ("ctrl+a",), "reject": ("R", "ctrl+r")}
    assert found.rules == ({"name": "salaries", "pattern": "salar(y|ies)"},)


def test_load_settings_missing_file_returns_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(tmp_path / "none" / "config.toml") == (Settings(), [])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_path().parent.name == "replay-tui"
    assert load_settings() == (Settings(), [])


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError):
        Settings().speed = 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("api-url = 'x'", "did you mean 'api_url'?"),
        ("Sped = 2", "did you mean 'speed'?"),
        ("colours = 1", "the settings are api_url, "),
        ("token = 'secret-value'", "replay-tui login"),
        ("speed = 'secret-value'", "'speed' in {} must be a number from 0.25 to 64"),
        ("speed = true", "must be a number from 0.25 to 64"),
        ("speed = nan", "must be a number from 0.25 to 64"),
        ("read_only = 'yes'", "'read_only' in {} must be true or false"),
        ("idle = 'none'", 'must be "real", "cap" or "log"'),
        ("keys = 'secret-value'", "must be a table of command names"),
        ("keys = {approve = 1}", "must be a table of command names"),
        ("rules = ['secret-value']", "must be tables written as [[rules]]"),
        ("api_url = 1", "must be the gateway's address in quotes"),
        ("'\\u001b[2J' = 1".replace("'", '"'), "the settings are"),
    ],
)
def test_load_settings_invalid_key_keeps_others(tmp_path: Path, line: str, words: str) -> None:
    path = written(tmp_path, f"{line}\ntheme = 'nord'\n")
    found, warnings = load_settings(path)
    assert found == Settings(theme="nord")
    assert len(warnings) == 1
    assert words.format(path) in warnings[0]
    assert "secret-value" not in warnings[0]
    assert not set(warnings[0]) & {"\x1b", "\n"}


@pytest.mark.parametrize(
    "content",
    [
        b"token = 'secret-value",
        b"secret-value",
        b"a = 1\na = 2",
        b"\xff\xfe",
        b"x = " + b"[" * 5000,
        b"#" * (2 << 20),
        b"x = 1" + b"\0",
    ],
)
def test_load_settings_invalid_file_raises_usage_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(written(tmp_path, content))
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "secret-value" not in str(caught.value)


def test_load_settings_folder_raises_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_settings(tmp_path)
