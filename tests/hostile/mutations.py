"""Mutated sessions and streams, reproducible by seed, and the computation of every result for each.

`test_mutations.py` runs a sample, `tests/benchmarks/soak.py` as many as the available time allows.
"""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from replay_tui import kinds
from replay_tui.analysis.shared_results import SharedResults, StreamFacts
from replay_tui.domain.errors import ReplayError
from replay_tui.domain.event_stream import EventStream
from replay_tui.load_recording import load
from replay_tui.presenters.review import review_section
from replay_tui.presenters.risk import risk_section
from replay_tui.presenters.session import recording_text, session_section
from replay_tui.recording import Recording
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.ui.section_text import section_lines
from tests.support.hostile import PAYLOADS, everything, hostile_session, payload_bytes

FIXTURES = Path(__file__).parents[2] / "fixtures"
LARGEST = 40_000
"""Largest file used as a seed."""

_TEXT = [
    b"root",
    b"$ rm -rf /\r\n",
    "漢字".encode(),
    "e\u0301".encode(),
    b"\r\n",
    b"\xff",
    b"\xc3",
    b" " * 30,
    b"x" * 200,
]
_KINDS = (
    "database",
    "command-line",
    "custom",
    "postgres",
    "mysql",
    "mongodb",
    "httpproxy",
    "connect",
    "exec",
    "",
    None,
)
_FINALS = b"@ABCDEFGHIJKLMPSTXZ^`abcdefghilmnpqrstuxyz{|}~"


@cache
def seeds() -> tuple[bytes, ...]:
    """Return small recorded sessions of every format, and hostile ones."""
    found = [
        path.read_bytes()
        for path in sorted(FIXTURES.rglob("*"))
        if path.is_file()
        and path.suffix in (".json", ".cast", ".jsonl", ".gz", ".txt")
        and 0 < path.stat().st_size < LARGEST
    ]
    for name in ("shell-vim", "pg-psql", "exec-postgres-tsv", "httpproxy-connect", "mongo-connect"):
        session = json.loads((FIXTURES / "sessions" / f"{name}.json").read_text())
        if isinstance(session.get("event_stream"), list):
            session["event_stream"] = session["event_stream"][:40]
        # A screen of 1000 x 500 cells takes fifty times as long as others, so only one seed in five requests it.
        stream = [payload for payload in PAYLOADS if payload != "xtwinops-resize" or name == "pg-psql"]
        found.append(json.dumps(hostile_session(session, everything(60), stream)).encode())
    return tuple(found)


def session_file(seed: int) -> bytes:
    """Return a session file with random damage."""
    rng = random.Random(seed)
    data = bytearray(rng.choice(seeds()))
    if rng.random() < 0.5:
        try:
            session = json.loads(data)
        except (ValueError, UnicodeDecodeError):
            session = None
        if isinstance(session, dict):
            _mutate_session(rng, session)
            return json.dumps(session).encode()
    for _ in range(rng.randrange(1, 8)):
        _mutate_bytes(rng, data)
    return bytes(data)


def _mutate_session(rng: random.Random, session: dict[str, Any]) -> None:
    events = session.get("event_stream")
    if not isinstance(events, list) or rng.random() < 0.05:
        session["event_stream"] = events = []
    for _ in range(rng.randrange(6)):
        data = control_bytes(rng, rng.choice((10, 100, 2000)))
        event: list[Any] = [
            rng.choice((0, 0.5, 1, -1, 1e9, 1e300, 2)),
            rng.choice("ooooieorm?"),
            base64.b64encode(data).decode(),
        ]
        if rng.random() < 0.1:
            event[rng.randrange(3)] = _value(rng)
        events.insert(rng.randrange(len(events) + 1), event)
    if events and rng.random() < 0.4:
        at = rng.randrange(len(events))
        if isinstance(events[at], list) and len(events[at]) > 2 and isinstance(events[at][2], str):
            try:
                data = bytearray(base64.b64decode(events[at][2] + "===", validate=False))
            except ValueError:  # already damaged
                return
            for _ in range(rng.randrange(1, 5)):
                _mutate_bytes(rng, data)
            events[at][2] = base64.b64encode(data).decode()
    for _ in range(rng.randrange(4)):
        session[rng.choice(list(session) or ["x"])] = _value(rng)
    for name in ("type", "verb", "connection_subtype"):
        if rng.random() < 0.15:
            session[name] = rng.choice(_KINDS)


