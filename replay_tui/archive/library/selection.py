"""Selection of sessions by metadata, each condition also negated, as a condition of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

COLUMNS = {
    "user": "user_names",
    "connection": "connection",
    "type": "type",
    "verb": "verb",
    "risk": "risk",
    "review": "review",
}
"""Fields that are compared with texts, and their columns."""
NONE = "none"
"""Value of sessions that have no such field, such as no review."""


class Condition(Struct, frozen=True):
    """The `field` has one of the `values`, in which `*` stands for any characters; case is ignored."""

    field: str
    values: tuple[str, ...]
    negated: bool = False


class DateCondition(Struct, frozen=True):
    """The session started at or after `since`, and at or before `until`."""

    since: datetime | None = None
    until: datetime | None = None
    negated: bool = False


class ExactCondition(Struct, frozen=True):
    """The `field` is `value`, to the letter; for a user, the name that is shown. Empty: the session has no such field.

    A chosen facet is this condition: its value comes from a session, so that `*` in it is no pattern.
    """

    field: str
    value: str


class OverlapCondition(Struct, frozen=True):
    """A part of the session was recorded from `since` until before `until`; None: the session has no date."""

    since: datetime | None
    until: datetime | None


AnyCondition = Condition | DateCondition | ExactCondition | OverlapCondition


class Selection(Struct, frozen=True):
    """The sessions that meet all `conditions`; without any, all sessions."""

    conditions: Sequence[AnyCondition] = ()

    def where(self) -> tuple[str, list[object]]:
        """Return the condition of a query on `sessions`, and its parameters."""
        parts, values = ["1"], list[object]()
        for one in self.conditions:
            text, own = _condition(one)
            parts.append(f"NOT ({text})" if getattr(one, "negated", False) else f"({text})")
            values += own
        return " AND ".join(parts), values


def _condition(condition: AnyCondition) -> tuple[str, list[object]]:
    match condition:
        case Condition():
            return _texts(condition)
        case DateCondition():
            return _dates(condition)
        case ExactCondition():
            column = "user" if condition.field == "user" else COLUMNS[condition.field]
            return f"sessions.{column} = ?", [condition.value]
        case OverlapCondition(since, until):
            if since is None or until is None:
                return "sessions.start IS NULL", []
            bounds: list[object] = [until.timestamp(), since.timestamp()]
            return "sessions.start < ? AND sessions.start + sessions.duration >= ?", bounds


def _texts(condition: Condition) -> tuple[str, list[object]]:
    column, values = COLUMNS[condition.field], list[object]()
    for value in condition.values:
        pattern = "".join("\\" + char if char in "\\%_" else char for char in value).replace("*", "%")
        if value.lower() == NONE:
            pattern = "\n\n" if condition.field == "user" else ""
        elif condition.field == "user":
            pattern = f"%\n{pattern}\n%"
        values.append(pattern)
    return " OR ".join([f"sessions.{column} LIKE ? ESCAPE '\\'"] * len(values)), values


def _dates(condition: DateCondition) -> tuple[str, list[object]]:
    parts, values = list[str](), list[object]()
    for operator, moment in ((">=", condition.since), ("<=", condition.until)):
        if moment is not None:
            parts.append(f"ifnull(sessions.start {operator} ?, 0)")  # an unknown date is neither before nor after
            values.append(moment.timestamp())
    return " AND ".join(parts) or "1", values
