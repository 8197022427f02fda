"""Opening a source: what it is, is told by its first bytes, never by its name."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import Session
from replay_tui.sources.asciicast import AsciicastReader, is_asciicast
from replay_tui.sources.download import DownloadReader
from replay_tui.sources.feed import Feed, file_chunks
from replay_tui.sources.gateway_object import ObjectReader
from replay_tui.sources.loaded import Loaded, Times
from replay_tui.sources.notes import add_notes
from replay_tui.sources.refuse import check_object, quoted, reject_list, reject_start
from replay_tui.sources.scan import Cut, skip_space
from replay_tui.sources.window import Window

_BOM = b"\xef\xbb\xbf"
STDIN = "standard input"


def open_source(path: str, *, times: Times = "s", stdin: BinaryIO | None = None) -> Iterator[Loaded]:
    """Read a saved session, `-` for standard input (or `stdin`), plain or gzipped.

    Yields the same `Loaded` again and again as it grows: first as soon as there are events, at last when all is read.
    Raises `UnreadableSource` with one sentence if the source is missing or holds nothing that is a session.
    """
    if path == "-":
        stream = stdin or sys.stdin.buffer
        if stream.isatty():
            raise UnreadableSource("Standard input is a terminal; pipe a saved session into it, or name a file.")
        yield from read_chunks(file_chunks(stream), STDIN, None, times)
        return
    with _open_file(path) as file:
        info = os.fstat(file.fileno())
        total = info.st_size if stat.S_ISREG(info.st_mode) else None
        yield from read_chunks(file_chunks(file), path, total, times)


def _open_file(path: str) -> BinaryIO:
    try:
        if Path(path).is_dir():
            raise UnreadableSource(f"{quoted(path)} is a directory; name a saved session in it.")
        return Path(path).open("rb")
    except FileNotFoundError:
        raise UnreadableSource(f"{quoted(path)} does not exist; check the name.") from None
    except PermissionError:
        raise UnreadableSource(f"{quoted(path)} may not be read by you; ask its owner or change its mode.") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no valid file name"
        raise UnreadableSource(f"{quoted(path)} cannot be opened ({reason.lower()}); check the name.") from None


def read_all(path: str, *, times: Times = "s", stdin: BinaryIO | None = None) -> Loaded:
    """`open_source` read to its end."""
    for loaded in open_source(path, times=times, stdin=stdin):
        last = loaded
    return last


def read_chunks(chunks: Iterable[bytes], name: str, total: int | None = None, times: Times = "s") -> Iterator[Loaded]:
    """The same for any source that gives its bytes in chunks of any sizes, such as the body of an HTTP answer.

    `name` is for messages, `total` the bytes to come, where known. An `OSError` from `chunks` ends the source there.
    """
    feed = Feed(chunks)
    window = Window(feed)
    loaded = Loaded(name, bytes_total=total, times=times)
    try:
        for _ in _read(window, loaded):
            if len(loaded.stream):
                loaded.bytes_read = feed.read
                yield loaded
    except Cut:
        cut = len(window.buf)
        if not window.overfull and not feed.notes:
            loaded.stream.log.add("input-cut", f"the file ends in the middle; its last {cut} bytes are incomplete")
    except UnreadableSource:
        if not len(loaded.stream):
            if feed.notes and not window.base + len(window.buf):
                raise UnreadableSource(f"{quoted(name)} cannot be read: {feed.notes[0][1]}.") from None
            raise
        loaded.stream.log.add("too-large", "the stream is larger than this program can hold; its rest is left out")
    if window.overfull:
        loaded.stream.log.add("too-large", "one value in the file is larger than this program can hold; cut there")
    for code, message in feed.notes:
        loaded.stream.log.add(code, message)
    add_notes(loaded)
    loaded.stream.complete = True
    loaded.bytes_read = feed.read
    yield loaded


def _read(window: Window, loaded: Loaded) -> Iterator[None]:
    window.need(len(_BOM))
    if window.buf.startswith(_BOM):
        window.drop(len(_BOM))
    try:
        pos = skip_space(window, 0)
    except Cut:
        raise UnreadableSource(f"{quoted(loaded.name)} is empty; name a saved session.") from None
    window.drop(pos)
    if window.buf[0] == 0x7B:
        yield from _read_object(window, loaded)
    elif window.buf[0] == 0x5B:
        reject_list(window, loaded.name)
        yield from DownloadReader(window, loaded).read()
        _note_rest(window, loaded)
    else:
        reject_start(window, loaded.name)


def _read_object(window: Window, loaded: Loaded) -> Iterator[None]:
    reader = ObjectReader(window, loaded)
    cut = False
    try:
        yield from reader.read()
    except Cut:
        cut = True
    if not reader.has_stream:
        if is_asciicast(reader.members) and (not cut or reader.members["version"] == 1):
            yield from AsciicastReader(window, loaded, reader.members).read()
            if cut:
                raise Cut
            return
        check_object(reader.members, loaded.name, cut=cut)
        loaded.session = Session.parse(reader.members)
    loaded.form = _refined_form(loaded)
    if cut:
        raise Cut
    _note_rest(window, loaded)


def _refined_form(loaded: Loaded) -> str:
    """`raw-queries` for the gateway's Postgres queries as text: only input, and none of a wire message's NULs."""
    stream, fields = loaded.stream, loaded.session.fields
    postgres = "postgres" in (fields.connection_subtype, fields.type) and fields.verb == "connect"
    if loaded.form == "triples" and postgres and len(stream) and not stream.kinds.strip(b"i"):
        return loaded.form if b"\0" in stream.other else "raw-queries"
    return loaded.form


def _note_rest(window: Window, loaded: Loaded) -> None:
    try:
        window.drop(skip_space(window, 0))
    except Cut:
        return
    loaded.stream.log.add("trailing-data", "more follows after the session's end and is left out")
