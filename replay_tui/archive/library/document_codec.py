"""Encoding of a session's document: chunks of its distinct texts, and columns of numbers that refer to them.

The texts of a chunk are joined by line feeds, so that one search in a chunk covers all of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from replay_tui.archive.library.document import DocumentTimes, SessionDocument, StoredInputLine, StoredTextLog
from replay_tui.domain.statement import Statement
from replay_tui.search.http_messages import HttpMessageLine
from replay_tui.search.searchable_text import SearchableText
from replay_tui.search.wrapped_lines import WrappedLine
from replay_tui.terminal.transcript_lines import TranscriptLine

CHUNK_CHARS = 1 << 18
"""Characters of a chunk of texts, except for a single text that is longer."""


class EncodedLines(msgspec.Struct, array_like=True):
    """Lines of text with their times; columns are the bytes of arrays."""

    times: bytes
    texts: bytes
    origins: list[str]
    """Empty if all are `scrolled`."""


class EncodedLog(msgspec.Struct, array_like=True):
    """A `StoredTextLog` with numbers instead of texts."""

    texts: bytes
    previous_texts: bytes
    times: bytes
    rows: bytes
    growth: dict[int, list[tuple[int, float]]]
    wrapped: list[tuple[float, int, tuple[int, ...], tuple[tuple[int, float], ...]]]
    sent: list[tuple[int, int]]


class EncodedStatement(msgspec.Struct, array_like=True):
    """A statement with numbers instead of texts."""

    time: float
    kind: str
    text: int
    params: list[int | None] | None
    duration: float | None
    deleted: bool
    event: int
    verb: int
    note: int


class Columns(msgspec.Struct, array_like=True):
    """Everything of a document but the texts. `counts` are the texts in each chunk, `lengths` their characters."""

    lengths: bytes
    counts: list[int]
    log: EncodedLog | None
    lines: EncodedLines
    invisible_text: EncodedLines
    transcript: EncodedLines
    typed: list[tuple[int, list[tuple[int, float, int]], int]]
    statements: list[EncodedStatement]
    messages: list[tuple[float, str, int, int]]


_decoder = msgspec.msgpack.Decoder(Columns)


class EncodedDocument(msgspec.Struct):
    """The parts of an encoded document: `chunks` of texts, `columns`, and the `times` of the events."""

    chunks: list[str]
    columns: bytes
    times: bytes


def encode_document(document: SessionDocument) -> EncodedDocument:
    """Return the encoded document."""
    strings, text = _Strings(), document.text
    columns = Columns(
        b"",
        [],
        _encode_log(text.index, strings) if isinstance(text.index, StoredTextLog) else None,
        _encode_lines(text.lines, strings),
        _encode_lines(text.invisible_text, strings),
        _encode_lines(document.transcript, strings),
        [(strings.number(one.text), one.growth, one.kept) for one in text.typed if isinstance(one, StoredInputLine)],
        [_encode_statement(row, strings) for row in text.statements],
        [(one.time, one.where, strings.number(one.text), one.event) for one in text.messages],
    )
    chunks = [*strings.chunks()]
    columns.lengths, columns.counts = strings.lengths, [len(chunk) for chunk in chunks]
    return EncodedDocument(
        ["\n".join(chunk) for chunk in chunks], msgspec.msgpack.encode(columns), document.times.times.tobytes()
    )


def decode_document(encoded: EncodedDocument) -> SessionDocument:
    """Return the document. Raises `ValueError` for invalid data."""
    try:
        columns = decode_columns(encoded.columns)
        texts = [*_split(encoded.chunks, columns)]
        text_of = texts.__getitem__
        text = SearchableText(
            index=_decode_log(columns.log, texts) if columns.log else None,
            lines=_decode_lines(columns.lines, texts),
            invisible_text=_decode_lines(columns.invisible_text, texts),
            typed=[StoredInputLine(text_of(number), growth, kept) for number, growth, kept in columns.typed],
            statements=[_decode_statement(row, texts) for row in columns.statements],
            messages=[
                HttpMessageLine(time, where, text_of(number), event) for time, where, number, event in columns.messages
            ],
        )
        return SessionDocument(text, _decode_lines(columns.transcript, texts), DocumentTimes(array("d", encoded.times)))
    except IndexError as error:
        raise ValueError("invalid document") from error


class _Strings:
    """Table of distinct texts."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def column(self, texts: Iterable[str]) -> bytes:
        numbers = self._numbers
        return array("I", [numbers.setdefault(text, len(numbers)) for text in texts]).tobytes()

    @property
    def lengths(self) -> bytes:
        return array("I", map(len, self._numbers)).tobytes()

    def chunks(self) -> Iterator[list[str]]:
        part: list[str] = []
        size = 0
        for text in self._numbers:
            if part and size + len(text) > CHUNK_CHARS:
                yield part
                part, size = [], 0
            part.append(text)
            size += len(text) + 1
        if part:
            yield part


