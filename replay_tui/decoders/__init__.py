"""Decoders: what a session's bytes mean, one file per wire or format, with a raw fallback.

`guess_kind` says which kind of session it is, `decode` gives its statements, `hex_lines` shows what nobody decodes.
"""

from replay_tui.decoders.guess import guess_kind
from replay_tui.decoders.hexview import hex_lines
from replay_tui.decoders.registry import decode
from replay_tui.decoders.result import Decoded, Hidden, Table, mask_hidden

__all__ = ["Decoded", "Hidden", "Table", "decode", "guess_kind", "hex_lines", "mask_hidden"]
