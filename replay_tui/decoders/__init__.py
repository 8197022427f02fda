"""Decoders: what a session's bytes mean, one file per wire or format, with a raw fallback.

`detect_kind` says which kind of session it is, `decode` gives its statements, `hexdump_lines` shows what nobody
decodes.
"""

from replay_tui.decoders.decode_result import DecodeResult, Table, redact_payload
from replay_tui.decoders.hexdump import hexdump_lines
from replay_tui.decoders.kind_detection import detect_kind
from replay_tui.decoders.registry import decode
from replay_tui.domain.redacted_span import RedactedSpan

__all__ = ["DecodeResult", "RedactedSpan", "Table", "decode", "detect_kind", "hexdump_lines", "redact_payload"]
