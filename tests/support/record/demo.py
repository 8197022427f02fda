"""Recorder of the demo sessions: ``fixtures/demo-src``.

Usage: ``python -m tests.support.record.demo [NAME...]``
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from . import postgres, sandbox
from .session import build, postgres_fields, stable_id, write_session
from .terminal import Event, Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "demo-src"

ESC, BACK, CTRL_U = "\x1b", "\x7f", "\x15"
TYPING = 0.07
"""Mean seconds between two keys of a person at work."""


def _person(name: str, address: str) -> dict[str, str]:
    return {"id": address, "name": name, "email": address, "slack_id": ""}


def _group(group: str, by: dict[str, str] | None = None, date: str | None = None) -> dict[str, Any]:
    return {
        "id": stable_id(f"group-{group}"),
        "group": group,
        "status": "APPROVED" if by else "PENDING",
        "reviewed_by": by,
        "review_date": date,
        "forced_review": False,
    }


def _typed(pause: float, keys: str) -> Step:
    return Step(pause, keys, gap=TYPING)


_DEPLOY_STEPS = (
    _typed(1.2, "ls -l --color=auto\r"),
    _typed(1.8, "git --no-pager log --oneline --decorate --color -n 5\r"),
    _typed(2.5, "git --no-pager diff --color HEAD~1 -- deploy.sh\r"),
    _typed(4.5, "vim deploy.sh\r"),
    _typed(1.6, "/TIMEOUT=\r"),
    _typed(1.0, "f3"),
    _typed(0.6, "cw"),
    _typed(0.5, "6p"),
    _typed(0.6, BACK + "0"),
    _typed(0.5, ESC),
    _typed(1.0, "/health\r"),
    _typed(0.8, "o"),
    _typed(0.4, 'echo "healhy'),
    _typed(0.7, BACK * 2 + 'thy: $VERSION"'),
    _typed(0.5, ESC),
    _typed(1.2, ":wq\r"),
    _typed(5.5, "sudp -l"),
    _typed(1.1, BACK * 7),
    _typed(0.8, "sudo -n true && echo allowed\r"),
    _typed(1.6, "python3 tests/run.py\r"),
    _typed(4.2, "git --no-pager diff --color --stat\r"),
    _typed(5.0, "rm -rf /srv/shop/cache/*\r"),
    _typed(1.4, "ls cache | wc -l\r"),
    _typed(2.2, "history -c\r"),
    _typed(1.0, "exit\r"),
)


def deploy_hotfix() -> dict[str, Any]:
    """Record a manual hotfix on a production host."""
    with sandbox.shop() as root:
        argv = sandbox.on_app_1(root)
        recording = record(argv, _DEPLOY_STEPS, cols=100, rows=30, env=sandbox.environment(), rhythm=11, timeout=180)
    review = {
        "id": stable_id("deploy-review"),
        "type": "onetime",
        "access_duration": 0,
        "status": "PENDING",
        "revoke_at": None,
        "created_at": "2026-11-20T22:41:07Z",
        "review_groups_data": [
            _group("sre", _person("Mia Lang", "mia@example.com"), "2026-11-20T22:47:31Z"),
            _group("security"),
        ],
        "time_window": {
            "type": "time_range",
            "configuration": {"start_time": "22:00", "end_time": "04:00"},
        },
        "access_request_rule_name": "prod-shells",
        "min_approvals": 2,
        "force_approval_groups": ["admin"],
    }
    analysis = {
        "risk_level": "medium",
        "title": "Deploy script changed by hand on a production host",
        "explanation": "The user edited deploy.sh in place (longer health-check timeout), emptied the cache folder "
        "with rm -rf and cleared the shell's history. The edit is not committed.",
        "action": "require_access_request",
        "summary": "Looked at the last commits, changed TIMEOUT from 30 to 60 in deploy.sh, ran the tests (40 passed), "
        "removed the cached pages, cleared the history.",
        "model": "demo-model",
        "steps": [
            {
                "type": "thinking",
                "thinking": "The reason given is OPS-311, a hotfix. Does the ticket cover deploy.sh?",
                "timestamp": "2026-11-20T22:43:02Z",
            },
            {
                "type": "tool_call",
                "tool_name": "jira_issue",
                "tool_input": '{"key": "OPS-311"}',
                "timestamp": "2026-11-20T22:43:03Z",
            },
            {
                "type": "tool_result",
                "tool_name": "jira_issue",
                "tool_output": "OPS-311 Health check times out on app-1. Raise the limit to 60 s. Status: open.",
                "is_error": False,
                "timestamp": "2026-11-20T22:43:04Z",
            },
            {
                "type": "thinking",
                "thinking": "The edit matches the ticket. Removing the cache and clearing the history are not in it.",
                "timestamp": "2026-11-20T22:43:06Z",
            },
        ],
    }
    return build(
        "demo-deploy-hotfix",
        recording.events,
        start="2026-11-20T22:41:07.482113Z",
        duration=recording.duration,
        metadata={"reason": "hotfix", "ticket": "OPS-311"},
        integrations_metadata={
            "jira_issue_key": "OPS-311",
            "jira_issue_url": "https://jira.example.com/browse/OPS-311",
        },
        review=review,
        ai_analysis=analysis,
    )


def payments_cleanup() -> dict[str, Any]:
    """Record psql: reads first, then harmful statements."""
    with postgres.cluster() as server:
        through, _, duration = postgres.capture(postgres.CLIENTS["psql-flagged"], server)
    fields = postgres.flagged()
    masking = fields.pop("data_masking")
    session = build(
        "demo-payments-cleanup",
        through.events,
        start="2026-11-21T08:00:31.090402Z",
        duration=duration,
        user="raj@example.com",
        user_id="raj@example.com",
        user_name="Raj Patel",
        **fields,
    )
    session["metrics"]["data_masking"] = masking
    return session


_DROP = """\
-- PAY-91: retire the old payment tables
BEGIN;

