"""Reader for JumpServer's recordings (jumpserver/jumpserver, `apps/terminal`, version 2 to 4).

`ID.replay.gz` of text protocols is one JSON object, `{"SECONDS": "output", ...}`, without a size. `ID.cast.gz` is an
asciicast. The session's metadata is in `ID.json`, in the downloaded `ID.tar` or beside the file. Input is not recorded.
Not supported: its graphical recordings (`.replay.mp4`, and `.replay.gz` of RDP and VNC).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from replay_tui.domain.errors import UnreadableSource
from replay_tui.sources.asciicast import AsciicastReader, is_asciicast
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.event_triples import BAD_EVENT
from replay_tui.sources.json_scanner import decode_value, skip_space, value_end
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.event_sink import EventSink, describe
from replay_tui.sources.recorders.head import first_object
from replay_tui.sources.recorders.registry import is_jumpserver_text
from replay_tui.sources.rejection import quoted

TOOL = "JumpServer"
MAX_METADATA_BYTES = 1 << 20
_ENDINGS = (".cast.gz", ".replay.gz", ".cast", ".replay")
_DATES = ("%Y/%m/%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z")


def read(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
    """Read a JSON recording and the metadata beside it. Raises `UnexpectedEnd` if it is incomplete."""
    found = beside.read(metadata_names(beside.name))
    yield from _read_text(window, loaded, _parse(found[1]) if found else {})


def read_member(data: bytes, metadata: bytes, loaded: LoadedSession) -> Iterator[None]:
    """Read the recording in a downloaded archive. Raises as `read`, and `UnreadableSource` for another file."""
    window, about = ByteBuffer([data]), _parse(metadata)
    window.read_more()
    if is_jumpserver_text(bytes(window.buf[:64])):
        yield from _read_text(window, loaded, about)
        return
    header = first_object(window)
    if header is None or not is_asciicast(header):
        raise UnreadableSource(
            f"{quoted(loaded.name)} contains no recording of a terminal; it is graphical or damaged."
        )
    window.consume(value_end(window, 0))
    try:
        yield from AsciicastReader(window, loaded, header).read()
    finally:
        add_metadata(loaded, about)


def add_metadata_beside(loaded: LoadedSession, beside: Beside) -> None:
    """Add the metadata in the file beside a recording, if there is one."""
    if found := beside.read(metadata_names(beside.name)):
        add_metadata(loaded, _parse(found[1]))


def metadata_names(name: str) -> list[str]:
    """Return the names that the metadata beside a recording may have; none if it is no recording of JumpServer."""
    stem = next((name.removesuffix(one) for one in _ENDINGS if name.endswith(one)), None)
    return [] if stem is None else [f"{stem}.json", f"{stem}.replay.json"]


def is_metadata_file(data: bytes) -> bool:
    """Return True if a file contains the metadata of a session."""
    return is_metadata(_parse(data))


def is_metadata(members: dict[str, Any]) -> bool:
    """Return True for the metadata of a session."""
    return sum(one in members for one in ("asset", "user", "date_start", "login_from", "remote_addr", "protocol")) >= 3


def add_metadata(loaded: LoadedSession, about: dict[str, Any]) -> None:
    """Add the metadata to a loaded session. Does nothing if `about` is not the metadata of a session."""
    if not is_metadata(about):
        return
    shown = {name: _label(value) for name, value in about.items() if _label(value)}
    account = shown.get("account") or shown.get("system_user")
    metadata = {name: shown[name] for name in ("protocol", "remote_addr", "login_from") if name in shown}
    cast = {name: loaded.session.raw[name] for name in ("asciicast",) if name in loaded.session.raw}
    name = f"{TOOL}, {loaded.stream_format.replace('-v', ' version ')}" if cast else f"{TOOL} text recording"
    describe(
        loaded,
        name,
        shown,
        id=shown.get("id"),
        user=shown.get("user"),
        connection=shown.get("asset"),
        start_date=_date(shown.get("date_start")) or loaded.session.raw.get("start_date"),
        end_date=_date(shown.get("date_end")),
        metadata={
            **(loaded.session.raw.get("metadata") or {}),
            **({"account": account} if account else {}),
            **metadata,
        },
        **cast,
    )


def _read_text(window: ByteBuffer, loaded: LoadedSession, about: dict[str, Any]) -> Iterator[None]:
    loaded.stream_format = "jumpserver"
    sink = EventSink(loaded, is_text=True)
    sink.describe(f"{TOOL} text recording", {})
    add_metadata(loaded, about)
    rows: list[tuple[float, str]] = []
    window.consume(1)
    try:
        yield from _members(window, loaded, rows)
    finally:  # the times are the names of a JSON object, which some writers sort as texts
        for time, text in sorted(rows, key=lambda row: row[0]):
            sink.add_text(time, "o", text)
        sink.end()
    yield


def _members(window: ByteBuffer, loaded: LoadedSession, rows: list[tuple[float, str]]) -> Iterator[None]:
    """Append (seconds, output) of each member to `rows`. Raises `UnexpectedEnd` within a member."""
    while True:
        pos = skip_space(window, 0)
        if window.buf[pos] == 0x7D:
            window.consume(pos + 1)
            return
        if window.buf[pos] == 0x2C:
            pos = skip_space(window, pos + 1)
        end = value_end(window, pos)
        colon = skip_space(window, end)
        if window.buf[pos] != 0x22 or window.buf[colon] != 0x3A:
            loaded.stream.log.add("bad-json", "the recording is damaged; the rest is skipped")
            return
        start = skip_space(window, colon + 1)
        stop = value_end(window, start)
        key, value = (_decoded(bytes(window.buf[a:b])) for a, b in ((pos, end), (start, stop)))
        window.consume(max(stop, colon + 1))
        time = _seconds(key)
        if time is None or not isinstance(value, str):
            loaded.stream.log.add("bad-event", BAD_EVENT)
        elif value:  # the last member is often `"0": ""`
            rows.append((time, value))
        yield


def _decoded(raw: bytes) -> object:
    try:
        return decode_value(raw)
    except ValueError:
        return None


def _seconds(key: object) -> float | None:
    try:
        time = float(key) if isinstance(key, str) and len(key) < 30 else -1.0
    except ValueError:
        return None
    return time if 0 <= time < 1e9 else None


def _parse(data: bytes) -> dict[str, Any]:
    found = _decoded(data) if len(data) <= MAX_METADATA_BYTES else None
    return found if isinstance(found, dict) else {}


def _label(value: object) -> str:
    """Return a value as text; newer versions send choices as `{"value", "label"}`."""
    if isinstance(value, dict):
        value = value.get("label") or value.get("name")
    return str(value)[:1000] if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _date(text: str | None) -> str | None:
    for form in _DATES:
        try:
            return datetime.strptime(text or "", form).isoformat()
        except ValueError:
            continue
    return None
