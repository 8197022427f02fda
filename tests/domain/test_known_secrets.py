"""Secrets in any text by their form: masked, without the words around them, in linear time."""

from __future__ import annotations

import pytest

from replay_tui.domain.known_secrets import BULLET, mask_known_secrets, mask_known_secrets_in

pytestmark = pytest.mark.slow

SECRET = "hunter22"


@pytest.mark.parametrize(
    "text",
    [
        "mysql -u root -p{} shop", "PGPASSWORD={} psql", "export DB_PASS='{}'", "with the password '{}' for bob",
        "the password is \u201c{}\u201d", "curl -H 'Authorization: Bearer {}' host", "https://bob:{}@host/path",
        "Cookie: sid={}", "IDENTIFIED BY '{}'", "IDENTIFIED WITH x BY '{}'", "--password {} now", "--db-password={}",
        "api_key: {}", "apiKey => '{}'", "secret_key_base = '{}'", '{{"token": "{}"}}', "client secret: {}",
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n{}",
    ],
)  # fmt: skip
def test_mask_named_secret_hides_only_the_secret(text: str) -> None:
    masked = mask_known_secrets(f"He typed {text.format(SECRET)}")
    assert masked == "He typed " + text.format(BULLET * len(SECRET)).replace("sid=", BULLET * 4)


@pytest.mark.parametrize("token", ["ghp_" + "a1" * 12, "AKIA" + "A1" * 8, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_"])
def test_mask_token_of_known_form(token: str) -> None:
    assert mask_known_secrets(f"used {token}, then left") == f"used {BULLET * len(token)}, then left"


@pytest.mark.parametrize(
    "text",
    [
        "The password was changed.", "token: $TOKEN", "password=***", "compass: north", "Reads the table secrets.",
        "https://host/path", "passwords are rotated", "DROP TABLE tokens", "mysql -u root -p", "",
    ],
)  # fmt: skip
def test_mask_text_without_secret_is_unchanged(text: str) -> None:
    assert mask_known_secrets(text) == text


def test_mask_json_value_uses_its_keys() -> None:
    value = {"steps": [{"tool_input": {"password": SECRET, "rows": 3, "old_token": "$OLD"}}, f"token={SECRET}"]}
    masked = {"password": BULLET * 8, "rows": 3, "old_token": "$OLD"}
    assert mask_known_secrets_in(value) == {"steps": [{"tool_input": masked}, f"token={BULLET * 8}"]}
    deep: object = SECRET
    for _ in range(2000):
        deep = [deep]
    assert SECRET not in repr(mask_known_secrets_in(deep))[-400:]


@pytest.mark.parametrize("unit", ["a", "_", "a-", "password", "token ", "a://", "-----BEGIN PRIVATE KEY-----", "-p"])
def test_mask_repeated_text_is_linear(unit: str) -> None:
    """A quadratic expression would take hours."""
    assert mask_known_secrets(unit * (1_000_000 // len(unit)))
