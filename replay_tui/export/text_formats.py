"""Plain forms: the text alone, a table of events, and a JSON object for each event."""

from __future__ import annotations

import base64
import csv
import json
import math
from collections import deque
from typing import Any, TextIO

from replay_tui.domain.text import expand_tabs, sanitize
from replay_tui.export.event_text import text_events
from replay_tui.export.export_job import ExportJob

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", " ")
"""How a cell begins that a spreadsheet might calculate, or trim to one that it does."""


def write_txt(job: ExportJob, file: TextIO) -> None:
    """The session's text line by line, clean."""
    for line in job.lines():
        file.write(expand_tabs(line.text) + "\n")


def write_csv(job: ExportJob, file: TextIO) -> None:
    """A header and a row for each event: seconds, type (`i`, `o`, `e`…), text with control characters made visible.

    Text that a spreadsheet could take for a formula has an apostrophe before it.
    """
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(("time", "type", "text"))
    for event in text_events(job.events()):
        text = sanitize(event.text, keep_newlines=True)
        risky = text.startswith(_FORMULA) and text.strip().startswith(_FORMULA[:4])
        rows.writerow((f"{event.time:.6f}", event.kind, f"'{text}" if risky else text))


def write_jsonl(job: ExportJob, file: TextIO) -> None:
    """An object a line: `time` (seconds), `type`, `text`; `base64` too where the text is not exactly the bytes.

    A reviewer's bookmarks are lines of the type `bookmark`, each after the events of its moment.
    """
    marks: deque[dict[str, Any]] = deque(
        {"time": one.time, "type": "bookmark", "text": one.note} for one in job.bookmarks_in_range()
    )
    for event in text_events(job.events()):
        while marks and marks[0]["time"] < event.time:
            file.write(ascii_json(marks.popleft()) + "\n")
        row = {"time": event.time, "type": event.kind, "text": event.text}
        if not event.whole:
            row["base64"] = base64.b64encode(event.event.data).decode("ascii")
        file.write(ascii_json(row) + "\n")
    file.writelines(ascii_json(mark) + "\n" for mark in marks)


def ascii_json(value: Any) -> str:
    """A value as JSON on one line, in plain ASCII: no control byte stands in it raw."""
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    except ValueError:
        text = json.dumps(finite(value), ensure_ascii=True)
    return text.replace("\x7f", "\\u007f")


def finite(value: Any) -> Any:
    """The same value with None for the numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list | tuple) else value
