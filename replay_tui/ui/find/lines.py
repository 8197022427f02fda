"""Lines of the find screen: a hit with its date, user, connection and moment; a facet's value with its count."""

from __future__ import annotations

import os
from collections.abc import Sequence

from msgspec import Struct
from rich.text import Text

from replay_tui.archive.library.facets import FACETS, UNKNOWN
from replay_tui.archive.library.find_query import FoundHit
from replay_tui.archive.library.sessions import LibrarySession
from replay_tui.domain.display_text import sanitize
from replay_tui.domain.times import format_mmss
from replay_tui.presenters.document import Role
from replay_tui.presenters.library import novelty_text
from replay_tui.ui.find.state import FacetCounts
from replay_tui.ui.section_text import Styles

AREA_CELLS, WIDE_CELLS = 80, 100
"""Widths of the list from which it shows the area, and the year and the name of the session."""
MAX_TEXT_CHARS = 400
SHORT_ID_CHARS = 8
MATCH = "bold reverse"
_PLACES = {"screen": "screen", "output": "output", "input": "typed", "statements": "statement", "findings": "finding"}


def hit_line(found: FoundHit, width: int, styles: Styles) -> Text:
    """Return a hit as a line: when (UTC), user, connection, session@time, and the text with the match."""
    session, hit = found.session, found.hit
    wide, moment = width >= WIDE_CELLS, session.wall_clock(hit.time)
    when = moment.strftime("%Y-%m-%d %H:%M" if wide else "%m-%d %H:%M") if moment else "no date"
    time = format_mmss(hit.time)
    place = f"{session_name(session)[: 2 * SHORT_ID_CHARS]}@{time}" if wide else time
    area = _PLACES.get(hit.where, hit.where) if hit.drawn else "not drawn"
    muted = styles.get(Role.MUTED, "")
    line = Text(no_wrap=True, end="")
    for text, cells, style in (
        (when, 16 if wide else 11, muted),
        (session.user or UNKNOWN, width // 8, ""),
        (session.connection or UNKNOWN, width // 8, ""),
        (place, 26 if wide else 9, muted),
        (area, 9 if width >= AREA_CELLS else 0, "dim italic"),
    ):
        if not cells:
            continue
        cell = Text(sanitize(text[: 4 * cells]), style, no_wrap=True, end="")
        cell.truncate(cells, overflow="ellipsis", pad=True)
        line.append_text(cell).append(" ")
    room = max(10, width - line.cell_len)
    line.append_text(hit_text(found, before=room // 3))
    return line.append(f"  {novelty_text(found.novelty)}", muted) if found.novelty else line


def hit_text(found: FoundHit, before: int) -> Text:
    """Return the text of a hit with the match, sanitised, beginning at most `before` characters ahead of it."""
    hit = found.hit
    start = max(0, hit.start - before)
    ahead = hit.text[start : hit.start]
    text = Text("…" if start else "", no_wrap=True, end="")
    text.append(sanitize(ahead if start else ahead.lstrip()))
    text.append(sanitize(hit.text[hit.start : hit.end][:MAX_TEXT_CHARS]), MATCH)
    return text.append(sanitize(hit.text[hit.end : hit.end + MAX_TEXT_CHARS].rstrip()))


def session_name(session: LibrarySession) -> str:
    """Return a short name of a session: the beginning of its id, else the name of its file; not sanitised."""
    return session.id[:SHORT_ID_CHARS] or os.path.basename(session.source.rstrip("/")) or session.source


class FacetRow(Struct, frozen=True):
    """A facet's heading (`value` is None), or a value with its number of hits, `is_chosen` if it narrows the search."""

    facet: str
    value: str | None = None
    count: int = 0
    is_chosen: bool = False


def facet_rows(counts: FacetCounts, chosen: Sequence[tuple[str, str]]) -> list[FacetRow]:
    """Return the rows of all facets. A chosen value is listed even if it has no hits."""
    rows, narrowed = list[FacetRow](), dict(chosen)
    for facet in FACETS:
        values = dict(counts.get(facet, ()))
        if facet in narrowed:
            values.setdefault(narrowed[facet], 0)
        if values:
            rows.append(FacetRow(facet))
            rows += [FacetRow(facet, value, count, narrowed.get(facet) == value) for value, count in values.items()]
    return rows


def facet_line(row: FacetRow, width: int, styles: Styles) -> Text:
    """Return a row of the facets; a chosen value is marked, so that it can be seen without colours."""
    if row.value is None:
        return Text.assemble((row.facet, styles.get(Role.STRONG, "bold")), no_wrap=True, end="")
    count = f" {row.count:,}"
    text = Text(f"{'✓' if row.is_chosen else ' '} {sanitize(row.value[:200]) or UNKNOWN}", no_wrap=True, end="")
    text.truncate(max(4, width - len(count)), overflow="ellipsis", pad=True)
    if row.is_chosen:
        text.stylize(styles.get(Role.STRONG, "bold"))
    return text.append(count, styles.get(Role.MUTED, ""))
