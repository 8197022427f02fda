"""Rules in the Sigma format for process creation on Linux, from a folder. Needs the extra `sigma`: pySigma parses them.

A command line contains no parent, user or hash: a rule that needs another field than the command line and the image is
not used, and listed with the reason.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from replay_tui.domain.display_text import sanitize, truncate
from replay_tui.domain.errors import UsageError
from replay_tui.domain.risk import Severity
from replay_tui.domain.safe_regex import TimeLimitedPattern
from replay_tui.findings.process_condition import Glob, Joined, Matches, Node, ProcessCondition
from replay_tui.findings.rules import Rule

logger = logging.getLogger(__name__)
MAX_FILES, MAX_FILE_BYTES = 5000, 256 << 10
"""Limits for a folder; larger files are listed as not used."""
_MAX_PARTS, _MAX_DEPTH = 5000, 50
_MAX_TEXT_CHARS = 200
_FIELDS = {"commandline": "command_line", "image": "image"}
_SEVERITIES = {
    "informational": Severity.LOW, "low": Severity.LOW, "medium": Severity.MEDIUM, "high": Severity.HIGH,
    "critical": Severity.HIGH,
}  # fmt: skip
_INSTALL = "Sigma rules need pySigma; install it with: pip install 'replay-tui[sigma]'"


class _NotUsed(Exception):
    """The reason why a rule cannot be used."""


class SigmaRules(Struct, frozen=True):
    """The rules of a folder, and (file, reason) of those that are not used."""

    rules: tuple[Rule, ...]
    not_used: tuple[tuple[str, str], ...]


def load_sigma_rules(folder: str) -> SigmaRules:
    """Return the rules in the YAML files of a folder and its subfolders.

    Raises `UsageError` if the folder cannot be read or pySigma is not installed.
    """
    try:
        from sigma.collection import SigmaCollection
    except ImportError:
        raise UsageError(_INSTALL) from None
    rules: dict[str, Rule] = {}
    not_used: list[tuple[str, str]] = []
    for path in _files(folder):
        name = sanitize(str(path.relative_to(Path(folder).expanduser())))
        try:
            collection = SigmaCollection.from_yaml(_read(path), collect_errors=True)
        except _NotUsed as reason:
            not_used.append((name, str(reason)))
            continue
        except Exception as error:  # pySigma raises errors of the YAML library and its own
            logger.info("A Sigma rule cannot be read: %s", name, exc_info=True)
            not_used.append((name, _invalid(error)))
            continue
        listed = {str(error) for parsed in collection.rules for error in parsed.errors}
        not_used += [(name, _invalid(error)) for error in collection.errors if str(error) not in listed]
        for parsed in collection.rules:
            try:
                rule = _rule(parsed, path.stem, len(rules))
            except _NotUsed as reason:
                not_used.append((name, str(reason)))
            except Exception as error:  # raised by the parser of conditions
                logger.info("A Sigma condition cannot be used: %s", name, exc_info=True)
                not_used.append((name, _shortened(f"its condition is not valid ({error})")))
            else:
                unique = rule.name if rule.name not in rules else f"{rule.name}-{len(rules)}"
                rules[unique] = replace(rule, name=unique)
    return SigmaRules(tuple(rules.values()), tuple(not_used))


def _files(folder: str) -> list[Path]:
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise UsageError(f"{sanitize(str(root))} is no folder with Sigma rules; correct sigma_rules.")
    found = sorted(path for path in root.rglob("*") if path.suffix in (".yml", ".yaml") and path.is_file())
    if len(found) > MAX_FILES:
        raise UsageError(f"{sanitize(str(root))} has more than {MAX_FILES} files with Sigma rules; choose a subfolder.")
    return found


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _NotUsed(f"it is larger than {MAX_FILE_BYTES >> 10} KiB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _NotUsed(_shortened(f"it cannot be read ({error})")) from None
    if re.search(r"(?m)^[^#'\"\n]*[:\-\[][ \t]+[&*]\w", text):
        raise _NotUsed("it has YAML anchors, which can expand without limit")
    return text


def _rule(parsed: Any, stem: str, number: int) -> Rule:
    """Return the rule for a rule of pySigma. Raises `_NotUsed`."""
    if not hasattr(parsed, "detection"):
        raise _NotUsed("it correlates other rules")
    if parsed.errors:
        raise _NotUsed(_invalid(parsed.errors[0]))
    source = parsed.logsource
    if source.category != "process_creation":
        raise _NotUsed(f"its log source is {_shortened(str(source.category or source.service))}, not process_creation")
    if source.product not in (None, "linux"):
        raise _NotUsed(f"it is for {_shortened(str(source.product))}")
    if parsed.status is not None and parsed.status.name in ("DEPRECATED", "UNSUPPORTED"):
        raise _NotUsed(f"its status is {parsed.status.name.lower()}")
    budget = [_MAX_PARTS]
    parts = tuple(_node(condition.parsed, budget) for condition in parsed.detection.parsed_condition)
    severity = _SEVERITIES[parsed.level.name.lower()] if parsed.level is not None else Severity.MEDIUM
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower())[:60].strip("-") or str(number)
    message = _shortened(str(parsed.title).strip().rstrip(".")) + "."
    return Rule(f"sigma-{name}", severity, message, ("process",), process=ProcessCondition(Joined(parts, every=False)))


def _node(parsed: Any, budget: list[int], depth: int = 0) -> Node:
    """Return the condition for a parsed one of pySigma, whose classes are told apart by their names."""
    budget[0] -= 1
    if budget[0] < 0 or depth > _MAX_DEPTH:
        raise _NotUsed("its condition is too long")
    kind = type(parsed).__name__
    if kind in ("ConditionAND", "ConditionOR", "ConditionNOT"):
        parts = tuple(_node(part, budget, depth + 1) for part in parsed.args)
        return Joined(parts, every=kind != "ConditionOR", negated=kind == "ConditionNOT")
    if kind == "ConditionValueExpression":
        return _comparison("command_line", parsed.value, is_keyword=True)
    if kind != "ConditionFieldEqualsValueExpression":
        raise _NotUsed(f"its condition has the unknown part {kind}")
    field = _FIELDS.get(str(parsed.field).lower())
    if field is None:
        raise _NotUsed(f"the field {_shortened(str(parsed.field))} is not known of a command line")
    return _comparison(field, parsed.value, is_keyword=False)


def _comparison(field: str, value: Any, *, is_keyword: bool) -> Node:
    kind = type(value).__name__
    if kind in ("SigmaString", "SigmaCasedString"):
        parts = tuple(_parts(value))
        return Glob(field, (None, *parts, None) if is_keyword else parts, ignores_case=kind == "SigmaString")
    if kind == "SigmaRegularExpression":
        flags = "".join(sorted(flag.name[0].lower() for flag in value.flags))
        pattern = f"(?{flags}){value.regexp}" if flags else str(value.regexp)
        try:
            return Matches(field, TimeLimitedPattern(pattern, ignore_case=False))
        except UsageError as error:
            raise _NotUsed(_shortened(f"its regular expression is not valid ({error})")) from None
    if kind == "SigmaNumber":
        return Glob(field, (str(value.number),))
    if kind == "SigmaExpansion":
        return Joined(tuple(_comparison(field, one, is_keyword=is_keyword) for one in value.values), every=False)
    raise _NotUsed(f"it compares a field with {kind}, which is not supported")


def _parts(value: Any) -> Iterator[str | None]:
    """Yield the literal texts of a string, None for any characters and an empty text for one character."""
    for part in value.s:
        if isinstance(part, str):
            yield from (part,) if part else ()
        elif getattr(part, "name", "") == "WILDCARD_MULTI":
            yield None
        elif getattr(part, "name", "") == "WILDCARD_SINGLE":
            yield ""
        else:
            raise _NotUsed("it has a placeholder, whose value is not known")


def _invalid(error: Exception) -> str:
    return _shortened(f"it is no valid Sigma rule ({error})")


def _shortened(text: str) -> str:
    return truncate(" ".join(sanitize(text).split()), _MAX_TEXT_CHARS)
