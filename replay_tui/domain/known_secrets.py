"""Secrets that are recognised without the analysis of a session: by their form, by a header's name, as our own token.

A session's own secrets are known after its analysis. `mask_known_secrets` masks the forms (named passwords and keys,
tokens, private keys) in texts that are displayed without it, such as the AI analysis in a list of sessions, and keeps
references such as `$TOKEN`, because they are evidence. `redact_tokens` is for logs and errors, where nothing is
evidence: it replaces too much rather than too little. `findings/secrets.py` judges instead of masking: it parses
command lines and SQL, because a wrong finding costs a reviewer's time; it shares `TOKEN_FORMS`. A secret without a
name or a known form cannot be recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from replay_tui.domain.lazy_regex import lazy_compile

BULLET = "\u2022"
MAX_DEPTH = 64
"""Depth of a JSON value; deeper values are replaced as a whole."""
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|(?<![a-z])pass(?![a-z])|passwort|pwd|secret|token|bearer|credential|api[ _-]?key"
    r"|access[ _-]?key|private[ _-]?key)"
)
TOKEN_FORMS = (
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}"
    r"|sk-[\w-]{20,}|hvs\.[\w-]{10,}|AIza[\w-]{30,}|npm_\w{30,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|[sr]k_live_\w{10,}"
    r"|dop_v1_\w{20,}|pypi-[\w-]{10,}|ya29\.[\w-]{20,}|hf_[A-Za-z]{30,}|xapp-\d-[\w-]{20,}|SG\.[\w-]{20,}\.[\w-]{20,}"
    r"|AGE-SECRET-KEY-1\w{40,}|dckr_pat_[\w-]{20,}|glsa_\w{30,}|shpat_\w{30,}|dapi[0-9a-f]{32}|rubygems_[0-9a-f]{40,}"
    r"|bot\d{8,10}:AA[\w-]{30,}|(?<=/services/)T\w{8,}/B\w{8,}/\w{20,}|(?<=/webhooks/)\d{15,}/[\w-]{40,})"
)
"""Tokens of well-known services, as a pattern that is also a part of the rules for secrets."""
_SECRET_NAME = lazy_compile(rf"{_NAME}s?\Z", re.IGNORECASE)
_FORMS = lazy_compile(
    "|".join(
        (
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[^-]{0,20}-----(.*?)(?:-----END|\Z)",
            r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,200}:([^\s/@\"'<>]{1,400})@",
            r"\b(?:proxy-)?authorization\s*:\s*(?:(?:bearer|basic|token|apikey|digest)\s+)?([^\s\"';,]{4,4000})",
            r"\b(?:set-)?cookie\s*:\s*([^\r\n\"']{4,4000})",
            r"\bIDENTIFIED\s+(?:WITH\s+\S+\s+)?(?:BY|AS)\s+['\"]?([^\s'\";]{1,400})",
            rf"{_NAME}s?(?:[_-]?(?:key|value|base(?:64)?)){{0,2}}[\"']?\s{{0,9}}(?:=>|:=|[=:])\s{{0,9}}[\"'`]?([^\s\"'`,;&)}}]{{4,400}})",
            rf"(?<=-){_NAME}\s{{1,9}}[\"'`]?([^\s\"'`,;]{{4,400}})",
            rf"\b{_NAME}\s{{1,9}}(?:(?:is|was|to|of|for\s\S{{1,60}})\s){{0,2}}[\"'`\u201c\u2018]([^\s\"'`\u201d\u2019]{{3,400}})",
            r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\b[^\r\n|;]{0,200}?\s-p([^\s\"'`,;]{4,400})",
            rf"({TOKEN_FORMS})",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
_NO_SECRET = lazy_compile(
    r"\$|`|<|\{\{|env:|file:|vault:|op://|[*\u2022.]+\Z|(?:true|false|none|null|yes|no|\d{1,3})\Z", re.IGNORECASE
)


def mask_known_secrets(text: str) -> str:
    """Return `text` with each character of a secret replaced by a bullet; references such as `$TOKEN` are kept."""
    return _FORMS.sub(_mask, text) if text else text


def _mask(found: re.Match[str]) -> str:
    group = found.lastindex or 0
    start, end = (at - found.start() for at in found.span(group))
    secret, whole = found[group], found[0]
    if _NO_SECRET.match(secret):
        return whole
    return whole[:start] + re.sub(r"\S", BULLET, secret) + whole[end:]


def mask_known_secrets_in(value: Any, depth: int = 0) -> Any:
    """Return a JSON value with the secrets in its texts masked; a text named like a secret is masked as a whole."""
    if isinstance(value, str):
        return mask_known_secrets(value)
    if not isinstance(value, dict | list):
        return value
    if depth > MAX_DEPTH:
        return BULLET
    if isinstance(value, list):
        return [mask_known_secrets_in(item, depth + 1) for item in value]
    return {name: _mask_member(name, item, depth) for name, item in value.items()}


def _mask_member(name: str, item: Any, depth: int) -> Any:
    if isinstance(item, str) and _SECRET_NAME.search(name) and not _NO_SECRET.match(item):
        return re.sub(r"\S", BULLET, item)
    return mask_known_secrets_in(item, depth + 1)


MASK = "********"
MIN_TOKEN_LENGTH = 4
"""Characters; replacing shorter texts would mask half of every message."""

_HEADERS = r"(?:proxy-)?authorization|(?:x-)?api-key|(?:set-)?cookie|x-new-access-token|hoop_token"
_FIELDS = r"[\w-]*(?:token|password|passwd|secret|signature|credential)|sig|pwd"
# A quoted value ends at its quote, an unquoted header at the end of its line, another value at the next space or `&`.
_QUOTED = r"""(?P<quote>["'])(?:\\+[^\\]|(?!(?P=quote))[^\\\r\n])*(?P=quote)?"""
_AFTER_NAME = r"""(?P<lead>["']?\s*[:=,]\s*(?:[bru]{1,2}(?=["']))?)"""
_CREDENTIAL_FORMS = (
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
    for form, replacement in _CREDENTIAL_FORMS:
        text = form.sub(replacement, text)
    return text


_added: tuple[str, ...] = ()
"""Global, like the labels of severities, because sessions are decoded in every package and in worker processes."""


def set_credential_headers(names: Iterable[str]) -> None:
    """Set the names for the whole process, in addition to the shipped ones. `*` stands for any characters."""
    global _added  # noqa: PLW0603
    _added = tuple(dict.fromkeys(name.strip().lower() for name in names if name.strip()))


def credential_headers() -> tuple[str, ...]:
    """Return the names in lower case."""
    return _added
