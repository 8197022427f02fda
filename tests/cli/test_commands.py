"""Output of each command on recorded sessions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.runs import FIXTURES, VIM, Runner

SESSIONS = FIXTURES / "sessions"
EVERY = sorted(str(path) for path in SESSIONS.glob("*.json"))
PSQL, EXTENDED = str(SESSIONS / "pg-psql.json"), str(SESSIONS / "pg-psycopg-extended.json")
MISSING = {
    "no-log": "Not read: the gateway",
    "no-stream": "Not analysed: the recording contains no events",
    "shell-vim.utf8": "Not read: the gateway",
    "exec-bad-utf8.utf8": "Read in part: ",
}
"""Sessions whose recording the gateway could not send; one of them has a script."""
PENDING, TSV = str(SESSIONS / "exec-review-pending.json"), str(SESSIONS / "exec-postgres-tsv.json")


@pytest.mark.parametrize("path", EVERY, ids=lambda path: Path(path).stem)
@pytest.mark.parametrize("words", ["show", "show --json", "screen", "transcript", "statements --json", "search a"])
def test_commands_read_every_recorded_session(run: Runner, path: str, words: str):
    command, *rest = words.split()
    ran = run(command, path, *rest)
    assert ran.code in (0, 1 if command == "search" else 0), ran.err
    if Path(path).stem in MISSING:
        assert ran.err.startswith(MISSING[Path(path).stem])
    else:
        assert ran.err in ("", "No matches.\n")


def test_show_json_has_received_fields(run: Runner):
    received = json.loads(Path(VIM).read_text())
    del received["event_stream"]
    shown = json.loads(run("show", VIM, "--json").out)
    replay = shown.pop("replay")
    assert shown == received
    assert set(replay) == {"duration", "events", "kind", "size", "fidelity", "findings"}
    assert replay["kind"] == "terminal"
    assert replay["events"] == 384
    assert replay["duration"] == pytest.approx(12.6, abs=0.01)
    assert set(replay["size"]) == {"cols", "rows", "source"}
    for warning in replay["fidelity"]:
        assert set(warning) == {"code", "message", "count"}
    for finding in replay["findings"]:
        assert set(finding) == {"time", "rule", "severity", "message", "evidence"}


@pytest.mark.parametrize(
    ("stream", "words"), [([123], "1 event skipped"), ([1, 2], "2 events skipped"), ({"a": 1}, "is not a list")]
)
def test_show_unreadable_stream_differs_from_empty(run: Runner, tmp_path: Path, stream: object, words):
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"id": "1", "verb": "exec", "status": "done", "event_stream": stream}))
    ran = run("show", str(path))
    assert ran.code == 0
    assert "No event of this session's stream could be read." in ran.out
    assert words in ran.err


def test_show_prints_review(run: Runner):
    out = run("show", PENDING).out
    for words in (
        "◔ PENDING 1 of 2",
        "prod-writes",
        "John Roe",
        "22:00-04:00 UTC",
        "! HIGH",
        "it waits for its review",
    ):
        assert words in out


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("shell-vim", "384 events, 4,002 bytes,"),
        ("shell-vim.utf8", "0 events, 0 bytes of 4,002 stored"),
        ("pg-psycopg-extended.raw-queries", "4 events, 180 bytes of 2,361 stored"),
    ],
)
def test_show_sizes_equal_metrics(run: Runner, name: str, size: str):
    assert size in run("show", str(SESSIONS / f"{name}.json")).out


def test_show_fits_width(run: Runner):
    for path in EVERY:
        assert max(map(len, run("show", path).out.splitlines())) <= 100


def test_screen_prints_every_format(run: Runner):
    text = run("screen", VIM, "--at", "7").out
    found = json.loads(run("screen", VIM, "--at", "7", "--format", "json").out)
    assert set(found) == {"time", "cols", "rows", "cursor", "alt", "lines"}
    assert len(found["lines"]) == found["rows"]
    assert found["time"] == 7
    assert text == "\n".join(found["lines"]).rstrip("\n") + "\n"
    assert run("screen", VIM, "--at", "7", "--format", "ansi").out.startswith("root@")
    assert run("screen", VIM, "--at", "7", "--format", "svg").out.startswith("<svg ")


def test_screen_accepts_all_time_formats(run: Runner):
    wanted = run("screen", VIM, "--at", "6.3", "--format", "json").out
    assert run("screen", VIM, "--at", "0:06.3", "--format", "json").out == wanted
    assert json.loads(run("screen", VIM, "--at", "50%", "--format", "json").out)["time"] == pytest.approx(6.3, abs=0.1)
    at = json.loads(run("screen", VIM, "--at", "@09:30:07", "--format", "json").out)["time"]
    assert at == pytest.approx(6.88, abs=0.01)
    end = run("screen", VIM, "--format", "json").out
    assert run("screen", VIM, "--at", "9999", "--format", "json").out == end


def test_screen_uses_given_size(run: Runner):
    found = json.loads(run("screen", VIM, "--at", "3", "--size", "100x30", "--format", "json").out)
    assert (found["cols"], found["rows"]) == (100, 30)


def test_screen_of_other_kinds_is_text(run: Runner):
    assert "Customer 244" in run("screen", TSV).out
    assert "payments" in run("screen", PSQL).out


def test_statements_prints_rows_and_json(run: Runner):
    rows = json.loads(run("statements", EXTENDED, "--json").out)
    assert len(rows) == 34
    assert set(rows[0]) == {"time", "kind", "text", "params", "duration", "deleted"}
    assert rows[0]["params"] == ["0", "nobody"]
    assert len(run("statements", EXTENDED).out.splitlines()) == 34
    assert json.loads(run("statements", str(SESSIONS / "no-stream.json"), "--json").out) == []


def test_transcript_prints_lines_and_json(run: Runner):
    plain = run("transcript", VIM).out.splitlines()
    timed = run("transcript", VIM, "--times").out.splitlines()
    rows = json.loads(run("transcript", VIM, "--json").out)
    assert "total 16" in plain
    assert len(plain) == len(timed) == len(rows)
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert any(re.match(r"00:00:01\.\d{3,}  total 16", line) for line in timed)
    assert run("transcript", TSV).out.count("Customer") == 200
    assert "select count(*) from payments" in run("transcript", PSQL).out


def test_search_prints_hits_and_json(run: Runner):
    rows = json.loads(run("search", VIM, "sudo -n", "--json").out)
    assert [row["where"] for row in rows][:2] == ["input", "screen"]
    assert all(set(row) == {"time", "where", "text"} for row in rows)
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert "sudo -n true" in rows[1]["text"]
    nothing = run("search", VIM, "no such words", "--json")
    assert (nothing.code, json.loads(nothing.out)) == (1, [])
    assert run("search", VIM, "no such words").code == 1
    assert run("search", PSQL, "delete", "--in", "statements").code in (0, 1)


def test_output_without_terminal_has_no_escapes(run: Runner):
    for words in (["show", PENDING], ["search", VIM, "sudo"], ["statements", EXTENDED]):
        assert "\x1b" not in run(*words).out


def test_hidden_input_is_in_no_output(run: Runner):
    from replay_tui.load_recording import load

    path = str(FIXTURES / "shells" / "bash-edit.json.gz")
    secret = load(path).redactor.hidden_input[0].text
    for words in ("show --json", "show", "statements --json", "transcript", "transcript --json", f"search {secret}"):
        command, *rest = words.split()
        ran = run(command, path, *rest)
        assert secret not in ran.out, words
    assert run("search", path, secret).code == 1


def test_show_names_force_groups_and_empty_reason(run: Runner):
    assert "can force         admin" in run("show", str(FIXTURES / "demo-src" / "deploy-hotfix.json")).out
    undecodable = run("show", str(SESSIONS / "shell-vim.utf8.json")).out
    assert "could not write this recording as UTF-8" in undecodable
    assert "withheld" not in undecodable
