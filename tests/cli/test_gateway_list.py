"""`list`: filters, flagged sessions, paging, and the table."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest

from replay_tui.cli import list as listing
from replay_tui.cli.session_table import table_lines
from replay_tui.domain.display_text import text_width
from replay_tui.domain.session import Session
from replay_tui.domain.times import parse_date
from replay_tui.settings.config import config_path
from tests.cli.gateway_runs import AUDITOR, OWNER, REVIEWER, Asking
from tests.support.gateway import Fault
from tests.support.gateway.listing import NULL_IN_ROWS

pytestmark = pytest.mark.slow

PENDING, GUARDRAIL = "exec-review-pending", "exec-guardrail-blocked"


def ids(out: str) -> list[str]:
    return [line.split("\t")[0] for line in out.splitlines()]


def test_list_to_pipe_writes_a_line_per_session(ask: Asking) -> None:
    ran = ask("list")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert {len(row) for row in rows} == {12}
    assert [row[0] for row in rows] == [row["id"] for row in ask.gateway.store.newest_first()]
    row = next(row for row in rows if row[0] == ask.gateway.store.names[PENDING])
    assert row[2:7] == ["kim@example.com", "pgdemo", "database", "exec", "ready"]
    assert row[9:] == ["?", "PENDING", "0"]


def test_list_json_is_rows_as_received(ask: Asking) -> None:
    rows = json.loads(ask("list", "--json").out)
    stored = ask.gateway.store.newest_first()
    nulls = dict.fromkeys(NULL_IN_ROWS)
    for row in stored:
        row["review"] = row.get("review") and {**row["review"], **nulls}
    absent = {"script": None, "ai_analysis": None}
    assert rows == [{**{k: v for k, v in row.items() if k != "event_stream"}, **absent} for row in stored]


@pytest.mark.parametrize("option", ["--risk", "--flagged"])
def test_list_json_completes_rows_that_it_read(ask: Asking, option: str) -> None:
    rows = {row["id"]: row for row in json.loads(ask("list", option, "--json").out)}
    assert all(row["replay"] == {"judged": True} and row["script"] is None for row in rows.values())
    stored = ask.gateway.session(PENDING)
    row = rows[stored["id"]]
    assert row["ai_analysis"] == stored["ai_analysis"]
    assert row["review"] == stored["review"]


def test_list_sends_every_filter(ask: Asking) -> None:
    words = "--user u --connection c --type t --review pending --can-review a@b.c --batch b --correlation k"
    ran = ask("list", *words.split(), "--jira", "A-1", "--jira", "B-2", "--since", "2026-11-20", "--limit", "7")
    assert (ran.code, ran.out, ran.err) == (1, "", "Nothing found.\n")
    assert ask.gateway.seen[-1].params == {
        "user": "u",
        "connection": "c",
        "type": "t",
        "review.status": "PENDING",
        "review.approver": "a@b.c",
        "batch_id": "b",
        "correlation_id": "k",
        "jira_issue_key": "A-1,B-2",
        "start_date": "2026-11-20T00:00:00Z",
        "limit": "7",
        "offset": "0",
        "count": "capped",
    }


def test_list_json_without_sessions_is_empty_array(ask: Asking) -> None:
    ran = ask("list", "--connection", "none", "--json")
    assert (ran.code, ran.out) == (1, "[]\n")


def test_list_flagged_returns_only_flagged_sessions(ask: Asking) -> None:
    found = ids(ask("list", "--flagged").out)
    names = {name for name, one in ask.gateway.store.names.items() if one in found}
    assert {PENDING, GUARDRAIL, "shell-vim", "mysql-connect", "pg-psql"} <= names
    assert not names & {"no-log", "exec-postgres-tsv", "exec-bash-failed"}


def test_list_flagged_reads_no_more_sessions_than_needed(ask: Asking) -> None:
    ask.gateway.store.generate(300)
    ran = ask("list", "--flagged", "--limit", "5")
    assert len(ids(ran.out)) == 5
    assert len([seen for seen in ask.gateway.seen if seen.path.startswith("/sessions/")]) <= 100


def test_list_flagged_counts_sessions_that_could_not_be_read(ask: Asking) -> None:
    high, other = ask.gateway.store.names["shell-vim"], ask.gateway.store.names["mysql-connect"]
    ask.gateway.fault(f"/sessions/{high}", Fault(status=403, message="not yours"))
    ask.gateway.fault(f"/sessions/{other}", Fault(body=json.dumps(ask.gateway.session("no-log")).encode()))
    ran = ask("list", "--flagged")
    assert not {high, other} & set(ids(ran.out))
    assert (ran.code, ran.err) == (0, "2 sessions could not be read, so that the risk is unknown.\n")


def test_list_flagged_in_a_storm_stops_asking(ask: Asking) -> None:
    ask.gateway.store.generate(200)
    sessions = ask.gateway.store.newest_first()
    for session in sessions:
        ask.gateway.fault(f"/sessions/{session['id']}", *[Fault(status=503)] * 100)
        session.update(review=None, guardrails_info=None, metrics=None)
    assert "could not be read" in ask.fails("list", "--flagged")
    assert len({seen.path for seen in ask.gateway.seen if seen.path.startswith("/sessions/")}) < 20


def test_list_mine_returns_undecided_reviews_oldest_first(ask: Asking) -> None:
    pending = ask.gateway.session(PENDING)
    waits: list[str] = []
    for day, changes in enumerate(
        [
            {},
            {"status": "APPROVED"},
            {"group": "admin"},
            {"user_id": REVIEWER.id, "user": REVIEWER.id},
            {"groups": [("dba", "APPROVED"), ("admin", "PENDING")]},
            {"groups": [("dba", "PENDING"), ("admin", "APPROVED")]},
        ],
        start=1,
    ):
        review = copy.deepcopy(pending["review"])
        review["status"] = changes.pop("status", "PENDING")
        groups = changes.pop("groups", [(changes.pop("group", "dba"), "PENDING")])
        review["review_groups_data"] = [{"group": name, "status": status} for name, status in groups]
        review["created_at"] = f"2026-10-{31 - day}T00:00:00Z"
        made = ask.gateway.store.copy_of(PENDING, review=review, **changes)
        if day in (1, 6):
            waits.insert(0, made)
    ran = ask("list", "--mine", who=REVIEWER)
    assert ids(ran.out) == waits
    assert {line.split("\t")[9] for line in ran.out.splitlines()} == {"high"}
    ran = ask("list", "--mine", who=AUDITOR)
    assert (ran.code, ran.out, ran.err) == (1, "", "Nothing waits for you.\n")
    assert "--mine" in ask.fails("list", "--mine", "--review", "approved", code=2)


def test_list_mine_on_a_terminal_shows_the_waiting_time(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "is_terminal", lambda _stream: True)
    review = ask.gateway.session(PENDING)["review"]
    review["review_groups_data"] = [{"group": "dba", "status": "PENDING"}]
    review["created_at"] = (datetime.now(UTC) - timedelta(hours=50, minutes=1)).isoformat()
    header, row = ask("list", "--mine", who=REVIEWER).out.splitlines()
    assert header.startswith("WAITS")
    assert row.startswith("2 d 2 h")


def test_list_limit_counts_after_flagged_and_over_pages(ask: Asking) -> None:
    ask.gateway.store.generate(900)
    ran = ask("list", "--flagged", "--limit", "230")
    assert len(set(ids(ran.out))) == 230
    assert ran.err == "The first 230 sessions are shown; --limit shows more.\n"
    ran = ask("list", "--limit", "150")
    assert len(set(ids(ran.out))) == 150
    assert ran.err.startswith("150 of 9")
    assert len(ids(ask("list", "--limit", "5000").out)) == len(ask.gateway.store.sessions)


def test_list_user_accepts_subject_id_and_email(ask: Asking) -> None:
    for session in ask.gateway.store.sessions.values():
        if session["user"] == "ana@example.com":
            session["user_id"] = "auth0|ana"
    by_id = ids(ask("list", "--user", "auth0|ana").out)
    assert len(by_id) > 3
    assert ids(ask("list", "--user", "Ana@example.com").out) == by_id


def test_list_as_owner_returns_own_sessions(ask: Asking) -> None:
    assert ids(ask("list", who=OWNER).out) == [ask.gateway.store.names[PENDING]]


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_table_lines_fit_width_with_whole_ids(ask: Asking, width: int) -> None:
    ask.gateway.store.generate(50)
    ask.gateway.session("shell-vim")["user_name"] = "\u6f22\u5b57" * 20 + "\x1b[2J\u202e"
    rows = [Session.parse(row) for row in ask.gateway.store.newest_first()]
    lines = table_lines(rows, width)
    assert max(map(text_width, lines)) <= width
    assert "\x1b" not in "".join(lines)
    assert [line.split()[-1] for line in lines[1:]] == [row.fields.id for row in rows]
    if width >= 80:
        assert "! HIGH" in "".join(lines)
        assert "PENDING" in "".join(lines)


def test_list_to_terminal_writes_a_table(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "is_terminal", lambda _stream: True)
    monkeypatch.setenv("COLUMNS", "120")
    lines = ask("list", "--flagged").out.splitlines()
    assert lines[0].split()[:2] == ["STARTED", "(UTC)"]
    pending = next(line for line in lines if "PENDING" in line)
    assert "! HIGH" in pending
    assert "--risk reads it" in ask("list").err


def test_list_with_hostile_row_is_sanitized(ask: Asking) -> None:
    ask.gateway.session("no-log").update(connection="a\tb\n\x1b]0;x\x07", user="\u202e", status={"a": 1})
    out = ask("list").out
    assert {line.count("\t") for line in out.splitlines()} == {11}
    assert not set(out) & {"\x1b", "\x07", "\u202e"}


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T09:30+02:00", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
        ("90m", NOW - timedelta(minutes=90)),
        ("today", datetime(2026, 11, 23, tzinfo=UTC)),
        ("999999w", None),
        ("soon", None),
        ("", None),
    ],
)
def test_parse_date_returns_moment_or_none(text: str, moment: datetime | None) -> None:
    assert parse_date(text, NOW) == moment


@pytest.mark.parametrize("words", [["--since", "soon"], ["--limit", "0"], ["--review", "maybe"], ["extra"], ["--nope"]])
def test_list_with_wrong_option_exits_2(ask: Asking, words: list[str]) -> None:
    ask.fails("list", *words, code=2)
    assert not ask.gateway.seen


def test_list_with_repeated_session_lists_it_once(ask: Asking) -> None:
    row = {"id": "one-session", "ai_analysis": {"risk_level": "high"}}
    page = {"data": [row] * 100, "total": 300, "has_next_page": True}
    bodies = [json.dumps({**page, "has_next_page": more}).encode() for more in (True, True, False)]
    for words in (["list"], ["list", "--flagged"]):
        ask.gateway.fault("/sessions", *(Fault(body=body) for body in bodies))
        ran = ask(*words)
        assert ran.out.count("one-session") == 1


def test_list_saved_filter_is_refined_by_options(ask: Asking) -> None:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[filters]\nnight = "review=PENDING type=database"\n')
    ask("list", "--saved", "night", "--type", "custom")
    params = ask.gateway.asked("/sessions")[-1].params
    assert (params["review.status"], params["type"]) == ("PENDING", "custom")
    assert "the settings have night" in ask.fails("list", "--saved", "day", code=2)
