"""Generator of the README's key table from the command table: run `python -m tests.support.readme`."""

from __future__ import annotations

import re
from pathlib import Path

from replay_tui.ui.command_table import keys_table

README = Path(__file__).parents[2] / "README.md"
_KEYS = re.compile(r"(<!-- keys -->\n).*?(<!-- /keys -->)", re.DOTALL)


def with_keys(text: str) -> str:
    """Return the README text with an up-to-date key table."""
    return _KEYS.sub(lambda match: f"{match[1]}{keys_table()}\n{match[2]}", text)


if __name__ == "__main__":
    README.write_text(with_keys(README.read_text()))
