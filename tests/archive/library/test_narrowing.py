"""Narrowing never excludes a chunk that contains a match."""

from __future__ import annotations

import re
import sys

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from replay_tui.archive.library.narrowing import ODD_LETTERS, Narrowing, grams_of, required_texts
from replay_tui.search.query import Query

TEXTS = st.text(st.sampled_from("abcdSK ikIs.-\u0130\u0131\u017f\u212a\u4e2d\u00c4\u00e4\n"), max_size=40)


@settings(max_examples=150)
@given(TEXTS, st.data())
@example("ROOT@host", None)
def test_narrowing_admits_every_text_with_a_match(text: str, data: st.DataObject | None) -> None:
    start = data.draw(st.integers(0, len(text))) if data else 0
    part = text[start : start + (data.draw(st.integers(4, 12)) if data else 6)]
    for pattern in {part, part.lower(), part.swapcase()} - {""}:
        query = Query(pattern)
        if any(query.spans(line) for line in text.split("\n")) or pattern in text:
            assert Narrowing(query).may_match(grams_of(text))


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"drop table\b", ["drop table"]),
        (r"rm +-rf?x", ["rm ", "-r", "x"]),
        (r"abcd*efgh", ["abc", "efgh"]),
        (r"ab{2}cd", ["a", "cd"]),
        (r"[abc]defg", ["defg"]),
        (r"[]x]defg[^]]hi", ["defg", "hi"]),
        (r"a\.b\d\-c", ["a.b", "-c"]),
        (r"(abcd)", []),
        (r"abcd|efgh", []),
        (r"^abcd$", ["abcd"]),
    ],
)
def test_expression_gives_the_texts_that_it_requires(pattern: str, texts: list[str]) -> None:
    assert list(required_texts(Query(pattern, regex=True))) == texts


def test_narrowing_excludes_other_texts() -> None:
    narrowing = Narrowing(Query("payments_2026"))
    assert narrowing.may_match(grams_of("select * from Payments_2026"))
    assert not narrowing.may_match(grams_of("select * from customers where id in (1, 2, 3)"))
    assert not Narrowing(Query("abc"))


@pytest.mark.slow
def test_odd_letters_are_all_that_equal_ascii_letters() -> None:
    others = "".join(chr(code) for code in range(128, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    lowered = {char for char in others if any(letter.isascii() for letter in char.lower())}
    assert {*re.findall("[a-z]", others, re.IGNORECASE)} | lowered <= set(ODD_LETTERS)
    assert {*regex.findall("[a-z]", others, regex.IGNORECASE)} <= set(ODD_LETTERS)
