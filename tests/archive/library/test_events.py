"""Exported events are valid by the published schemas, of which fixtures/schemas has the parts needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from replay_tui.archive.library.ecs import ecs_event
from replay_tui.archive.library.events import ArchiveEvent, iter_events
from replay_tui.archive.library.library import Library
from replay_tui.archive.library.ocsf import ocsf_event
from replay_tui.archive.library.parquet import COLUMNS, write_parquet
from replay_tui.archive.library.selection import Selection
from replay_tui.demo import demo_sessions
from replay_tui.domain.completeness import Coverage
from replay_tui.load_recording import load
from tests.archive.library.libraries import FIXTURES, SESSIONS, add

pytestmark = pytest.mark.xdist_group("library-events")  # the library is made once

SCHEMAS = FIXTURES / "schemas"
OCSF, ECS = (json.loads((SCHEMAS / f"{name}.json").read_text()) for name in ("ocsf", "ecs"))
PYTHON_TYPES: dict[str, type] = {
    "string_t": str, "integer_t": int, "long_t": int, "boolean_t": bool, "float_t": float, "object_t": dict,
}  # fmt: skip
OTHER = 99
DEMO = [Path(str(path)) for _, path in demo_sessions()]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[ArchiveEvent]:
    with Library.open(tmp_path_factory.mktemp("library"), writes=True) as library:
        add(library, [*SESSIONS, *DEMO])
        return [*iter_events(library, Selection(), Coverage())]


def test_events_have_every_kind_and_an_id_of_their_own(events: list[ArchiveEvent]) -> None:
    assert {one.kind for one in events} == {"statement", "command", "finding", "decision"}
    assert len({one.uid for one in events}) == len(events)
    demo = {one.session.source: 0 for one in events if Path(one.session.source) in DEMO}
    for source in demo:
        written = sum(one.kind in ("statement", "command") for one in events if one.session.source == source)
        assert written == sum(not one.deleted for one in load(source).statements)


def ocsf_problems(event: dict[str, Any]) -> Iterator[str]:
    """Yield what the schema does not allow in an event."""
    rules, profiles = OCSF["classes"][str(event["class_uid"])], event.get("metadata", {}).get("profiles", [])
    yield from problems_of(rules["name"], rules, event, profiles)
    if event["activity_id"] == OTHER and not event.get("activity_name"):
        yield "activity_name is missing"


def problems_of(name: str, rules: dict[str, Any], value: dict[str, Any], profiles: list[str]) -> Iterator[str]:
    if not rules["attributes"]:  # an object of any content
        return
    known = {one: rule for one, rule in rules["attributes"].items() if rule.get("profile", "") in ("", *profiles)}
    yield from (f"{name}.{one} is missing" for one, rule in known.items() if rule.get("required") and one not in value)
    for kind, names in rules["constraints"].items():
        given = sum(one in value for one in names)
        if given == 0 or (kind == "just_one" and given > 1):
            yield f"{name} needs {kind} of {names}"
    for one, inner in value.items():
        rule = known.get(one, {"type": "unknown"})
        if isinstance(inner, list) is not rule.get("array", False):
            yield f"{name}.{one} is a list, or should be one"
        for item in inner if isinstance(inner, list) else [inner]:
            yield from problems_of_value(f"{name}.{one}", rule, item, profiles)


def problems_of_value(name: str, rule: dict[str, Any], value: object, profiles: list[str]) -> Iterator[str]:
    kind = OCSF["types"].get(rule["type"], rule["type"])
    if kind == "json_t":  # any value
        return
    if type(value) is not PYTHON_TYPES.get(kind):
        yield f"{name}: {value!r} is not {kind}"
    elif value not in rule.get("enum", [value]):
        yield f"{name}: {value!r} is not one of {rule['enum']}"
    elif isinstance(value, dict):
        yield from problems_of(name, OCSF["objects"][rule["object"]], value, profiles)


def test_ocsf_events_are_valid(events: list[ArchiveEvent]) -> None:
    made = [ocsf_event(one) for one in events]
    assert {one["class_uid"] for one in made} == {1007, 2004, 3004, 6005}
    assert [(one, problem) for one in made for problem in ocsf_problems(one)] == []
    wrong: dict[str, Any] = {"activity_id": 70, "type_uid": 1, "severity_id": 9, "time": 1.5, "actor": {}, "other": 1}
    statement = next(one for one in made if one["class_uid"] == 6005)
    for name, value in wrong.items():
        assert len(list(ocsf_problems(statement | {name: value}))) == 1, name
    for name in ("actor", "metadata", "time", "src_endpoint"):
        assert list(ocsf_problems({key: one for key, one in statement.items() if key != name})), name
    database = {**statement, "database": {"name": "shop", "type_id": 7}}
    assert list(ocsf_problems(database)) == [
        "datastore_activity.database.type_id: 7 is not one of [0, 1, 2, 3, 4, 5, 6, 99]"
    ]


def flat(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner


def ecs_problems(event: dict[str, Any]) -> Iterator[str]:
    """Yield what the schema does not allow in an event."""
    for name, value in flat(event):
        if name.startswith("replay_tui."):
            continue
        rule = ECS["fields"].get(name, {"type": "unknown"})
        values = value if isinstance(value, list) else [value]
        if isinstance(value, list) is not rule.get("array", False) or not all(fits(rule, one) for one in values):
            yield f"{name}: {value!r} is not {rule}"
    about = event["event"]
    for category in about["category"]:
        if not set(about["type"]) <= set(ECS["expected_event_types"].get(category, ())):
            yield f"{category}: {about['type']}"


def fits(rule: dict[str, Any], value: object) -> bool:
    if rule["type"] == "date":
        return isinstance(value, str) and bool(datetime.fromisoformat(value.replace("Z", "+00:00")))
    types = {"long": int, "float": float, "keyword": str, "wildcard": str, "match_only_text": str}
    return type(value) is types.get(rule["type"]) and value in rule.get("allowed", [value])


def test_ecs_events_are_valid(events: list[ArchiveEvent]) -> None:
    made = [ecs_event(one) for one in events]
    assert [(one, problem) for one in made for problem in ecs_problems(one)] == []
    wrong = {"@timestamp": "2026-01-01", "event": {"kind": "x", "category": ["iam"], "type": ["start"]}, "other": 1}
    assert len(list(ecs_problems(wrong))) == 3


def test_parquet_has_all_events(events: list[ArchiveEvent], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    with (tmp_path / "events.parquet").open("wb") as file:
        assert write_parquet(iter(events), file) == len(events)
    table = parquet.read_table(tmp_path / "events.parquet")
    assert tuple(table.column_names) == COLUMNS
    rows = table.to_pylist()
    assert [row["text"] for row in rows] == [one.text for one in events]
    assert [row["open"] for row in rows] == [one.reference for one in events]
    assert rows[0]["time"].timestamp() == pytest.approx(events[0].time, abs=0.001)
