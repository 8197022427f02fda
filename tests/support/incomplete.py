"""Sessions that are not complete, one of each kind, with words that every output based on them must contain."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

from replay_tui.decoders.decode_result import DecodeResult
from replay_tui.decoders.payload_buffer import PayloadBuffer
from replay_tui.decoders.registry import Decoder, register
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import DecoderGroup
from tests.support.fixtures import FIXTURES, SESSIONS
from tests.ui.sessions import triples

FAILING_ID = "a session whose decoder fails"
SLOW_RULE = f'[[rules]]\nname = "slow"\npattern = "{"(a|aa)" * 28}b"\nwhere = ["sql"]\n'
"""Settings with a rule that runs out of time on a long statement."""


def _confidence(session: Session, _stream: EventStream, _head: PayloadBuffer) -> int:
    return 9 if session.fields.id == FAILING_ID else 0


def _fails(_session: Session, _stream: EventStream) -> DecodeResult:
    raise ZeroDivisionError


register(Decoder("failing", frozenset(DecoderGroup), _confidence, _fails))


@dataclass(frozen=True)
class Incomplete:
    """A kind of incompleteness.

    Attributes:
        content: the file.
        words: words of the warning, in every output.
        is_read: some of the recording was read.
        is_rule: a rule did not run; only outputs with findings rest on rules.
    """

    content: bytes
    words: str
    is_read: bool = True
    is_rule: bool = False


def mysql(*events: tuple[float, str, str], **fields: Any) -> bytes:
    """Return a session of SQL texts."""
    session = {"id": "x", "user": "ana", "type": "database", "connection_subtype": "mysql", "verb": "connect",
               "status": "done", "start_date": "2026-11-20T09:30:00Z", "end_date": "2026-11-20T09:31:00Z",
               "event_stream": triples(*events)}  # fmt: skip
    return json.dumps(session | fields).encode()


_ONE = (0.5, "i", "select 1")
_WHOLE = mysql(_ONE, (1.0, "i", "select 2"))
_STREAM = json.loads(_WHOLE)["event_stream"]
_VIM = (SESSIONS / "shell-vim.json").read_bytes()

INCOMPLETE: dict[str, Incomplete] = {
    "cut": Incomplete((FIXTURES / "incomplete" / "cut.json").read_bytes(), "the file is incomplete"),
    "cut terminal": Incomplete(_VIM[: len(_VIM) // 2], "the file is incomplete"),
    "cut gzip": Incomplete(gzip.compress(_VIM)[:-400], "the compressed data is incomplete"),
    "damaged gzip": Incomplete(gzip.compress(_VIM, mtime=0)[:-2000] + b"\xff" * 2000, "the compressed data is"),
    "damaged event": Incomplete(mysql(_ONE, event_stream=[*_STREAM, [2]]), "skipped as invalid"),
    "damaged payload": Incomplete(mysql(event_stream=[*_STREAM, [2, "i", "!!!"]]), "base64"),
    "damaged JSON": Incomplete(_WHOLE.replace(b'"done"', b'"done'), "not valid JSON"),
    "trailing data": Incomplete(_WHOLE + b"\n" + _WHOLE, "after the end of the session"),
    "two streams": Incomplete(_WHOLE[:-1] + b', "event_stream": []}', "more than one event_stream", is_read=False),
    "recording limit": Incomplete(mysql(_ONE, metrics={"truncated": True}), "stopped recording at its size limit"),
    "no event": Incomplete(
        (FIXTURES / "incomplete" / "damaged-events.json").read_bytes(), "skipped as invalid", is_read=False
    ),
    "no list": Incomplete(mysql(event_stream={"a": 1}), "is not a list", is_read=False),
    "withheld": Incomplete(
        (FIXTURES / "incomplete" / "withheld.json").read_bytes(), "withheld the recording", is_read=False
    ),
    "no stream": Incomplete(
        json.dumps({name: value for name, value in json.loads(_WHOLE).items() if name != "event_stream"}).encode(),
        "has no recording and does not say",
        is_read=False,
    ),
    "no log": Incomplete((SESSIONS / "no-log.json").read_bytes(), "found no log", is_read=False),
    "undecodable": Incomplete(
        (SESSIONS / "shell-vim.utf8.json").read_bytes(), "could not decode this stream", is_read=False
    ),
    "unknown events": Incomplete(mysql(_ONE, (1.0, "z", "x")), "of unknown type"),
    "bitmaps": Incomplete(mysql(_ONE, (1.0, "b", "{}")), "bitmap"),
    "opaque": Incomplete(mysql((0.5, "i", "\x01\x02"), type="tcp", connection_subtype="tcp"), "does not decode"),
    "decoder failed": Incomplete(mysql(_ONE, id=FAILING_ID), "the decoder failing failed"),
    "wire damaged": Incomplete(
        mysql((0.5, "i", "Q\0\0\0\x0dselect 1\0"), (1.0, "i", "\xff garbage" * 9), connection_subtype="postgres"),
        "not Postgres messages",
    ),
    "rule failed": Incomplete(mysql((0.5, "i", f"select '{'a' * 3000}'")), "the rule slow did not run", is_rule=True),
    "long statement": Incomplete(mysql((0.5, "i", f"select '{'x' * 100_001}'")), "too long for the rule", is_rule=True),
}  # fmt: skip
"""Kinds of incompleteness by name."""
