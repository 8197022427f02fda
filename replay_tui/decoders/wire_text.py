"""Decoding of the texts inside a wire protocol, whose messages count bytes and therefore cannot be converted before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from replay_tui.domain.text_encoding import UTF8

_encoding: ContextVar[str] = ContextVar("wire_encoding", default=UTF8)


def current_encoding() -> str:
    """Return the encoding of the texts that are decoded now."""
    return _encoding.get()


def wire_text(data: bytes) -> str:
    """Return the text of bytes in the current encoding; invalid bytes become U+FFFD."""
    return data.decode(_encoding.get(), "replace")


@contextmanager
def decoding_as(encoding: str) -> Iterator[None]:
    """Decode texts with `encoding` inside the block."""
    token = _encoding.set(encoding)
    try:
        yield
    finally:
        _encoding.reset(token)
