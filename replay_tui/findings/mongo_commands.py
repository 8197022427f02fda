"""MongoDB commands of a statement: JSON as it is, calls of the shell as the commands that they send."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from replay_tui.domain.statement import Statement
from replay_tui.findings.mongo_syntax import Call, read_calls, read_json

MongoCommand = dict[str, Any]


@lru_cache(maxsize=64)
def _shell_commands(text: str) -> tuple[MongoCommand, ...]:
    return tuple(command for call in read_calls(text) for command in _as_commands(call))


def commands_of(row: Statement) -> list[MongoCommand]:
    """Return the commands of a statement; shell calls are converted to the commands that they send."""
    command = read_json(row.text)
    if command is None:
        return list(_shell_commands(row.text))
    inner = command.get("explain")
    return [inner if isinstance(inner, dict) else command]


def _as_commands(call: Call) -> Iterator[MongoCommand]:  # noqa: PLR0912 - one branch per method
    name, arguments = call.name, [*call.arguments, None, None, None][:3]
    query, update, options = arguments
    settings = options if isinstance(options, dict) else {}
    if name in ("runCommand", "adminCommand", "command") and isinstance(query, dict):
        yield query
    elif name == "runCommand" and isinstance(query, str):
        yield {query: 1}
    elif name == "remove" and call.path[:1] == ("rs",):
        yield {"replSetReconfig": 1}
    elif name == "deleteOne":
        yield {"delete": "", "deletes": [{"q": query or {}, "limit": 1}]}
    elif name in ("deleteMany", "remove"):
        single = update is True or (isinstance(update, dict) and update.get("justOne") is True)
        yield {"delete": "", "deletes": [{"q": query or {}, "limit": 1 if single else 0}]}
    elif name in ("updateMany", "update"):
        multi = name == "updateMany" or settings.get("multi") is True
        yield {"update": "", "updates": [{"q": query or {}, "u": update, "multi": multi}]}
    elif name in ("updateOne", "replaceOne"):
        yield {"update": "", "updates": [{"q": query or {}, "u": update}]}
    elif name in ("findOneAndDelete", "findOneAndUpdate", "findOneAndReplace"):
        yield {"findAndModify": "", "query": query or {}, "update": update}
    elif name == "findAndModify" and isinstance(query, dict):
        yield {"findAndModify": "", **query}
    elif name == "bulkWrite" and isinstance(query, list):
        yield from _bulk_commands(query)
    elif name == "aggregate":
        yield {"aggregate": "", "pipeline": query if isinstance(query, list) else call.arguments}
    elif name == "renameCollection":
        yield {"renameCollection": "", "dropTarget": update is True}
    elif name in ("find", "findOne"):
        yield {"find": _collection(call), "filter": query}
    elif name in ("insert", "insertOne", "insertMany", "save"):
        yield {"insert": _collection(call)}
    elif name == "setProfilingLevel":
        yield {"profile": query}
    elif name:
        yield {name: query if query is not None else 1}


def _collection(call: Call) -> str:
    """Return the name of the collection that a method is called on; `system.users` has a dot."""
    return ".".join(call.path[-2:] if call.path[-2:-1] == ("system",) else call.path[-1:])


def _bulk_commands(operations: list[Any]) -> Iterator[MongoCommand]:
    for operation in operations[:1000]:
        for name, body in operation.items() if isinstance(operation, dict) else ():
            if isinstance(body, dict) and name.startswith("delete"):
                yield {"delete": "", "deletes": [{"q": body.get("filter") or {}, "limit": int(name == "deleteOne")}]}
            elif isinstance(body, dict) and name.startswith(("update", "replace")):
                yield {
                    "update": "",
                    "updates": [
                        {"q": body.get("filter") or {}, "u": body.get("update"), "multi": name == "updateMany"}
                    ],
                }
