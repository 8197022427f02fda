"""Settings of the vendor's own tools: environment variables and `~/.hoop/config.toml`.

Both are defined by the vendor's command line (keys `api_url`, `token`, `tls_ca` as base64 of PEM, `skip_tls_verify`).
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.known_secrets import register_token
from replay_tui.gateway.errors import CredentialsError

MAX_CONFIG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class HoopSettings:
    """Settings of one source; None for a missing value. `tls_ca` is PEM text."""

    api_url: str | None = None
    token: SecretStr | None = None
    tls_ca: str | None = None
    skip_tls_verify: bool | None = None

    def __post_init__(self) -> None:
        if self.token:
            register_token(self.token.get_secret_value())

    def __reduce__(self) -> str:
        raise TypeError("settings cannot be pickled: pickling SecretStr writes its value")


def from_environment(environ: Mapping[str, str]) -> HoopSettings:
    """Read `HOOP_APIURL`, `HOOP_TOKEN`, `HOOP_TLSCA` and `HOOP_TLS_SKIP_VERIFY`; an empty variable counts as not set.

    Raises `CredentialsError` if `HOOP_TLSCA` is invalid.
    """
    token = environ.get("HOOP_TOKEN", "").strip()
    skip = environ.get("HOOP_TLS_SKIP_VERIFY", "").strip().lower()
    ca = environ.get("HOOP_TLSCA", "").strip()
    return HoopSettings(
        environ.get("HOOP_APIURL", "").strip() or None,
        SecretStr(token) if token else None,
        _read_certificate(ca) if ca else None,
        skip in ("true", "1", "yes") if skip else None,
    )


def from_file(path: Path) -> HoopSettings:
    """Read the vendor's configuration file, if it exists. Raises `CredentialsError` if it is invalid."""
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(MAX_CONFIG_BYTES).decode())
    except FileNotFoundError:
        return HoopSettings()
    except OSError as error:
        raise CredentialsError(f"{sanitize(path)} cannot be read ({sanitize(error.strerror)}).") from None
    except (ValueError, RecursionError):  # invalid TOML or UTF-8; the message could quote the token
        raise CredentialsError(
            f"{sanitize(path)} is not valid TOML; correct it, or log in with `hoop login`."
        ) from None
    token = _text(content, "token", path)
    ca = _text(content, "tls_ca", path)
    skip = content.get("skip_tls_verify")
    return HoopSettings(
        _text(content, "api_url", path),
        SecretStr(token) if token else None,
        _decode_certificate(ca, f"tls_ca in {sanitize(path)}") if ca else None,
        skip if isinstance(skip, bool) else None,
    )


def _text(content: Mapping[str, object], key: str, path: Path) -> str | None:
    value = content.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise CredentialsError(f"{key} in {sanitize(path)} is not text; correct it.")
    return value.strip() or None


def _read_certificate(value: str) -> str:
    """Return the PEM text of `HOOP_TLSCA`: plain, base64, `base64://…`, `file://…` or a path.

    Raises `CredentialsError` if it is none of them.
    """
    name = "HOOP_TLSCA"
    if "-----BEGIN" in value:
        return value
    if value.startswith("base64://"):
        return _decode_certificate(value.removeprefix("base64://"), name)
    path = Path(value.removeprefix("file://"))
    if not value.startswith("file://") and not path.is_file():
        return _decode_certificate(value, name)
    try:
        with path.open("rb") as file:
            return file.read(MAX_CONFIG_BYTES).decode()
    except OSError as error:
        raise CredentialsError(
            f"{name} names {sanitize(path)}, which cannot be read ({sanitize(error.strerror)})."
        ) from None
    except ValueError:
        raise CredentialsError(f"{name} names {sanitize(path)}, which holds no certificate in PEM form.") from None


def _decode_certificate(value: str, name: str) -> str:
    try:
        text = base64.b64decode("".join(value.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if "-----BEGIN" not in text:
        raise CredentialsError(f"{name} holds no certificate: base64 of PEM text is expected.")
    return text
