"""Sources of address and token, and rejected values."""

from __future__ import annotations

import base64
import json
import pickle
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from replay_tui.domain.known_secrets import redact_tokens
from replay_tui.gateway.credentials import Credentials, CredentialSources, resolve_credentials
from replay_tui.gateway.errors import CredentialsError
from replay_tui.gateway.gateway_url import GatewayUrl
from replay_tui.gateway.hoop_settings import HoopSettings, from_environment, from_file
from replay_tui.gateway.token_store import TokenStore

PEM = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".hoop").mkdir()
    return tmp_path


def write(home: Path, text: str) -> None:
    (home / ".hoop" / "config.toml").write_text(text)


def found(home: Path, own: HoopSettings | None = None, api_url: str | None = None, **environ: str) -> Credentials:
    sources = CredentialSources.default(home / "config", own, environ={"HOME": str(home), **environ})
    return resolve_credentials(
        CredentialSources(sources.environment, sources.hoop_file, sources.own, TokenStore(home / "config")), api_url
    )


def test_credentials_environment_overrides_file_and_settings(home: Path) -> None:
    write(home, 'api_url = "https://file.example"\ntoken = "file-token"\n')
    own = HoopSettings("https://own.example", SecretStr("own-token"))
    assert str(found(home, own).address) == "https://file.example"
    assert found(home, own).token.get_secret_value() == "file-token"
    both = found(home, own, HOOP_APIURL="https://env.example", HOOP_TOKEN="env-token")
    assert (str(both.address), both.token.get_secret_value()) == ("https://env.example", "env-token")
    write(home, "")
    assert (str(found(home, own).address), found(home, own).token.get_secret_value()) == (
        "https://own.example",
        "own-token",
    )


def test_tls_settings_apply_to_their_gateway_only(home: Path) -> None:
    ca = base64.b64encode(PEM.encode()).decode()
    write(home, f'api_url = "https://file.example"\ntoken = "file-token"\ntls_ca = "{ca}"\nskip_tls_verify = true\n')
    own = found(home)
    assert (own.token.get_secret_value(), own.tls_ca, own.skip_tls_verify) == ("file-token", PEM, True)
    assert not found(home, HOOP_TLS_SKIP_VERIFY="false").skip_tls_verify
    other = found(home, HOOP_APIURL="https://env.example", HOOP_TOKEN="env-token")
    assert (other.token.get_secret_value(), other.tls_ca, other.skip_tls_verify) == ("env-token", None, False)


def test_token_is_used_with_its_address_only(home: Path) -> None:
    write(home, 'api_url = "https://file.example/api"\ntoken = "file-token"\n')
    env = {"HOOP_APIURL": "https://env.example", "HOOP_TOKEN": "env-token"}
    assert found(home, api_url="https://file.example", **env).token.get_secret_value() == "file-token"
    assert found(home, api_url="https://env.example:443/", **env).token.get_secret_value() == "env-token"
    assert found(home, HOOP_TOKEN="env-token").token.get_secret_value() == "file-token"
    for url in ("https://argument.example", "https://file.example:444", "https://env.example.org"):
        with pytest.raises(CredentialsError, match=f"login --api-url {url}") as caught:
            found(home, api_url=url, **env)
        assert "from the environment is not used: it belongs to https://env.example." in str(caught.value)
        assert "from ~/.hoop/config.toml is not used: it belongs to https://file.example/api." in str(caught.value)
    with pytest.raises(CredentialsError, match="set HOOP_APIURL as well"):
        found(home, api_url="https://env.example", HOOP_TOKEN="env-token")


def test_api_url_argument_overrides_all_sources(home: Path) -> None:
    write(home, 'api_url = "https://file.example"\ntoken = "file-token"\n')
    credentials = found(home, api_url="https://file.example/api/", HOOP_APIURL="https://env.example")
    assert credentials.address.api == "https://file.example/api"
    assert credentials.sources["address"] == "--api-url"


