"""A value that must not be seen: every way of printing it shows a mask."""

from __future__ import annotations

from replay_tui.domain.tokens import register_token

MASK = "********"


class SecretToken:
    """Holds a token. Only `reveal()` gives it out; `repr`, `str`, `format` and pickling never do."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value
        register_token(value)  # the log masks it too

    def reveal(self) -> str:
        """The value itself, for the one header that needs it."""
        return self.__value

    def redact(self, text: str) -> str:
        """`text` with every appearance of the value masked: a server may echo what it was sent."""
        return text.replace(self.__value, MASK) if self.__value else text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretToken) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash(self.__value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")