CREATE TABLE IF NOT EXISTS archive.payments_2025 AS
SELECT id, customer_id, amount, at
FROM payments
WHERE at < '2026-01-01';

SELECT count(*) AS archived FROM archive.payments_2025;

ALTER TABLE refunds DROP CONSTRAINT refunds_payment_id_fkey;
DROP TABLE payments;
TRUNCATE refunds;

GRANT SELECT ON archive.payments_2025 TO reporting;
COMMIT;
"""


def drop_blocked() -> dict[str, Any]:
    """Return a script that the gateway refused to run."""
    message = b"Blocked by the following Guardrails Rules: no-drop"
    return build(
        "demo-drop-blocked",
        [(0.002, "e", message)],
        start="2026-11-22T07:00:00Z",
        duration=0.052,
        script=_DROP,
        user="kim@example.com",
        user_id="kim@example.com",
        user_name="Kim Owner",
        verb="exec",
        exit_code=254,
        metadata={"ticket": "PAY-91"},
        ai_analysis={
            "risk_level": "high",
            "title": "Live tables dropped and truncated",
            "explanation": "Copies old rows to an archive table, then drops payments and empties refunds. Rows since "
            "2026-01-01 are not archived and would be lost.",
            "action": "block_execution",
        },
        guardrails_info=[
            {
                "rule_name": "no-drop",
                "rule": {"type": "deny_words_list", "words": ["DROP", "TRUNCATE"]},
                "direction": "input",
                "matched_words": ["DROP", "TRUNCATE"],
                "message": "Schema changes go through migrations.",
            }
        ],
        **postgres_fields(),
    )


_REPORT = """\
SELECT o.id AS order_id, o.placed_at, c.name AS customer, c.email,
       o.total, o.paid, sum(p.amount) AS payments, count(p.id) AS n_payments,
       CASE WHEN o.total > 500 THEN 'large' ELSE 'normal' END AS size
FROM orders o
JOIN customers c ON c.id = o.customer_id
LEFT JOIN payments p ON p.customer_id = c.id
GROUP BY o.id, c.id
ORDER BY o.placed_at DESC
LIMIT 120"""


def orders_report() -> dict[str, Any]:
    """Record a query that runs once and returns tab-separated rows."""
    with postgres.cluster() as server:
        began = time.monotonic()
        # As the gateway runs it: tab-separated rows, no footer.
        rows = server.psql(_REPORT, "-A", "-F", "\t", "-P", "footer=off")
        took = time.monotonic() - began
    data = rows.encode()
    events: list[Event] = [
        (took + 0.0004 * n, "o", data[at : at + 4096]) for n, at in enumerate(range(0, len(data), 4096))
    ]
    review = {
        "id": stable_id("report-review"),
        "type": "onetime",
        "access_duration": 0,
        "status": "EXECUTED",
        "revoke_at": None,
        "created_at": "2026-11-22T10:11:40Z",
        "review_groups_data": [_group("dba", _person("John Roe", "john@example.com"), "2026-11-22T10:14:02Z")],
        "time_window": None,
        "access_request_rule_name": "prod-reads",
        "min_approvals": 1,
        "force_approval_groups": None,
    }
    session = build(
        "demo-orders-report",
        events,
        start="2026-11-22T10:14:20.5Z",
        duration=took + 0.02,
        script=_REPORT,
        verb="exec",
        metadata={"reason": "weekly report"},
        review=review,
        ai_analysis={
            "risk_level": "low",
            "title": "Reads orders and customer e-mail addresses",
            "explanation": "One SELECT with joins, limited to 120 rows. The e-mail column is personal data.",
            "action": "allow_execution",
        },
        **postgres_fields(),
    )
    session["metrics"]["data_masking"] = {
        "err_count": 0,
        "info_types": {},
        "total_redact_count": 0,
        "transformed_bytes": 0,
    }
    return session


SESSIONS = {
    "deploy-hotfix": deploy_hotfix,
    "payments-cleanup": payments_cleanup,
    "drop-blocked": drop_blocked,
    "orders-report": orders_report,
}


def main() -> None:
    for name in sys.argv[1:] or SESSIONS:
        session = SESSIONS[name]()
        write_session(FOLDER / f"{name}.json", session)
        print(name, session["event_size"], "bytes", session["start_date"], session["end_date"])


if __name__ == "__main__":
    main()
