"""Reader for the tar archives that JumpServer (session downloads) and Teleport (before version 5) write.

The archive is read in one pass and nothing is written to disk. Members that are no regular files are ignored.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, cast

from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import BufferFile, ByteBuffer, ChunkReader
from replay_tui.sources.json_scanner import UnexpectedEnd
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.recorders import jumpserver, teleport
from replay_tui.sources.rejection import quoted

MAX_MEMBERS = 1000
MAX_TOTAL_BYTES = 1 << 30
_REPLAYS = (".cast.gz", ".cast", ".replay.gz", ".replay", ".replay.json")


def read(window: ByteBuffer, loaded: LoadedSession, _beside: Beside) -> Iterator[None]:
    """Read the recording in an archive. Raises `UnreadableSource` if there is none."""
    members = _members(window, loaded)
    replay = next((name for name in members if name.endswith(_REPLAYS)), None)
    try:
        if replay is not None:
            about = next((data for name, data in members.items() if name.endswith(".json") and name != replay), b"{}")
            yield from jumpserver.read_member(members[replay], about, loaded)
            return
        if teleport.has_recording(members):
            yield from teleport.read_members(members, loaded)
            return
    except UnexpectedEnd:
        loaded.stream.log.add("input-cut", "the recording in the archive is incomplete; its end is missing")
        return
    raise UnreadableSource(
        f"{quoted(loaded.name)} is a tar archive, not a session; unpack it and name a session in it."
    )


def _members(window: ByteBuffer, loaded: LoadedSession) -> dict[str, bytes]:
    """Return the regular files by name. A damaged or huge archive gives those before the damage, with a warning."""
    found: dict[str, bytes] = {}
    total = 0
    log = loaded.stream.log
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", BufferFile(window)), mode="r|") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                total += member.size
                if total > MAX_TOTAL_BYTES or len(found) >= MAX_MEMBERS:
                    log.add("too-large", "the archive exceeds the size limit; the rest is skipped")
                    break
                file = archive.extractfile(member)
                data = file.read() if file else b""
                if len(data) < member.size:
                    log.add("input-cut", "the archive is incomplete; its end is missing")
                found.setdefault(member.name.rpartition("/")[2], _unpacked(data, log))
    except (tarfile.TarError, EOFError, ValueError, OverflowError, UnicodeError):
        log.add("input-cut", "the archive is damaged or incomplete; the rest is skipped")
    return found


def _unpacked(data: bytes, log: FidelityWarnings) -> bytes:
    """Return the content of a member, decompressed if it is gzip data; damage is reported in `log`."""
    reader = ChunkReader([data], MAX_TOTAL_BYTES)
    unpacked = b"".join(reader)
    for code, message in reader.errors:
        log.add(code, message)
    return unpacked
