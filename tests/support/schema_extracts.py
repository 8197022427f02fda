"""Extracts of published event schemas for the tests: `python -m tests.support.schema_extracts OCSF.json ECS_FLAT.json`.

Writes the parts of the two schemas that exported events use to `fixtures/schemas`; its README says where the files are
from. An object or a set of fields that is not listed here makes the test of a new attribute fail.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "fixtures" / "schemas"
OCSF_CLASSES = ("datastore_activity", "detection_finding", "entity_management", "process_activity")
OCSF_OBJECTS = (
    "actor", "analytic", "database", "device", "evidences", "finding_info", "managed_entity", "metadata",
    "network_endpoint", "object", "process", "product", "query_info", "session", "table", "user",
)  # fmt: skip
ECS_SETS = ("ecs", "event", "process", "related", "rule", "user")


def ocsf_extract(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the classes and objects of a compiled schema that are listed above."""
    return {
        "version": schema["version"],
        "types": {name: one["type"] for name, one in sorted(schema["types"].items()) if "type" in one},
        "classes": {
            str(one["uid"]): {"name": name, "category_uid": one["category_uid"], **_definition(one)}
            for name in OCSF_CLASSES
            for one in [schema["classes"][name]]
        },
        "objects": {name: _definition(schema["objects"][name]) for name in OCSF_OBJECTS},
    }


def _definition(one: dict[str, Any]) -> dict[str, Any]:
    """Return the constraints and attributes of a class or an object."""
    attributes = {name: _attribute(value) for name, value in sorted(one["attributes"].items())}
    return {"constraints": one.get("constraints") or {}, "attributes": attributes}


def _attribute(one: dict[str, Any]) -> dict[str, Any]:
    """Return the type of an attribute (of an object: its name), and only what differs from the usual."""
    made: dict[str, Any] = {"type": one["type"]}
    if one["type"] == "object_t":
        made["object"] = one["object_type"]
    if one.get("is_array"):
        made["array"] = True
    if one.get("requirement") == "required":
        made["required"] = True
    if one.get("profile"):
        made["profile"] = one["profile"]
    if one.get("enum"):
        numbers = {"integer_t", "long_t"}
        made["enum"] = sorted(int(key) if one["type"] in numbers else key for key in one["enum"])
    return made


def ecs_extract(version: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return type and allowed values of the fields in the sets above, without nested sets."""
    wanted = {
        name: one for name, one in fields.items()
        if name in ("@timestamp", "message") or (name.split(".")[0] in ECS_SETS and name.count(".") == 1)
    }  # fmt: skip
    return {
        "version": version,
        "fields": {name: _ecs_field(one) for name, one in sorted(wanted.items())},
        "expected_event_types": {
            one["name"]: sorted(one["expected_event_types"]) for one in fields["event.category"]["allowed_values"]
        },
    }


def _ecs_field(one: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": one["type"]}
    if "array" in one.get("normalize", ()):
        made["array"] = True
    if one.get("allowed_values"):
        made["allowed"] = sorted(value["name"] for value in one["allowed_values"])
    return made


def main(ocsf: str, ecs: str) -> None:
    """Write both extracts, one line for each attribute or field."""
    found = json.loads(Path(ecs).read_text())
    for name, made in (
        ("ocsf", ocsf_extract(json.loads(Path(ocsf).read_text()))),
        ("ecs", ecs_extract(found["version"], found["fields"])),
    ):
        text = json.dumps(made, indent=1)
        text = re.sub(r"\{[^{}]*\}|\[[^\[\]{}]*\]", lambda one: " ".join(one[0].split()), text)
        (SCHEMAS / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
