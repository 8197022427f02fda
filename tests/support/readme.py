"""The README's table of keys, from the command table: `python -m tests.support.readme` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from replay_tui.ui.commands import keys_table

README = Path(__file__).parents[2] / "README.md"
_KEYS = re.compile(r"(<!-- keys -->\n).*?(<!-- /keys -->)", re.DOTALL)


def with_keys(text: str) -> str:
    """The README with its table of keys as the commands are now."""
    return _KEYS.sub(lambda match: f"{match[1]}{keys_table()}\n{match[2]}", text)


if __name__ == "__main__":
    README.write_text(with_keys(README.read_text()))