@pytest.mark.parametrize(
    ("token", "name", "value"),
    [
        ("abc.def.ghi", "Authorization", "Bearer abc.def.ghi"),
        ("hpk_123", "Authorization", "Bearer hpk_123"),
        ("xapi-123", "Api-Key", "xapi-123"),
        ("c97bcf7b-1754-4e9d-9172-50092bf125c1|key", "Api-Key", "c97bcf7b-1754-4e9d-9172-50092bf125c1|key"),
    ],
)
def test_header_depends_on_the_form_of_the_token(token: str, name: str, value: str) -> None:
    assert Credentials(GatewayUrl.parse("localhost"), SecretStr(token)).header == (name, value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8009",
        "http://127.255.255.254",
        "http://localhost",
        "http://LOCALHOST.",
        "http://[::1]:8009",
        "localhost:8009",
    ],
)
def test_gateway_url_plain_http_to_loopback_is_accepted(url: str) -> None:
    assert GatewayUrl.parse(url).scheme == "http"


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example",
        "http://10.0.0.1:8009",
        "http://126.255.255.255",
        "http://128.0.0.1",
        "http://[::2]",
        "http://127.0.0.1.example.com",
        "http://evil-localhost",
        "http://evil.localhost",
        "http://localhost.example.com",
    ],
)
def test_gateway_url_plain_http_elsewhere_needs_the_flag(url: str) -> None:
    with pytest.raises(CredentialsError, match="allow-plain-http"):
        GatewayUrl.parse(url)
    assert GatewayUrl.parse(url, allow_plain_http=True).scheme == "http"


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "https://a b", "https://x:99999", "https://[::1", "x?y=1"])
def test_gateway_url_invalid_raises_credentials_error(url: str) -> None:
    with pytest.raises(CredentialsError, match="is not a gateway's address"):
        GatewayUrl.parse(url)


def test_gateway_url_with_password_is_rejected_and_hidden() -> None:
    with pytest.raises(CredentialsError) as caught:
        GatewayUrl.parse("https://me:hunter2@gateway.example")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://hunter2@gateway.example", "https://me:hunter2@gate way", "me:hunter2@[::1"])
