"""Sanitising, measuring and formatting text for display."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.text import char_width, expand_tabs, pluralize, sanitize, text_width, truncate
from tests.support.hostile import PAYLOADS

ANY = st.text(st.characters(), max_size=40) | st.text("\x00\x1b\x9b\r\n\t\u200b\u202e\u2066\ud800\ufeffab\U000e0041")


def harmless(text: str, *, lines: bool = False) -> None:
    for char in text:
        if lines and char == "\n":
            continue
        category = unicodedata.category(char)
        assert category not in ("Cc", "Cs", "Zl", "Zp"), f"U+{ord(char):04X}"
        # Visible format characters: number signs of Arabic, Syriac and Kaithi; hieroglyph and music controls.
        assert category != "Cf" or ord(char) in SEEN, f"U+{ord(char):04X}"
    text.encode("utf-8")


SEEN = {
    *range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440),
    *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B),
}  # fmt: skip


@given(ANY)
def test_sanitize_any_text_has_no_controls(text: str) -> None:
    harmless(sanitize(text))
    harmless(sanitize(text, keep_newlines=True), lines=True)


@given(ANY)
def test_sanitize_is_idempotent(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)
    assert sanitize(sanitize(text, keep_newlines=True), keep_newlines=True) == sanitize(text, keep_newlines=True)


@given(
    st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="\u3164\u115f\u1160\uffa0"), max_size=40)
)
def test_sanitize_plain_text_is_unchanged(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_sanitize_hostile_payloads_have_no_controls(name: str) -> None:
    harmless(sanitize(PAYLOADS[name]))
    harmless(sanitize(PAYLOADS[name], keep_newlines=True), lines=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "␛[31m"), ("a\x9bb", "a<U+009B>b"), ("a\u202eb", "a<U+202E>b"), ("a\tb", "a    b"),
        ("a\nb", "a b"), ("a\r\nb", "a b"), ("a\rb", "a␍b"), ("\x7f", "␡"), ("\ud800", "\ufffd"),
        ("\u200b", "<U+200B>"),
    ],
)  # fmt: skip
def test_sanitize_controls_become_visible(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_sanitize_keep_newlines_keeps_lines() -> None:
    assert sanitize("a\r\nb\nc\rd", keep_newlines=True) == "a\nb\nc␍d"


@pytest.mark.parametrize("value", [None, 7, 1.5, True, ["\x1b"], {"a": "\x9b"}, b"\x1b"])
def test_sanitize_any_value_returns_text(value: object) -> None:
    harmless(sanitize(value))


def test_truncate_long_text_ends_with_ellipsis() -> None:
    assert [truncate("abcdef", width) for width in (6, 5, 1, 0)] == ["abcdef", "abcd…", "…", "…"]


def test_expand_tabs_uses_every_eighth_column() -> None:
    assert expand_tabs("58\tCustomer 58\tc58@example.com") == "58      Customer 58     c58@example.com"
    assert "\x1b" not in expand_tabs("a\t\x1b[1m")


def test_pluralize_returns_number_and_noun() -> None:
    assert [pluralize(number, "event") for number in (0, 1, 2000)] == ["0 events", "1 event", "2,000 events"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("\u00fcber", 4),
        ("e\u0301", 1),
        ("\u6f22\u5b57", 4),
        ("\uff21", 2),
        ("\U0001f600", 2),
        ("\uff71", 1),
    ],
)
def test_text_width_returns_cells(text: str, cells: int) -> None:
    """Combining marks take no cell; wide and fullwidth characters take two, halfwidth ones one."""
    assert text_width(text) == cells == sum(map(char_width, text))
