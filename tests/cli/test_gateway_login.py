"""`login`, `whoami`, `config`: what is stored where, and the precedence of credentials."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from replay_tui.cli import login
from tests.cli.gateway_runs import ADMIN, MARKER, OWNER, REVIEWER, Asking
from tests.support.gateway import LoopbackGateway


def kept(tmp_path: Path) -> Path:
    return tmp_path / "replay-tui" / "credentials.json"


def test_login_is_stored_privately_and_used(ask: Asking, tmp_path: Path) -> None:
    ran = ask("login", "--api-url", ask.gateway.url, "--token-stdin", who=None, stdin=f"{REVIEWER.token}\n")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("John Roe on http://127.0.0.1:")
    assert ran.err == f"Stored the token in {kept(tmp_path)}.\n"
    assert stat.S_IMODE(kept(tmp_path).stat().st_mode) == 0o600
    assert json.loads(ask("whoami", "--json", who=None).out)["email"] == REVIEWER.id


def test_login_on_terminal_asks_without_echo(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(login, "can_ask", lambda: True)
    monkeypatch.setattr(login.getpass, "getpass", lambda prompt: asked.append(prompt) or OWNER.token)
    ran = ask("login", who=None, stdin=f"{ask.gateway.url}\n")
    assert ran.code == 0, ran.err
    assert "Kim Owner" in ran.out
    assert asked == [f"Token for {ask.gateway.url} (not shown): "]


@pytest.mark.parametrize(
    ("words", "stdin", "named"),
    [
        ([], "", "--api-url"),
        (["--api-url", "http://127.0.0.1:1"], "", "--token-stdin"),
        (["--api-url", "http://127.0.0.1:1", "--token-stdin"], " \n", "No token given"),
    ],
)
def test_login_without_input_fails(ask: Asking, words: list[str], stdin: str, named: str) -> None:
    ran = ask("login", *words, who=None, stdin=stdin)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err


def test_login_rejected_token_is_not_stored(ask: Asking, tmp_path: Path) -> None:
    ran = ask("login", "--api-url", ask.gateway.url, "--token-stdin", who=None, stdin=f"{MARKER}-wrong")
    assert (ran.code, ran.out) == (4, "")
    assert "does not accept the token" in ran.err
    assert not kept(tmp_path).exists()


def test_login_warns_of_environment_token(ask: Asking) -> None:
    ran = ask("login", "--token-stdin", who=ADMIN, stdin=OWNER.token)
    assert "Kim Owner" in ran.out
    assert "Warning: the token from the environment takes precedence.\n" in ran.err
    assert "Ada Admin" in ask("whoami").out


def test_token_variable_without_address_is_not_used(
    ask: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".hoop").mkdir()
    (tmp_path / ".hoop" / "config.toml").write_text(f'api_url = "{ask.gateway.url}"\ntoken = "{REVIEWER.token}"\n')
    monkeypatch.setenv("HOOP_TOKEN", OWNER.token)
    ran = ask("whoami", "-v", who=None)
    assert "John Roe" in ran.out
    assert ran.err == (
        "The token from the environment is not used: there is no address with it (set HOOP_APIURL as well).\n"
        "Address from ~/.hoop/config.toml, token from ~/.hoop/config.toml.\n"
    )
    monkeypatch.setenv("HOOP_APIURL", ask.gateway.url)
    assert "Kim Owner" in ask("whoami", who=None).out


@pytest.mark.parametrize("way", ["--api-url", "HOOP_APIURL"])
def test_tokens_of_one_gateway_stay_there(
    ask: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Neither the environment's, the vendor's file's nor the stored token is sent to another address."""
    assert ask("login", "--api-url", ask.gateway.url, "--token-stdin", who=None, stdin=ADMIN.token).code == 0
    (tmp_path / ".hoop").mkdir()
    (tmp_path / ".hoop" / "config.toml").write_text(f'api_url = "{ask.gateway.url}"\ntoken = "{REVIEWER.token}"\n')
    with LoopbackGateway(folder=None) as other:
        if way == "HOOP_APIURL":
            monkeypatch.setenv("HOOP_APIURL", other.url)
            error = ask.fails("list", who=None)
        else:
            error = ask.fails("list", "--api-url", other.url)
        assert other.seen == []
    assert f"replay-tui login --api-url {other.url}" in error
    assert f"it belongs to {ask.gateway.url}" in error


