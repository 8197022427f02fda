"""Token store: the system keyring if usable, otherwise a file that only its owner may read."""

from __future__ import annotations

import importlib
import json
import logging
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import SecretStr

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.known_secrets import register_token
from replay_tui.gateway.errors import CredentialsError
from replay_tui.gateway.gateway_url import GatewayUrl

logger = logging.getLogger(__name__)
SERVICE = "replay-tui"
FILE_NAME = "credentials.json"
MAX_FILE_BYTES = 1 << 20


class TokenStore(Struct, frozen=True):
    """Tokens by gateway address. `folder` is the configuration folder; `keyring` the module, None if not usable."""

    folder: Path
    keyring: Any = None

    @staticmethod
    def open(folder: Path) -> TokenStore:
        """Return the store in `folder`, with the system keyring if usable."""
        return TokenStore(folder, system_keyring())

    @property
    def path(self) -> Path:
        """File with the last address, and the tokens if no keyring is usable."""
        return self.folder / FILE_NAME

    @property
    def last_address(self) -> str | None:
        """Address of the last login, None before the first. Raises `CredentialsError` if the file cannot be read."""
        value = self._read().get("api_url")
        return value if isinstance(value, str) and value else None

    def save(self, address: GatewayUrl, token: SecretStr, *, is_login: bool = True) -> str:
        """Store `token`, at a login also `address` as the last one. Return the place ("the system keyring" or a path).

        Raises `CredentialsError` if the file cannot be read or written.
        """
        tokens = self._tokens()
        is_in_keyring = self._save_in_keyring(address, token)
        if is_in_keyring:
            tokens.pop(address.base, None)
        else:
            tokens[address.base] = token.get_secret_value()
        self._write({"api_url": address.base if is_login else self.last_address, "tokens": tokens})
        return "the system keyring" if is_in_keyring else str(self.path)

    def load(self, address: GatewayUrl) -> SecretStr | None:
        """Return the token for `address`, None if not found. Raises `CredentialsError` if the file cannot be read."""
        value = self._load_from_keyring(address) or self._tokens().get(address.base)
        if not value:
            return None
        register_token(value)  # before anything can log it
        return SecretStr(value)

    def place(self, address: GatewayUrl) -> str:
        """Return the place of the token for `address`, for display."""
        return "the system keyring" if self._load_from_keyring(address) else str(self.path)

    def forget(self, address: GatewayUrl) -> None:
        """Remove the token for `address` everywhere. Raises `CredentialsError` if the file cannot be written."""
        if self.keyring is not None:
            try:
                self.keyring.delete_password(SERVICE, address.base)
            except Exception:  # keyring backends raise any exception, also for a missing entry
                logger.warning("Removing the token from the keyring failed", exc_info=True)
        tokens = self._tokens()
        if tokens.pop(address.base, None) is not None:
            self._write({**self._read(), "tokens": tokens})

    @property
    def warning(self) -> str | None:
        """Warning if other users may read a file with tokens, else None."""
        try:
            mode = self.path.stat().st_mode
        except OSError:
            return None
        if not mode & (stat.S_IRWXG | stat.S_IRWXO) or not self._tokens():
            return None
        return f"Other users may read the token in {sanitize(self.path)}; run `chmod 600` on it."

    def _load_from_keyring(self, address: GatewayUrl) -> str | None:
        if self.keyring is None:
            return None
        try:
            value = self.keyring.get_password(SERVICE, address.base)
        except Exception:  # keyring backends raise any exception; fall back to the file
            logger.warning("Reading the token from the keyring failed", exc_info=True)
            return None
        return value if isinstance(value, str) else None

    def _save_in_keyring(self, address: GatewayUrl, token: SecretStr) -> bool:
        if self.keyring is None:
            return False
        try:
            self.keyring.set_password(SERVICE, address.base, token.get_secret_value())
            return bool(self.keyring.get_password(SERVICE, address.base) == token.get_secret_value())
        except Exception:
            logger.warning("Saving the token in the keyring failed", exc_info=True)
            return False

    def _tokens(self) -> dict[str, str]:
        tokens = self._read().get("tokens")
        if not isinstance(tokens, dict):
            return {}
        return {key: value for key, value in tokens.items() if isinstance(value, str) and value}

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                value = json.loads(file.read(MAX_FILE_BYTES))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CredentialsError(f"{sanitize(self.path)} cannot be read ({sanitize(error.strerror)}).") from None
        except (ValueError, RecursionError):
            return {}  # damaged; the next login replaces it
        return value if isinstance(value, dict) else {}

    def _write(self, content: dict[str, Any]) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp creates the file readable by its owner only, before the token is written.
            handle, name = tempfile.mkstemp(prefix=".credentials-", dir=self.folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(content, file, indent=1)
                os.replace(name, self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise CredentialsError(f"{sanitize(self.path)} cannot be written ({sanitize(error.strerror)}).") from None


def system_keyring() -> Any:
    """Return the keyring module if it is installed and has a usable backend, else None."""
    try:
        keyring = importlib.import_module("keyring")
        return keyring if keyring.get_keyring().priority > 0 else None
    except ModuleNotFoundError:
        return None
    except Exception:  # for example without a D-Bus session
        logger.warning("Loading the keyring failed", exc_info=True)
        return None
