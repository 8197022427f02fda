"""Responses of a route: JSON with a status, or an error in the gateway's own form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Refusal(Exception):
    """Error response: `{"message": …}`, with `status` if the route adds it."""

    def __init__(self, status: int, message: str, *, with_status: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "status": status} if with_status else {"message": message}


@dataclass(frozen=True)
class Answer:
    """Successful response. `content` is JSON, bytes, or None for no body."""

    content: Any
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
