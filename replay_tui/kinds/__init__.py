"""Session kinds: one module for each, and their registry.

To add a kind, write its module and list it in `KINDS` (`registry.py`). The names below are for callers and tests.
"""

from replay_tui.kinds.empty import EMPTY, empty_reason
from replay_tui.kinds.http import HTTP
from replay_tui.kinds.raw import RAW
from replay_tui.kinds.rdp import RDP
from replay_tui.kinds.registry import KINDS, applicable_kinds, detect_kind
from replay_tui.kinds.statements import STATEMENTS
from replay_tui.kinds.table import TABLE
from replay_tui.kinds.terminal import TERMINAL
from replay_tui.kinds.text import TEXT

__all__ = [
    "EMPTY",
    "HTTP",
    "KINDS",
    "RAW",
    "RDP",
    "STATEMENTS",
    "TABLE",
    "TERMINAL",
    "TEXT",
    "applicable_kinds",
    "detect_kind",
    "empty_reason",
]
