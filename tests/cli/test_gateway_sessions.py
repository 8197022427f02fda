"""Sessions by id and page address; each failure has exit code 4 and one sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from replay_tui.cli import play
from tests.cli.gateway_runs import ADMIN, Asking
from tests.cli.runs import VIM, Runner
from tests.support.gateway import Fault, LoopbackGateway

pytestmark = pytest.mark.slow

UNKNOWN = "5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c"


@pytest.fixture
def vim(ask: Asking) -> str:
    return ask.gateway.store.names["shell-vim"]


@pytest.mark.parametrize("words", ["screen {} --at 5", "transcript {}", "statements {} --json", "search {} sh --json"])
def test_session_id_equals_saved_file(ask: Asking, run: Runner, vim: str, words: str) -> None:
    by_file = run(*words.format(VIM).split())
    for name in (vim, f"{ask.gateway.url}/sessions/{vim}", f"{ask.gateway.url}/sessions/{vim}?tab=log#top"):
        ran = ask(*words.format(name).split())
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == by_file.out


def test_show_accepts_session_id(ask: Asking, vim: str) -> None:
    shown = json.loads(ask("show", vim, "--json").out)
    assert shown.pop("replay")["events"] == 384
    assert shown == {key: value for key, value in ask.gateway.session("shell-vim").items() if key != "event_stream"}


def test_page_of_other_host_gets_no_token(ask: Asking, vim: str) -> None:
    error = ask.fails("show", f"https://elsewhere.invalid/sessions/{vim}")
    assert "run `replay-tui login --api-url https://elsewhere.invalid`" in error
    assert "not the address of a session's page" in ask.fails("show", f"{ask.gateway.url}/dashboard")
    assert not ask.gateway.seen


@pytest.mark.parametrize("words", ["show {}", "fetch {} -o saved.json", "review {} reject --reason no --yes"])
def test_page_of_a_gateway_with_a_login_opens_there(
    ask: Asking, tmp_path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    there = replace(ADMIN, token="there-secret-token")
    with LoopbackGateway(people=(there,)) as other:
        assert ask("login", "--api-url", other.url, "--token-stdin", who=None, stdin=there.token).code == 0
        page = f"{other.url}/sessions/{other.store.names['exec-review-pending']}"
        ran = ask(*words.format(page).split(), *["--allow-empty"] * words.startswith("fetch"))
        assert (ran.code, "Traceback" in ran.err) == (0, False), ran
        assert {one.headers["authorization"] for one in other.seen} == {f"Bearer {there.token}"}
        assert there.token not in ran.out + ran.err
    assert ask.gateway.seen == []


def test_very_long_address_fails_with_message(ask: Asking) -> None:
    ask.fails("show", f"{ask.gateway.url}/sessions/{'x' * 5000}")


def test_interrupted_download_keeps_received_events(ask: Asking, vim: str) -> None:
    cuts = [Fault(cut_at=9000)] * 40
    ask.gateway.fault(f"/sessions/{vim}", None, *cuts)
    ran = ask("statements", vim)
    assert ran.code == 0
    assert ran.err.startswith("Read in part: the download was cut off")
    assert ran.err.count("\n") == 1
    ask.gateway._faults._queues.clear()
    ask.gateway.fault(f"/sessions/{vim}", None, *cuts)
    shown = json.loads(ask("show", vim, "--json").out)
    assert 0 < shown.pop("replay")["events"] < 384
    assert shown == {key: value for key, value in ask.gateway.session("shell-vim").items() if key != "event_stream"}


def test_transient_interruption_is_retried(ask: Asking, run: Runner, vim: str) -> None:
    ask.gateway.fault(f"/sessions/{vim}", None, Fault(cut_at=9000), Fault(cut_at=9500))
    ran = ask("transcript", vim)
    assert (ran.code, ran.err, ran.out) == (0, "", run("transcript", VIM).out)


MANY = 40
FAULTS = {
    "401": ([Fault(status=401, message=f"bad {ADMIN.token}")], "replay-tui login"),
    "403": ([Fault(status=403, message="access denied")], "access denied"),
    "404": ([Fault(status=404)], "Session not found"),
    "422": ([Fault(status=422, message="bad option \x1b[2J")], "bad option"),
    "429": ([Fault(status=429, retry_after="3600")], "try again in 3600 s"),
    "500": ([Fault(status=500)] * MANY, "HTTP 500"),
    "503": ([Fault(status=503)] * MANY, "HTTP 503"),
    "a web page": ([Fault(body=b"<html>", content_type="text/html")], "text/html"),
    "no JSON": ([Fault(body=b"{")], "not respond with JSON"),
    "elsewhere": ([Fault(status=302, location="https://elsewhere.invalid/")], "token was not sent"),
    "cut": ([Fault(cut_at=3)] * MANY, "before the end"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_gateway_failures_print_one_sentence(ask: Asking, vim: str, name: str) -> None:
    faults, words = FAULTS[name]
    for path, command in ((f"/sessions/{vim}", ["show", vim]), ("/sessions", ["list"]), ("/userinfo", ["whoami"])):
        ask.gateway.fault(path, *faults)
        told = ask.fails(*command)
        assert words in told
        assert "\x1b" not in told
        ask.gateway._faults._queues.clear()


def test_unreachable_gateway_fails(ask: Asking, vim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOP_APIURL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOOP_TOKEN", ADMIN.token)
    told = ask.fails("show", vim, who=None)
    assert "cannot be reached" in told


@pytest.mark.parametrize("command", ["show", "screen", "transcript", "statements", "play"])
def test_unknown_session_fails(ask: Asking, command: str) -> None:
    assert "Session not found" in ask.fails(command, UNKNOWN)


def test_fetch_and_review_reject_invalid_ids(ask: Asking, tmp_path) -> None:
    for words in (["fetch", "nope", "-o", str(tmp_path / "x")], ["review", "../userinfo", "approve", "--yes"]):
        assert "is not a session's id" in ask.fails(*words)


class Screen:
    """Replaces the interface and records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str | None, dict[str, object]]] = []

    def __call__(self, source: str | None, **how: object) -> int:
        self.calls.append((source, how))
        return 0


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    made = Screen()
    monkeypatch.setattr(play, "require_terminal", lambda: None)
    monkeypatch.setattr(play, "claim_keyboard", lambda: None)
    monkeypatch.setattr("replay_tui.ui.run.run_replay", made)
    return made


