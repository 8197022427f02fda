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
from replay_tui.domain.coverage import Coverage
from replay_tui.load_recording import load
from tests.archive.library.libraries import FIXTURES, SESSIONS, add

pytestmark = pytest.mark.xdist_group("library-events")  # the library is made once

SCHEMAS = FIXTURES / "schemas"
OCSF, ECS = (json.loads((SCHEMAS / f"{name}.json").read_text()) for name in ("ocsf", "ecs"))
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


def problems_of_object(name: str, value: dict[str, Any]) -> Iterator[str]:
    rules = OCSF["objects"].get(name)
    if rules is None:
        return
    one_of = rules.get("at_least_one", [])
    yield from (f"{name}.{one} is missing" for one in rules.get("required", []) if value.get(one) is None)
    if one_of and not any(value.get(one) for one in one_of):
        yield f"{name} needs one of {one_of}"
    known = {*rules.get("required", []), *one_of, *rules.get("allowed", [])}
    yield from (f"{name}.{one} is unknown" for one in value if one not in known)
    if "type_id" in rules and value.get("type_id") not in rules["type_id"]:
        yield f"{name}.type_id {value.get('type_id')}"
    for one, inner in value.items():
        if isinstance(inner, dict):
            yield from problems_of_object(one, inner)


def ocsf_problems(event: dict[str, Any]) -> Iterator[str]:
    base, rules = OCSF["base"], OCSF["classes"][str(event["class_uid"])]
    required, one_of = {*base["required"], *rules["required"]}, rules.get("at_least_one", [])
    yield from (f"{one} is missing" for one in required if event.get(one) is None)
    known = required | {*base["allowed"], *rules.get("allowed", []), *one_of}
    yield from (f"{one} is unknown" for one in event.keys() - known)
    if one_of and not any(event.get(one) for one in one_of):
        yield f"needs one of {one_of}"
    if event["activity_id"] not in (*rules["activity_id"], 0, 99):
        yield f"activity {event['activity_id']}"
    if event["activity_id"] == 99 and not event.get("activity_name"):
        yield "activity_name is missing"
    if (
        event["category_uid"] != rules["category_uid"]
        or event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]
    ):
        yield "wrong category or type"
    if event["severity_id"] not in base["severity_id"] or not isinstance(event["time"], int):
        yield "wrong severity or time"
    for name, value in event.items():
        if isinstance(value, dict):
            yield from problems_of_object(name, value)


def test_ocsf_events_are_valid(events: list[ArchiveEvent]) -> None:
    made = [ocsf_event(one) for one in events]
    assert {one["class_uid"] for one in made} == {1007, 2004, 3004, 6005}
    assert [(one, problem) for one in made for problem in ocsf_problems(one)] == []
    assert len(list(ocsf_problems({"class_uid": 6005, "activity_id": 70, "category_uid": 1, "type_uid": 1,
                                   "severity_id": 9, "time": 1.5, "actor": {}}))) > 6  # fmt: skip


def flat(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner


def ecs_problems(event: dict[str, Any]) -> Iterator[str]:
    for name, value in flat(event):
        if name.startswith("replay_tui."):
            continue
        kind = ECS["fields"].get(name, "unknown")
        if kind.endswith("[]"):
            fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
        elif kind == "date":
            fits = bool(datetime.fromisoformat(value.replace("Z", "+00:00")))
        else:
            fits = isinstance(value, int if kind == "long" else str) and kind != "unknown"
        if not fits:
            yield f"{name}: {value!r} is not {kind}"
    about = event["event"]
    if about["kind"] not in ECS["event.kind"]:
        yield f"kind {about['kind']}"
    for category in about["category"]:
        if not set(about["type"]) <= set(ECS["event.category"].get(category, ())):
            yield f"{category}: {about['type']}"


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
