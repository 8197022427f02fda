"""Reader for recordings of terminalizer (https://github.com/faressoft/terminalizer, README, version 0.12).

A YAML file with `config` (columns, rows, command) and `records`, each with `delay` in milliseconds before it and
`content`, the output. Input is not recorded. PyYAML parses it as a stream of events, without building objects, because
YAML has five kinds of strings with folding rules of their own. Not supported: YAML aliases, which need the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay_tui.domain.errors import UnreadableSource
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import BufferFile, ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink
from replay_tui.sources.rejection import quoted

NOT_INSTALLED = "is a terminalizer recording, which needs PyYAML: in the clone, pip install '.[terminalizer]'"
DAMAGED = "the YAML is damaged; the rest is skipped"
NO_RECORDS = "the file ends before the records"
MAX_DEPTH = 20


def read(window: ByteBuffer, loaded: LoadedSession, _beside: Beside) -> Iterator[None]:
    """Read all records. Raises `UnreadableSource` if PyYAML is not installed."""
    try:
        import yaml
    except ModuleNotFoundError:
        raise UnreadableSource(f"{quoted(loaded.name)} {NOT_INSTALLED}.") from None
    loaded.stream_format = "terminalizer"
    reader = _TerminalizerReader(loaded)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(BufferFile(window), Loader=loader):
            reader.add(event)
            if reader.sink.is_full:
                reader.sink.flush()
                yield
    except (yaml.YAMLError, UnicodeError, ValueError):
        loaded.stream.log.add("input-cut", DAMAGED)
    finally:
        reader.end()
    yield


class _TerminalizerReader:
    """Follows the events of the parser. `_path` holds the key of each open mapping, None in a list or before a key."""

    def __init__(self, loaded: LoadedSession) -> None:
        self.sink = EventSink(loaded, is_text=True)
        self._loaded = loaded
        self._path: list[str | None] = []
        self._config: dict[str, str] = {}
        self._record: dict[str, str] = {}
        self._milliseconds = 0.0
        self._is_described = self._has_records = False

    def add(self, event: Any) -> None:
        """Take an event of the parser. Raises `ValueError` for aliases and deep nesting."""
        name = type(event).__name__
        if name in ("MappingStartEvent", "SequenceStartEvent"):
            self._path.append(None if name == "MappingStartEvent" else "")
            if len(self._path) > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._path.pop()
            self._end_value()
        elif name == "AliasEvent":
            raise ValueError("aliases are not supported")
        elif name == "ScalarEvent":
            if event.value or event.style:  # else null, the value of a key at the end of a truncated file
                self._scalar(event.value)
            else:
                self._end_value()

    def _scalar(self, value: str) -> None:
        path = self._path
        if path and path[-1] is None:
            path[-1] = value[:100] or " "
            self._has_records = self._has_records or path == ["records"]
            return
        if path[:1] == ["config"] and len(path) == 2:
            self._config[path[1] or ""] = value[:1000]
        elif path[:2] == ["records", ""] and len(path) == 3:
            self._record[path[2] or ""] = value
        self._end_value()

    def _end_value(self) -> None:
        """Expect the next key, and append the record or the settings that have ended."""
        path = self._path
        if path and path[-1] != "":
            if path == ["config"]:
                self._describe()
            path[-1] = None
        elif path == ["records", ""]:
            record, self._record = self._record, {}
            delay = _number(record.get("delay"))
            if delay is None or "content" not in record:
                self._loaded.stream.log.add("bad-event", BAD_EVENT)
            else:
                self._milliseconds += delay
                self.sink.add_text(self._milliseconds / 1000, "o", record["content"])

    def _describe(self) -> None:
        self._is_described = True
        cols, rows = (_number(self._config.get(name)) for name in ("cols", "rows"))
        if cols and rows:  # else `auto`
            self.sink.resize(0.0, int(cols), int(rows))
        command = self._config.get("command", "")
        known = {} if command in ("", "null", "~") else {"command": command}
        self.sink.describe("terminalizer", self._config, metadata=known)

    def end(self) -> None:
        """Append the pending events."""
        if not self._is_described:
            self._describe()
        if not self._has_records:
            self._loaded.stream.log.replace("input-cut", NO_RECORDS)
        self.sink.end()


def _number(text: str | None) -> float | None:
    try:
        found = float(text) if text and len(text) < 20 else -1.0
    except ValueError:
        return None
    return found if 0 <= found < 1e12 else None
