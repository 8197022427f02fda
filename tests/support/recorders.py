"""Writers of other tools' formats, for tests: the same events in each format."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import tarfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

Event = tuple[float, str, bytes]
"""Seconds since the start, type (`o`, `i` or `r`), payload; that of a resize is `COLSxROWS`."""
START = 1_796_074_141


def write_script(folder: Path, events: Sequence[Event]) -> Path:
    """Write a typescript with input and its advanced timing file."""
    lines, text, previous = ["H 0.000000 START_TIME 2026-11-30 21:29:01+00:00"], b"", 0.0
    sizes = [data for _, kind, data in events[:1] if kind == "r"]
    for size in sizes:
        cols, rows = size.decode().split("x")
        lines += [f"H 0.000000 COLUMNS {cols}", f"H 0.000000 LINES {rows}"]
    for time, kind, data in events[len(sizes) :]:
        if kind == "r":
            cols, rows = data.decode().split("x")
            lines.append(f"S {time - previous:.6f} SIGWINCH ROWS={rows} COLS={cols}")
        else:
            lines.append(f"{kind.upper()} {time - previous:.6f} {len(data)}")
            text += data
        previous = time
    path = folder / "a.typescript"
    path.write_bytes(b"Script started on 2026-11-30 21:29:01+00:00\n" + text + b"\nScript done on 2026-11-30\n")
    (folder / "a.timing").write_text("".join(line + "\n" for line in lines))
    return path


def write_guacamole(folder: Path, events: Sequence[Event]) -> Path:
    """Write Guacamole's typescript and its timing file, without input and sizes."""
    timing, text, previous = "", b"", 0.0
    for time, kind, data in events:
        if kind == "o":
            timing += f"{time - previous:.6f} {len(data)}\n"
            text, previous = text + data, time
    path = folder / "guac"
    path.write_bytes(b"[BEGIN TYPESCRIPT]\n" + text + b"\n[END TYPESCRIPT]\n")
    (folder / "guac.timing").write_text(timing)
    return path


