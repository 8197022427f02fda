"""Reader for typescripts of Apache Guacamole (its manual, "Text session recording (typescripts)", version 1.5).

The text is between the lines `[BEGIN TYPESCRIPT]` and `[END TYPESCRIPT]`; the timing file beside it has the same name
with the ending `.timing` and the old form of util-linux `script`. Not supported: Guacamole's graphical recordings.
"""

from __future__ import annotations

from collections.abc import Iterator

from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders.script import TypescriptReader, find_timing


def read(window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
    """Read a typescript and its timing file."""
    loaded.stream_format = "guacamole"
    yield from TypescriptReader(window, loaded, find_timing(beside), beside, "Guacamole typescript").read()
