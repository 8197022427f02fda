"""Settings file: a TOML file in the platform's configuration folder. Tokens are stored elsewhere."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError

FILE_NAME = "config.toml"
MAX_FILE_BYTES = 1 << 20
"""Larger settings files are rejected."""
_TOKEN_NAMES = ("token", "hoop_token", "api_key", "password")


def _as_tuple(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


_Keys = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


def _validate_labels(value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Validate severity labels: at most 12 characters, unique, and not the name of another severity.

    Raises `ValueError`.
    """
    names = ("low", "medium", "high")
    words = [(word.strip().lower(), name) for name, own in value.items() for word in own]
    if not set(value) <= set(names) or len({word for word, _ in words}) < len(words):
        raise ValueError
    if any(
        not 0 < len(word) <= 12 or sanitize(word) != word or (word in names and word != name) for word, name in words
    ):
        raise ValueError
    return value


_Labels = Annotated[Mapping[str, _Keys], AfterValidator(_validate_labels)]


class Settings(BaseModel):
    """User settings. Every key has a default; its `description` is a noun phrase that completes "must be ...".

    Attributes:
        credential_headers: HTTP headers whose values are hidden, in addition to the usual ones.
        severities: custom labels by severity; the first is displayed, all are parsed.
        keys: keys by command name.
        sigma_rules: folder with rules in the Sigma format; needs the extra `sigma`.
        rules: tables of custom finding rules, not validated here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    api_url: str | None = Field(None, description="the gateway's address in quotes")
    allow_plain_http: bool = Field(False, description="true or false")
    tls_ca: str | None = Field(None, description="a file with a certificate, or base64 of its PEM text, in quotes")
    skip_tls_verify: bool = Field(False, description="true or false")
    read_only: bool = Field(False, description="true or false")
    theme: str = Field("textual-dark", min_length=1, max_length=60, description="a theme's name in quotes")
    speed: float = Field(1.0, ge=0.25, le=64, description="a number from 0.25 to 64")
    idle: Literal["real", "cap", "log"] | None = Field(
        None, description='"real", "cap" or "log"; if missing, the limit in an asciicast\'s header, else "real"'
    )
    sidebar: bool | None = Field(None, description="true or false; if missing, it depends on the terminal's width")
    credential_headers: _Keys = Field(
        (), description="a list of HTTP header names in quotes; * stands for any characters"
    )
    severities: _Labels = Field(
        {}, description='a table of high, medium and low with your own labels, such as high = ["critical", "p1"]'
    )
    archive: bool = Field(False, description="true or false; true adds each session that you open to the library")
    archive_limit_gib: float = Field(20.0, gt=0, le=1e6, description="the size limit in GiB, a positive number")
    cache_sessions: bool = Field(
        False, description="true or false; true keeps copies of closed sessions of the gateway on this computer"
    )
    filters: Mapping[str, str] = Field({}, description='a table of names with gateway filters, such as "since=7d"')
    keys: Mapping[str, _Keys] = Field({}, description="a table of command names with a key or a list")
    rules: Annotated[tuple[Mapping[str, Any], ...], BeforeValidator(_as_tuple)] = Field(
        (), description="tables written as [[rules]]"
    )
    sigma_rules: str | None = Field(None, description="a folder with Sigma rules in quotes")


NAMES = tuple(Settings.model_fields)


def config_folder() -> Path:
    """Return the folder of the settings and stored tokens; it may not exist."""
    return platformdirs.user_config_path("replay-tui")


def config_path() -> Path:
    """Return the path of the settings file; it may not exist."""
    return config_folder() / FILE_NAME


def load_settings(path: Path | None = None) -> tuple[Settings, list[str]]:
    """Return the settings in a file (`config_path()` if None) and a warning for each invalid key.

    A missing file counts as empty. Raises `UsageError` for a file that cannot be read or is not valid TOML.
    """
    path = path or config_path()
    content = _read(path)
    warnings = []
    for name in [name for name in content if name not in NAMES]:
        warnings.append(_unknown(name, path))
        del content[name]
    if not content:
        return Settings.model_construct(), warnings  # needs no validator
    while True:
        try:
            return Settings.model_validate(content), warnings
        except ValidationError as error:
            for name in dict.fromkeys(str(problem["loc"][0]) for problem in error.errors(include_input=False)):
                warnings.append(_wrong(name, path))
                del content[name]


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"The settings in {sanitize(path)} cannot be read ({reason}).") from None
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{sanitize(path)} is larger than {MAX_FILE_BYTES >> 20} MiB; it is not a settings file.")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{sanitize(path)} is not valid TOML ({_position(error)}); correct it.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{sanitize(path)} is not valid TOML (not UTF-8); save it as UTF-8.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or a thousand nested lists
        raise UsageError(f"{sanitize(path)} is not valid TOML; correct it.") from None


def _position(error: tomllib.TOMLDecodeError) -> str:
    """Return the position in `error`, such as `line 3, column 9`. The message itself may quote a token."""
    return str(error).rpartition("(at ")[2].rstrip(")")


def _unknown(name: str, path: Path) -> str:
    if name.lower() in _TOKEN_NAMES:
        return f"'{name}' in {sanitize(path)} is ignored; remove it and run `replay-tui login`."
    near = difflib.get_close_matches(name.lower().replace("-", "_"), NAMES, 1, 0.6)
    hint = f"did you mean '{near[0]}'?" if near else f"the settings are {', '.join(NAMES)}."
    return f"'{truncate(sanitize(name), 40)}' in {sanitize(path)} is not a setting; {hint}"


def _wrong(name: str, path: Path) -> str:
    field = Settings.model_fields[name]
    return f"'{name}' in {sanitize(path)} must be {field.description}; the default is used."
