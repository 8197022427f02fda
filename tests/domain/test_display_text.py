"""Sanitising, measuring and formatting text for display."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_tui.domain.display_text import (
    MAX_COMBINING_MARKS,
    blank_unsafe,
    char_width,
    expand_tabs,
    pluralize,
    sanitize,
    text_width,
    truncate,
)
from tests.support.fixtures import FIXTURES
from tests.support.hostile import PAYLOADS

ANY = st.text(st.characters(), max_size=40) | st.text("\x00\x1b\x9b\r\n\t\u200b\u202e\u2066\ud800\ufeffab\U000e0041")


def harmless(text: str, *, lines: bool = False) -> None:
    for char, before in zip(text, " " + text, strict=False):
        if (lines and char == "\n") or (char in "\u200d\ufe0f" and ord(before) > 0x2000):  # within an emoji
            continue
        category = unicodedata.category(char)
        assert category not in ("Cc", "Cs", "Cf", "Co", "Zl", "Zp"), f"U+{ord(char):04X}"
        assert category != "Zs" or char == " ", f"U+{ord(char):04X}"
    text.encode("utf-8")


@given(ANY)
def test_sanitize_any_text_has_no_controls(text: str) -> None:
    harmless(sanitize(text))
    harmless(sanitize(text, keep_newlines=True), lines=True)


@given(ANY)
def test_sanitize_is_idempotent(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)
    assert sanitize(sanitize(text, keep_newlines=True), keep_newlines=True) == sanitize(text, keep_newlines=True)


@given(
    st.text(
        st.characters(
            categories=("L", "N", "P", "S"), exclude_characters="\u3164\u115f\u1160\uffa0\u2800\ufffc\U0001d159"
        ),
        max_size=40,
    )
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


INVISIBLE = [chr(int(code, 16)) for code in (FIXTURES / "names" / "invisible-characters.txt").read_text().split()]


@pytest.mark.parametrize("char", INVISIBLE, ids=lambda char: f"{ord(char):04X}")
def test_sanitize_invisible_character_is_named(char: str) -> None:
    """Two names with and without such a character look alike."""
    assert sanitize(f"x{char}y") == (f"x<U+{ord(char):04X}>y")


@pytest.mark.parametrize(
    "text", ["\u2600\ufe0f day", "1\ufe0f\u20e3", "\U0001f468\u200d\U0001f4bb", "\u2764\ufe0f\u200d\U0001f525"]
)
def test_sanitize_emoji_is_unchanged(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\ufe0f", "a<U+FE0F>"), ("1\ufe0f", "1<U+FE0F>"), ("\u2600\ufe0f\ufe0f", "\u2600\ufe0f<U+FE0F>"),
        ("\u2600\ufe0e", "\u2600<U+FE0E>"), ("\U0001f468\u200dx", "\U0001f468<U+200D>x"),
        ("x\u200d\U0001f468", "x<U+200D>\U0001f468"),
    ],
)  # fmt: skip
def test_sanitize_emoji_parts_elsewhere_are_named(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_sanitize_keep_blanks_keeps_glyphs_of_output() -> None:
    """`tree` prints no-break spaces, prompts private glyphs, Japanese text wide blanks."""
    text = "\u251c\u2500\u2500\u00a0a\u3000b \ue0b0"
    assert sanitize(text, keep_blanks=True) == expand_tabs(text) == text
    assert sanitize("a\u200b\ufe0f\u115f", keep_blanks=True) == "a<U+200B><U+FE0F><U+115F>"


@pytest.mark.parametrize("char", INVISIBLE, ids=lambda char: f"{ord(char):04X}")
def test_blank_unsafe_keeps_the_width_of_cells(char: str) -> None:
    shown = blank_unsafe(f"x{char}y")
    assert char not in shown
    assert text_width(shown) == text_width(f"x{char}y")


def test_blank_unsafe_keeps_emoji_and_lines() -> None:
    assert blank_unsafe("\u2600\ufe0f\n\U0001f468\u200d\U0001f4bb\x1b") == "\u2600\ufe0f\n\U0001f468\U0001f4bb\ufffd"


MARKS = "\u0301\u0316\u0488\u1ab0\u1dc0\u20d0\ufe20\u0e31\u302a\u3099"


@given(st.text(MARKS, min_size=MAX_COMBINING_MARKS + 1), st.sampled_from("e\u304b\uac00\u0e01"))
def test_sanitize_combining_marks_are_limited_and_counted(marks: str, base: str) -> None:
    assert (
        sanitize(f"x{base}{marks}y")
        == f"x{base}{marks[:MAX_COMBINING_MARKS]}<{len(marks) - MAX_COMBINING_MARKS} combining marks>y"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Nguye\u0302\u0303n",
        "\u0e01\u0e35\u0e48",
        "\u05d1\u05b0\u05bc\u05d7",
        "\u0f66\u0f92\u0fb2\u0f74\u0f56",
        "\u304b\u3099",
    ],
)
def test_sanitize_scripts_with_marks_are_unchanged(text: str) -> None:
    assert sanitize(text) == text


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
