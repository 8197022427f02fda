"""Lists of statements that must or must not carry a finding, and sessions that hold them.

A list is a file in `fixtures/findings`: JSON rows (`text`, `bad`), or text whose lines begin with `+ ` (bad) or `- `.
"""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replay_tui.domain.finding import Finding
from replay_tui.recording import Recording
from replay_tui.sources import read_all

FOLDER = Path(__file__).parents[2] / "fixtures" / "findings"
KINDS = ("shell", "secrets", "postgres", "mysql", "mssql", "oracledb", "mongodb")
UNCOUNTED = frozenset(("ai-word", "hidden-input", "typed-then-deleted", "terminal-query"))
_SECONDS_APART = 10.0
_PROMPT = b"\x1b[?2004hana@app-1:/srv$ "
_COLUMNS = 80


@dataclass(frozen=True)
class Case:
    """A statement, and whether it must carry a finding."""

    text: str
    bad: bool


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a list."""
    if path.suffix == ".json":
        return [Case(row["text"], row["bad"]) for row in json.loads(path.read_text())]
    return [Case(line[2:], line[0] == "+") for line in path.read_text().splitlines() if line[:2] in ("+ ", "- ")]


def case_files() -> list[Path]:
    """Return all lists; the kind is the name up to its first dot."""
    return sorted(FOLDER.glob("*.json")) + sorted(FOLDER.glob("*.txt"))


def findings_of(kind: str, cases: list[Case], folder: Path) -> list[list[Finding]]:
    """Return the findings of each case, from a session in which the cases are 10 s apart."""
    path = write_session(kind, [case.text for case in cases], folder)
    found: list[list[Finding]] = [[] for _ in cases]
    for finding in Recording(read_all(str(path))).findings:
        at = int((finding.time + _SECONDS_APART / 2) // _SECONDS_APART) - 1
        if 0 <= at < len(cases) and finding.rule not in UNCOUNTED:
            found[at].append(finding)
    return found


def write_session(kind: str, texts: list[str], folder: Path) -> Path:
    """Write a session of a kind in which the texts are sent 10 s apart; return its path."""
    path = folder / f"{kind}.json"
    path.write_text(json.dumps(_session(kind, texts)))
    return path


def _session(kind: str, texts: list[str]) -> dict[str, Any]:
    is_shell = kind in ("shell", "secrets")
    events = _shell(texts) if is_shell else _postgres(texts) if kind == "postgres" else _text(texts)
    return {
        "id": "00000000-0000-4000-8000-0000000000f1",
        "script": {"data": ""},
        "user": "ana@example.com",
        "type": "custom" if is_shell else "database",
        "connection_subtype": "ssh" if is_shell else kind,
        "connection": "case",
        "verb": "connect",
        "status": "done",
        "start_date": "2026-01-01T00:00:00Z",
        "event_stream": [[round(time, 4), name, base64.b64encode(data).decode()] for time, name, data in events],
    }


def _at(number: int) -> float:
    return _SECONDS_APART * (number + 1)


def _shell(texts: list[str]) -> list[tuple[float, str, bytes]]:
    """Return the events of bash with readline on 80 columns: the keys, their echo and its wrapped lines."""
    events = []
    for number, text in enumerate(texts):
        end, column = _at(number), len(_PROMPT) - 8
        events.append((end - 4, "o", _PROMPT))
        delay = min(0.03, 2.5 / max(1, len(text)))
        for at, char in enumerate(text):
            echo, time = char.encode(), end - 0.2 - delay * (len(text) - at)
            column += 1
            events.append((time, "i", echo))
            if column == _COLUMNS:
                echo, column = echo + b" \r", 0
            events.append((time + delay / 4, "o", echo))
        events += [(end, "i", b"\r"), (end + 0.002, "o", b"\r\n\x1b[?2004l\r")]
    return [*events, (_at(len(texts)) - 4, "o", _PROMPT)]


def _postgres(texts: list[str]) -> list[tuple[float, str, bytes]]:
    startup = struct.pack(">I", 196608) + b"user\0ana\0database\0shop\0\0"
    queries = [text.encode() + b"\0" for text in texts]
    return [
        (0.0, "i", struct.pack(">I", 4 + len(startup)) + startup),
        *((_at(n), "i", b"Q" + struct.pack(">I", 4 + len(query)) + query) for n, query in enumerate(queries)),
    ]


def _text(texts: list[str]) -> list[tuple[float, str, bytes]]:
    return [(_at(number), "i", text.encode()) for number, text in enumerate(texts)]
