"""Serialization of a keyframe index for the cache, with the validation of cached bytes.

File format: magic, key, number of keyframes, each keyframe (offset, length, deflated state), and a BLAKE2b digest of
everything before it. The key is a digest of everything that the keyframes depend on.
"""

from __future__ import annotations

import random
import struct
import zlib
from hashlib import blake2b

from replay_tui import __version__
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import SizeTimeline
from replay_tui.terminal.emulator_errors import EmulatorError
from replay_tui.terminal.input_vetter import is_isolated
from replay_tui.terminal.keyframe_index import SPACING_BYTES, Keyframe, KeyframeIndex
from replay_tui.terminal.stream_renderer import StreamRenderer

MIN_INDEX_BYTES = 4 << 20
"""Bytes of output from which an index is cached; a smaller stream is indexed faster than the cache is read."""
FORMAT_VERSION = 6
MAGIC = b"replay-tui index\x00"
MAX_STATE_BYTES = 64 << 20
"""Maximum size of one decompressed state."""
_HEAD, _FRAME = struct.Struct("<I"), struct.Struct("<QI")
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20


class InvalidCacheEntry(ValueError):
    """Cached bytes are damaged or belong to another stream."""


def cache_key(stream: EventStream, sizes: SizeTimeline) -> str:
    """Return the cache key (hexadecimal) of a stream's index: a digest of output, sizes and program versions."""
    from importlib.metadata import PackageNotFoundError, version  # 20 modules, for the index of a large session only

    try:
        emulator = version("pyghostty")
    except PackageNotFoundError:
        emulator = "unknown"
    key = blake2b(digest_size=_DIGEST_BYTES)
    sized = [(resize.offset, resize.size.cols, resize.size.rows) for resize in sizes.resizes]
    parameters = (
        FORMAT_VERSION,
        __version__,
        emulator,
        SPACING_BYTES,
        sizes.first.cols,
        sizes.first.rows,
        sized,
        len(stream.output),
    )
    key.update(repr((*parameters, not is_isolated())).encode())
    for start in range(0, len(stream.output), _BLOCK_BYTES):
        key.update(stream.output[start : start + _BLOCK_BYTES])
    return key.hexdigest()


def serialize(index: KeyframeIndex, key: str) -> bytes:
    """Return the keyframes of `index` as bytes in the cache's format."""
    parts = [MAGIC, bytes.fromhex(key), _HEAD.pack(len(index.keyframes))]
    for keyframe in index.keyframes:
        state = keyframe.state if keyframe.compressed else zlib.compress(keyframe.state, 1)
        parts += [_FRAME.pack(keyframe.offset, len(state)), state]
    body = b"".join(parts)
    return body + blake2b(body, digest_size=_DIGEST_BYTES).digest()


def deserialize(data: bytes, key: str, stream: EventStream, sizes: SizeTimeline) -> list[Keyframe]:
    """Return the keyframes in cached bytes. Raises `InvalidCacheEntry`.

    Checks digest, key, order of offsets, screen sizes, and that rendering from one random keyframe leads to the next.
    """
    keyframes = _read(data, key)
    offsets = [keyframe.offset for keyframe in keyframes]
    if not offsets or offsets != sorted(set(offsets)) or offsets[0] <= 0 or offsets[-1] > len(stream.output):
        raise InvalidCacheEntry("invalid keyframe offsets")
    try:
        for keyframe in keyframes:
            size = sizes.at(keyframe.offset - 1)
            if keyframe.restore().size != (size.cols, size.rows):
                raise InvalidCacheEntry("a keyframe has the wrong screen size")
        _spot_check(keyframes, stream, sizes)
    except (EmulatorError, zlib.error) as error:
        raise InvalidCacheEntry(str(error)) from None
    return keyframes


def _read(data: bytes, key: str) -> list[Keyframe]:
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    head = MAGIC + bytes.fromhex(key)
    if not body.startswith(head) or blake2b(body, digest_size=_DIGEST_BYTES).digest() != digest:
        raise InvalidCacheEntry("damaged, or written for another stream")
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
        raise InvalidCacheEntry("wrong length")
    return keyframes


def _decompress(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    state = stream.decompress(data, MAX_STATE_BYTES)
    if not stream.eof:
        raise InvalidCacheEntry("a state is truncated or too large")
    return state


def _spot_check(keyframes: list[Keyframe], stream: EventStream, sizes: SizeTimeline) -> None:
    """Render from a random keyframe (or the start) to the next one and compare the screens."""
    position = random.randrange(len(keyframes))
    renderer = StreamRenderer(stream, sizes)
    if position:
        renderer.restore(keyframes[position - 1].snapshot, keyframes[position - 1].offset)
    renderer.render_to(keyframes[position].offset)
    cached = keyframes[position].restore()
    if renderer.offset != keyframes[position].offset or not cached.displays_same_as(renderer.emulator):
        raise InvalidCacheEntry("a keyframe differs from the rendered screen")
