"""Search for secrets by their characters: whatever stands between them, in whatever form they are written."""

from __future__ import annotations

import base64
import html
import json
import string
import time
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from replay_tui.redaction.printed_secrets import find_printed
from replay_tui.redaction.secret_finder import MIN_GLOBAL_CHARS, MIN_JOINED_CHARS, LineFinder, SecretFinder
from tests.support.effort import sampled
from tests.support.fixtures import cut_at, output

SECRET = "hunter2secret"
INSERTS = (
    "\x1b[m", "\x1b[01;31m", "\x1b[0m\x1b[K", "\x1b[1;5H", "\x1b[C", "\x1b[3D", "\x1b7", "\x1b8", "\x1b[?25l", "\x1b(0",
    "\x0e", "\x0f", "\x00", "\x07", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bP+q\x1b\\", "\x1b=", "\u200b",
)  # fmt: skip
"""What may stand between two characters of a secret without changing what is read."""
BREAKS = ("\n", "\r\n", " \r\n", "\r\n\r\n", "\x1b[K\r\n", "\r\n  ", " \r")

inserts = st.lists(st.sampled_from(INSERTS), min_size=len(SECRET) - 1, max_size=len(SECRET) - 1)
secrets = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z", "M")), min_size=MIN_JOINED_CHARS, max_size=30
)
plain = st.text(st.sampled_from(string.ascii_uppercase + " "), max_size=40)


def masked(text: str, *some: str) -> str:
    """Return a text in which the characters of secrets are `*`."""
    chars = list(text)
    for start, end in SecretFinder(some).spans(text):
        chars[start:end] = "*" * (end - start)
    return "".join(chars)


def woven(parts: list[str]) -> str:
    """Return the secret with a part after each character but the last."""
    return "".join(char + part for char, part in zip(SECRET, [*parts, ""], strict=True))


@given(inserts, plain, plain)
def test_finder_ignores_control_sequences(parts: list[str], before: str, after: str) -> None:
    text = before + woven(parts) + after
    assert masked(text, SECRET) == before + "".join(f"*{part}" for part in [*parts, ""]) + after


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("at", range(1, len(SECRET)))
def test_finder_ignores_a_line_break(line_break: str, at: int) -> None:
    text = f"key={SECRET[:at]}{line_break}{SECRET[at:]} rest"
    assert masked(text, SECRET) == f"key={'*' * at}{line_break}{'*' * (len(SECRET) - at)} rest"


@given(secrets, plain, plain)
def test_finder_finds_other_forms(secret: str, before: str, after: str) -> None:
    assume(secret.strip("*"))  # a secret of asterisks is its own mask
    data = secret.encode()
    forms = [
        secret, data.hex(), data.hex().upper(), json.dumps(secret), json.dumps(secret, ensure_ascii=False),
        html.escape(secret), quote(secret), quote(secret, safe=""),
    ]  # fmt: skip
    for form in forms:
        assert secret not in masked(f"{before}{form}{after}", secret)
        assert form.strip('"') not in masked(f"{before}{form}{after}", secret)


@given(secrets, st.binary(max_size=7), st.binary(max_size=7))
def test_finder_finds_base64_at_each_alignment(secret: str, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    hidden = masked(encoded, secret)
    assert hidden.count("*") >= len(secret.encode()) * 8 // 6 - 2
    found = [hidden[:at] for at in range(len(hidden)) if hidden[at] == "*"]
    assert len(found[0]) * 6 <= len(before) * 8 + 6


@given(
    st.lists(st.text(string.ascii_lowercase, min_size=4, max_size=12), min_size=1, max_size=4),
    st.text(st.sampled_from(string.ascii_uppercase + " .,:/\n\x1b[]"), max_size=300),
)
def test_finder_keeps_other_text(some: list[str], text: str) -> None:
    assert masked(text, *some) == text


@pytest.mark.parametrize("secret", ["abc", "ab", "7", ""])
def test_finder_ignores_short_secrets(secret: str) -> None:
    assert len(secret) < MIN_GLOBAL_CHARS
    assert not SecretFinder([secret])
    assert masked(f"an {secret} here", secret) == f"an {secret} here"


def test_finder_short_secret_is_not_joined_across_lines() -> None:
    assert masked("12\n34 1234 1\x1b[m234", "1234") == "12\n34 **** *\x1b[m***"


def test_finder_many_secrets_are_found() -> None:
    some = [f"secret-{number}-{number * 7919}" for number in range(3000)]
    text = " ".join(f"x{secret}y" for secret in some[::100])
    assert masked(text, *some) == " ".join(f"x{'*' * len(secret)}y" for secret in some[::100])


@pytest.mark.parametrize("secret", ["abab", "aaaaaa", "abcabca", "x" * 500])
def test_finder_overlapping_occurrences_are_covered(secret: str) -> None:
    text = f"-{secret * 3}-"
    assert masked(text, secret) == f"-{'*' * len(secret) * 3}-"


@given(st.lists(st.integers(0, 500), max_size=6), inserts)
def test_printed_secret_is_found_across_events(cuts: list[int], parts: list[str]) -> None:
    data = f"$ cat f\r\nkey={woven(parts)} end\r\n".encode()
    pieces = cut_at(data, cuts)
    stream = output(*pieces)
    hidden = [bytearray(piece) for piece in pieces]
    for event, start, stop in find_printed(stream, SecretFinder([SECRET], in_bytes=True), 0, len(stream)):
        hidden[event][start:stop] = b"*" * (stop - start)
    expected = f"$ cat f\r\nkey={''.join(f'*{part}' for part in [*parts, ''])} end\r\n"
    assert b"".join(hidden) == expected.encode()


@sampled("piece", ["a", "\x1b", "\x1b[", " ", "\n", "\x1b]", "\x1b[1;", "secre", "\r\n ", "aGVs", "\0"], daily=3)
def test_finder_time_is_linear(piece: str) -> None:
    """A text that is four times as long does not take much more than four times as long."""
    finder = SecretFinder([SECRET, "a" * 50, "secsecre"])
    text = piece * ((1 << 16) // len(piece))
    short, long = (min(_seconds(finder, text * times) for _ in range(3)) for times in (1, 4))
    assert long < 12 * short + 0.2


def _seconds(finder: SecretFinder, text: str) -> float:
    began = time.process_time()
    finder.spans(text)
    return time.process_time() - began


def test_line_finder_ignores_blanks_and_wraps() -> None:
    finder = LineFinder(["$ rm -rf /srv/data"])
    assert finder.hulls("x\n$ rm -rf /sr\nv/data \nrm -rf /srv/data") == [(2, 21)]