def ttyrec(events: Sequence[Event], start: int = START) -> bytes:
    """Return frames of ttyrec, with sizes as termrec writes them."""
    frames = b""
    for time, kind, data in events:
        if kind == "r":
            cols, rows = data.decode().split("x")
        text = f"\x1b[8;{rows};{cols}t".encode() if kind == "r" else data
        if kind != "i":
            micros = round(time * 1e6)
            frames += struct.pack("<III", start + micros // 1_000_000, micros % 1_000_000, len(text)) + text
    return frames


def write_ttyrec(folder: Path, events: Sequence[Event]) -> Path:
    """Write a ttyrec file."""
    path = folder / "a.ttyrec"
    path.write_bytes(ttyrec(events))
    return path


def tlog_message(events: Sequence[Event], number: int = 1, pos: int = 0) -> dict[str, object]:
    """Return a message of tlog. Times of `events` are rounded down to milliseconds; invalid bytes go to the arrays."""
    timing, at = "", pos
    texts: dict[str, str] = {"i": "", "o": ""}
    bins: dict[str, list[int]] = {"i": [], "o": []}
    for time, kind, data in events:
        now = int(time * 1000)
        timing += f"+{now - at}" if now > at else ""
        at = max(at, now)
        if kind == "r":
            timing += f"={data.decode()}"
            continue
        for is_valid, part in _by_validity(data):
            if is_valid:
                timing += f"{'<' if kind == 'i' else '>'}{len(part.decode())}"
                texts[kind] += part.decode()
            else:
                timing += f"{'[' if kind == 'i' else ']'}{len(part)}/{len(part)}"
                texts[kind] += "\ufffd" * len(part)
                bins[kind] += part
    return {
        "ver": "2.3", "host": "app-1", "rec": "r1", "user": "ana", "term": "xterm", "session": 7, "id": number,
        "pos": pos, "time": START + pos / 1000, "timing": timing, "in_txt": texts["i"], "in_bin": bins["i"],
        "out_txt": texts["o"], "out_bin": bins["o"],
    }  # fmt: skip


def _by_validity(data: bytes) -> list[tuple[bool, bytes]]:
    parts: list[tuple[bool, bytes]] = []
    for character in data.decode("utf-8", "surrogateescape"):
        is_valid = not "\udc80" <= character <= "\udcff"
        raw = character.encode("utf-8", "surrogateescape")
        if parts and parts[-1][0] == is_valid:
            parts[-1] = (is_valid, parts[-1][1] + raw)
        else:
            parts.append((is_valid, raw))
    return parts


def write_tlog(folder: Path, events: Sequence[Event]) -> Path:
    """Write messages of tlog, one for each three events."""
    path = folder / "a.tlog"
    rows = []
    for at in range(0, len(events), 3):
        pos = int(events[at][0] * 1000)
        rows.append(json.dumps(tlog_message(events[at : at + 3], at // 3 + 1, pos)) + "\n")
    path.write_text("".join(rows))
    return path


def write_warpgate(folder: Path, events: Sequence[Event]) -> Path:
    """Write Warpgate's `data.ndjson`."""
    rows: list[dict[str, object]] = []
    for time, kind, data in events:
        if kind == "r":
            cols, rows_ = data.decode().split("x")
            rows.append({"time": time, "cols": int(cols), "rows": int(rows_)})
        else:
            stream = {"o": "Output", "i": "Input"}[kind]
            rows.append({"time": time, "stream": stream, "data": base64.b64encode(data).decode()})
    path = folder / "data.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_jumpserver(folder: Path, events: Sequence[Event]) -> Path:
    """Write a text recording of JumpServer. Several outputs at one time are joined."""
    members: dict[str, str] = {}
    for time, kind, data in events:
        if kind == "o":
            key = f"{time:.6f}"
            members[key] = members.get(key, "") + data.decode()
    path = folder / "1.replay.gz"
    path.write_bytes(json.dumps(members | {"0": members.get("0", "")}).encode())
    return path


JUMPSERVER = {
    "id": "5a3c1b9e", "user": "Ana(ana)", "asset": "web-1(10.0.0.1)", "account": "root", "login_from": {"value": "WT",
    "label": "Web Terminal"}, "remote_addr": "10.0.0.9", "protocol": "ssh", "date_start": "2026/11/20 09:30:00 +0800",
    "date_end": "2026/11/20 09:31:00 +0800", "is_finished": True,
}  # fmt: skip
"""Metadata of a session."""


def tar_of(members: dict[str, bytes]) -> bytes:
    """Return a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def write_jumpserver_tar(folder: Path, events: Sequence[Event]) -> Path:
    """Write a JumpServer download: an asciicast and the metadata of its session."""
    rows: list[object] = [{"version": 2, "width": 80, "height": 24}]
    rows += [[time, kind, data.decode()] for time, kind, data in events]
    cast = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path = folder / "1.tar"
    path.write_bytes(tar_of({"1.cast.gz": gzip.compress(cast, mtime=0), "1.json": json.dumps(JUMPSERVER).encode()}))
    return path


def teleport_events(events: Sequence[Event], *, has_data: bool) -> tuple[list[dict[str, object]], bytes]:
    """Return Teleport's events and the bytes of the output, which are in the events if `has_data`."""
    about = {"cluster_name": "prod", "user": "ana", "login": "root", "sid": "s1", "server_hostname": "web-1"}
    rows: list[dict[str, object]] = []
    output = b""
    for number, (time, kind, data) in enumerate(events):
        stamp = (datetime(2026, 11, 20, 9, 30, tzinfo=UTC) + timedelta(seconds=time)).isoformat(timespec="milliseconds")
        row: dict[str, object] = {"ei": number, "time": stamp.replace("+00:00", "Z")}
        if kind == "r":
            size = data.decode().replace("x", ":")
            rows.append({**row, **about, "event": "resize" if number else "session.start", "size": size})
        else:
            row |= {"event": "print", "ms": round(time * 1000), "offset": len(output), "bytes": len(data)}
            rows.append({**row, "data": base64.b64encode(data).decode()} if has_data else row)
            output += data
    return rows, output


def write_teleport(folder: Path, events: Sequence[Event]) -> Path:
    """Write exported events with their output."""
    path = folder / "teleport.json"
    rows, _ = teleport_events(events, has_data=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_teleport_tar(folder: Path, events: Sequence[Event]) -> Path:
    """Write the archive of Teleport before version 4.4."""
    rows, output = teleport_events(events, has_data=False)
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path = folder / "s1.tar"
    path.write_bytes(
        tar_of({"s1-0.events.gz": gzip.compress(lines, mtime=0), "s1-0.chunks.gz": gzip.compress(output, mtime=0)})
    )
    return path


def write_terminalizer(folder: Path, events: Sequence[Event]) -> Path:
    """Write terminalizer's YAML; JSON strings are YAML strings."""
    text, previous = "# settings\nconfig:\n\n  command: bash -l\n  cols: 80\n  rows: 24\n\nrecords:\n", 0
    for time, kind, data in events:
        if kind == "o":
            now = round(time * 1000)
            text += f"  - delay: {now - previous}\n    content: {json.dumps(data.decode(), ensure_ascii=False)}\n"
            previous = now
    path = folder / "a.yml"
    path.write_text(text)
    return path


Writer = Callable[[Path, Sequence[Event]], Path]
WRITERS: dict[str, tuple[Writer, str]] = {
    "script": (write_script, "oir"),
    "guacamole": (write_guacamole, "o"),
    "ttyrec": (write_ttyrec, "or"),
    "tlog": (write_tlog, "oir"),
    "warpgate": (write_warpgate, "oir"),
    "jumpserver": (write_jumpserver, "o"),
    "jumpserver.tar": (write_jumpserver_tar, "oir"),
    "teleport": (write_teleport, "or"),
    "teleport.tar": (write_teleport_tar, "or"),
    "terminalizer": (write_terminalizer, "o"),
}
"""Writers by the module of the reader, with the types of events that the format holds."""
