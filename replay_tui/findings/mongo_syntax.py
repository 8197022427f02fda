"""Reader of MongoDB commands: JSON as the gateway stores it, and shell calls such as `db.users.deleteMany({})`.

A shell call is read as the command that it sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import Struct

from replay_tui.decoders.mongo import read_command
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.statement import Statement

MAX_CHARS = 20_000
_MAX_DEPTH = 60
_MAX_CALLS = 200
_TOKEN = lazy_compile(
    r"\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|(?P<string>\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?|`(?:[^`\\]|\\.)*+`?)"
    r"|(?P<number>-?\d[\w.]*)|(?P<word>[$A-Za-z_][\w$]*)|(?P<regex>(?<=[:(,\[\s])/(?:[^/\\\n]|\\.)+/[a-z]*)|(?P<sign>.)",
    re.DOTALL,
)
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}


class Call(Struct, frozen=True):
    """A call in the shell: method name, arguments, and the path that it is called on, such as `db.users`."""

    name: str
    arguments: list[Any]
    path: tuple[str, ...] = ()


class Opaque(Struct, frozen=True):
    """A value that is not data: a function, a regular expression or the result of a call."""

    text: str


def read_calls(text: str) -> list[Call]:
    """Return the calls in shell text, in order; those in strings and comments are none."""
    return _ShellReader(text[:MAX_CHARS]).calls()


def read_json(text: str) -> dict[str, Any] | None:
    """Return the command if the text is one in JSON."""
    return read_command(text) if text[:1] == "{" else None


class _ShellReader:
    def __init__(self, text: str) -> None:
        self.tokens = [(str(one.lastgroup), one[0]) for one in _TOKEN.finditer(text) if one.lastgroup]
        self.at = 0
        self.found: list[Call] = []

    def calls(self) -> list[Call]:
        while self.at < len(self.tokens) and len(self.found) < _MAX_CALLS:
            before = self.at
            self._value(0)
            if self.at == before:
                self.at += 1
        return self.found

    def _sign(self, sign: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] == ("sign", sign)

    def _value(self, depth: int) -> Any:
        if self.at >= len(self.tokens) or depth > _MAX_DEPTH:
            self.at += 1
            return None
        kind, text = self.tokens[self.at]
        if kind == "string":
            self.at += 1
            return _unquoted(text)
        if kind == "number":
            self.at += 1
            return _number(text)
        if kind == "regex":
            self.at += 1
            return Opaque(text)
        if kind == "word":
            return self._chain(depth)
        if text == "{":
            return self._object(depth)
        if text == "[":
            return self._list(depth, "]")
        return None

    def _chain(self, depth: int) -> Any:
        path: list[str] = []
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind == "word":
                self.at += 1
                if text in _CONSTANTS and not path:
                    return _CONSTANTS[text]
                path.append(text)
                if text == "new" and len(path) == 1:
                    path.pop()
                    continue
            elif self._sign("["):
                inner = self._list(depth + 1, "]")
                path.append(str(inner[0]) if inner else "")
                continue
            if self._sign("("):
                arguments = self._list(depth + 1, ")")
                name = path[-1] if path else ""
                if name in ("getCollection", "getSiblingDB", "getMongo", "getDB") and arguments[:1]:
                    path[-1:] = [str(arguments[0])]
                else:
                    self.found.append(Call(name, arguments, tuple(path[:-1])))
            if self._sign("."):
                self.at += 1
                continue
            if self._sign("["):
                continue
            break
        return Opaque(".".join(path))

    def _list(self, depth: int, closing: str) -> list[Any]:
        self.at += 1
        found: list[Any] = []
        while self.at < len(self.tokens) and not self._sign(closing):
            before = self.at
            value = self._value(depth + 1)
            if self.at == before:
                self.at += 1
            else:
                found.append(value)
        self.at += 1
        return found

    def _object(self, depth: int) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while self.at < len(self.tokens) and not self._sign("}"):
            kind, text = self.tokens[self.at]
            self.at += 1
            if kind in ("string", "word", "number") and self._sign(":"):
                self.at += 1
                found[_unquoted(text) if kind == "string" else text] = self._value(depth + 1)
            elif kind == "word" or (kind == "sign" and text == "{" and depth < _MAX_DEPTH):  # the body of a function
                self.at -= 1
                self._value(depth + 1)
        self.at += 1
        return found


def _unquoted(text: str) -> str:
    if text[:1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            pass
    return text[1:].removesuffix(text[:1])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


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
