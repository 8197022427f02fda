"""History expansion (`!!`, `!rm`, `^old^new^`): bash and zsh print the resulting command before they run it."""

from __future__ import annotations

import re

from replay_tui.domain.lazy_regex import lazy_compile

MAX_CHARS, MAX_EXPANSIONS = 2000, 8
_EXPANSION = lazy_compile(
    r"'[^']*'|\\."
    r"|(!(?:!|#|\$|\^|\*|-?\d+|\?[^?\n]+\??|[A-Za-z_./~][^\s:;|&<>()\"'!]*)"
    r"(?::(?:s/[^/\n]*/[^/\n]*/?|gs/[^/\n]*/[^/\n]*/?|[\w*^$-]+))*)",
    re.DOTALL,
)
_SUBSTITUTION = lazy_compile(r"\^([^^\n]+)\^([^^\n]*)(?:\^|\Z)")
_NOT_FOUND = lazy_compile(r"event not found|bad word specifier|substitution failed|no such event|no such word in event")


def has_expansion(text: str) -> bool:
    """Return True if an interactive shell with history expansion would replace part of `text`."""
    return len(text) <= MAX_CHARS and (
        _SUBSTITUTION.match(text) is not None or any(match[1] for match in _EXPANSION.finditer(text))
    )


def is_rejected(output: str) -> bool:
    """Return True if the first line of `output` says that an expansion failed, so that nothing was run."""
    return _NOT_FOUND.search(output.split("\n", 1)[0]) is not None


def expanded_command(text: str, output: str, previous: str) -> str | None:
    """Return the command that was run instead of `text`, None if `output` does not start with it.

    `output` is the visible text after Enter, `previous` the command before.
    """
    substitution = _SUBSTITUTION.match(text)
    if substitution:
        result = previous.replace(substitution[1], substitution[2], 1) + text[substitution.end() :]
        return result if result and output.startswith(result) else None
    if text.strip() == "!!" and previous and output.startswith(previous):
        return previous
    parts, at = [], 0
    for match in _EXPANSION.finditer(text):
        if match[1]:
            parts.append(text[at : match.start()])
            at = match.end()
    if not 0 < len(parts) <= MAX_EXPANSIONS:
        return None
    return _matching_line([*parts, text[at:]], output.split("\n", 1)[0].rstrip())


def _matching_line(parts: list[str], line: str) -> str | None:
    """Return `line` if it consists of `parts` with other text between them."""
    at = len(parts[0])
    if not line.startswith(parts[0]):
        return None
    for part in parts[1:-1]:
        found = line.find(part, at + 1)
        if found < 0:
            return None
        at = found + len(part)
    return line if line.endswith(parts[-1].rstrip()) and at < len(line) - len(parts[-1].rstrip()) else None
