"""Names of HTTP headers that the user's settings add to those whose values are credentials."""

from __future__ import annotations

from collections.abc import Iterable

_added: tuple[str, ...] = ()
"""Global, like the labels of severities, because sessions are decoded in every package and in worker processes."""


def set_credential_headers(names: Iterable[str]) -> None:
    """Set the names for the whole process, in addition to the shipped ones. `*` stands for any characters."""
    global _added  # noqa: PLW0603
    _added = tuple(dict.fromkeys(name.strip().lower() for name in names if name.strip()))


def credential_headers() -> tuple[str, ...]:
    """Return the names in lower case."""
    return _added
