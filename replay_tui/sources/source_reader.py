"""Open a session source. The format is detected from the first bytes, not from the file name."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import Session
from replay_tui.domain.text_encoding import UTF8, InvalidUtf8Counter
from replay_tui.sources.asciicast import NUL_BLOCK, AsciicastReader, is_asciicast
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer, ChunkReader, file_chunks
from replay_tui.sources.gateway_download import DownloadReader
from replay_tui.sources.gateway_session import GatewaySessionReader
from replay_tui.sources.json_scanner import UnexpectedEnd, skip_space
from replay_tui.sources.loaded_session import LoadedSession, TimeUnit, add_load_warnings
from replay_tui.sources.recorders.head import first_object
from replay_tui.sources.recorders.registry import BY_MODULE, RecorderFormat, format_of_head, format_of_object
from replay_tui.sources.rejection import (
    HEAD_BYTES,
    is_cast_start,
    quoted,
    reject_list,
    reject_start,
    require_session_object,
)

_BOM = b"\xef\xbb\xbf"
MAX_NUL_BYTES = 1 << 20
"""Longest block of NULs before a session that is skipped."""
_MAX_MARK_BYTES = 32
"""Longest mark of a format that may begin as JSON does: `[BEGIN TYPESCRIPT]`, and the first numbers of ttyrec."""
_JSON_STARTS = (b"{", b"[", b" ", b"\t", b"\r", b"\n", b"")
NOT_UTF8 = "bytes of the file not valid in UTF-8"
STDIN = "standard input"


def open_source(
    path: str,
    *,
    times: TimeUnit = "s",
    encoding: str = UTF8,
    stdin: BinaryIO | None = None,
    timing: str | None = None,
) -> Iterator[LoadedSession]:
    """Read a saved session, plain or gzipped; `-` reads standard input (or `stdin`). `encoding` as in `read_stream`.

    `timing` is the timing file of a typescript; else it is searched for beside `path`.

    Yields the same growing `LoadedSession` repeatedly: first when events are available, last when it is complete.
    Raises `UnreadableSource` if the source cannot be opened or contains no session.
    """
    if path == "-":
        stream = stdin or sys.stdin.buffer
        if stream.isatty():
            raise UnreadableSource("Standard input is a terminal; pipe a saved session into it, or name a file.")
        yield from read_stream(file_chunks(stream), STDIN, None, times, encoding, Beside(timing=timing))
        return
    with _open_file(path) as file:
        info = os.fstat(file.fileno())
        total = info.st_size if stat.S_ISREG(info.st_mode) else None
        yield from read_stream(file_chunks(file), path, total, times, encoding, Beside(path, timing))


def _open_file(path: str) -> BinaryIO:
    try:
        if Path(path).is_dir():
            raise UnreadableSource(f"{quoted(path)} is a directory; name a saved session in it.")
        return Path(path).open("rb")
    except FileNotFoundError:
        raise UnreadableSource(f"{quoted(path)} does not exist; check the name.") from None
    except PermissionError:
        raise UnreadableSource(f"{quoted(path)} cannot be read (permission denied); change its permissions.") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "invalid file name"
        raise UnreadableSource(f"{quoted(path)} cannot be opened ({reason.lower()}); check the name.") from None


def read_all(
    path: str,
    *,
    times: TimeUnit = "s",
    encoding: str = UTF8,
    stdin: BinaryIO | None = None,
    timing: str | None = None,
) -> LoadedSession:
    """Read a saved session completely and return it. Arguments and errors as in `open_source`."""
    for loaded in open_source(path, times=times, encoding=encoding, stdin=stdin, timing=timing):
        last = loaded
    return last


def read_stream(
    chunks: Iterable[bytes],
    name: str,
    total: int | None = None,
    times: TimeUnit = "s",
    encoding: str = UTF8,
    beside: Beside | None = None,
) -> Iterator[LoadedSession]:
    """Read a session from chunks of any size, such as an HTTP response body. Yields and raises as `open_source`.

    `name` is used in messages; `total` is the size in bytes, if known; `encoding` is that of the recorded terminal's
    text; `beside` finds the files that belong to it. An `OSError` from `chunks` ends the source.
    """
    reader = ChunkReader(chunks)
    counter = InvalidUtf8Counter()
    window = ByteBuffer(_counted(reader, counter))
    loaded = LoadedSession(name, bytes_total=total, times=times, encoding=encoding)
    try:
        for _ in _read(window, loaded, beside or Beside()):
            if len(loaded.stream):
                loaded.bytes_read = reader.bytes_read
                yield loaded
    except UnexpectedEnd:
        cut = len(window.buf)
        if not window.limit_exceeded and not reader.errors:
            loaded.stream.log.add("input-cut", f"the file is incomplete; its last {cut} bytes are skipped")
    except UnreadableSource:
        if not len(loaded.stream):
            if reader.errors and not window.base + len(window.buf):
                raise UnreadableSource(f"{quoted(name)} cannot be read: {reader.errors[0][1]}.") from None
            raise
        loaded.stream.log.add("too-large", "the stream exceeds the size limit; the rest is skipped")
    if window.limit_exceeded:
        loaded.stream.log.add("too-large", "a value in the file exceeds the size limit; the rest is skipped")
    for code, message in reader.errors:
        loaded.stream.log.add(code, message)
    if not loaded.is_raw:
        loaded.stream.log.add("file-not-utf8", NOT_UTF8, counter.count)
    add_load_warnings(loaded)
    loaded.stream.complete = True
    loaded.bytes_read = reader.bytes_read
    yield loaded


def _counted(chunks: Iterable[bytes], counter: InvalidUtf8Counter) -> Iterator[bytes]:
    for chunk in chunks:
        counter.add(chunk)
        yield chunk


def _read(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
    window.fill(len(_BOM))
    if window.buf.startswith(_BOM):
        window.consume(len(_BOM))
    if found := _detect(window, loaded, beside):
        yield from found.read(window, loaded, beside)
    elif window.buf[0] == 0x7B:
        yield from _read_object(window, loaded, beside)
    elif window.buf[0] == 0x5B:
        reject_list(window, loaded.name)
        yield from DownloadReader(window, loaded).read()
        _warn_of_trailing_bytes(window, loaded)
    else:
        reject_start(window, loaded.name)


def _detect(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> RecorderFormat | None:
    """Skip what stands before a session. Return the format of another tool's recording; None for any other source."""
    if beside.timing is not None:
        return BY_MODULE["script"]
    window.fill(_MAX_MARK_BYTES)  # not more for what may be JSON, because it may come from a slow pipe
    if window.buf[:1] not in _JSON_STARTS:
        window.fill(HEAD_BYTES)
    if found := format_of_head(bytes(window.buf[:HEAD_BYTES])):
        return found
    try:
        window.consume(skip_space(window, 0))
    except UnexpectedEnd:
        raise UnreadableSource(f"{quoted(loaded.name)} is empty; name a saved session.") from None
    _skip_nuls(window, loaded)
    members = first_object(window) if window.buf[0] in b"{[" else None
    return format_of_object(members) if members else None


