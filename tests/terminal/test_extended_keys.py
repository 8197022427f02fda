"""Extended key encodings: the plain bytes of each key; releases and modifiers are no keys."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.terminal.input_keys import parse_key_events, parse_keys, plain_key

KITTY = {
    b"\x1b[97u": b"a",
    b"\x1b[97;1u": b"a",
    b"\x1b[97;1:1u": b"a",
    b"\x1b[97;1:2u": b"a",
    b"\x1b[97;1:3u": b"",
    b"\x1b[97;2u": b"A",
    b"\x1b[97:65;2u": b"A",
    b"\x1b[49:33;2u": b"!",
    b"\x1b[97;;97u": b"a",
    b"\x1b[97;2;65u": b"A",
    b"\x1b[97;65u": b"A",
    b"\x1b[0;;28450:23383u": "\u6f22\u5b57".encode(),
    b"\x1b[252u": "\u00fc".encode(),
    b"\x1b[13u": b"\r",
    b"\x1b[13;1:3u": b"",
    b"\x1b[9u": b"\t",
    b"\x1b[127u": b"\x7f",
    b"\x1b[27u": b"\x1b",
    b"\x1b[99;5u": b"\x03",
    b"\x1b[100;5u": b"\x04",
    b"\x1b[100;3u": b"\x1bd",
    b"\x1b[57414u": b"\r",
    b"\x1b[57401u": b"2",
    b"\x1b[57441;2u": b"",
    b"\x1b[1;1:3A": b"",
    b"\x1b[1;1:1A": b"\x1b[A",
    b"\x1b[1;5:2C": b"\x1b[1;5C",
    b"\x1b[3;1:1~": b"\x1b[3~",
    b"\x1b[3;1:3~": b"",
}
OTHERS = {
    b"\x1b[27;5;99~": b"\x03",
    b"\x1b[27;2;65~": b"A",
    b"\x1b[65;30;97;1;0;1_": b"a",
    b"\x1b[65;30;97;0;0;1_": b"",
    b"\x1b[13;28;13;1;0;1_": b"\r",
    b"\x1b[16;42;0;1;16;1_": b"",
    b"\x1b[65;30;97;1;0;3_": b"aaa",
    b"\x1b[A": b"\x1b[A",
    b"\x1b[3~": b"\x1b[3~",
    b"\x1b[99999999999u": b"\x1b[99999999999u",
    b"\x1b[1114112u": b"",
}


@pytest.mark.parametrize(("raw", "plain"), [*KITTY.items(), *OTHERS.items()])
def test_plain_key_of_each_encoding_is_decoded(raw: bytes, plain: bytes) -> None:
    assert plain_key(raw) == plain


def test_parse_keys_of_kitty_input_gives_text_and_places() -> None:
    data = b"\x1b[104;1u\x1b[104;1:3u\x1b[105;1ux\x1b[13u"
    assert [(key.data, key.offset, key.size) for key in parse_keys(data)] == [
        (b"h", 0, 8), (b"i", 18, 8), (b"x", 26, 1), (b"\r", 27, 5),
    ]  # fmt: skip
    assert [key.data for key in parse_key_events(data)] == [b"h", b"", b"i", b"x", b"\r"]


@given(st.lists(st.sampled_from("0123456789:;<=>?u~_A").map(str.encode), max_size=20).map(b"".join))
def test_parse_keys_of_any_sequence_covers_its_bytes(body: bytes) -> None:
    data = b"\x1b[" + body + b"u"
    keys = parse_key_events(data)
    assert all(data[key.offset : key.offset + key.size] for key in keys)
    assert all(before.offset + before.size <= after.offset for before, after in pairwise(keys))
