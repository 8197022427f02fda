"""Runs of the program against a loopback gateway; all output is searched for tokens."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from replay_tui.gateway import token_store
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.retry import RetryPolicy
from tests.cli.runs import Ran, Runner
from tests.support.gateway import PEOPLE, LoopbackGateway, Person

MARKER = "Xq7marker"
MARKED = tuple(replace(person, token=f"{MARKER}-{number}") for number, person in enumerate(PEOPLE))
ADMIN, REVIEWER, OWNER, AUDITOR, _ = MARKED
VARIABLES = ("HOOP_APIURL", "HOOP_TOKEN", "HOOP_TLSCA", "HOOP_TLS_SKIP_VERIFY")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class HastyClock:
    """A clock whose waits return at once."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, cancel: CancelToken) -> None:
        self.time += seconds
        cancel.raise_if_cancelled()


class Asking:
    """Runs the program as a user of a gateway; asserts that its output contains no token."""

    def __init__(self, run: Runner, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gateway = gateway
        self._run = run
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str, who: Person | None = ADMIN, stdin: str | None = None) -> Ran:
        with self._monkeypatch.context() as patch:
            if who is not None:
                patch.setenv("HOOP_APIURL", self.gateway.url)
                patch.setenv("HOOP_TOKEN", who.token)
            if stdin is not None:
                patch.setattr(sys, "stdin", io.StringIO(stdin))
            ran = self._run(*words)
        assert MARKER not in ran.out + ran.err
        assert "Traceback" not in ran.err
        return ran

    def fails(self, *words: str, code: int = 4, who: Person | None = ADMIN) -> str:
        """Run the program, assert that it fails, and return its error message."""
        ran = self(*words, who=who)
        assert (ran.code, ran.out) == (code, ""), ran
        assert ran.err.startswith("replay-tui: ")
        assert ran.err.count("\n") == 1
        return ran.err


@contextmanager
def asking(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """Start a gateway whose users have marked tokens; retries do not wait."""
    for name in (*VARIABLES, *PROXIES, *(name.lower() for name in PROXIES)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(token_store, "system_keyring", lambda: None)
    monkeypatch.setattr("replay_tui.gateway.client.RetryPolicy", lambda: RetryPolicy(HastyClock(), jitter=lambda: 1.0))
    with LoopbackGateway(people=MARKED) as gateway:
        yield Asking(run, gateway, monkeypatch)
