"""Times that the commands print for reuse: `--at` leads back to the same event and screen."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay_tui import load
from tests.cli.runs import Runner
from tests.support.effort import cases

CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\.\d{3,9}\b")
SESSION = {"id": "x", "type": "application", "verb": "connect", "status": "done", "connection": "c", "user": "u",
           "start_date": "2026-03-01T10:00:00Z", "end_date": "2026-03-01T11:00:00Z"}  # fmt: skip


def shell_session(folder: Path, waits: list[float]) -> Path:
    """A shell in which `rm -rf /data` is run several times, with these pauses between the events."""
    texts = [("o", "$ ")]
    for number in range(len(waits) // 3 + 1):
        texts += [("i", f"rm -rf /data{number}\r"), ("o", f"rm -rf /data{number}\r\n"), ("o", "$ ")]
    events, time = [], 0.0
    for (kind, text), wait in zip(texts, waits, strict=False):
        time += wait
        events.append([time, kind, base64.b64encode(text.encode()).decode()])
    path = folder / "shell.json"
    path.write_text(json.dumps({**SESSION, "event_stream": events}))
    return path


WAITS = st.lists(
    st.one_of(st.sampled_from([0.0001, 0.00025, 0.001, 0.1, 0.2, 1 / 3, 61.0]), st.floats(0.00001, 10)),
    min_size=4,
    max_size=13,
)


@pytest.mark.slow
@settings(max_examples=cases(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=WAITS)
def test_printed_times_return_to_the_same_screen(waits: list[float], run: Runner, tmp_path: Path) -> None:
    path = str(shell_session(tmp_path, waits))
    made = load(path)
    rows = json.loads(run("statements", path, "--json").out)
    lines = run("statements", path).out.splitlines()
    assert len(lines) == len(rows)
    printed = [(CLOCK.findall(line)[0], row["time"]) for line, row in zip(lines, rows, strict=True)]
    found = json.loads(run("show", path, "--json").out)["replay"]["findings"]
    shown = [line for line in run("show", path).out.splitlines() if line.lstrip().startswith(("!", "~", "."))]
    printed += [(CLOCK.findall(line)[0], one["time"]) for line, one in zip(shown, found, strict=True)]
    hits = json.loads(run("search", path, "data", "--json").out)
    printed += [
        (CLOCK.findall(line)[0], hit["time"])
        for line, hit in zip(run("search", path, "data").out.splitlines(), hits, strict=True)
    ]
    table = run("scan", path).out.split("\t")
    worst = json.loads(run("scan", path, "--json").out)["worst"]
    printed.append((table[4], worst["time"]))
    for text, time in printed:
        back = made.parse_position(text)
        assert made.stream.event_count_at(back) == made.stream.event_count_at(time), (text, time)
        assert made.screen(text).lines == made.screen(time).lines


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_report_times_return_to_the_same_event(run: Runner, tmp_path: Path, suffix: str) -> None:
    path = str(shell_session(tmp_path, [0.0, 1.0004, 0.0001, 0.5, 1 / 3, 0.0002, 0.0001]))
    made = load(path)
    report = tmp_path / f"report.{suffix}"
    assert run("report", path, "-o", str(report)).code == 0
    counts = {made.stream.event_count_at(one.time) for one in [*made.findings, *made.statements]}
    assert {
        made.stream.event_count_at(made.parse_position(text)) for text in CLOCK.findall(report.read_text())
    } == counts


def test_screen_at_position_printed_by_statements(run: Runner, tmp_path: Path) -> None:
    path = str(shell_session(tmp_path, [0.0, 1.0004, 0.0001, 0.5]))
    time = CLOCK.findall(run("statements", path).out)[0]
    assert time == "00:00:01.0004"
    assert run("screen", path, "--at", time).out == "$\n"
    assert "rm -rf /data0" in run("screen", path, "--at", "1.0005").out


@pytest.mark.parametrize("at", ["@2026-04-01T01:00:05", "@2026-04-01 01:00:05", "@+3d 01:00:05", "100%"])
def test_screen_at_wall_clock_of_another_day(run: Runner, tmp_path: Path, at: str) -> None:
    path = tmp_path / "days.cast"
    path.write_text(
        '{"version": 2, "width": 40, "height": 6, "timestamp": 1774746000}\n[0, "o", "day1 "]\n[259205, "o", "day4"]\n'
    )
    assert run("screen", str(path), "--at", at).out.strip() == "day1 day4"
    assert run("screen", str(path), "--at", "@+2d 23:00").out.strip() == "day1"
