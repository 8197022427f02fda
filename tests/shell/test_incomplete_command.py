"""Shell commands that need another line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.shell.incomplete_command import MAX_CHARS, SyntaxCheck, is_incomplete

INCOMPLETE = [
    "cat <<EOF",
    "cat <<EOF\nx",
    "cat > a <<'E'\nbody",
    "cat <<A <<B\nx\nA\ny",
    "cat <<-E\n\tx",
    'echo "open',
    "echo 'x",
    "for i in 1 2",
    "for i in 1 2\ndo echo $i",
    "if true",
    "if true\nthen echo y",
    "if a; then b; elif c",
    "if a; then b; else",
    "while read x; do",
    "f() {",
    "case $x in\na) echo;;",
    "{ echo a",
    "(cd x",
    "echo $(ls",
    "ls \\",
    "ls |",
    "a &&",
    "for i in 1; do if x; then y; fi",
]
COMPLETE = [
    "ls",
    "cat <<EOF\nfor x\nEOF",
    "cat <<A <<B\nx\nA\ny\nB",
    "cat <<< x",
    'echo "a\nb"',
    "for i in 1 2\ndo echo $i\ndone",
    "if a; then b; elif c; then d; else e; fi",
    "while read x; do echo; done < f",
    "f() {\n echo\n}",
    "case $x in\na) echo;;\nesac",
    "ls \\\n-l",
    "ls |\nwc",
    "(cd x)",
    "echo $(ls)",
    "echo $((1+2))",
    "echo do if case done",
    "awk '{print}'",
    "find . -exec rm {} \\;",
    "echo it\\'s",
    "echo ${x}",
    "a=(1 2)",
    "echo a # it's",
    "node",
]


@pytest.mark.parametrize("text", INCOMPLETE)
def test_is_incomplete_open_construct_is_true(text: str) -> None:
    assert is_incomplete(text)


@pytest.mark.parametrize("text", COMPLETE)
def test_is_incomplete_closed_construct_is_false(text: str) -> None:
    assert not is_incomplete(text)


@given(st.text(alphabet="'\"`\\$(){};|&<\n #ax", max_size=200))
def test_is_incomplete_any_text_returns(text: str) -> None:
    assert is_incomplete(text) in (True, False)


def test_is_incomplete_long_text_counts_as_complete() -> None:
    assert is_incomplete("'" + "x" * (MAX_CHARS - 1))
    assert not is_incomplete("'" + "x" * MAX_CHARS)


def test_syntax_check_stops_at_its_limit() -> None:
    check, text = SyntaxCheck(0), "echo '" + "x" * 10_000
    answers = [check.needs_line(text) for _ in range(200)]
    assert answers[0]
    assert not answers[-1]