def _value(rng: random.Random) -> Any:
    return rng.choice((
        None, True, 0, -1, 10**30, 1.5, "", "text", [], {}, [None], {"a": []}, "2026-01-01T00:00:00Z", "x" * 3000,
        rng.choice(list(PAYLOADS.values())), {rng.choice(list(PAYLOADS.values())): 1}, [[["deep"]]],
    ))  # fmt: skip


def _mutate_bytes(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data) + 1)
    match rng.randrange(6):
        case 0:
            data[at:at] = control_bytes(rng, 20)
        case 1:
            del data[at : at + rng.choice((1, 4, 50, 5000))]
        case 2:
            data[at : at + 1] = bytes([rng.randrange(256)])
        case 3:
            data[at : at + 200] = data[at : at + 200] * 2
        case 4:
            other = rng.choice(seeds())
            start = rng.randrange(len(other))
            data[at:at] = other[start : start + 300]
        case 5:
            data[at:at] = rng.choice(
                (b'"', b"[", b"]", b"{", b"}", b",", b":", b"\\", b"\x00", b"9" * 40, b"[" * 200, b"\\ud800")
            )


def control_bytes(rng: random.Random, size: int) -> bytes:
    """Return about `size` bytes of control sequences and text."""
    parts, length = [], 0
    while length < size:
        match rng.randrange(8):
            case 0 | 1:
                part = rng.choice(_TEXT)
            case 2:
                part = payload_bytes(rng.choice(tuple(PAYLOADS)))[:400]
            case 3:
                part = bytes([rng.randrange(32)])
            case 4:
                part = rng.randbytes(rng.randrange(1, 12))
            case _:
                numbers = ";".join(
                    str(rng.choice((0, 1, 2, 3, 5, 24, 80, 999, 65536, 10**9))) for _ in range(rng.randrange(4))
                )
                part = (
                    b"\x1b["
                    + rng.choice((b"", b"", b"?", b">", b"="))
                    + numbers.encode()
                    + bytes([rng.choice(_FINALS)])
                )
        if rng.random() < 0.1 and part:
            part = part[: rng.randrange(len(part) + 1)]
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def stream_of(data: bytes, rng: random.Random) -> EventStream:
    """Return a stream whose output is `data`, split at random, with some input in between."""
    stream = EventStream()
    at, time = 0, 0.0
    while at < len(data):
        size = rng.choice((1, 7, 100, 4096, 65536))
        stream.append(time, "o", data[at : at + size])
        if rng.random() < 0.1:
            stream.append(time, "i", rng.choice((b"ls\r", b"\x1b[A", b"rm -rf /\x7f\x7f\r", b"secret", b"\x03")))
        at, time = at + size, time + rng.choice((0.0, 0.01, 0.3, 5.0))
    stream.complete = True
    return stream


def through(recording: Recording) -> None:
    """Compute every result of a recording."""
    recording.precompute()
    end = recording.duration
    for at in (0.0, end / 3, end, end / 2):
        screen = recording.screen(at)
        assert len(screen.lines) == screen.rows
    _ = recording.statements, recording.findings, recording.fidelity, recording.transcript, recording.idle_gaps
    for pattern, regex in (("rm", False), ("r.{1,3}t", True)):
        for hit in recording.search(pattern, regex=regex)[:50]:
            assert 0 <= hit.start < hit.end <= len(hit.text)
    session = recording.session
    metadata = session_section(session, recorded=recording_text(recording), zone="utc")
    for section in (metadata, review_section(session.fields.review, datetime.now(UTC), "utc"), risk_section(session)):
        assert section.headline
        assert section_lines(section, {})


def run_session(seed: int, folder: Path) -> None:
    """Load a mutated session and compute every result. An invalid session may be rejected with a message."""
    path = folder / "session.json"
    path.unlink(missing_ok=True)  # overwriting a file waits for the disk
    path.write_bytes(session_file(seed))
    try:
        recording = load(str(path))
    except ReplayError:
        return
    through(recording)


def run_stream(seed: int, size: int) -> None:
    """Compute every result of a stream of `size` bytes of mutated control sequences."""
    rng = random.Random(seed)
    loaded = LoadedSession("stream", stream=stream_of(control_bytes(rng, size), rng))
    facts = StreamFacts(loaded.session, loaded.stream, (kinds.TERMINAL, None))
    through(Recording(loaded, shared=SharedResults(facts)))
