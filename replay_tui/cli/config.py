"""`config`: prints, checks and locates the settings."""

from __future__ import annotations

import difflib
import json
from typing import Any
from urllib.parse import urlsplit

import click

from replay_tui.cli.options import examples
from replay_tui.cli.output import print_status, write, write_lines
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import UsageError
from replay_tui.domain.risk import Severity
from replay_tui.settings.config import Settings, config_path, load_settings
from replay_tui.settings.keymap import FIXED


@click.group(
    "config", no_args_is_help=False, epilog=examples("config path", "config show", "config validate", "config keys")
)
def command() -> None:
    """Print, check and locate the settings. The file is TOML and never contains a token."""


@command.command("path", epilog=examples("config path", "config path | xargs $EDITOR"))
def path() -> None:
    """Print the path of the settings file, which may not exist."""
    write(sanitize(config_path()))


@command.command("show", epilog=examples("config show", "config show > config.toml"))
def show() -> None:
    """Print all current settings as TOML; defaults are comments."""
    settings, warnings = load_settings()
    for warning in warnings:
        print_status(warning)
    write_lines(lines_of(settings))


@command.command("validate", epilog=examples("config validate"))
def validate() -> int:
    """Check the settings and list all errors. The exit code is 2 if there are errors."""
    settings, problems = load_settings()
    problems += problems_of(settings)
    for problem in problems:
        print_status(problem)
    if problems:
        return UsageError.exit_code
    where = sanitize(config_path())
    write(f"{where} is valid." if config_path().exists() else f"{where} does not exist; the defaults apply.")
    return 0


@command.command(
    "keys", epilog=examples("config keys", "config keys >> config.toml"), short_help="Print the keys of all commands."
)
def keys() -> None:
    """Print the current keys of all commands as the table [keys] of the settings; defaults are comments."""
    from replay_tui.settings.keymap import resolve_keymap
    from replay_tui.ui.command_table import COMMANDS

    settings, warnings = load_settings()
    keymap, conflicts = resolve_keymap(settings.keys, COMMANDS)
    for warning in [*warnings, *conflicts]:
        print_status(warning)
    write("[keys]")
    for one in COMMANDS:
        line = f"{_key(one.id)} = {_toml(list(keymap[one.id]))}"
        mark = "" if one.id in settings.keys and one.id not in FIXED else "# "
        write(f"{mark}{line:<{40 - len(mark)}}  # {one.help}")


def problems_of(settings: Settings) -> list[str]:
    """Return the errors in keys, rules and theme, whose values have the right type."""
    from replay_tui.findings.rules import custom_rules
    from replay_tui.findings.sigma_rules import load_sigma_rules
    from replay_tui.settings.keymap import resolve_keymap
    from replay_tui.ui.app import ReplayApp
    from replay_tui.ui.command_table import COMMANDS
    from replay_tui.ui.launch_options import LaunchOptions

    Severity.set_labels(settings.severities)
    problems = resolve_keymap(settings.keys, COMMANDS)[1]
    for rule in settings.rules:
        try:
            custom_rules([rule])
        except UsageError as wrong:
            problems.append(str(wrong))
    if settings.sigma_rules:
        try:
            load_sigma_rules(settings.sigma_rules)
        except UsageError as wrong:
            problems.append(str(wrong))
    themes = sorted(ReplayApp([], LaunchOptions()).available_themes)
    if settings.theme not in themes:
        near = difflib.get_close_matches(settings.theme, themes, 1, 0.5)
        hint = f"Did you mean '{near[0]}'?" if near else f"Choose one of {', '.join(themes)}."
        problems.append(f"Unknown theme '{sanitize(settings.theme)}'. {hint}")
    return problems


def lines_of(settings: Settings) -> list[str]:
    """Return the settings as lines of TOML."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name in ("severities", "keys", "rules"):
            continue
        if name not in settings.model_fields_set:
            shown = f" = {_toml(value)}" if value is not None else ""
            lines.append(f"# {name}{shown}  ({field.description})")
        elif name == "api_url" and _holds_password(value):
            lines.append(f"# {name} contains a user or password, which is not shown; remove it and use a token")
        else:
            lines.append(f"{name} = {_toml(value)}")
    if settings.severities:
        lines += ["", "[severities]", *(f"{name} = {_toml(list(own))}" for name, own in settings.severities.items())]
    if settings.keys:
        lines += ["", "[keys]", *(f"{_key(name)} = {_toml(list(keys))}" for name, keys in settings.keys.items())]
    for rule in settings.rules:
        lines += ["", "[[rules]]", *(f"{_key(name)} = {_toml(value)}" for name, value in rule.items())]
    return lines


def _toml(value: Any) -> str:
    """Return a value as TOML; strings, numbers and booleans have the same syntax as in JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_toml(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    return json.dumps(value) if isinstance(value, bool | int | float) else sanitize(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _quoted(name)


def _quoted(text: str) -> str:
    """Return a TOML basic string with all control characters escaped."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if sanitize(char) == char else f"\\U{ord(char):08X}"


def _holds_password(address: str) -> bool:
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        return parts.username is not None or parts.password is not None
    except ValueError:
        return True