def test_gateway_url_with_user_is_rejected_and_hidden(url: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        GatewayUrl.parse(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://x.example:443", "https://x.example"),
        ("https://x.example:80", "https://x.example:80"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("http://[::1]:8009/api/", "http://[::1]:8009"),
    ],
)
def test_gateway_url_origin_names_a_port_unless_default(url: str, origin: str) -> None:
    assert GatewayUrl.parse(url).origin == origin


def test_credentials_missing_name_the_login_command(home: Path) -> None:
    with pytest.raises(CredentialsError, match=r"replay-tui login.*HOOP_APIURL"):
        found(home)
    with pytest.raises(CredentialsError, match=r"No token is configured for https://x.example.*replay-tui login"):
        found(home, HOOP_APIURL="https://x.example")


@pytest.mark.parametrize("text", ["token = ", "token = 5\n", 'tls_ca = "!"\n', "\x00"])
def test_hoop_file_invalid_is_named_without_its_content(home: Path, text: str) -> None:
    write(home, f"{text}# MARKER")
    with pytest.raises(CredentialsError, match=r"config\.toml") as caught:
        found(home, HOOP_APIURL="https://x.example")
    assert "MARKER" not in str(caught.value)


def test_tls_ca_variable_is_read_in_each_form(home: Path) -> None:
    (home / "ca.pem").write_text(PEM)
    encoded = base64.b64encode(PEM.encode()).decode()
    for value in (PEM, encoded, f"base64://{encoded}", f"file://{home}/ca.pem", f"{home}/ca.pem"):
        credentials = found(home, HOOP_APIURL="https://x.example", HOOP_TOKEN="t", HOOP_TLSCA=value)
        assert (credentials.tls_ca or "").strip() == PEM.strip()


def test_credentials_insecure_connections_have_a_warning(home: Path) -> None:
    skipped = found(home, HOOP_APIURL="https://x.example", HOOP_TOKEN="t", HOOP_TLS_SKIP_VERIFY="true")
    assert "NOT verified" in skipped.warnings[0]
    sources = CredentialSources(HoopSettings("http://x.example", SecretStr("t")))
    assert "plain http" in resolve_credentials(sources, allow_plain_http=True).warnings[0]


def test_token_store_is_private_and_keyed_by_gateway(tmp_path: Path) -> None:
    store, one, other = (
        TokenStore(tmp_path / "c"),
        GatewayUrl.parse("https://a.example"),
        GatewayUrl.parse("https://b.example"),
    )
    assert store.save(one, SecretStr("stored-token")) == str(store.path)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert store.load(one) == SecretStr("stored-token")
    assert store.load(other) is None
    assert store.last_address == "https://a.example"
    assert [path.name for path in store.folder.iterdir()] == ["credentials.json"]
    store.path.chmod(0o644)
    assert "chmod 600" in (store.warning or "")
    store.forget(one)
    assert store.load(one) is None


def test_credentials_use_stored_address_and_token(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.save(GatewayUrl.parse("https://a.example"), SecretStr("stored-token"))
    credentials = resolve_credentials(CredentialSources(store=store))
    assert (credentials.address.base, credentials.token.get_secret_value()) == ("https://a.example", "stored-token")
    elsewhere = CredentialSources(hoop_file=HoopSettings("https://file.example", SecretStr("file-token")), store=store)
    assert resolve_credentials(elsewhere, "https://a.example").token.get_secret_value() == "stored-token"
    assert resolve_credentials(elsewhere).token.get_secret_value() == "file-token"


@pytest.mark.parametrize("token", ["two words", "bell\x07", "h\u00e9", "line\nfeed"])
def test_token_with_invalid_characters_is_rejected(token: str) -> None:
    with pytest.raises(CredentialsError, match="invalid characters") as caught:
        resolve_credentials(CredentialSources(HoopSettings("https://x.example", SecretStr(token))))
    assert token not in str(caught.value)


def test_token_file_warning_needs_a_token_from_the_file(tmp_path: Path) -> None:
    store, address = TokenStore(tmp_path), "https://a.example"
    store.save(GatewayUrl.parse(address), SecretStr("stored-token"))
    store.path.chmod(0o644)
    assert any(
        "chmod 600" in warning for warning in resolve_credentials(CredentialSources(store=store), address).warnings
    )
    assert (
        resolve_credentials(CredentialSources(HoopSettings(address, SecretStr("env-token")), store=store)).warnings
        == ()
    )


class FakeKeyring:
    def __init__(self, *, broken: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def set_password(self, service: str, name: str, value: str) -> None:
        if self.broken:
            raise RuntimeError("locked")
        self.kept[service, name] = value

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def test_token_store_with_a_keyring_keeps_the_file_empty(tmp_path: Path) -> None:
    store, address = TokenStore(tmp_path, FakeKeyring()), GatewayUrl.parse("https://a.example")
    assert store.save(address, SecretStr("ring-token")) == "the system keyring"
    assert "ring-token" not in store.path.read_text()
    assert store.load(address) == SecretStr("ring-token")
    store.forget(address)
    assert store.load(address) is None


def test_token_store_with_a_failing_keyring_uses_the_file(tmp_path: Path) -> None:
    store, address = TokenStore(tmp_path, FakeKeyring(broken=True)), GatewayUrl.parse("https://a.example")
    assert store.save(address, SecretStr("file-token")) == str(store.path)
    assert store.load(address) == SecretStr("file-token")


def test_credentials_shown_as_text_hide_the_token() -> None:
    secret = SecretStr("MARKER")
    shown = [repr(secret), str(secret), f"{secret}", repr(SimpleNamespace(token=secret)), f"{secret!r:>20}"]
    assert not any("MARKER" in text for text in shown)
    assert "MARKER" not in repr(Credentials(GatewayUrl.parse("localhost"), secret))
    assert "MARKER" not in repr(HoopSettings(token=secret))


def test_credentials_pickled_raise_type_error() -> None:
    secret = SecretStr("MARKER")
    for holder in (Credentials(GatewayUrl.parse("localhost"), secret), HoopSettings(token=secret)):
        with pytest.raises(TypeError):
            pickle.dumps(holder)


def test_received_tokens_are_redacted_in_logs(tmp_path: Path) -> None:
    """Tokens are registered by environment, file and token store, and by `Credentials` itself."""
    (tmp_path / "config.toml").write_text('token = "in-hoop-file-q7"')
    from_environment({"HOOP_TOKEN": "in-environment-q7"})
    from_file(tmp_path / "config.toml")
    address = GatewayUrl.parse("https://a.example")
    (tmp_path / "credentials.json").write_text(json.dumps({"tokens": {address.base: "in-token-store-q7"}}))
    assert TokenStore(tmp_path).load(address) == SecretStr("in-token-store-q7")
    Credentials(address, SecretStr("in-credentials-q7"))
    for value in ("in-hoop-file-q7", "in-environment-q7", "in-token-store-q7", "in-credentials-q7"):
        assert redact_tokens(f"<{value}>") == "<********>"
