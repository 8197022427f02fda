"""Public Python API, as documented in the README."""

from __future__ import annotations

from pathlib import Path

import pytest

import replay_tui
from replay_tui.domain.errors import UnreadableSource, UsageError
from tests.support.effort import sampled
from tests.support.fixtures import FIXTURES, SESSIONS

VIM = SESSIONS / "shell-vim.json"


@pytest.fixture(scope="module")
def recording() -> replay_tui.Recording:
    return replay_tui.load(VIM)


def test_load_returns_documented_attributes(recording: replay_tui.Recording):
    assert isinstance(recording, replay_tui.Recording)
    assert recording.session.user_name == "Ana Auditada"
    assert recording.duration == pytest.approx(12.6, abs=0.01)
    assert "sudo -n true" in [row.text for row in recording.statements]
    assert all(finding.time <= recording.duration for finding in recording.findings)
    screen = recording.screen(at=7.0)
    assert (screen.cols, screen.rows) == (80, 24)
    assert screen.lines[1] == "total 16"
    assert screen.cursor == (45, 7)
    hits = recording.search("deploy")
    assert [hit.time for hit in hits] == sorted(hit.time for hit in hits)
    assert {hit.where for hit in hits} <= {"screen", "output", "input", "statements"}


def test_screen_accepts_documented_positions(recording: replay_tui.Recording):
    assert recording.screen("0:07").lines == recording.screen(7).lines
    assert recording.screen("@09:30:07").time == pytest.approx(6.88, abs=0.01)
    assert recording.screen(1e9).lines == recording.screen("100%").lines
    assert recording.screen(-1).text == recording.screen(0).text
    with pytest.raises(UsageError):
        recording.screen("soon")


def test_load_accepts_paths_sizes_and_units(tmp_path: Path):
    assert replay_tui.load(str(VIM)).duration == replay_tui.load(VIM).duration
    assert replay_tui.load(VIM, size=(100, 30)).screen(1).cols == 100
    assert replay_tui.load(VIM, times="ms").duration == pytest.approx(0.0126, abs=1e-4)
    with pytest.raises(UnreadableSource):
        replay_tui.load(tmp_path / "nothing.json")


_REFEREES = ("*.screens.json.gz", "streams.json.gz")
"""Files beside recordings: the screens of a referee."""
RECORDED = [
    path
    for path in [*sorted(SESSIONS.glob("*.json")), *sorted(FIXTURES.glob("*/*.json.gz"))]
    if not any(path.match(pattern) for pattern in _REFEREES)
]


@sampled("path", RECORDED, daily=20, ids=lambda path: path.stem)
def test_load_of_every_fixture_computes_all_results(path: Path):
    recording = replay_tui.load(path)
    assert recording.screen(recording.duration / 2).rows > 0
    assert recording.fidelity is not None
    for rows in (recording.statements, recording.findings, recording.transcript, recording.search("e")):
        assert [row.time for row in rows] == sorted(row.time for row in rows)


def test_package_unknown_name_raises_attribute_error():
    with pytest.raises(AttributeError):
        _ = replay_tui.unload  # type: ignore[attr-defined]
    assert {"load", "Recording"} <= set(dir(replay_tui))
