"""Text that must not be displayed: a token."""

from __future__ import annotations

from replay_tui.domain.tokens import MASK


class SecretText:
    """A secret. `str`, `repr` and formatting show a mask, and it cannot be pickled or copied into a file by mistake."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return f"SecretText({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled: that would write its value")
