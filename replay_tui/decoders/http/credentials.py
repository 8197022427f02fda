"""Credentials in HTTP headers: their bytes in a stream, and the texts that must be hidden elsewhere too.

Header lines are found by their form, not by the messages that they belong to, so that folded, repeated, unpaired,
interim and truncated messages make no difference.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import NamedTuple

from replay_tui.decoders.http.parser import REQUEST, RESPONSE
from replay_tui.domain.known_secrets import credential_headers
from replay_tui.domain.lazy_regex import lazy_compile

MIN_SECRET_CHARS = 6
"""Shorter values are hidden in their header only, because their text occurs by chance elsewhere."""
_MIN_PLAIN_CHARS = 20
"""From this length on a value without digits is taken for a secret, not for a word."""
_NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}"
_VALUE = rb"[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*"
_LINE = lazy_compile(rb"(?<![^\r\n])(" + _NAME + rb")[ \t]*:[ \t]*(" + _VALUE + rb")")
_FIRST_LINE = lazy_compile(
    rb"([^\r\n\x00-\x08]{0,16384})((?:\r?\n[ \t]+[^\r\n]*)*)\r?\n(?=\r?\n|" + _NAME + rb"[ \t]*:)"
)
_PARTIAL_NAME = lazy_compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{0,100})[ \t]*:[ \t]*")
_SCHEME = lazy_compile(rb"(?i)(?<![\w-])(?:bearer|basic|negotiate|ntlm)[ \t]+([\w.~+/=-]{8,})")
_USERINFO = lazy_compile(rb"://[^\s/@:\"'<>]{1,256}:([^\s/@\"'<>]{1,256})@")
_GATEWAY_REDACTION = lazy_compile(r"(?i)(?:[a-z-]+ +)?(?:\[?<?\(?redacted\)?>?\]?|\*{3,}|\[[a-z_ ]+\]|<[a-z_ ]+>)")
"""Values that the gateway has already redacted."""
_PUBLIC_PARTS = frozenset(
    (
        *("path", "domain", "expires", "max-age", "samesite", "priority", "version", "comment"),  # of a cookie
        *("username", "realm", "uri", "algorithm", "qop", "signedheaders"),  # of the schemes Digest and AWS4
    )
)
"""Named parts of a value that are not secret."""


class Credential(NamedTuple):
    """Bytes `start` to `end` of a credential, and the `secrets` in it that must be hidden elsewhere too."""

    start: int
    end: int
    secrets: tuple[str, ...]


@cache
def _shipped() -> tuple[str, ...]:
    text = Path(__file__).with_name("credential_headers.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["names"])


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, names)))


def _names() -> tuple[str, ...]:
    return (*_shipped(), *credential_headers())


def is_credential(name: str, value: str) -> bool:
    """Return True if a header contains a credential that the gateway has not redacted."""
    return (
        bool(value.strip())
        and bool(_pattern(_names()).match(name.lower()))
        and not _GATEWAY_REDACTION.fullmatch(value.strip())
    )


def find_credentials(data: bytes, starts: Iterable[int] = (0,)) -> Iterator[Credential]:
    """Yield the credentials in the bytes of one direction, in no order.

    `starts` are offsets at which a header may have lost its start.
    """
    for found in _LINE.finditer(data):
        if is_credential(_text(found[1]), _text(found[2])):
            yield Credential(*found.span(2), tuple(_secrets_in(_text(found[2]))))
    for found in _SCHEME.finditer(data):
        if _is_distinctive(value := _text(found[1])) or _basic_password(value):
            yield Credential(*found.span(1), tuple(_secrets_in(f"Bearer {value}")))
    for found in _USERINFO.finditer(data):
        yield Credential(*found.span(1), tuple(one for one in [_text(found[1])] if len(one) >= MIN_SECRET_CHARS))
    for start in starts:
        if span := _partial_header(data, start):
            yield Credential(*span, tuple(_secrets_in(_text(data[slice(*span)]))))


def _partial_header(data: bytes, start: int) -> tuple[int, int] | None:
    """Return the value of a credential header whose line begins before `start`, None if there is none.

    A line that has lost its name entirely may be a credential and counts as one.
    """
    if REQUEST.match(data, start) or RESPONSE.match(data, start):
        return None
    line = _FIRST_LINE.match(data, start)
    if line is None:
        return None
    named = _PARTIAL_NAME.match(line[1])
    if named is None:
        return line.span(1)[0], line.end(2)
    name = _text(named[1]).lower()
    if any(full.lstrip("*").endswith(name) for full in _names()):
        return line.start(1) + named.end(), line.end(2)
    return None


def _secrets_in(value: str) -> Iterator[str]:
    """Yield the parts of a header's value that are secrets wherever they are displayed."""
    value = " ".join(value.split())
    scheme, blank, rest = value.partition(" ")
    is_scheme = bool(blank) and scheme.isascii() and scheme.replace("-", "").isalnum()
    given = rest if is_scheme else value
    password = _basic_password(given)
    if password or "=" not in given.rstrip("="):
        if len(given) >= MIN_SECRET_CHARS and (is_scheme or _is_distinctive(given)):
            yield given
        if password:
            yield password
        return
    for part in re.split(r"[;,&] *", given):
        name, _, secret = part.partition("=")
        secret = secret.strip('"')
        if name.strip().lower() not in _PUBLIC_PARTS and len(secret) >= MIN_SECRET_CHARS and _is_distinctive(secret):
            yield secret


def _is_distinctive(value: str) -> bool:
    """Return True for a value that is not an ordinary word, number or date."""
    has_digit, has_letter = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    return len(value) >= _MIN_PLAIN_CHARS or (len(value) >= 8 and has_digit and has_letter)


def _basic_password(value: str) -> str:
    """Return the password in the credentials of the Basic scheme, empty if they are invalid."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return ""
    return password if colon and user.isprintable() and password.isprintable() else ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