def test_whoami_names_a_clock_that_differs(ask: Asking) -> None:
    assert "clock" not in ask("whoami", "-v").err
    ask.gateway.clock_ahead = 3 * 3600 + 90
    assert "The gateway's clock is 3 h 01 min ahead of this computer's" in ask("whoami", "-v").err


def test_address_is_read_from_settings(ask: Asking, tmp_path: Path) -> None:
    assert ask("login", "--api-url", ask.gateway.url, "--token-stdin", who=None, stdin=ADMIN.token).code == 0
    (tmp_path / "replay-tui" / "config.toml").write_text(f'api_url = "{ask.gateway.url}"\n')
    assert "Address from the settings of replay-tui" in ask("whoami", who=None).err


@pytest.fixture
def other_gateway(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Function that configures another gateway, with a token of its own."""

    def configure(url: str) -> None:
        monkeypatch.setenv("HOOP_APIURL", url)
        monkeypatch.setenv("HOOP_TOKEN", f"{MARKER}-other")

    return configure


def test_organisation_key_logs_in(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    ask.gateway.organisation_key = f"xapi-{MARKER}"
    monkeypatch.setenv("HOOP_APIURL", ask.gateway.url)
    monkeypatch.setenv("HOOP_TOKEN", f"xapi-{MARKER}")
    assert "Ada Admin" in ask("whoami", who=None).out


@pytest.mark.parametrize("command", ["whoami", "list"])
def test_missing_credentials_name_login(ask: Asking, command: str) -> None:
    assert "replay-tui login" in ask.fails(command, who=None)


@pytest.mark.parametrize("words", [["whoami"], ["list"], ["show", "5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c"]])
def test_plain_http_needs_flag(ask: Asking, other_gateway: Callable[[str], None], words: list[str]) -> None:
    other_gateway("http://gateway.invalid:1")
    assert "--allow-plain-http" in ask.fails(*words, who=None)
    ran = ask(*words, "--allow-plain-http", who=None)
    assert ran.code == 4
    assert "over plain http" in ran.err
    assert "cannot be reached" in ran.err


def test_skipped_tls_verification_always_warns(
    ask: Asking, other_gateway: Callable[[str], None], tmp_path: Path
) -> None:
    other_gateway("https://127.0.0.1:1")
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text("skip_tls_verify = true\n")
    for _ in range(2):
        assert "NOT verified" in ask("whoami", who=None).err


def test_ca_certificate_of_settings_is_used(ask: Asking, other_gateway: Callable[[str], None], tmp_path: Path) -> None:
    other_gateway("https://127.0.0.1:1")
    folder = tmp_path / "replay-tui"
    folder.mkdir()
    (folder / "config.toml").write_text('tls_ca = "ca.pem"\n')
    assert "tls_ca in" in ask.fails("whoami", who=None)
    (folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")
    assert "(tls_ca) is not a certificate" in ask.fails("whoami", who=None)


def test_config_show_prints_settings_without_token(ask: Asking, tmp_path: Path) -> None:
    path = tmp_path / "replay-tui" / "config.toml"
    assert ask("config", "path").out == f"{path}\n"
    path.parent.mkdir()
    path.write_text(
        f'theme = "nord\\u001b[2J"\nspeed = 2\ntoken = "{MARKER}"\n[keys]\n"play pause" = ["p", "\\""]\n'
        '[[rules]]\nname = "own"\npattern = "a\\\\b"\nwhere = ["sql"]\n'
    )
    ran = ask("config", "show")
    assert ran.code == 0
    assert "replay-tui login" in ran.err
    assert "\x1b" not in ran.out
    assert tomllib.loads(ran.out) == {
        "theme": "nord\x1b[2J",
        "speed": 2.0,
        "keys": {"play pause": ["p", '"']},
        "rules": [{"name": "own", "pattern": "a\\b", "where": ["sql"]}],
    }
    path.write_text(f'api_url = "https://me:{MARKER}@hoop.example"\n')
    assert "not shown" in ask("config", "show").out
    assert "holds a user or password" in ask.fails("whoami", who=None)


def test_invalid_settings_print_one_sentence(ask: Asking, tmp_path: Path) -> None:
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text(f'token = "{MARKER}\n')
    assert "is not valid TOML (line 1, column " in ask.fails("whoami", code=2)
    assert "is not valid TOML" in ask.fails("config", "show", code=2)


def test_token_stdin_from_terminal_fails(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "is_terminal", lambda _stream: True)
    ran = ask("login", "--api-url", ask.gateway.url, "--token-stdin", who=None, stdin="x")
    assert ran.code == 2
    assert not ask.gateway.seen