def decode_columns(data: bytes) -> Columns:
    """Return the columns. Raises `ValueError` for invalid data."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError("invalid columns") from error


def split_chunk(chunk: str, lengths: Iterable[int]) -> Iterator[str]:
    """Yield the texts of a chunk. Raises `ValueError` if they do not have these lengths."""
    at = 0
    for length in lengths:
        yield chunk[at : at + length]
        at += length + 1
    if at != len(chunk) + 1:
        raise ValueError("the texts do not have the stored lengths")


def _split(chunks: Sequence[str], columns: Columns) -> Iterator[str]:
    lengths, at = array("I", columns.lengths), 0
    for chunk, count in zip(chunks, columns.counts, strict=True):
        yield from split_chunk(chunk, lengths[at : at + count])
        at += count


def _encode_lines(lines: Iterable[TranscriptLine], strings: _Strings) -> EncodedLines:
    found = list(lines)
    origins = [line.origin for line in found]
    return EncodedLines(
        array("d", [line.time for line in found]).tobytes(),
        strings.column(line.text for line in found),
        origins if set(origins) - {"scrolled"} else [],
    )


def _decode_lines(lines: EncodedLines, texts: Sequence[str]) -> list[TranscriptLine]:
    times, numbers = array("d", lines.times), array("I", lines.texts)
    origins = lines.origins or ["scrolled"] * len(times)
    return [*map(TranscriptLine, times, map(texts.__getitem__, numbers), origins)]


def _encode_log(log: StoredTextLog, strings: _Strings) -> EncodedLog:
    return EncodedLog(
        strings.column(log.texts),
        strings.column(log.previous_texts),
        log.times.tobytes(),
        log.rows.tobytes(),
        log.growth,
        [(line.time, strings.number(line.text), line.row_ends, line.growth) for line in log.wrapped],
        [(number, strings.number(text)) for number, text in log.sent],
    )


def _decode_log(encoded: EncodedLog, texts: Sequence[str]) -> StoredTextLog:
    log, text_of = StoredTextLog(), texts.__getitem__
    log.texts = [*map(text_of, array("I", encoded.texts))]
    log.previous_texts = [*map(text_of, array("I", encoded.previous_texts))]
    log.times, log.rows, log.growth = array("d", encoded.times), array("i", encoded.rows), encoded.growth
    log.wrapped = [WrappedLine(time, text_of(number), ends, growth) for time, number, ends, growth in encoded.wrapped]
    log.sent = [(entry, text_of(number)) for entry, number in encoded.sent]
    return log


def _encode_statement(row: Statement, strings: _Strings) -> EncodedStatement:
    params = None if row.params is None else [None if one is None else strings.number(one) for one in row.params]
    text, verb, note = map(strings.number, (row.text, row.verb, row.note))
    return EncodedStatement(row.time, row.kind, text, params, row.duration, row.deleted, row.event, verb, note)


def _decode_statement(row: EncodedStatement, texts: Sequence[str]) -> Statement:
    params = None if row.params is None else tuple(None if one is None else texts[one] for one in row.params)
    return Statement(
        row.time, row.kind, texts[row.text], params, row.duration, row.deleted, row.event, texts[row.verb],
        note=texts[row.note],
    )  # fmt: skip
