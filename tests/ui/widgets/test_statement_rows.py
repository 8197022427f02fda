"""Rows of the statement list: folding, and the row of each statement."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from replay_tui.analysis.timeline import StatementSummary
from replay_tui.domain.statement import Statement
from replay_tui.ui.widgets.statements_pane import StatementRows

STATEMENTS = st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=40).map(
    lambda drawn: [
        Statement(float(number // 3), "read", text, deleted=deleted and number % 5 == 0, verb=text)
        for number, (text, deleted) in enumerate(drawn)
    ]
)


def folded_by_hand(statements: list[Statement], unfolded: set[int]) -> list[tuple[int, int, bool]]:
    """Return number, count and folded state of every row, computed statement by statement."""
    rows, start = [], 0
    while start < len(statements):
        end = start + 1
        while end < len(statements) and statements[end].text == statements[start].text and not statements[end].deleted:
            end += 1
        count = end - start
        if count >= 3 and start not in unfolded:
            rows.append((start, count, True))
        else:
            rows += [(at, count if at == start and count >= 3 else 1, False) for at in range(start, end)]
        start = end
    return rows


@given(STATEMENTS, st.sets(st.integers(0, 40)))
def test_rows_equal_naive_folding(statements: list[Statement], unfolded: set[int]) -> None:
    rows = StatementRows(StatementSummary(statements), frozenset(unfolded))
    expected = folded_by_hand(statements, unfolded)
    assert [(row.number, row.count, row.folded) for row in rows] == expected
    assert [rows[at] for at in range(len(rows))] == list(rows) == rows[:]
    assert all(row.statement is statements[row.number] for row in rows)
    for at, (number, count, folded) in enumerate(expected):
        hidden = range(number, number + count) if folded else [number]
        assert {rows.row_of(statement) for statement in hidden} == {at}


@given(STATEMENTS)
def test_marks_count_statements_by_time_and_verb(statements: list[Statement]) -> None:
    outline = StatementSummary(statements)
    assert list(outline.times) == [statement.time for statement in statements]
    labels = [(tick.time, tick.label.partition(" x ")[0]) for tick in outline.marks for _ in range(_count(tick.label))]
    assert labels == [(statement.time, statement.verb) for statement in statements]
    moments = [(tick.time, tick.label.partition(" x ")[0]) for tick in outline.marks]
    assert all(one != following for one, following in pairwise(moments))


def _count(label: str) -> int:
    return int(label.partition(" x ")[2] or 1)
