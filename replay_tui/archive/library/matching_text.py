"""The part of a stored document that can match a pattern, so that few texts of a large session are decoded.

A search in the part gives the same hits as one in the whole: whether a text is a hit depends on other texts only where
those match, too.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, islice

from replay_tui.archive.library.document import StoredInputLine, StoredTextLog
from replay_tui.archive.library.document_codec import Columns, EncodedLines, EncodedLog, decode_columns, split_chunk
from replay_tui.domain.statement import Statement
from replay_tui.search.http_messages import HttpMessageLine
from replay_tui.search.query import Query
from replay_tui.search.searchable_text import SearchableText
from replay_tui.search.wrapped_lines import WrappedLine
from replay_tui.terminal.transcript_lines import TranscriptLine

Texts = Mapping[int, str]
"""The matching texts of a document by their number."""


def matching_text(chunks: Mapping[int, str], columns: bytes, query: Query) -> SearchableText | None:
    """Return the texts of `chunks` (by number) that may match, with their times; None if the whole document is needed.

    All other chunks of the document must contain no match. Raises `ValueError`, and `UsageError` if the pattern takes
    too long.
    """
    found = decode_columns(columns)
    if query.regex and found.log and found.log.sent:  # compared with texts that do not match
        return None
    kept = _matching(chunks, found, query)
    return SearchableText(
        index=_log(found.log, kept) if found.log else None,
        lines=_lines(found.lines, kept),
        invisible_text=_lines(found.invisible_text, kept),
        typed=[StoredInputLine(kept[text], growth, same) for text, growth, same in found.typed if text in kept],
        statements=_statements(found, kept),
        messages=[
            HttpMessageLine(time, where, kept[text], event)
            for time, where, text, event in found.messages
            if text in kept
        ],
    )


def _matching(chunks: Mapping[int, str], columns: Columns, query: Query) -> dict[int, str]:
    lengths, kept = array("I", columns.lengths), dict[int, str]()
    starts = [0, *accumulate(columns.counts)]
    # An expression is applied to each line of a statement, not to its text.
    statements = {row.text for row in columns.statements} if query.regex else set[int]()
    for number, chunk in chunks.items():
        if number >= len(columns.counts):
            raise ValueError("a chunk has no texts")
        place, texts = starts[number], split_chunk(chunk, lengths[starts[number] : starts[number + 1]])
        while batch := list(islice(texts, query.batch_lines)):
            kept |= query.matching(batch, place)
            kept |= {at: text for at, text in enumerate(batch, place) if at in statements}
            place += len(batch)
    return kept


def _lines(lines: EncodedLines, kept: Texts) -> list[TranscriptLine]:
    times = array("d", lines.times)
    return [
        TranscriptLine(times[at], kept[number], lines.origins[at] if lines.origins else "scrolled")
        for at, number in enumerate(array("I", lines.texts))
        if number in kept
    ]


def _log(encoded: EncodedLog, kept: Texts) -> StoredTextLog:
    """Return the entries with a matching text, and those whose text as it was sent matches."""
    numbers, previous = array("I", encoded.texts), array("I", encoded.previous_texts)
    times, rows = array("d", encoded.times), array("i", encoded.rows)
    sent = [(entry, kept[text]) for entry, text in encoded.sent if text in kept]
    entries = sorted({at for at, number in enumerate(numbers) if number in kept} | {entry for entry, _ in sent})
    places = {entry: place for place, entry in enumerate(entries)}
    log = StoredTextLog()
    log.texts = [kept.get(numbers[entry], "") for entry in entries]
    log.previous_texts = [kept.get(previous[entry], "") for entry in entries]
    log.times, log.rows = array("d", [times[one] for one in entries]), array("i", [rows[one] for one in entries])
    log.growth = {places[entry]: growth for entry, growth in encoded.growth.items() if entry in places}
    log.wrapped = [
        WrappedLine(time, kept[text], ends, growth) for time, text, ends, growth in encoded.wrapped if text in kept
    ]
    log.sent = [(places[entry], text) for entry, text in sent]
    return log


def _statements(columns: Columns, kept: Texts) -> Sequence[Statement]:
    """Return the statements in which the text or a parameter matches, without the others."""
    found = []
    for row in columns.statements:
        params = tuple(kept[one] for one in row.params or () if one is not None and one in kept)
        if row.text in kept or params:
            found.append(Statement(row.time, row.kind, kept.get(row.text, ""), params, event=row.event))
    return found
