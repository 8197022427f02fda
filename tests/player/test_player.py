"""Player, driven by a manual clock."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from replay_tui.domain.event_stream import EventStream
from replay_tui.player.player import SPEEDS, IdleMode, Player, PlayerState
from tests.support.clock import FakeClock
from tests.support.fixtures import stream_of

SECONDS = [(float(second), "o", b"x") for second in range(11)]


def transport(*events: tuple[float, str, bytes], **options: object) -> tuple[Player, FakeClock, EventStream]:
    clock = FakeClock()
    stream = stream_of(*(events or SECONDS))
    return Player(stream, clock=clock, **options), clock, stream  # type: ignore[arg-type]


def test_player_new_is_paused_at_start() -> None:
    player, clock, _ = transport()
    clock.advance(100)
    assert (player.state, player.position, player.count, player.duration) == (PlayerState.PAUSED, 0.0, 1, 10.0)


def test_player_play_follows_clock_until_pause() -> None:
    player, clock, _ = transport()
    player.play()
    clock.advance(2.5)
    assert (player.state, player.position, player.count) == (PlayerState.PLAYING, 2.5, 3)
    player.pause()
    clock.advance(50)
    assert (player.state, player.position) == (PlayerState.PAUSED, 2.5)
    player.toggle()
    clock.advance(1)
    assert (player.playing, player.position) == (True, 3.5)
    player.toggle()
    assert not player.playing


@pytest.mark.parametrize("speed", SPEEDS)
def test_player_speed_scales_clock(speed: float) -> None:
    player, clock, _ = transport(speed=speed)
    player.play()
    clock.advance(1 / 128)
    assert player.position == pytest.approx(speed / 128)


def test_set_speed_keeps_position() -> None:
    player, clock, _ = transport()
    player.play()
    clock.advance(2)
    player.set_speed(4)
    assert player.position == 2.0
    clock.advance(0.5)
    assert player.position == 4.0
    player.set_speed(0.25)
    clock.advance(4)
    assert player.position == 5.0


@pytest.mark.parametrize(("asked", "given"), [(0, 0.25), (-3, 0.25), (1000, 64), (1.1, 1.1)])
def test_set_speed_out_of_range_is_clamped(asked: float, given: float) -> None:
    player, _, _ = transport()
    player.set_speed(asked)
    assert player.speed == given


def test_faster_and_slower_use_next_speed() -> None:
    player, _, _ = transport()
    seen = []
    for _ in SPEEDS:
        player.faster()
        seen.append(player.speed)
    assert (seen[0], seen[-1]) == (1.5, 64)
    for _ in range(len(SPEEDS) + 2):
        player.slower()
    assert player.speed == 0.25
    player.set_speed(1.1)
    player.faster()
    assert player.speed == 1.5
    player.set_speed(1.1)
    player.slower()
    assert player.speed == 1.0


def test_player_many_ticks_do_not_drift() -> None:
    player, clock, _ = transport((0.0, "o", b""), (100_000.0, "o", b""))
    player.play()
    start = clock.now
    for tick in range(1, 10_001):
        clock.now = start + tick / 30
        assert player.position == pytest.approx(tick / 30, abs=1e-9)
    assert player.position == pytest.approx(10_000 / 30, abs=1e-9)


def test_player_changing_speeds_add_up() -> None:
    player, clock, _ = transport((0.0, "o", b""), (1e9, "o", b""))
    player.play()
    expected = 0.0
    for tick in range(10_000):
        speed = SPEEDS[tick % len(SPEEDS)]
        player.set_speed(speed)
        clock.advance(1 / 64)
        expected += speed / 64
    assert player.position == pytest.approx(expected, rel=1e-9)


def test_seek_while_playing_continues() -> None:
    player, clock, _ = transport()
    player.play()
    clock.advance(1)
    player.seek(7)
    assert (player.playing, player.position) == (True, 7.0)
    clock.advance(1)
    assert player.position == 8.0
    player.seek_by(-5)
    clock.advance(0.5)
    assert (player.playing, player.position) == (True, 3.5)


@pytest.mark.parametrize(("target", "position"), [(-5, 0.0), (0, 0.0), (3.3, 3.3), (10, 10.0), (99, 10.0)])
def test_seek_out_of_range_is_clamped(target: float, position: float) -> None:
    player, _, _ = transport()
    player.seek(target)
    assert (player.state, player.position) == (PlayerState.PAUSED, position)


def test_play_at_end_restarts() -> None:
    player, clock, _ = transport()
    player.play()
    clock.advance(10)
    assert (player.state, player.position, player.count) == (PlayerState.ENDED, 10.0, 11)
    clock.advance(1000)
    assert player.position == 10.0
    player.play()
    assert (player.state, player.position) == (PlayerState.PLAYING, 0.0)
    clock.advance(1)
    assert player.position == 1.0


def test_seek_from_end_pauses() -> None:
    player, clock, _ = transport()
    player.play()
    clock.advance(60)
    assert player.state is PlayerState.ENDED
    player.seek(4)
    assert (player.state, player.position) == (PlayerState.PAUSED, 4.0)
    player.seek(10)
    player.toggle()
    assert (player.state, player.position) == (PlayerState.PLAYING, 0.0)


def test_player_growing_stream_continues() -> None:
    player, clock, stream = transport()
    player.play()
    clock.advance(5)
    stream.append(30.0, "o", b"")
    clock.advance(10)
    assert (player.state, player.position) == (PlayerState.PLAYING, 15.0)


def test_player_stream_grown_after_end_is_paused() -> None:
    player, clock, stream = transport()
    player.play()
    clock.advance(20)
    assert player.state is PlayerState.ENDED
    stream.append(30.0, "o", b"")
    assert (player.state, player.position) == (PlayerState.PAUSED, 10.0)
    player.play()
    clock.advance(1)
    assert player.position == 11.0


def test_player_empty_stream_stays_at_zero() -> None:
    player, clock, _ = transport_of_nothing()
    assert (player.position, player.count, player.duration) == (0.0, 0, 0.0)
    player.play()
    clock.advance(1)
    assert (player.state, player.position) == (PlayerState.ENDED, 0.0)
    player.step(1)
    player.step(-1)
    player.seek(5)
    assert (player.position, player.count) == (0.0, 0)


def transport_of_nothing() -> tuple[Player, FakeClock, EventStream]:
    clock, stream = FakeClock(), EventStream()
    return Player(stream, clock=clock), clock, stream


SAME = [(0.0, "o", b"a"), (1.0, "o", b"b"), (1.0, "i", b"c"), (1.0, "o", b"d"), (2.0, "e", b"e")]


def test_step_stops_between_events_of_same_time() -> None:
    player, _, _ = transport(*SAME)
    seen = []
    for _ in range(6):
        player.step(1)
        seen.append((player.count, player.position))
    assert seen == [(2, 1.0), (3, 1.0), (4, 1.0), (5, 2.0), (5, 2.0), (5, 2.0)]
    back = []
    for _ in range(6):
        player.step(-1)
        back.append((player.count, player.position))
    assert back == [(4, 1.0), (3, 1.0), (2, 1.0), (1, 0.0), (0, 0.0), (0, 0.0)]


def test_step_skips_other_kinds() -> None:
    player, _, _ = transport(*SAME)
    player.step(1, "i")
    assert (player.count, player.position) == (3, 1.0)
    player.step(1, "e")
    assert player.count == 5
    player.step(-1, "i")
    assert player.count == 3
    player.step(-1, "o")
    assert player.count == 2


def test_step_pauses_and_seek_resets_count() -> None:
    player, clock, _ = transport(*SAME)
    player.play()
    clock.advance(1)
    player.step(-1)
    assert (player.state, player.count) == (PlayerState.PAUSED, 3)
    player.seek(1.0)
    assert player.count == 4
    player.step(-1)
    player.play()
    assert player.count == 4


def test_step_at_end_is_paused() -> None:
    player, clock, _ = transport()
    player.play()
    clock.advance(99)
    player.step(-1)
    assert (player.state, player.position) == (PlayerState.PAUSED, 9.0)
    player.step(1)
    assert (player.state, player.position) == (PlayerState.PAUSED, 10.0)


def test_player_idle_cap_shortens_gaps() -> None:
    clock, stream = FakeClock(), stream_of((0.0, "o", b""), (100.0, "o", b""), (101.0, "o", b""))
    player = Player(stream, [(0.0, 100.0)], clock, idle=IdleMode.CAP)
    player.play()
    clock.advance(1)
    assert player.position == pytest.approx(50.0)
    clock.advance(1)
    assert player.position == pytest.approx(100.0)
    clock.advance(0.5)
    assert player.position == pytest.approx(100.5)
    clock.advance(0.5)
    assert player.state is PlayerState.ENDED


def test_set_idle_keeps_the_position() -> None:
    clock, stream = FakeClock(), stream_of((0.0, "o", b""), (100.0, "o", b""), (200.0, "o", b""))
    player = Player(stream, [(0.0, 100.0)], clock, idle=IdleMode.CAP)
    player.play()
    clock.advance(1)
    for mode in (IdleMode.LOG, IdleMode.REAL, IdleMode.CAP):
        player.set_idle(mode)
        assert (player.idle, player.position) == (mode, pytest.approx(50.0))


class Machine(RuleBasedStateMachine):
    """Any sequence of commands keeps the position within the recording and moves it only while playing."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.stream = stream_of(*SAME, (9.0, "o", b"f"), (9.5, "o", b"g"))
        self.player = Player(self.stream, [(2.0, 9.0)], self.clock)

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        before, playing = self.player.position, self.player.playing
        self.clock.advance(seconds)
        assert self.player.position >= before
        if not playing:
            assert self.player.position == before

    @rule(seconds=st.floats(-5, 15))
    def seek(self, seconds: float) -> None:
        self.player.seek(seconds)
        assert self.player.position == pytest.approx(min(max(seconds, 0.0), self.stream.duration))

    @rule(direction=st.sampled_from([1, -1]))
    def step(self, direction: int) -> None:
        before = self.player.count
        self.player.step(direction)
        assert self.player.count == min(max(before + direction, 0), len(self.stream))

    @rule(speed=st.sampled_from(SPEEDS))
    def speed(self, speed: float) -> None:
        before = self.player.position
        self.player.set_speed(speed)
        assert self.player.position == pytest.approx(before)

    @rule(mode=st.sampled_from(IdleMode))
    def idle(self, mode: IdleMode) -> None:
        before = self.player.position
        self.player.set_idle(mode)
        assert self.player.position == pytest.approx(before)

    @rule()
    def toggle(self) -> None:
        self.player.toggle()

    @rule(pause=st.floats(0, 3))
    def grow(self, pause: float) -> None:
        before = self.player.position
        self.stream.append(self.stream.duration + pause, "o", b"more")
        assert self.player.position == pytest.approx(before)

    @invariant()
    def inside(self) -> None:
        assert 0 <= self.player.position <= self.stream.duration
        assert 0 <= self.player.count <= len(self.stream)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
