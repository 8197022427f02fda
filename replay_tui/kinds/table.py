"""Executed scripts whose output is a table."""

from __future__ import annotations

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.decoders.sql.text_decoder import DIALECTS
from replay_tui.decoders.tsv_table import looks_tabular, output_bytes
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import Pane, SessionKind, TextSource
from replay_tui.kinds.evidence import MAX_SCANNED_BYTES, Family, addresses_screen, family_of


def _matches(session: Session, stream: EventStream) -> bool:
    if family_of(session) is not Family.EXEC or addresses_screen(stream):
        return False
    is_database = script_language(session) in {*DIALECTS.values(), "mongodb"}
    return looks_tabular(output_bytes(stream)[:MAX_SCANNED_BYTES], database=is_database)


TABLE = SessionKind(
    "table",
    _matches,
    30,
    Pane.OUTPUT,
    TextSource.OUTPUT,
    may_have_table=True,
    description="rows and columns of the output",
)
