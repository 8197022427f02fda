"""Formatting and parsing of playback times."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.errors import UsageError
from replay_tui.domain.times import format_duration, format_mmss, format_time, parse_time

START = datetime(2026, 11, 19, 14, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("95.5", 95.5), (" 12 ", 12.0), ("1:02", 62.0), ("1:02.5", 62.5), ("0:1:2", 62.0),
        ("1:00:00", 3600.0), ("01:00:00.25", 3600.25), ("50%", 2500.0), ("0%", 0.0), ("100%", 5000.0),
        ("90:00", 5000.0), ("-5", 0.0), ("9999", 5000.0), ("150%", 5000.0), ("1e3", 1000.0),
        ("@14:01", 60.0), ("@14:00:30", 30.0), ("@14:00:30.5", 30.5), ("@13:00", 5000.0),
    ],
)  # fmt: skip
def test_parse_time_valid_formats_return_seconds(text: str, seconds: float) -> None:
    assert parse_time(text, 5000.0, start=START, zone=UTC) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1:2:3:4",
        "1:",
        ":1",
        "%",
        "x%",
        "nan",
        "inf",
        "-inf",
        "1:60x",
        "@",
        "@x",
        "@1",
        "@25:00",
        "@1:60",
        "--5",
        "漢",
    ],
)
def test_parse_time_invalid_text_raises_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_time(text, 100.0, start=START, zone=UTC)
    message = str(caught.value)
    assert message.isprintable()
    assert "is not a time" in message


@pytest.mark.parametrize("text", ["\x1b[31m", "@\x1b]2;x\x07"])
def test_parse_time_error_message_is_sanitized(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_time(text, 100.0, start=START, zone=UTC)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["nan%", "inf%", "-inf%"])
def test_parse_time_non_finite_percentage_raises(text: str) -> None:
    with pytest.raises(UsageError):
        parse_time(text, 100.0)


def test_parse_time_wall_clock_without_start_raises() -> None:
    with pytest.raises(UsageError, match="no start date"):
        parse_time("@14:00", 100.0)


def test_parse_time_wall_clock_after_midnight_and_zone() -> None:
    late = datetime(2026, 11, 19, 23, 59, 0, tzinfo=UTC)
    assert parse_time("@00:00:30", 500.0, start=late, zone=UTC) == 90.0
    assert parse_time("@16:00:10", 500.0, start=START, zone=timezone(timedelta(hours=2))) == 10.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00:00.0"), (0.3, "00:00:00.3"), (59.99, "00:00:59.9"), (3661.05, "01:01:01.0"), (-4, "00:00:00.0")],
)
def test_format_time_rounds_down(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


def test_format_mmss_omits_zero_hours() -> None:
    assert (format_mmss(62.5), format_mmss(3600)) == ("01:02.5", "01:00:00.0")
    assert format_time(61.9, decimals=0) == "00:01:01"
    assert format_time(1.2345, decimals=3) == "00:00:01.234"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.04 s"), (12.62, "12.6 s"), (192, "3 min 12 s"), (7500, "2 h 05 min"), (200_000, "2 d 7 h")],
)
def test_format_duration_chooses_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.floats(0, 3.2e9))
def test_format_time_parses_back_to_earlier_time(seconds: float) -> None:
    back = parse_time(format_time(seconds, decimals=3), 1e10)
    assert seconds - 0.001 - 1e-5 <= back <= seconds + 1e-5


@given(st.text(max_size=20), st.floats(0, 1e9))
def test_parse_time_any_text_returns_or_raises_usage_error(text: str, duration: float) -> None:
    try:
        found = parse_time(text, duration, start=START, zone=UTC)
    except UsageError:
        return
    assert 0 <= found <= duration


EDGES = ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-12:00"]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
def test_parse_time_start_at_calendar_limit_is_handled(edge: str, zone: timezone | None) -> None:
    for text in ("@14:00", "@00:00:01", "@23:59:59"):
        with suppress(UsageError):
            assert 0 <= parse_time(text, 100.0, start=datetime.fromisoformat(edge), zone=zone) <= 100


@pytest.mark.parametrize("text", ["9" * 400 + ":00:00", "9" * 5000 + ":00:00", "@" + "9" * 400 + ":00:00"])
def test_parse_time_huge_hours_raise_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        parse_time(text, 100.0, start=START)
