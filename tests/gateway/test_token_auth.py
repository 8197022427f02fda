"""Renewal of a token while the program runs: a token sent by the gateway, and a new login after a 401."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from replay_tui.domain.errors import GatewayError
from replay_tui.gateway.client import GatewayClient
from replay_tui.gateway.credentials import Credentials
from replay_tui.gateway.errors import CredentialsError, Unauthorized
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.retry import RetryPolicy
from replay_tui.gateway.session_list import Filters
from replay_tui.gateway.token_auth import TokenRenewal
from tests.support.clock import WaitlessClock
from tests.support.gateway import ADMIN, OWNER, Fault, LoopbackGateway


@contextmanager
def renewing(
    gateway: LoopbackGateway,
    token: str,
    load: Callable[[], Credentials | None] = lambda: None,
    save: Callable[[Credentials], None] = lambda _: None,
) -> Iterator[GatewayClient]:
    credentials = credentials_for(gateway.url, token)
    retry = RetryPolicy(WaitlessClock(), jitter=lambda: 1.0)
    with GatewayClient(credentials, retry=retry, renewal=TokenRenewal(load, save)) as client:
        yield client


def credentials_for(url: str, token: str) -> Credentials:
    return Credentials(GatewayUrl.parse(url), SecretStr(token))


def tokens_seen(gateway: LoopbackGateway) -> list[str]:
    return [seen.headers["authorization"].removeprefix("Bearer ") for seen in gateway.seen]


def test_new_login_takes_effect_after_a_rejected_token(gateway: LoopbackGateway) -> None:
    with renewing(gateway, "expired", lambda: credentials_for(gateway.url, ADMIN.token)) as client:
        assert client.read.sessions(Filters())
        assert client.read.current_user().display_name == ADMIN.name
    assert tokens_seen(gateway) == ["expired", ADMIN.token, ADMIN.token]


def test_change_is_sent_again_after_a_new_login(gateway: LoopbackGateway) -> None:
    with renewing(gateway, "expired", lambda: credentials_for(gateway.url, ADMIN.token)) as client:
        client.write.kill(gateway.store.names["open-shell"])
    assert [seen.method for seen in gateway.seen] == ["POST", "POST"]


def no_login() -> Credentials:
    raise CredentialsError("No gateway is configured.")


@pytest.mark.parametrize("case", ["none", "error", "same token", "other gateway"])
def test_rejected_token_without_a_new_login_fails_once(gateway: LoopbackGateway, case: str) -> None:
    loads: dict[str, Callable[[], Credentials | None]] = {
        "none": lambda: None,
        "error": no_login,
        "same token": lambda: credentials_for(gateway.url, "expired"),
        "other gateway": lambda: credentials_for("https://other.example", ADMIN.token),
    }
    with renewing(gateway, "expired", loads[case]) as client, pytest.raises(Unauthorized, match="replay-tui login"):
        client.read.sessions(Filters())
    assert tokens_seen(gateway) == ["expired"]


def test_new_login_that_is_rejected_too_is_tried_once(gateway: LoopbackGateway) -> None:
    with (
        renewing(gateway, "expired", lambda: credentials_for(gateway.url, "also-expired")) as client,
        pytest.raises(Unauthorized),
    ):
        client.read.sessions(Filters())
    assert tokens_seen(gateway) == ["expired", "also-expired"]


@pytest.mark.parametrize("status", [None, 403])
def test_token_sent_by_the_gateway_is_used_and_stored(gateway: LoopbackGateway, status: int | None) -> None:
    saved: list[str] = []
    gateway.fault("/sessions", Fault(status=status, headers={"X-New-Access-Token": OWNER.token}))
    with renewing(gateway, ADMIN.token, save=lambda new: saved.append(new.token.get_secret_value())) as client:
        if status:
            with pytest.raises(GatewayError):
                client.read.sessions(Filters())
        else:
            client.read.sessions(Filters())
        assert client.read.current_user().display_name == OWNER.name
    assert tokens_seen(gateway) == [ADMIN.token, OWNER.token]
    assert saved == [OWNER.token]


@pytest.mark.parametrize("value", ["two words", "x" * (65 << 10 >> 1) * 4, "h\u00e9"])
def test_invalid_new_token_is_ignored(gateway: LoopbackGateway, value: str) -> None:
    gateway.fault("/sessions", Fault(headers={"X-New-Access-Token": value}))
    with renewing(gateway, ADMIN.token) as client:
        try:
            client.read.sessions(Filters())
        except GatewayError:
            pass  # a header that is longer than the HTTP library reads
        client.read.current_user()
    assert set(tokens_seen(gateway)) == {ADMIN.token}


def test_former_token_stays_masked_in_error_messages(gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", Fault(headers={"X-New-Access-Token": OWNER.token}))
    with renewing(gateway, ADMIN.token) as client:
        client.read.sessions(Filters())
        gateway.fault("/sessions", Fault(status=403, message=f"{ADMIN.token} and {OWNER.token}"))
        with pytest.raises(GatewayError) as caught:
            client.read.sessions(Filters())
    assert ADMIN.token not in str(caught.value)
    assert OWNER.token not in str(caught.value)