def test_play_passes_client_to_interface(ask: Asking, screen: Screen, vim: str) -> None:
    assert ask(f"{ask.gateway.url}/sessions/{vim}", "--read-only", "--follow").code == 0
    assert ask().code == 0
    assert ask("--api-url", ask.gateway.url, "--speed", "2").code == 0
    (one, first), (two, second), (three, third) = screen.calls
    assert (one, two, three) == (vim, None, None)
    assert first["client"].write.read_only
    assert first["read_only"]
    assert first["follow"]
    assert not second["client"].write.read_only
    assert third["speed"] == 2


def test_play_without_gateway_opens_demo(ask: Asking, screen: Screen, tmp_path) -> None:
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text('speed = 4\nidle = "log"\nread_only = true\n')
    assert ask(who=None).code == 0
    [(source, how)] = screen.calls
    assert source is None
    assert "client" not in how
    assert (how["demo"], how["speed"], how["idle"], how["read_only"]) == (True, 4, "log", True)


def test_show_has_report_of_masked_data(ask: Asking, vim: str) -> None:
    session = ask.gateway.session("shell-vim")
    session["metrics"] = {**session["metrics"], "data_masking": {"info_types": {"IBAN_CODE": 3}}}
    page = ask("show", vim).out
    assert "masking report" in page
    assert "IBAN_CODE=3 values" in page
    assert json.loads(ask("show", vim, "--json").out)["replay"]["gateway"]["masking"]["total_redact_count"] == 3


def test_session_with_a_copy_opens_without_the_gateway(ask: Asking, screen: Screen, vim: str, tmp_path) -> None:
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text("cache_sessions = true\n")
    assert ask("show", vim).code == 0
    ask.gateway.fault(f"/sessions/{vim}", *[Fault(status=503)] * 200)
    shown = json.loads(ask("show", vim, "--json").out)
    [note] = [one["message"] for one in shown["replay"]["fidelity"] if one["code"] == "stored-copy"]
    assert note.startswith("the gateway did not answer; the copy received")
    assert ask("play", vim).code == 0
    assert len(screen.calls) == 1
    assert ask("transcript", vim).code == 0
