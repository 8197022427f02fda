"""Events of the library as a Parquet file, for ClickHouse, DuckDB and the like. Needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from replay_tui.archive.library.events import ArchiveEvent
from replay_tui.domain.errors import UsageError

NOT_INSTALLED = "Parquet files need the extra `parquet`: in the clone, pip install '.[parquet]'."
ROWS_PER_GROUP = 50_000
COLUMNS = (
    "kind", "time", "session", "moment", "open", "user", "connection", "connection_type", "verb", "statement_kind",
    "text", "tables", "rule", "severity", "message",
)  # fmt: skip


def write_parquet(events: Iterable[ArchiveEvent], file: BinaryIO) -> int:
    """Write the events and return their number. Raises `UsageError` if the extra is missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED) from None
    types = {"time": pyarrow.timestamp("ms", tz="UTC"), "tables": pyarrow.list_(pyarrow.string())}
    schema = pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in COLUMNS])
    count, rows = 0, map(_row, events)
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for group in _groups(rows):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, ROWS_PER_GROUP)):
        yield group


def _row(event: ArchiveEvent) -> dict[str, Any]:
    session = event.session
    values = {
        "kind": event.kind,
        "time": round(event.time * 1000),
        "session": session.reference,
        "moment": event.moment,
        "open": event.reference,
        "user": event.user,
        "connection": session.connection,
        "connection_type": session.type,
        "verb": event.verb,
        "statement_kind": event.statement_kind,
        "text": event.text,
        "rule": event.rule,
        "severity": event.severity,
        "message": event.message,
    }
    texts = {name: _storable(value) if isinstance(value, str) else value for name, value in values.items()}
    return texts | {"tables": [_storable(name) for name in event.tables]}


def _storable(text: str) -> str:
    """Return text without lone surrogates, which UTF-8 cannot represent."""
    return text.encode("utf-8", "replace").decode()
