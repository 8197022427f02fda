"""Models of gateway objects: lenient parsing, severities, reviews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay_tui.domain.lenient_model import LenientModel, parse_lenient
from replay_tui.domain.review import ApprovalDefaults, Review, TimeWindow
from replay_tui.domain.risk import AiAnalysis, GuardrailHit, Metrics, Severity
from replay_tui.domain.session import Session, SessionFields

ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, "", "text", "\x1b[31m", "\ud800", [], [None], [[]], [1, "a", {}], {},
    {"a": None}, {"data": 7}, {"": {"": []}}, "2026-01-01T00:00:00Z", "2026-99-99T00:00:00Z",
    float("inf"), float("nan"),
]  # fmt: skip
MODELS = [SessionFields, Review, AiAnalysis, Metrics, GuardrailHit]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_session_any_field_value_is_parsed(model: type[LenientModel], value: Any) -> None:
    for name in model.model_fields:
        read, odd = parse_lenient(model, {name: value, "unknown": value})
        assert set(read.model_extra or {}) == {"unknown"}
        if value is None:
            assert odd == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*SessionFields.model_fields, "event_stream", "x"]), JSON, max_size=12))
def test_session_any_object_is_parsed(received: dict[str, Any]) -> None:
    session = Session.parse(received)
    assert session.raw == {key: value for key, value in received.items() if key != "event_stream"} or any(
        value != value for value in received.values()
    )
    for name in (
        "script_text",
        "is_open",
        "wall_clock_seconds",
        "guardrails",
        "severity",
        "display_user",
        "display_connection",
    ):
        getattr(session, name)


def test_session_null_fields_have_defaults() -> None:
    session = Session.parse(dict.fromkeys(SessionFields.model_fields))
    assert session.invalid_fields == ()
    assert (session.display_user, session.script_text, session.wall_clock_seconds) == ("unknown user", "", None)
    assert session.display_connection == "unknown connection"


def test_session_wrong_types_are_invalid_fields() -> None:
    session = Session.parse({"user": 7, "exit_code": "x", "guardrails_info": [1, {}], "connection": "db"})
    assert sorted(session.invalid_fields) == ["guardrails_info[]", "sessionfields.exit_code", "sessionfields.user"]
    assert (session.raw["user"], session.fields.user, session.display_connection) == (7, None, "db")
    assert len(session.guardrails) == 1


def test_session_unknown_fields_are_kept_at_any_depth() -> None:
    session = Session.parse({"new": 1, "review": {"new": 2, "review_groups_data": [{"new": 3}]}})
    assert session.fields.model_extra == {"new": 1}
    assert session.fields.review is not None
    assert session.fields.review.model_extra == {"new": 2}
    assert session.fields.review.groups[0].model_extra == {"new": 3}


def test_session_deep_nesting_is_parsed() -> None:
    deep: Any = {}
    for _ in range(3000):
        deep = {"a": deep}
    assert Session.parse({"metadata": deep, "user": "x"}).display_user == "x"


def test_session_dates_have_zone() -> None:
    fields = Session.parse({"start_date": "2026-01-01T00:00:00", "end_date": "2026-01-01T02:00:00+01:00"}).fields
    assert fields.start_date == datetime(2026, 1, 1, tzinfo=UTC)
    assert Session(fields).wall_clock_seconds == 3600.0
    assert Session.parse({"end_date": ""}).invalid_fields == ()


@pytest.mark.parametrize("nothing", ["", "0001-01-01T00:00:00Z"])
def test_session_empty_start_date_is_none(nothing: str) -> None:
    session = Session.parse({"start_date": nothing})
    assert session.fields.start_date is None
    assert session.invalid_fields == ()


@pytest.mark.parametrize("duration", [10**400, -(10**400)])
def test_access_seconds_huge_duration_is_finite(duration: int) -> None:
    review = Session.parse({"review": {"access_duration": duration}}).fields.review
    assert review is not None
    assert abs(review.access_seconds or 0) == 1e21


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_session_date_at_calendar_limit_is_invalid(edge: str) -> None:
    session = Session.parse({"start_date": edge, "end_date": edge, "review": {"created_at": edge}})
    assert session.fields.start_date is None
    assert session.invalid_fields
    assert session.raw["start_date"] == edge


def test_script_text_or_object_is_parsed() -> None:
    assert Session.parse({"script": "ls"}).script_text == Session.parse({"script": {"data": "ls"}}).script_text == "ls"


@pytest.mark.parametrize(
    ("word", "severity"),
    [("low", Severity.LOW), (" HIGH ", Severity.HIGH), ("critical", None), (None, None), (3, None)],
)
def test_severity_parse_known_and_unknown(word: object, severity: Severity | None) -> None:
    assert Severity.parse(word) is severity


def test_severity_symbols_are_distinct() -> None:
    assert [one.symbol for one in Severity] == [".", "~", "!"]
    assert sorted(Severity, key=lambda one: one.rank) == list(Severity)


def test_session_severity_is_the_highest_reported() -> None:
    worst = {"ai_analyzer": {"worst": {"risk_level": "high"}}}
    assert Session.parse({"metrics": worst}).severity is Severity.HIGH
    assert Session.parse({"metrics": worst, "ai_analysis": {"risk_level": "low"}}).severity is Severity.HIGH
    assert Session.parse({}).severity is None


def test_review_approvals_returns_given_and_required() -> None:
    groups = [{"status": "APPROVED"}, {"status": "PENDING"}, {}]
    plain = parse_lenient(Review, {"review_groups_data": groups, "min_approvals": 2})[0]
    assert plain.approvals() == (1, None)  # the minimum of a review without a rule is not used
    for least, needed in ((None, 3), (0, 0), (1, 1), (5, 3), (-1, 0)):
        rule = {"review_groups_data": groups, "access_request_rule_name": "r", "min_approvals": least}
        assert parse_lenient(Review, rule)[0].approvals() == (1, needed)
        assert parse_lenient(Review, rule)[0].approvals(ApprovalDefaults(min_review_approvals=2)) == (1, needed)
        assert plain.approvals(ApprovalDefaults(min_review_approvals=least)) == (1, needed)
    assert parse_lenient(Review, {"access_duration": 1_800_000_000_000})[0].access_seconds == 1800.0


@pytest.mark.parametrize(
    ("start", "end", "at", "opens", "closes"),
    [
        ("09:00", "17:00", 8, 3600, None), ("09:00", "17:00", 12, 0, 18000), ("09:00", "17:00", 17, 57600, None),
        ("22:00", "06:00", 23, 0, 3600), ("22:00", "06:00", 2, 72000, None), ("22:00", "06:00", 12, 36000, None),
    ],
)  # fmt: skip
def test_time_window_returns_seconds_until_change(
    start: str, end: str, at: int, opens: float, closes: float | None
) -> None:
    window, _ = parse_lenient(TimeWindow, {"configuration": {"start_time": start, "end_time": end}})
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=at)
    assert (window.seconds_until_open(now), window.seconds_until_close(now)) == (opens, closes)


@pytest.mark.parametrize("configuration", [None, {}, {"start_time": "x", "end_time": "y"}, {"start_time": 5}])
def test_time_window_invalid_hours_return_none(configuration: Any) -> None:
    window, _ = parse_lenient(TimeWindow, {"configuration": configuration})
    assert window.seconds_until_open(datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_review_force_groups_come_from_rule_or_connection() -> None:
    own = {"force_approval_groups": ["a"]}
    defaults = ApprovalDefaults(force_approve_groups=["b"])
    rule = parse_lenient(Review, {**own, "access_request_rule_name": "r"})[0]
    assert rule.force_groups() == rule.force_groups(defaults) == ["a"]
    bare = parse_lenient(Review, {"access_request_rule_name": "r"})[0]
    assert (bare.force_groups(), bare.force_groups(defaults)) == (None, ["b"])
    assert parse_lenient(Review, own)[0].force_groups(defaults) == ["b"]  # those of the review are not used