def _skip_nuls(window: ByteBuffer, loaded: LoadedSession) -> None:
    """Skip a block of NULs before a JSON value; NULs at the start of anything else are left."""
    while window.buf.startswith(b"\0"):
        rest = window.buf.lstrip(b"\0 \t\r\n")
        if rest and rest[0] in b"{[":
            window.consume(len(window.buf) - len(rest))
            loaded.stream.log.add("nul-block", NUL_BLOCK)
        elif rest or len(window.buf) > MAX_NUL_BYTES or not window.read_more():
            return


def _read_object(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
    reader = GatewaySessionReader(window, loaded)
    truncated = False
    try:
        yield from reader.read()
    except UnexpectedEnd:
        truncated = True
    if not reader.has_stream:
        if _is_asciicast(reader.members, window, truncated=truncated):
            try:
                yield from AsciicastReader(window, loaded, reader.members).read(truncated=truncated)
            finally:
                _add_metadata_beside(loaded, beside)
            return
        require_session_object(reader.members, window, loaded.name, truncated=truncated)
        loaded.session = Session.parse(reader.members)
    loaded.stream_format = _refine_stream_format(loaded)
    if truncated:
        raise UnexpectedEnd
    _warn_of_trailing_bytes(window, loaded)


def _add_metadata_beside(loaded: LoadedSession, beside: Beside) -> None:
    """Add the metadata that JumpServer stores beside an asciicast."""
    if beside.name.endswith(".cast.gz"):
        from replay_tui.sources.recorders.jumpserver import add_metadata_beside

        add_metadata_beside(loaded, beside)


def _is_asciicast(header: dict[str, Any], window: ByteBuffer, *, truncated: bool) -> bool:
    return is_asciicast(header) and (not truncated or header["version"] == 1) and is_cast_start(header, window)


def _refine_stream_format(loaded: LoadedSession) -> str:
    """Return `raw-queries` for Postgres queries recorded as text: only input, without the NULs of wire messages."""
    stream, fields = loaded.stream, loaded.session.fields
    postgres = "postgres" in (fields.connection_subtype, fields.type) and fields.verb == "connect"
    if loaded.stream_format == "triples" and postgres and len(stream) and not stream.kinds.strip(b"i"):
        return loaded.stream_format if b"\0" in stream.other else "raw-queries"
    return loaded.stream_format


def _warn_of_trailing_bytes(window: ByteBuffer, loaded: LoadedSession) -> None:
    try:
        window.consume(skip_space(window, 0))
    except UnexpectedEnd:
        return
    loaded.stream.log.add("trailing-data", "data after the end of the session is skipped")
