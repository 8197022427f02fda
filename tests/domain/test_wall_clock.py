"""Wall-clock positions across days and changes of the clocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.errors import UsageError
from replay_tui.domain.times import parse_time, parse_wall_clock, wall_clock_note
from replay_tui.presenters.values import wall_clock

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30 CET; the clocks go from 02:00 to 03:00
AUTUMN = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # 01:00 CEST; the clocks go from 03:00 to 02:00
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield use
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("start", "text", "seconds"),
    [
        (SPRING, "01:30", 0), (SPRING, "03:30:00", 3600), (SPRING, "03:00", 1800), (SPRING, "01:59:59.5", 1799.5),
        (SPRING, "+1d 01:00", 81000), (SPRING, "+0d 03:30", 3600), (SPRING, "2026-03-31T01:00", 167400),
        (SPRING, "2026-03-31 01:00:05.5Z", 174605.5), (SPRING, "2026-03-31", 163800), (SPRING, "01:00", 81000),
        (SPRING, "2026-03-29T03:30:00+02:00", 3600), (SPRING, "2026-03-29 00:30Z", 0), (SPRING, "2026-03-28", -91800),
        (AUTUMN, "02:59:59", 7199), (AUTUMN, "03:00", 10800), (AUTUMN, "2026-10-25T02:30+01:00", 9000),
        (AUTUMN, "2026-10-25T02:30:00+0200", 5400),
    ],
)  # fmt: skip
def test_parse_wall_clock_counts_real_seconds(start: datetime, text: str, seconds: float) -> None:
    found = parse_wall_clock(text, start, BERLIN)
    assert (found.moment - start).total_seconds() == seconds


def test_parse_wall_clock_skipped_time_is_noted() -> None:
    found = parse_wall_clock("02:30", SPRING, BERLIN)
    assert (found.moment - SPRING).total_seconds() == 3600
    assert found.note == "The clocks skipped 02:30:00 on 2026-03-29; showing 03:30:00 CEST."


def test_parse_wall_clock_repeated_time_is_noted() -> None:
    found = parse_wall_clock("02:30", AUTUMN, BERLIN)
    assert (found.moment - AUTUMN).total_seconds() == 5400
    assert found.note == (
        "02:30:00 on 2026-10-25 occurred twice; showing 02:30:00 CEST, the other is @2026-10-25T02:30:00+01:00."
    )
    other = found.note.rpartition("@")[2].rstrip(".")
    assert (parse_wall_clock(other, AUTUMN, BERLIN).moment - found.moment).total_seconds() == 3600


def test_parse_wall_clock_repeated_before_start_is_not_noted() -> None:
    start = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 CEST
    found = parse_wall_clock("02:30", start, BERLIN)
    assert ((found.moment - start).total_seconds(), found.note) == (2700, "")


@pytest.mark.parametrize(
    "text",
    ["", "1", "24:00", "01:60", "+d 01:00", "+1d", "+1d01:00", "2026-13-01T00:00", "2026-02-30", "2026-11-03T",
     "2026-11-03T1", "2026-11-03T01:00+25:00", "2026-11-03T01:00 CET", "+999999d 01:00", "\u0661\u0662:00"],
)  # fmt: skip
def test_parse_wall_clock_invalid_text_raises_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        parse_time(f"@{text}", 100.0, start=SPRING, zone=BERLIN)
    assert wall_clock_note(f"@{text}", SPRING, BERLIN) == ""


@given(st.sampled_from(ZONES), st.integers(0, 2 * 365 * 86400), st.integers(0, 12 * 86400))
def test_parse_wall_clock_shown_clock_leads_back(name: str, begin: int, position: int) -> None:
    """The date and time of any moment, read from the clock, lead back to it, or the note names the other moment."""
    zone = ZoneInfo(name)
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=begin)
    shown = (start + timedelta(seconds=position)).astimezone(zone)
    found = parse_wall_clock(f"{shown:%Y-%m-%dT%H:%M:%S}", start, zone)
    moments = [found.moment]
    if found.note:
        moments.append(parse_wall_clock(found.note.rpartition("@")[2].rstrip("."), start, zone).moment)
    assert start + timedelta(seconds=position) in moments
    with_offset = parse_wall_clock(shown.isoformat(), start, zone)
    assert with_offset.moment == start + timedelta(seconds=position)


@given(st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(0, 86399))
def test_parse_wall_clock_time_of_day_is_within_a_day(name: str, day: date, second: int) -> None:
    """A time without a date is the next one after the start; only a skipped one is shown by another clock."""
    zone = ZoneInfo(name)
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    text = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    found = parse_wall_clock(text, start, zone)
    assert -1 <= (found.moment - start).total_seconds() < 86400 + 2 * 3600
    assert f"{found.moment.astimezone(zone):%H:%M:%S}" == text or "skipped" in found.note


def test_parse_time_local_zone_follows_the_clocks(local_zone: Callable[[str], None]) -> None:
    local_zone("Europe/Berlin")
    assert parse_time("@03:30:00", 7200, start=SPRING) == 3600
    assert "skipped" in wall_clock_note("@02:30", SPRING, None)
    assert parse_time("@+1d 01:00", 1e6, start=AUTUMN) == 25 * 3600


def test_wall_clock_names_the_day_from_the_second_on(local_zone: Callable[[str], None]) -> None:
    local_zone("Europe/Berlin")
    assert wall_clock(SPRING, 0, "local") == "01:30:00 CET"
    assert wall_clock(SPRING, 3600, "local") == "03:30:00 CEST"
    assert wall_clock(SPRING, 86400, "local") == "2026-03-30 02:30:00 CEST"
    assert wall_clock(AUTUMN, 3600, "local") == "02:00:00 CEST"
    assert wall_clock(AUTUMN, 7200, "local") == "02:00:00 CET"
    assert wall_clock(AUTUMN, 3600, "utc") == "2026-10-25 00:00:00 UTC"
