"""Export as text (`txt`), as a table of events (`csv`), and as one JSON object per event (`jsonl`)."""

from __future__ import annotations

import base64
import csv
import json
import math
from collections import deque
from typing import Any, TextIO

from replay_tui.domain.display_text import expand_tabs, sanitize
from replay_tui.export.event_text import text_events
from replay_tui.export.export_job import ExportJob

_FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", " ")
"""Prefixes of cells that a spreadsheet may evaluate as a formula, also after trimming."""


def write_txt(job: ExportJob, file: TextIO) -> None:
    """Write the transcript, sanitised; above that of an incomplete recording a line says so."""
    if note := job.incomplete_text:
        file.write(f"[{sanitize(note)}]\n")
    for line in job.lines():
        file.write(expand_tabs(line.text) + "\n")


def write_csv(job: ExportJob, file: TextIO) -> None:
    """Write a header and one row per event: time in seconds, type (`i`, `o`, `e`, ...), sanitised text.

    The first row of an incomplete recording has the type `warning`.
    Text that a spreadsheet could evaluate as a formula gets an apostrophe prefix.
    """
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(("time", "type", "text"))
    if note := job.incomplete_text:
        rows.writerow((f"{job.first:.6f}", "warning", sanitize(note)))
    for event in text_events(job.events()):
        text = sanitize(event.text, keep_newlines=True)
        risky = text.startswith(_FORMULA_PREFIXES) and text.strip().startswith(_FORMULA_PREFIXES[:4])
        rows.writerow((f"{event.time:.6f}", event.kind, f"'{text}" if risky else text))


def write_jsonl(job: ExportJob, file: TextIO) -> None:
    """Write one object per line: `time` (seconds), `type`, `text`, and `base64` if the text is not lossless.

    Bookmarks are objects of type `bookmark` after the events of the same time. The first object of an incomplete
    recording is of type `warning`.
    """
    if note := job.incomplete_text:
        file.write(ascii_json({"time": job.first, "type": "warning", "text": sanitize(note)}) + "\n")
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
    """Return a value as JSON on one line, in ASCII and without raw control characters."""
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    except ValueError:
        text = json.dumps(finite(value), ensure_ascii=True)
    return text.replace("\x7f", "\\u007f")


def finite(value: Any) -> Any:
    """Return the value with NaN and infinities replaced by None, because JSON cannot represent them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list | tuple) else value
