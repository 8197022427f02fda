"""`export`: formats, invalid options and messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replay_tui.export import FORMATS
from tests.cli.gateway_runs import Asking
from tests.cli.runs import VIM, Runner
from tests.support.hostile import PAYLOADS, payload_bytes


@pytest.mark.parametrize("form", FORMATS)
def test_export_writes_every_format(run: Runner, form: str, tmp_path: Path):
    target = tmp_path / "out"
    ran = run("export", VIM, "--to", form, "-o", str(target))
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"{target.stat().st_size} bytes saved in {target}.\n"


def test_export_accepts_all_time_formats(run: Runner, tmp_path: Path):
    target = tmp_path / "out"
    assert run("export", VIM, "--to", "csv", "-o", str(target), "--start", "0:05", "--end", "50%").code == 0
    times = [float(line.split(",")[0]) for line in target.read_text().splitlines()[1:] if line[:1].isdigit()]
    assert times[0] >= 5
    assert times[-1] <= 6.31
    assert run("export", VIM, "--to", "svg", "-o", str(target), "--at", "@09:30:07").code == 0
    assert "00:00:06.8" in target.read_text()
    assert run("export", VIM, "--to", "asciicast", "-o", str(target), "--start", "5", "--idle", "cap").code == 0
    assert json.loads(target.read_text().splitlines()[1])[:2] == [0, "o"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--to", "gif", "-o", "x"], "gif"),
        (["--to", "txt"], "--output"),
        (["-o", "x"], "--to"),
        (["--to", "txt", "-o", "-"], "-o FILE"),
        (["--to", "txt", "-o", "."], "not a regular file"),
        (["--to", "txt", "-o", "none/x"], "not a folder"),
        (["--to", "txt", "-o", "x", "--idle", "cap"], "casts"),
        (["--to", "txt", "-o", "x", "--at", "1"], "--to svg"),
        (["--to", "svg", "-o", "x", "--start", "1"], "--start"),
        (["--to", "txt", "-o", "x", "--start", "soon"], "soon"),
        (["--to", "txt", "-o", "x", "--start", "5", "--end", "2"], "start"),
    ],
)
def test_export_invalid_options_fail(
    run: Runner, words: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    ran = run("export", VIM, *words)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_export_reports_masked_inputs(run: Runner, tmp_path: Path):
    import base64

    events = [(0.0, "o", b"[sudo] password for ana: "), *((0.1 * at, "i", b"hunter22"[at : at + 1]) for at in range(8)),
              (1.0, "i", b"\r"), (1.1, "o", b"\r\n$ ")]  # fmt: skip
    source = tmp_path / "in.json"
    stream = [[time, kind, base64.b64encode(data).decode()] for time, kind, data in events]
    source.write_text(json.dumps({"id": "x", "type": "application", "verb": "connect", "event_stream": stream}))
    ran = run("export", str(source), "--to", "jsonl", "-o", str(tmp_path / "a"))
    assert "Masked 1 hidden input; use --reveal" in ran.err
    ran = run("export", str(source), "--to", "jsonl", "-o", str(tmp_path / "a"), "--reveal")
    assert "Masked" not in ran.err
    typed = [json.loads(line) for line in (tmp_path / "a").read_text().splitlines()]
    assert "".join(row["text"] for row in typed if row["type"] == "i") == "hunter22\r"


@pytest.mark.slow
def test_export_of_hostile_session_is_sanitized(run: Runner, tmp_path: Path):
    import base64

    stream = [[at, "o", base64.b64encode(payload_bytes(name)).decode()] for at, name in enumerate(PAYLOADS)]
    source = tmp_path / "evil\x1b[2J.json"
    source.write_text(json.dumps({"id": "x", "connection": "a\x1b[2Jb", "event_stream": stream}))
    for form in ("asciicast", "html", "txt"):
        ran = run("export", str(source), "--to", form, "-o", str(tmp_path / "o\x1b]0;x\x07"))
        assert ran.code == 0
        assert "\x1b" not in ran.err


def test_export_with_disabled_downloads_fails(ask: Asking, tmp_path: Path):
    listed = json.loads(ask("list", "--json", "--limit", "1").out)[0]["id"]
    target = str(tmp_path / "out.html")
    for words in (["export", listed, "--to", "html", "-o", target], ["report", listed, "-o", target]):
        assert ask(*words).code == 0
        assert Path(target).stat().st_size > 0
        Path(target).unlink()
    ask.gateway.downloads_disabled = True
    for words in (["export", listed, "--to", "html", "-o", target], ["report", listed, "-o", target]):
        assert "Downloads are disabled" in ask.fails(*words)
        assert not Path(target).exists()
