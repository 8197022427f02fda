"""Settings file: a TOML file in the platform's configuration folder. Tokens are stored elsewhere."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import platformdirs
from msgspec import Meta, Struct, convert

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError

FILE_NAME = "config.toml"
MAX_FILE_BYTES = 1 << 20
"""Larger settings files are rejected."""
_TOKEN_NAMES = ("token", "hoop_token", "api_key", "password")


def _validate_labels(value: Mapping[str, tuple[str, ...]]) -> None:
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


_SWITCH = "true or false"
_Words = dict[str, tuple[str, ...]]
"""Names with a list of words; one word may be written without a list."""


class Settings(Struct, frozen=True, kw_only=True):
    """User settings. Every key has a default; its `description` is a noun phrase that completes "must be ...".

    Attributes:
        credential_headers: HTTP headers whose values are hidden, in addition to the usual ones.
        severities: custom labels by severity; the first is displayed, all are parsed.
        keys: keys by command name.
        sigma_rules: folder with rules in the Sigma format; needs the extra `sigma`.
        rules: tables of custom finding rules, not validated here.
    """

    api_url: Annotated[str | None, Meta(description="the gateway's address in quotes")] = None
    allow_plain_http: Annotated[bool, Meta(description=_SWITCH)] = False
    tls_ca: Annotated[
        str | None, Meta(description="a file with a certificate, or base64 of its PEM text, in quotes")
    ] = None
    skip_tls_verify: Annotated[bool, Meta(description=_SWITCH)] = False
    read_only: Annotated[bool, Meta(description=_SWITCH)] = False
    theme: Annotated[str, Meta(min_length=1, max_length=60, description="a theme's name in quotes")] = "textual-dark"
    speed: Annotated[float, Meta(ge=0.25, le=64, description="a number from 0.25 to 64")] = 1.0
    idle: Annotated[
        Literal["real", "cap", "log"] | None,
        Meta(description='"real", "cap" or "log"; if missing, the limit in an asciicast\'s header, else "real"'),
    ] = None
    sidebar: Annotated[
        bool | None, Meta(description="true or false; if missing, it depends on the terminal's width")
    ] = None
    credential_headers: Annotated[
        tuple[str, ...], Meta(description="a list of HTTP header names in quotes; * stands for any characters")
    ] = ()
    severities: Annotated[
        _Words,
        Meta(description='a table of high, medium and low with your own labels, such as high = ["critical", "p1"]'),
    ] = {}
    archive: Annotated[bool, Meta(description="true or false; true adds each session that you open to the library")] = (
        False
    )
    archive_limit_gib: Annotated[float, Meta(gt=0, le=1e6, description="the size limit in GiB, a positive number")] = (
        20.0
    )
    cache_sessions: Annotated[
        bool,
        Meta(description="true or false; true keeps copies of closed sessions of the gateway on this computer"),
    ] = False
    filters: Annotated[
        dict[str, str], Meta(description='a table of names with gateway filters, such as "since=7d"')
    ] = {}
    keys: Annotated[_Words, Meta(description="a table of command names with a key or a list")] = {}
    rules: Annotated[tuple[dict[str, Any], ...], Meta(description="tables written as [[rules]]")] = ()
    sigma_rules: Annotated[str | None, Meta(description="a folder with Sigma rules in quotes")] = None
    given: frozenset[str] = frozenset()
    """The names of the settings that the file contains."""


_TYPES = {name: hint for name, hint in get_type_hints(Settings, include_extras=True).items() if name != "given"}
NAMES = tuple(_TYPES)


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
    values = {}
    for name, value in content.items():
        try:
            values[name] = _setting(name, value)
        except ValueError:  # of which msgspec's error is one
            warnings.append(_wrong(name, path))
    return Settings(given=frozenset(values), **values), warnings


def describe(name: str) -> str:
    """Return what a setting must be."""
    return next(str(one.description) for one in _TYPES[name].__metadata__)


def _setting(name: str, value: Any) -> Any:
    """Return a setting's value. Raises `ValueError` if it is of the wrong type or out of range."""
    if name in ("credential_headers", "rules"):
        value = _as_list(value)
    elif name in ("severities", "keys") and isinstance(value, dict):
        value = {key: _as_list(words) for key, words in value.items()}
    found = convert(value, _TYPES[name])
    if name == "severities":
        _validate_labels(found)
    return found


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


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
    return f"'{name}' in {sanitize(path)} must be {describe(name)}; the default is used."
