"""Files in a folder that are parts of a recording beside them: timing files, metadata, and files of output.

A name alone does not tell: `a.json` beside `a.cast.gz` may be another session. So the content is examined too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from replay_tui.sources.beside import read_start, timing_names
from replay_tui.sources.recorders.jumpserver import is_metadata_file, metadata_names
from replay_tui.sources.recorders.script_timing import is_timing
from replay_tui.sources.recorders.teleport import output_names

MAX_EXAMINED_BYTES = 1 << 16


def without_companions(names: Sequence[str], open_file: Callable[[str], BinaryIO]) -> list[str]:
    """Return the names of a folder's files without those that are read together with another one.

    `open_file` opens a file by its name, or raises `OSError`.
    """
    present = set(names)
    parts: dict[str, Callable[[bytes], bool]] = {}
    for name in names:
        for find, is_part in ((timing_names, is_timing), (metadata_names, is_metadata_file), (output_names, _any)):
            parts |= dict.fromkeys((one for one in find(name) if one != name and one in present), is_part)
    return [name for name in names if name not in parts or not _matches(name, open_file, parts[name])]


def _any(_: bytes) -> bool:
    return True


def _matches(name: str, open_file: Callable[[str], BinaryIO], is_part: Callable[[bytes], bool]) -> bool:
    try:
        with open_file(name) as file:
            return is_part(read_start(file, MAX_EXAMINED_BYTES))
    except (OSError, ValueError):
        return False
