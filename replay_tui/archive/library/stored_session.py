"""A session in a block file: writing a recording, and reading its record, its rows and its document again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from replay_tui.archive.library.block_file import (
    ABOUT,
    COLUMNS,
    GRAMS,
    ROWS,
    TEXT,
    TIMES,
    BlockSection,
    DamagedBlock,
    list_sections,
    read_sections,
    write_block,
)
from replay_tui.archive.library.document import SessionDocument, hidden_copy
from replay_tui.archive.library.document_codec import EncodedDocument, decode_document, encode_document
from replay_tui.archive.library.matching_text import matching_text
from replay_tui.archive.library.narrowing import grams_of
from replay_tui.archive.library.record import (
    FindingRow,
    SessionRecord,
    UsageRow,
    finding_rows,
    make_record,
    rows_from_json,
    rows_to_json,
    usage_rows,
)
from replay_tui.search.query import Query
from replay_tui.search.searchable_text import SearchableText

if TYPE_CHECKING:
    from replay_tui.recording import Recording

_ENCODING = ("utf-8", "surrogatepass")


@dataclass(frozen=True)
class StoredSession:
    """The contents of a block file for the database: `texts` are the sections with text, each with its bitmap."""

    file: str
    file_bytes: int
    record: SessionRecord
    usage: list[UsageRow]
    findings: list[FindingRow]
    texts: list[tuple[BlockSection, bytes]]
    others: list[BlockSection]
    text_bytes: int


def write_session(folder: Path, recording: Recording, *, source: str, name: str) -> str:
    """Write a recording without its secrets to a new block file in `folder` and return the file's name.

    `source` is the location of the recording, `name` the one that the user wrote. Raises `OSError`.
    """
    hidden = hidden_copy(recording)
    record = make_record(hidden, source=source, name=name)
    document = SessionDocument.from_recording(hidden)
    return write_document(folder, record, document, usage_rows(hidden, record.start), finding_rows(hidden))


def write_document(
    folder: Path,
    record: SessionRecord,
    document: SessionDocument,
    usage: Sequence[UsageRow],
    findings: Sequence[FindingRow],
) -> str:
    """Write a session in its parts to a new block file and return the file's name. Raises `OSError`."""
    encoded = encode_document(document)
    sections = [(ABOUT, record.to_json()), (ROWS, rows_to_json(usage, findings))]
    for chunk in encoded.chunks:
        sections += [(TEXT, chunk.encode(*_ENCODING)), (GRAMS, grams_of(chunk))]
    sections += [(COLUMNS, encoded.columns), (TIMES, encoded.times)]
    return write_block(folder, sections).name


def read_session(path: Path) -> StoredSession:
    """Return the contents of a block file. Raises `DamagedBlock`."""
    sections = list_sections(path)
    small = [one for one in sections if one.kind in (ABOUT, ROWS, GRAMS)]
    contents = list(zip(small, read_sections(path, small), strict=True))
    try:
        about = next(data for one, data in contents if one.kind == ABOUT)
        rows = next(data for one, data in contents if one.kind == ROWS)
        texts = [one for one in sections if one.kind == TEXT]
        grams = [data for one, data in contents if one.kind == GRAMS]
        usage, findings = rows_from_json(rows)
        return StoredSession(
            file=path.name,
            file_bytes=path.stat().st_size,
            record=SessionRecord.from_json(about),
            usage=usage,
            findings=findings,
            texts=list(zip(texts, grams, strict=True)),
            others=[one for one in sections if one.kind in (COLUMNS, TIMES, ABOUT)],
            text_bytes=sum(one.size for one in texts),
        )
    except (ValueError, StopIteration, OSError):
        raise DamagedBlock(path, "invalid content") from None


def read_record(path: Path) -> SessionRecord:
    """Return the record in a block file. Raises `DamagedBlock`."""
    return read_session(path).record


def read_document(path: Path, sections: Sequence[BlockSection]) -> SessionDocument:
    """Return the document of a session from its `sections`. Raises `DamagedBlock`."""
    wanted = [one for one in sections if one.kind in (TEXT, COLUMNS, TIMES)]
    contents = list(zip(wanted, read_sections(path, wanted), strict=True))
    try:
        return decode_document(
            EncodedDocument(
                [decode_text(data) for one, data in contents if one.kind == TEXT],
                next(data for one, data in contents if one.kind == COLUMNS),
                next(data for one, data in contents if one.kind == TIMES),
            )
        )
    except (ValueError, StopIteration):
        raise DamagedBlock(path, "invalid content") from None


def read_matching(
    path: Path, chunks: Mapping[int, BlockSection], columns: Sequence[BlockSection], query: Query
) -> SearchableText | None:
    """Return the texts of some `chunks` (by number) that may match; None if the whole document is needed.

    Raises `DamagedBlock`, and `UsageError` if the pattern takes too long.
    """
    test = (lambda _text: True) if query.regex else query.test()
    texts = zip(chunks, read_sections(path, [*chunks.values()]), strict=True)
    try:
        found = {number: text for number, data in texts if test(text := decode_text(data))}
        return matching_text(found, read_sections(path, columns)[0], query) if found else SearchableText()
    except (ValueError, LookupError):
        raise DamagedBlock(path, "invalid content") from None


def decode_text(data: bytes) -> str:
    """Return the text of a section. Raises `ValueError`."""
    return data.decode(*_ENCODING)
