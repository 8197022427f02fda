"""Login: the token is verified, stored, and used by the next run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from replay_tui.gateway.client import GatewayClient, log_in
from replay_tui.gateway.credentials import CredentialSources, resolve_credentials
from replay_tui.gateway.errors import CredentialsError, Unauthorized
from replay_tui.gateway.token_store import TokenStore
from tests.support.gateway import PEOPLE, LoopbackGateway


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.role + person.groups[0])
def test_log_in_verifies_and_stores_the_token(gateway: LoopbackGateway, tmp_path: Path, person) -> None:
    store = TokenStore(tmp_path / "config")
    me, place = log_in(resolve_credentials(CredentialSources(), gateway.url, token=SecretStr(person.token)), store)
    assert (me.id, me.is_admin_member, me.is_auditor) == (person.id, person.is_admin, person.role == "auditor")
    assert place == str(store.path)
    credentials = resolve_credentials(CredentialSources(store=store))
    assert credentials.sources == {"address": "the last login", "token": str(store.path)}
    with GatewayClient(credentials) as client:
        assert client.read.current_user().id == person.id


def test_organisation_key_is_sent_in_its_own_header(gateway: LoopbackGateway) -> None:
    with GatewayClient(
        resolve_credentials(CredentialSources(), gateway.url, token=SecretStr(gateway.organisation_key))
    ) as client:
        assert client.read.current_user().is_admin_member
    assert "authorization" not in gateway.seen[-1].headers


def test_log_in_with_a_rejected_token_stores_nothing(gateway: LoopbackGateway, tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "config")
    with pytest.raises(Unauthorized):
        log_in(resolve_credentials(CredentialSources(), gateway.url, token=SecretStr("wrong")), store)
    assert not store.path.exists()


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "t\u00f6ken", "\x1b[31m"])
def test_log_in_with_an_invalid_token_hides_it(gateway: LoopbackGateway, token: str) -> None:
    with pytest.raises(CredentialsError, match="invalid characters") as caught:
        resolve_credentials(CredentialSources(), gateway.url, token=SecretStr(token))
    assert token not in str(caught.value)


def test_log_in_with_a_read_only_store_raises(gateway: LoopbackGateway, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CredentialsError, match=r"cannot be (written|read)"):
        log_in(
            resolve_credentials(CredentialSources(), gateway.url, token=SecretStr(PEOPLE[0].token)),
            TokenStore(tmp_path / "file"),
        )
