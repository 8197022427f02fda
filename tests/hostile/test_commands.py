"""Every command on a real pseudo-terminal with hostile sessions, names, settings, and answers of a gateway."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from replay_tui.cli.group import NAMES
from replay_tui.export import FORMATS
from tests.support.effort import sampled
from tests.support.gateway import ADMIN, Fault, LoopbackGateway
from tests.support.hostile import PAYLOADS, everything, hostile_session
from tests.support.ptyread import ROOT, UNSEEN, Pty, Traffic, traffic

pytestmark = pytest.mark.slow

SESSIONS = ROOT / "fixtures" / "sessions"
KINDS = ("shell-vim", "pg-psql", "exec-postgres-tsv", "exec-guardrail-blocked", "httpproxy-connect", "mongo-connect")
FILE_NAME = "evil\x1b]0;owned\x07\x1b[2J\u202e[@click=app.quit]x[bold]\udcff.json"
EVIL = everything(120)
WORD = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u200b\t[red]x"
HARMLESS = {"CSI m", "CSI K", "control 0a", "control 0d"}
"""Sequences that the commands themselves write: colours, line ends and the progress line."""

OF_A_SESSION = [
    ["show", "FILE"], ["show", "FILE", "--json"], ["transcript", "FILE"], ["transcript", "FILE", "--times"],
    ["transcript", "FILE", "--json"], ["statements", "FILE"], ["statements", "FILE", "--json"],
    ["search", "FILE", "e"], ["search", "FILE", WORD], ["search", "FILE", "(" + WORD, "--regex"],
    ["search", "FILE", "e", "--in", WORD], ["search", "FILE", "needle", "--json"],
    *(["screen", "FILE", "--at", at, "--format", form] for at, form in (
        ("50%", "text"), ("99%", "ansi"), ("100%", "json"), ("30%", "svg"), (WORD, "text"), ("0", WORD))),
    *(["export", "FILE", "--to", form, "-o", f"OUT.{form}"] for form in FORMATS),
    ["export", "FILE", "--to", "txt", "-o", f"/nowhere/{WORD}"],
    ["report", "FILE", "-o", "OUT.html"], ["report", "FILE", "-o", "OUT.md"], ["report", "FILE", "-o", WORD],
    ["archive", "add", "FILE"], ["scan", "FILE"], ["find", "needle"], ["scan", "FILE", "--json"], ["find", WORD],
    ["stats"], ["stats", "--json"],
]  # fmt: skip
OF_NONE = [
    ["show", f"/nowhere/{WORD}"], ["play", f"/nowhere/{WORD}"], [f"/nowhere/{WORD}"], ["demo", WORD], ["show", WORD],
    ["rules", "list"], ["rules", "test", f"/nowhere/{WORD}", "--kind", "shell"],
    [WORD, "x"], ["help", WORD], ["help"], ["help", "keys"], ["help", "show"], ["completion", "bash"],
    ["completion", WORD], ["config", "path"], ["config", "show"], ["config", "validate"], ["config", "keys"],
    ["list", "--since", WORD], ["list", "--review", WORD], ["show", "FILE", "--size", WORD], ["show", "FILE", WORD],
    ["show", "FILE", f"--{WORD}"], ["list", "--api-url", WORD], ["-h"],
    ["serve", WORD], ["serve", "--host", WORD, "demo"], ["serve", "--host", WORD, "--allow-remote", "demo"],
    ["serve", "--public-url", WORD, "demo"], ["scan", f"memory://{WORD}"], ["scan", f"{WORD}://x"],
    ["scan", "FILE", "--engine", "dask", "--scheduler", WORD],
    ["serve", "--port", WORD], ["serve", f"--{WORD}"], ["archive", WORD], ["find", "e", "--user", WORD],
]  # fmt: skip
OF_A_GATEWAY = [
    ["list"], ["list", "--json"], ["list", "--flagged"], ["list", "--user", WORD], ["whoami"], ["whoami", "--json"],
    ["show", "ID"], ["show", "ID", "--json"], ["transcript", "ID"], ["statements", "ID"], ["search", "ID", "e"],
    ["screen", "ID"], ["fetch", "ID", "-o", "OUT.json"], ["fetch", "ID", "--format", "csv", "-o", "OUT.csv"],
    ["fetch", WORD, "-o", "OUT.none"], ["export", "ID", "--to", "txt", "-o", "OUT.txt"],
    ["report", "ID", "-o", "OUT.md"], ["scan", "--flagged"], ["review", "PENDING", "reject", "--reason", WORD, "--yes"],
    ["review", "PENDING", "approve", "--yes"], ["review", WORD, "approve", "--yes"],
    ["login", "--api-url", "URL", "--token-stdin"], ["play", WORD],
]  # fmt: skip

RUNNER = """
import io, json, os, sys
sys.stdin = io.StringIO("demo-admin-token\\n")
from replay_tui.cli.main import main
codes = [main([os.fsdecode(os.fsencode(word)) for word in words]) for words in json.load(open(sys.argv[1]))]
json.dump(codes, open(sys.argv[2], "w"))
"""


def run_all(commands: Sequence[Sequence[str]], folder: Path, env: Mapping[str, str] | None = None) -> Traffic:
    """Run commands one after the other in one process on a terminal. Return their output."""
    wanted, codes = folder / "wanted", folder / "codes"
    wanted.write_text(json.dumps(commands))
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8",
        "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), **(env or {}),
    }  # fmt: skip
    with Pty([sys.executable, "-c", RUNNER, str(wanted), str(codes)], env=environment, cols=100) as screen:
        assert screen.end(120.0) == 0, screen.tail
    got = json.loads(codes.read_text())
    assert len(got) == len(commands)
    assert set(got) <= {0, 1, 2, 3, 4}, [(words, code) for words, code in zip(commands, got, strict=True) if code > 4]
    return traffic(screen.written)


def filled(commands: Sequence[Sequence[str]], folder: Path, **places: str) -> list[list[str]]:
    """Return commands with FILE, ID, OUT… replaced."""
    places["OUT"] = str(folder / "out")

    def put(word: str) -> str:
        name = re.match(r"[A-Z]{2,}", word)
        return places[name[0]] + word[name.end() :] if name and name[0] in places else word

    return [[put(word) for word in words] for words in commands]


def check(seen: Traffic) -> None:
    assert set(seen.kinds) <= HARMLESS, {kind: seen.kinds[kind] for kind in set(seen.kinds) - HARMLESS}
    assert not seen.unseen
    assert "Traceback" not in seen.text
    assert "Internal error" not in seen.text
    assert "demo-admin-token" not in seen.text


def check_files(folder: Path) -> None:
    """Assert that saved text and HTML files contain no control sequences."""
    for path in folder.glob("out.*"):
        if path.suffix in (".txt", ".svg", ".html", ".md"):
            text = path.read_text()
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), path
            assert not UNSEEN.search(text), path


DAILY = (("shell-vim", EVIL), ("pg-psql", EVIL))


@sampled(
    ("kind", "evil"),
    [*DAILY, *((kind, everything()) for kind in KINDS)],
    daily=DAILY.__contains__,
    ids=lambda value: value if value in KINDS else len(value),
)
def test_commands_hostile_session_output_is_clean(kind: str, evil: str, tmp_path: Path):
    # Without 1000 x 500 screens, which take a second per command; the walk through the interface covers them.
    stream = [name for name in PAYLOADS if name != "xtwinops-resize" or kind not in ("shell-vim", "mongo-connect")]
    session = hostile_session(json.loads((SESSIONS / f"{kind}.json").read_text()), evil, stream)
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps(session))
    # Every second command on the shell, whose screens take time; the statements get all of them.
    commands = OF_A_SESSION[:: 2 if (kind, evil) == DAILY[0] else 1]
    check(run_all(filled(commands, tmp_path, FILE=str(path)), tmp_path))
    check_files(tmp_path)
    assert len(list(tmp_path.glob("out.*"))) >= len(FORMATS) * len(commands) // len(OF_A_SESSION)


@pytest.mark.parametrize("settings", ["good", "bad"])
def test_commands_hostile_arguments_output_is_clean(settings: str, tmp_path: Path):
    path = tmp_path / FILE_NAME
    path.write_text('{"event_stream": [[0, "o", "aGk="]], "user": "a"}')
    text = json.dumps(WORD)  # also a valid TOML string
    config = tmp_path / "config" / "replay-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    lines = f"api_url = {text}\ntheme = {text}\n[keys]\n{text} = {text}\nplay = {text}\n"
    if settings == "bad":
        lines = f'{text} = {text}\nidle = {text}\ntls_ca = {text}\n[[rules]]\nname = {text}\npattern = "("\n'
    config.write_text(lines)
    check(run_all(filled(OF_NONE, tmp_path, FILE=str(path)), tmp_path))


def test_commands_hostile_gateway_output_is_clean(tmp_path: Path):
    person = replace(ADMIN, name="Ada" + EVIL, groups=("admin", "team" + EVIL))
    with LoopbackGateway(people=(person,)) as gateway:
        for number, session in list(gateway.store.sessions.items()):
            gateway.store.sessions[number] = hostile_session(session, EVIL, ())
        names = gateway.store.names
        places = {"ID": names["shell-vim"], "PENDING": names["exec-review-pending"], "URL": gateway.url}
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        check(run_all(filled(OF_A_GATEWAY, tmp_path, **places), tmp_path, env))


@sampled("status", [400, 401, 403, 409], daily=lambda status: status == 409)
@pytest.mark.exhaustive
def test_commands_hostile_error_answer_output_is_clean(status: int, tmp_path: Path):
    with LoopbackGateway() as gateway:
        names = gateway.store.names
        places = {"ID": names["shell-vim"], "PENDING": names["exec-review-pending"], "URL": gateway.url}
        words = EVIL if status != 409 else None
        fault = Fault(status, words, body=None if words else EVIL.encode("utf-8", "replace"), content_type="text/html")
        for path in ("/sessions", "/userinfo", "/serverinfo", *(f"/sessions/{name}" for name in places.values())):
            gateway.fault(path, *[fault] * 60)
        gateway.fault(f"/sessions/{places['PENDING']}/review", *[fault] * 9)
        env = {"HOOP_APIURL": gateway.url, "HOOP_TOKEN": ADMIN.token}
        check(run_all(filled(OF_A_GATEWAY, tmp_path, **places), tmp_path, env))


def test_commands_are_all_covered():
    walked = {words[0] for words in (*OF_A_SESSION, *OF_NONE, *OF_A_GATEWAY)}
    assert set(NAMES) <= walked, "a new command belongs into one of the lists"
