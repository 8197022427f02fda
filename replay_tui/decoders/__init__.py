"""Decoders: statements from a session's bytes, one module or package per protocol or format, with a raw fallback.

`decode` returns the statements of a session.
"""

from replay_tui.decoders.decode_result import DecodeResult, Table, redact_payload
from replay_tui.decoders.registry import decode
from replay_tui.domain.event_stream import RedactedSpan

__all__ = ["DecodeResult", "RedactedSpan", "Table", "decode", "redact_payload"]
