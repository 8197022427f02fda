"""Files in a folder that are parts of a recording beside them: timing files, metadata, and files of output.

A name alone does not tell: `a.json` beside `a.cast.gz` may be another session. So the content is examined too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from replay_tui.sources.beside import read_file, timing_names
from replay_tui.sources.recorders.jumpserver import is_metadata_file, metadata_names
from replay_tui.sources.recorders.script_timing import is_timing
from replay_tui.sources.recorders.teleport import output_names

MAX_EXAMINED_BYTES = 1 << 16


def without_companions(folder: str, names: Sequence[str]) -> list[str]:
    """Return the names of the files in `folder` without those that are read together with another file in it."""
    present = set(names)
    parts: dict[str, Callable[[bytes], bool]] = {}
    for name in names:
        for find, is_part in ((timing_names, is_timing), (metadata_names, is_metadata_file), (output_names, _any)):
            parts |= dict.fromkeys((one for one in find(name) if one != name and one in present), is_part)
    return [name for name in names if name not in parts or not _matches(Path(folder, name), parts[name])]


def _any(_: bytes) -> bool:
    return True


def _matches(path: Path, is_part: Callable[[bytes], bool]) -> bool:
    try:
        return is_part(read_file(path, MAX_EXAMINED_BYTES))
    except (OSError, ValueError):
        return False
