"""Keyframes as bytes, to be kept between runs, and the checks without which they are not used.

The file: magic, the key, the number of keyframes, each keyframe (offset, length, deflated state), and a BLAKE2b digest
over all of it. A key names everything that the keyframes depend on.
"""

from __future__ import annotations

import random
import struct
import zlib
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version

from replay_tui import __version__
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.drawer import Drawer
from replay_tui.terminal.emulator import tried_first
from replay_tui.terminal.ghostty import EmulatorError
from replay_tui.terminal.index import SPACING, Keyframe, TerminalIndex

LEAST = 4 << 20
"""Bytes of output from which on keeping an index is worth it."""
FORMAT = 3
MAGIC = b"replay-tui index\x00"
MOST_STATE = 64 << 20
"""Bytes that one state may have."""
_HEAD, _FRAME = struct.Struct("<I"), struct.Struct("<QI")
_DIGEST = 32
_BLOCK = 1 << 20


class NotUsable(ValueError):
    """Kept bytes are damaged, or belong to something else."""


def key_of(stream: EventStream, sizes: SizeTimeline) -> str:
    """The key of a stream's index: its output, its sizes, and the versions of what draws it."""
    try:
        emulator = version("pyghostty")
    except PackageNotFoundError:
        emulator = "unknown"
    key = blake2b(digest_size=_DIGEST)
    sized = [(resize.offset, resize.size.cols, resize.size.rows) for resize in sizes.resizes]
    what = FORMAT, __version__, emulator, SPACING, sizes.first.cols, sizes.first.rows, sized, len(stream.output)
    key.update(repr((*what, not tried_first())).encode())
    for start in range(0, len(stream.output), _BLOCK):
        key.update(stream.output[start : start + _BLOCK])
    return key.hexdigest()


def packed(index: TerminalIndex, key: str) -> bytes:
    """An index's keyframes as bytes."""
    parts = [MAGIC, bytes.fromhex(key), _HEAD.pack(len(index.keyframes))]
    for keyframe in index.keyframes:
        state = keyframe.state if keyframe.packed else zlib.compress(keyframe.state, 1)
        parts += [_FRAME.pack(keyframe.offset, len(state)), state]
    body = b"".join(parts)
    return body + blake2b(body, digest_size=_DIGEST).digest()


def unpacked(data: bytes, key: str, stream: EventStream, sizes: SizeTimeline) -> list[Keyframe]:
    """The keyframes in kept bytes, checked: whole, for this stream, in order, of the right size, and true.

    True means that one of them, drawn on from, leads to the next. Raises `NotUsable`.
    """
    keyframes = _read(data, key)
    offsets = [keyframe.offset for keyframe in keyframes]
    if not offsets or offsets != sorted(set(offsets)) or offsets[0] <= 0 or offsets[-1] > len(stream.output):
        raise NotUsable("the offsets are not those of this stream")
    try:
        for keyframe in keyframes:
            size = sizes.at(keyframe.offset - 1)
            if keyframe.restore().size != (size.cols, size.rows):
                raise NotUsable("a screen has another size")
        _spot_check(keyframes, stream, sizes)
    except (EmulatorError, zlib.error) as error:
        raise NotUsable(str(error)) from None
    return keyframes


def _read(data: bytes, key: str) -> list[Keyframe]:
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    head = MAGIC + bytes.fromhex(key)
    if not body.startswith(head) or blake2b(body, digest_size=_DIGEST).digest() != digest:
        raise NotUsable("damaged, or of another stream")
    keyframes, at = [], len(head) + _HEAD.size
    try:
        (count,) = _HEAD.unpack_from(body, len(head))
        for _ in range(count):
            offset, length = _FRAME.unpack_from(body, at)
            at += _FRAME.size
            keyframes.append(Keyframe.of(offset, _inflated(body[at : at + length])))
            at += length
    except (struct.error, zlib.error) as error:
        raise NotUsable(str(error)) from None
    if at != len(body):
        raise NotUsable("cut off")
    return keyframes


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    state = stream.decompress(data, MOST_STATE)
    if not stream.eof:
        raise NotUsable("a state is cut off or too large")
    return state


def _spot_check(keyframes: list[Keyframe], stream: EventStream, sizes: SizeTimeline) -> None:
    """Draw from a keyframe, or the start, to the one after it."""
    at = random.randrange(len(keyframes))
    drawer = Drawer(stream, sizes)
    if at:
        drawer.adopt(keyframes[at - 1].snapshot, keyframes[at - 1].offset)
    drawer.draw_to(keyframes[at].offset)
    kept = keyframes[at].restore()
    if drawer.offset != keyframes[at].offset or not kept.shows_what(drawer.emulator):
        raise NotUsable("a screen is another one")
