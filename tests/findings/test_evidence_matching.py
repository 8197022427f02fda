"""Links from the words of the AI analysis and of guardrails to statements."""

from __future__ import annotations

import time
from typing import Any

import pytest

from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.evidence_matching import ai_matches, guardrail_matches, without_negations
from replay_tui.findings.findings import find_findings

TEXTS = (
    "SELECT count(*) FROM orders",
    "DELETE FROM payments WHERE created_at < '2026-10-01' AND shop = 42",
    "UPDATE accounts SET balance = balance + 500 WHERE id = 42",
    "SELECT version()",
)
ROWS = [Statement(float(at), "dml", text) for at, text in enumerate(TEXTS)]


def session_of(**fields: Any) -> Session:
    return Session.parse({"id": "s", "type": "database", "connection_subtype": "postgres", **fields})


def linked(**analysis: Any) -> list[int]:
    return [at for at, _ in ai_matches(session_of(ai_analysis={"risk_level": "high", **analysis}), ROWS)]


@pytest.mark.parametrize(
    ("explanation", "statements"),
    [
        ("Deletes old payments of a shop, created before October.", [1]),
        ("The balance of the accounts was raised.", [2]),
        ("It does not touch accounts or their balance.", []),
        ("Nothing was done with payments: they were never deleted, nor created.", []),
        ("The accounts' balance isn't changed, but payments of the shop are deleted.", [1]),
        ("Without looking at payments and the shop, the user raised the balance of accounts.", [2]),
        ("The balance of accounts, which was not checked, was raised.", [2]),
        ("Deletes payments of a shop without a limit.", [1]),
        ("No accounts and no balance. The payments of a shop are gone.", [1]),
        ("It ran `UPDATE accounts SET balance` twice.", [2]),
        ("It did not run `UPDATE accounts SET balance`.", []),
        ("On 2026-10-01 there were 42 of 500.", []),
        ("In shop 42, something was done on 2026-10-01.", [1]),
        ("\"2026-10-01\" and \"500\".", []),
    ],
)  # fmt: skip
def test_ai_words_link_what_was_done(explanation: str, statements: list[int]) -> None:
    assert linked(title="Risky", explanation=explanation) == statements


def test_ai_steps_link_if_the_conclusion_names_nothing() -> None:
    thinking = {"type": "thinking", "thinking": "UPDATE accounts SET balance moves money"}
    call = {"type": "tool_call", "tool_name": "explain", "tool_input": "DELETE FROM payments WHERE shop IS NOT NULL"}
    assert linked(title="Risky", steps=[thinking]) == [2]
    assert linked(title="Risky", steps=[call]) == [1]
    assert linked(title="Deletes payments of a shop", steps=[thinking]) == [1]
    assert (
        linked(title="Risky", steps=[{"type": "thinking", "thinking": "it does not touch accounts or balance"}]) == []
    )


def hits(**guardrail: Any) -> list[tuple[int, str]]:
    session = session_of(guardrails_info=[{"rule_name": "pii", "direction": "input", **guardrail}])
    return [(at, word) for at, word, _ in guardrail_matches(session, ROWS)]


def test_guardrail_links_words_or_its_pattern() -> None:
    assert hits(matched_words=["orders"]) == [(0, "orders")]
    assert hits(matched_words=None, rule={"pattern_regex": r"(?i)delete\s+from"}) == [(1, r"(?i)delete\s+from")]
    assert hits(matched_words=None, rule={"pattern_regex": r"delete\s+from"}) == []  # the case is as it says
    assert hits(matched_words=["orders"], rule={"pattern_regex": "UPDATE"}) == [(0, "orders")]
    assert hits(matched_words=["orders"], direction="output") == []


@pytest.mark.parametrize(
    "hit", [{"matched_words": ["card"]}, {"matched_words": None, "rule": {"pattern_regex": r"card \d+"}}]
)
def test_guardrail_of_output_points_at_the_output(hit: dict[str, Any]) -> None:
    stream = EventStream()
    for time_, kind, data in ((0.0, "i", b"card"), (0.5, "o", b"discard\n"), (1.5, "o", "h\u00e9\ncard 42\n".encode())):
        stream.append(time_, kind, data)
    session = session_of(guardrails_info=[{"rule_name": "pii", "direction": "output", **hit}])
    found = find_findings(session, ROWS, stream=stream).findings
    links = [one for one in found if one.rule.startswith("guardrail")]
    assert [(one.rule, one.time, one.statement, one.level) for one in links] == [
        ("guardrail-output", 1.5, None, "info")
    ]


@pytest.mark.parametrize("pattern", ["(", "(a{9999}){9999}", "[z-a]"])
def test_invalid_guardrail_pattern_is_a_warning(pattern: str) -> None:
    guardrail = {"rule_name": "x", "direction": "input", "rule": {"pattern_regex": pattern}}
    result = find_findings(session_of(guardrails_info=[guardrail]), ROWS)
    assert [warning.code for warning in result.warnings] == ["findings-failed"]


def test_links_are_informational() -> None:
    guardrail = {"rule_name": "x", "direction": "input", "matched_words": ["version"]}
    analysis = {"risk_level": "high", "explanation": "The balance of the accounts was raised."}
    found = find_findings(session_of(guardrails_info=[guardrail], ai_analysis=analysis), ROWS).findings
    links = [one for one in found if one.rule in ("ai-word", "guardrail-word")]
    assert [(one.rule, one.level, one.informational) for one in links] == [
        ("ai-word", "info", True),
        ("guardrail-word", "info", True),
    ]


@pytest.mark.parametrize("unit", ["not ", "n't.a ", "not a.b", "x" * 50 + "n't", "no, and ", "never!"])
def test_negations_take_linear_time(unit: str) -> None:
    def seconds(count: int) -> float:
        begin = time.thread_time()
        without_negations(unit * count)
        return time.thread_time() - begin

    assert seconds(10_000) < 2.0  # quadratic behaviour takes minutes
