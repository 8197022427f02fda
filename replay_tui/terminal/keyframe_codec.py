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
from replay_tui.terminal.emulator import is_isolated
from replay_tui.terminal.ghostty import EmulatorError
from replay_tui.terminal.keyframe_index import SPACING_BYTES, Keyframe, KeyframeIndex
from replay_tui.terminal.stream_renderer import StreamRenderer

MIN_INDEX_BYTES = 4 << 20
"""Bytes of output from which on keeping an index is worth it."""
FORMAT_VERSION = 3
MAGIC = b"replay-tui index\x00"
MAX_STATE_BYTES = 64 << 20
"""Bytes that one state may have."""
_HEAD, _FRAME = struct.Struct("<I"), struct.Struct("<QI")
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20


class InvalidCacheEntry(ValueError):
    """Kept bytes are damaged, or belong to something else."""


def cache_key(stream: EventStream, sizes: SizeTimeline) -> str:
    """The key of a stream's index: its output, its sizes, and the versions of what draws it."""
    try:
        emulator = version("pyghostty")
    except PackageNotFoundError:
        emulator = "unknown"
    key = blake2b(digest_size=_DIGEST_BYTES)
    sized = [(resize.offset, resize.size.cols, resize.size.rows) for resize in sizes.resizes]
    what = (
        FORMAT_VERSION,
        __version__,
        emulator,
        SPACING_BYTES,
        sizes.first.cols,
        sizes.first.rows,
        sized,
        len(stream.output),
    )
    key.update(repr((*what, not is_isolated())).encode())
    for start in range(0, len(stream.output), _BLOCK_BYTES):
        key.update(stream.output[start : start + _BLOCK_BYTES])
    return key.hexdigest()


def serialize(index: KeyframeIndex, key: str) -> bytes:
    """An index's keyframes as bytes."""
    parts = [MAGIC, bytes.fromhex(key), _HEAD.pack(len(index.keyframes))]
    for keyframe in index.keyframes:
        state = keyframe.state if keyframe.compressed else zlib.compress(keyframe.state, 1)
        parts += [_FRAME.pack(keyframe.offset, len(state)), state]
    body = b"".join(parts)
    return body + blake2b(body, digest_size=_DIGEST_BYTES).digest()


def deserialize(data: bytes, key: str, stream: EventStream, sizes: SizeTimeline) -> list[Keyframe]:
    """The keyframes in kept bytes, checked: whole, for this stream, in order, of the right size, and true.

    True means that one of them, drawn on from, leads to the next. Raises `InvalidCacheEntry`.
    """
    keyframes = _read(data, key)
    offsets = [keyframe.offset for keyframe in keyframes]
    if not offsets or offsets != sorted(set(offsets)) or offsets[0] <= 0 or offsets[-1] > len(stream.output):
        raise InvalidCacheEntry("the offsets are not those of this stream")
    try:
        for keyframe in keyframes:
            size = sizes.at(keyframe.offset - 1)
            if keyframe.restore().size != (size.cols, size.rows):
                raise InvalidCacheEntry("a screen has another size")
        _spot_check(keyframes, stream, sizes)
    except (EmulatorError, zlib.error) as error:
        raise InvalidCacheEntry(str(error)) from None
    return keyframes


def _read(data: bytes, key: str) -> list[Keyframe]:
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    head = MAGIC + bytes.fromhex(key)
    if not body.startswith(head) or blake2b(body, digest_size=_DIGEST_BYTES).digest() != digest:
        raise InvalidCacheEntry("damaged, or of another stream")
    keyframes, at = [], len(head) + _HEAD.size
    try:
        (count,) = _HEAD.unpack_from(body, len(head))
        for _ in range(count):
            offset, length = _FRAME.unpack_from(body, at)
            at += _FRAME.size
            keyframes.append(Keyframe.of(offset, _decompress(body[at : at + length])))
            at += length
    except (struct.error, zlib.error) as error:
        raise InvalidCacheEntry(str(error)) from None
    if at != len(body):
        raise InvalidCacheEntry("cut off")
    return keyframes


def _decompress(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    state = stream.decompress(data, MAX_STATE_BYTES)
    if not stream.eof:
        raise InvalidCacheEntry("a state is cut off or too large")
    return state


def _spot_check(keyframes: list[Keyframe], stream: EventStream, sizes: SizeTimeline) -> None:
    """Draw from a keyframe, or the start, to the one after it."""
    at = random.randrange(len(keyframes))
    drawer = StreamRenderer(stream, sizes)
    if at:
        drawer.restore(keyframes[at - 1].snapshot, keyframes[at - 1].offset)
    drawer.render_to(keyframes[at].offset)
    kept = keyframes[at].restore()
    if drawer.offset != keyframes[at].offset or not kept.displays_same_as(drawer.emulator):
        raise InvalidCacheEntry("a screen is another one")
