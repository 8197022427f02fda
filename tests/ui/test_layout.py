"""Layout of the replay screen by terminal size, and the contents of its panels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.finding import Finding
from replay_tui.ui.widgets.panels import MIN_PANEL_ROWS, share_rows
from tests.support.effort import sampled
from tests.support.fixtures import SESSIONS
from tests.ui.conftest import Run
from tests.ui.sessions import HOTFIX, shell, triples

pytestmark = pytest.mark.slow


@given(st.integers(0, 200), st.lists(st.integers(MIN_PANEL_ROWS, 100), min_size=1, max_size=6))
def test_panels_share_rows_fairly(available: int, wanted: list[int]) -> None:
    rows = share_rows(available, wanted)
    assert sum(rows) == max(available, MIN_PANEL_ROWS * len(wanted))
    cut = [number for number, want in enumerate(wanted) if rows[number] < want]
    if cut:  # no panel has over one row more than a panel that is cut
        assert max(rows) <= min(rows[number] for number in cut) + 1
    assert all(got <= want for got, want in zip(rows[:-1], wanted[:-1], strict=True))


@sampled("size", [(80, 24), (100, 30), (120, 36), (140, 40), (200, 50)], daily=2)
async def test_transport_has_full_width(run: Run, tmp_path: Path, size: tuple[int, int]) -> None:
    async with run(shell(tmp_path), size=size) as ui:
        for key in ("b", "a"):
            await ui.press(key)
            for bar in ("#timeline", "#status", "#keys"):
                assert ui.widget(bar).region.width == size[0]
            last = ui.text.splitlines()[-1]
            assert "play/pause" in last
            assert "? help" in last
            assert " / 01:40.0" in ui.status


async def test_footer_always_shows_help_key(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path), size=(40, 12)) as ui:
        assert "? help" in ui.pane("#keys")


async def test_hidden_events_are_visible_without_colours(run: Run, tmp_path: Path) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("O")
        await ui.until(lambda: " without output" in ui.status)


async def test_panels_show_every_field(run: Run, tmp_path: Path) -> None:
    path = shell(
        tmp_path,
        org_id="org-7",
        user_id="auth|9",
        role_name="role-x",
        resource_name="resource-y",
        identity_type="machine",
        machine_identity_id="machine-5",
        session_batch_id="batch-1",
        correlation_id="corr-2",
        exit_code=3,
        script_size=12,
        labels={"runbookFile": "ops/x.sh"},
        metadata={"ticket": "OPS-1"},
        integrations_metadata={"jira_issue_key": "OPS-2"},
        connection_tags={"team": "banking"},
        metrics={
            "event_size": 4321,
            "truncated": True,
            "data_masking": {
                "info_types": {"EMAIL": 4},
                "total_redact_count": 4,
                "transformed_bytes": 31,
                "err_count": 2,
            },
        },
        tomorrow={"field": "new"},
        review={
            "id": "review-6",
            "type": "jit",
            "status": "REVOKED",
            "access_duration": 1_800_000_000_000,
            "created_at": "2026-11-20T08:00:00Z",
            "revoke_at": "2026-11-20T09:00:00Z",
            "access_request_rule_name": "prod-rule",
            "min_approvals": 2,
            "force_approval_groups": ["admins"],
            "rejection_reason": "not today",
            "time_window": {"type": "time_range", "configuration": {"start_time": "00:00", "end_time": "23:59"}},
            "review_groups_data": [
                {
                    "group": "dba",
                    "status": "APPROVED",
                    "forced_review": True,
                    "review_date": "2026-11-20T08:30:00Z",
                    "reviewed_by": {"name": "John", "email": "john@example.com"},
                }
            ],
        },
        ai_analysis={
            "risk_level": "high",
            "title": "A title",
            "explanation": "An explanation",
            "action": "block_execution",
            "summary": "A summary",
            "model": "model-8",
            "steps": [
                {"type": "thinking", "thinking": "a thought", "timestamp": "2026-11-20T09:00:01Z"},
                {"type": "tool_result", "tool_name": "look", "tool_output": "an output", "is_error": True},
            ],
        },
    )
    async with run(path, size=(180, 170)) as ui:
        await ui.press("d")
        for text in (
            "org-7", "auth|9", "role-x", "resource-y", "machine-5", "batch-1", "corr-2", "exit 3", "12 bytes",
            "runbookFile=ops/x.sh", "ticket=OPS-1", "jira_issue_key=OPS-2", "team=banking", "4,321 stored",
            "cut the recording", "4 values, 31 bytes",
            "EMAIL=4", "masking errors  2", "tomorrow=", "✗ REVOKED", "review-6", "prod-rule",
            "temporary access, 1 approval",
            "30 min", "can force  admins", "not today", "00:00-23:59 UTC",
            "dba: approved by John (john@example.com)", "forced",
            "access until  2026-11-20 09:00:00", "! HIGH", "A title", "An explanation",
            "gateway action  blocked", "A summary",
            "model-8", "a thought", "09:00:01 UTC", "an output", "failed",
        ):  # fmt: skip
            await ui.sees(text)


async def test_http_detail_shows_headers_and_response(run: Run) -> None:
    async with run(SESSIONS / "httpproxy-connect.json", size=(120, 40)) as ui:
        await ui.press("s")
        await ui.sees("Host: shop.example.com", "Authorization: [REDACTED]", "200 OK  33 bytes", '[{"id":1')
        assert "('Host'" not in ui.text


async def test_http_row_shows_response_time(run: Run) -> None:
    async with run(SESSIONS / "httpproxy-connect.json") as ui:
        await ui.until(lambda: "00:00.1    0.06 s  GET" in ui.pane("#statement-list"))
        assert "took 0.06 s" in ui.pane("#statement-detail")
        assert "to the next" not in ui.pane("#statement-detail")
    async with run(SESSIONS / "mongo-connect.json") as ui:
        await ui.until(lambda: "+1.0 s" in ui.pane("#statement-list"))
        assert "1.0 s to the next" in ui.pane("#statement-detail")


async def test_session_without_events_shows_reason_and_panels(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text(json.dumps({"id": "1", "status": "done", "event_stream": triples()}))
    async with run(path) as ui:
        await ui.sees("Nothing to replay", "Nothing was recorded", "Review · none")
        assert ui.app.focused is ui.widget("#timeline")


async def test_table_row_opens_complete_values(run: Run) -> None:
    async with run(SESSIONS / "exec-postgres-tsv.json", size=(80, 24)) as ui:
        await ui.press("down", "enter")
        await ui.sees("row 2 of 200", "   id  58", " name  Customer 58", "total  6490.00")
        await ui.press("escape")
        await ui.until(lambda: "row 2" not in ui.text)
        assert ui.app.focused is ui.widget("#table")


async def test_copy_takes_focused_line_or_screen(run: Run, tmp_path: Path, flagged: list[Finding]) -> None:
    async with run(shell(tmp_path)) as ui:
        await ui.press("G")
        await ui.until(lambda: "needle one" in ui.pane("#terminal"))
        await ui.press("y")
        await ui.until(lambda: "needle one" in ui.app.clipboard)
        ui.app.screen.set_focus(ui.widget("#findings"))
        await ui.press("home", "down", "y")
        await ui.until(lambda: ui.app.clipboard == "~ 00:30.0 sudo -i  gains rights")


async def test_small_terminal_shows_risk_review_and_user(run: Run) -> None:
    async with run(SESSIONS / "exec-review-pending.json", size=(80, 24)) as ui:
        await ui.sees("! HIGH  no findings · AI high · review pending 1 of 2 · window")
        await ui.until(lambda: "UTC  pgdemo Kim Owner" in ui.status)
    async with run(SESSIONS / "exec-review-pending.json", size=(60, 15)) as ui:
        await ui.sees("! HIGH  no findings · AI high · pending 1 of 2 · window")


async def test_panels_are_wrapped_again_beside_commands(run: Run) -> None:
    """The commands, known after the analysis, make the side column narrower."""
    async with run(HOTFIX, size=(160, 48)) as ui:
        await ui.sees("11 commands", "without", "confirmation.")
        await ui.until(lambda: "       gateway" in ui.pane("#review"), "an indented second row of the note")
