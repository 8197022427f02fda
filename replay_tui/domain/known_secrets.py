"""Secrets that are recognised by their form in any text: passwords and keys that are named, tokens, private keys.

A session's own secrets are known after its analysis. These forms are masked in texts that are displayed without it,
such as the AI analysis in a list of sessions. A secret without a name or a known form cannot be recognised.
"""

from __future__ import annotations

import re
from typing import Any

from replay_tui.domain.lazy_regex import lazy_compile

BULLET = "\u2022"
MAX_DEPTH = 64
"""Depth of a JSON value; deeper values are replaced as a whole."""
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|(?<![a-z])pass(?![a-z])|passwort|pwd|secret|token|bearer|credential|api[ _-]?key"
    r"|access[ _-]?key|private[ _-]?key)"
)
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
            r"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}"
            r"|sk-[\w-]{20,}|hvs\.[\w-]{10,}|AIza[\w-]{30,}|npm_\w{30,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
            r"|sk_live_\w{10,}|dop_v1_\w{20,}|pypi-[\w-]{10,})",
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
