"""Replay state: each change is announced once and taken once."""

from __future__ import annotations

from pathlib import Path

import pytest

import replay_tui
from replay_tui.player.player import Player
from replay_tui.settings.state_store import StateStore
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.session_ref import SessionRef
from tests.support.clock import FakeClock
from tests.ui.sessions import shell


class Announced:
    """A state with a recording and a fake clock, and the number of announced changes."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.count = FakeClock(), 0
        path = shell(folder)
        self.state = ReplayState(SessionRef(str(path)), LaunchOptions(), self.clock, StateStore(folder), self._note)
        self.state.recording = self.state.shown_recording = replay_tui.load(path)
        self.state.player = Player(self.state.recording.stream, clock=self.clock)
        self.state.take_changes()
        self.count = 0

    def _note(self) -> None:
        self.count += 1


@pytest.fixture
def announced(tmp_path: Path) -> Announced:
    return Announced(tmp_path)


def test_take_changes_unchanged_is_empty(announced: Announced) -> None:
    assert announced.state.take_changes() == frozenset()
    assert announced.count == 0


def test_set_field_announces_its_aspects(announced: Announced) -> None:
    announced.state.list_position = "2 of 5"
    assert announced.state.list_position == "2 of 5"
    assert announced.state.take_changes() == {Aspect.TITLE}
    announced.state.pane = "raw"
    assert announced.state.take_changes() == {Aspect.PLAYHEAD, Aspect.WARNINGS, Aspect.TITLE}


def test_changes_before_they_are_taken_announce_once(announced: Announced) -> None:
    announced.state.changed(Aspect.MARKS)
    announced.state.clock_mode = "utc"
    announced.state.changed(Aspect.MARKS)
    assert announced.count == 1
    assert Aspect.MARKS in announced.state.take_changes()
    announced.state.changed(Aspect.MARKS)
    assert announced.count == 2


def test_announce_playhead_while_playing_announces_moves(announced: Announced) -> None:
    state = announced.state
    state.player.play()
    state.announce_playhead()
    assert state.take_changes() == {Aspect.PLAYHEAD}
    state.announce_playhead()
    assert state.take_changes() == frozenset()
    announced.clock.now += 1.0
    assert state.take_changes() == frozenset()
    state.announce_playhead()
    assert state.take_changes() == {Aspect.PLAYHEAD}


def test_fields_of_two_states_are_separate(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = Announced(tmp_path / "a"), Announced(tmp_path / "b")
    one.state.hidden = frozenset("o")
    assert other.state.hidden == frozenset()


def test_current_statement_only_at_its_moment(announced: Announced) -> None:
    state = announced.state
    state.statement_times = [1.0, 2.0, 2.0]
    state.stepped_statement = 2
    assert state.current_statement is None
    state.player.seek(2.0)
    assert state.current_statement == 2
    state.stepped_statement = 7
    assert state.current_statement is None
