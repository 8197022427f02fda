"""A packed list has the items of a list after the same changes, also for a reader that began before them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.search.packed_list import BLOCK_ITEMS, OPEN_ITEMS, PackedList, items_between
from tests.support.effort import cases

CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("extend"), st.integers(0, 2 * BLOCK_ITEMS + OPEN_ITEMS)),
        st.tuples(st.just("append"), st.integers(1, 3)),
        st.tuples(st.just("join"), st.integers(0, BLOCK_ITEMS + 1)),
        st.tuples(st.just("replace"), st.integers(0, 10_000)),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=cases(25))
@given(CHANGES, st.integers(0, 4000), st.integers(0, 4000))
def test_packed_list_equals_list(changes: list[tuple[str, int]], start: int, stop: int) -> None:
    packed, expected = PackedList(str), list[str]()
    for kind, number in changes:
        texts = [f"\u6f22 row {len(expected) + at}" for at in range(number)]
        if kind == "replace":
            if expected:
                packed[number % len(expected)] = expected[number % len(expected)] = f"replaced {number}"
            continue
        if kind == "append":
            for text in texts:
                packed.append(text)
        elif kind == "join":
            other = PackedList(str)
            other += texts
            if texts:
                other[0] = texts[0] = "replaced before it was joined"
            packed += other
        else:
            packed += texts
        expected += texts
    assert len(packed) == len(expected)
    assert list(packed) == expected
    assert packed[start:stop] == expected[start:stop]
    assert list(items_between(packed, start, min(stop, len(packed)))) == expected[start:stop]
    assert [packed[at] for at in range(0, len(packed), 97)] == expected[::97]
    assert list(PackedList(str, packed.blocks())) == expected


def test_packed_list_reader_continues_while_items_are_packed() -> None:
    packed = PackedList(str)
    packed += [str(number) for number in range(BLOCK_ITEMS)]
    reader = packed.between(0, BLOCK_ITEMS)
    begun = [next(reader) for _ in range(10)]
    packed += [str(number) for number in range(BLOCK_ITEMS, 5 * BLOCK_ITEMS)]
    assert begun + list(reader) == [str(number) for number in range(BLOCK_ITEMS)]


def test_packed_list_index_beyond_end_raises() -> None:
    packed = PackedList(str)
    packed += ["a"] * 3000
    with pytest.raises(IndexError):
        packed[3000]
    assert packed[-1] == "a"
