"""Redaction of credentials in text: tokens that this process holds, and text that has the form of one."""

from __future__ import annotations

from urllib.parse import quote

from replay_tui.domain.lazy_regex import lazy_compile

MASK = "********"
MIN_TOKEN_LENGTH = 4
"""Characters; replacing shorter texts would mask half of every message."""

_HEADERS = r"(?:proxy-)?authorization|(?:x-)?api-key|(?:set-)?cookie|x-new-access-token|hoop_token"
_FIELDS = r"[\w-]*(?:token|password|passwd|secret|signature|credential)|sig|pwd"
# A quoted value ends at its quote, an unquoted header at the end of its line, another value at the next space or `&`.
_QUOTED = r"""(?P<quote>["'])(?:\\+[^\\]|(?!(?P=quote))[^\\\r\n])*(?P=quote)?"""
_AFTER_NAME = r"""(?P<lead>["']?\s*[:=,]\s*(?:[bru]{1,2}(?=["']))?)"""
_FORMS = (
    (
        lazy_compile(rf"(?i)(?<![\w-])(?P<name>{_HEADERS}){_AFTER_NAME}(?:{_QUOTED}|[^\r\n]+)"),
        rf"\g<name>\g<lead>{MASK}",
    ),
    (lazy_compile(rf"(?i)(?<![\w-])(?P<name>{_FIELDS}){_AFTER_NAME}(?:{_QUOTED}|[^\s&]+)"), rf"\g<name>\g<lead>{MASK}"),
    (lazy_compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=|-]+"), rf"\1 {MASK}"),
    (lazy_compile(r"(?<![A-Za-z0-9])(?:hpk_|xapi-)[\w.~+/=-]+"), MASK),
    (lazy_compile(r"\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (lazy_compile(r"(?i)\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\|[^\s\"']+"), MASK),
    (lazy_compile(r"://[^\s\"'<>]*@"), f"://{MASK}@"),
)
"""What to look for and its replacement: headers, fields of forms, URLs and JSON, schemes, keys, JWTs, URL userinfo."""

_known: set[str] = set()


def register_token(value: str) -> None:
    """Redact `value` from now on, as it is and as it is written in a URL."""
    if len(value) >= MIN_TOKEN_LENGTH:
        _known.update((value, quote(value, safe="")))


def redact_tokens(text: str) -> str:
    """Return `text` with registered tokens, and whatever has the form of a credential, replaced by a mask."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    for form, replacement in _FORMS:
        text = form.sub(replacement, text)
    return text
