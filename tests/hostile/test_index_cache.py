"""Index cache: a restored index gives the same screens, and cached data is verified before use."""

from __future__ import annotations

import json
import os
import random
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest

from replay_tui import load
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline, TerminalSize
from replay_tui.recording import Recording
from replay_tui.settings.file_cache import IndexCache
from replay_tui.terminal import keyframe_codec
from replay_tui.terminal.keyframe_codec import InvalidCacheEntry, cache_key, deserialize, serialize
from replay_tui.terminal.keyframe_index import Keyframe, KeyframeIndex
from replay_tui.ui.session_loader import prepare
from tests.benchmarks.generate import write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "session.json"
    write(path, 5 << 20, 3, "mixed")
    return path


@pytest.fixture(scope="module")
def built(path: Path) -> Recording:
    recording = load(str(path))
    recording.index.build()
    assert len(recording.index.keyframes) > 4
    return recording


@pytest.fixture(scope="module")
def kept(built: Recording) -> tuple[str, bytes]:
    key = cache_key(built.stream, built.sizes)
    return key, serialize(built.index, key)


def test_index_cache_restored_index_gives_same_screens(path: Path, built: Recording, kept: tuple[str, bytes]):
    other = load(str(path))
    assert cache_key(other.stream, other.sizes) == kept[0]
    other.index.restore(deserialize(kept[1], kept[0], other.stream, other.sizes))
    other.index.build()
    assert other.index.indexed_bytes == built.index.indexed_bytes
    rng = random.Random(1)
    for _ in range(15):
        at = rng.random() * built.duration
        assert other.screen(at) == built.screen(at)


def redone(body: bytes) -> bytes:
    return body + blake2b(body, digest_size=32).digest()


def changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


HEAD = len(keyframe_codec.MAGIC) + 32
TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[:-1],
    "half": lambda data: data[: len(data) // 2],
    "longer": lambda data: data + b"x",
    "magic": lambda data: changed(data, 0),
    "key": lambda data: redone(changed(data[:-32], len(keyframe_codec.MAGIC))),
    "count": lambda data: redone(data[:HEAD] + b"\xff\xff\xff\xff" + data[HEAD + 4 : -32]),
    "fewer": lambda data: redone(data[:HEAD] + b"\x01\x00\x00\x00" + data[HEAD + 4 : -32]),
    "none": lambda data: redone(data[:HEAD] + b"\x00\x00\x00\x00"),
    "offset": lambda data: redone(data[: HEAD + 4] + b"\xff" * 8 + data[HEAD + 12 : -32]),
    "length": lambda data: redone(data[: HEAD + 12] + b"\xff" * 4 + data[HEAD + 16 : -32]),
    "state": lambda data: redone(changed(data[:-32], HEAD + 30)),
    "anywhere": lambda data: changed(data, len(data) // 3),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_index_cache_tampered_bytes_are_rejected(name: str, built: Recording, kept: tuple[str, bytes]):
    with pytest.raises(InvalidCacheEntry):
        deserialize(TAMPERINGS[name](kept[1]), kept[0], built.stream, built.sizes)


def test_index_cache_forged_keyframes_are_rejected(built: Recording, kept: tuple[str, bytes]):
    """Valid format with wrong content: exchanged screens, screens of another size."""
    key = kept[0]
    index = KeyframeIndex(built.stream, built.sizes)
    frames = built.index.keyframes
    index.keyframes = [Keyframe(one.offset, frames[at - 1].state, one.compressed) for at, one in enumerate(frames)]
    with pytest.raises(InvalidCacheEntry):
        deserialize(serialize(index, key), key, built.stream, built.sizes)
    small = SizeTimeline(TerminalSize(40, 10, SizeSource.GIVEN))
    with pytest.raises(InvalidCacheEntry):
        deserialize(kept[1], key, built.stream, small)


def test_index_cache_key_depends_on_size_and_content(built: Recording, kept: tuple[str, bytes]):
    assert cache_key(built.stream, SizeTimeline(TerminalSize(81, 24, SizeSource.GIVEN))) != kept[0]
    assert cache_key(built.stream.excluding("o"), built.sizes) != kept[0]


def opened(path: Path, folder: Path) -> tuple[Recording, int]:
    recording = load(str(path))
    told: list[int] = []
    recording.precompute()
    prepare(recording, lambda message: told.append(1), lambda: False, IndexCache(folder))
    return recording, len(told)


def test_session_loader_writes_uses_and_repairs_cache(path: Path, built: Recording, tmp_path: Path, monkeypatch):
    folder = tmp_path / "index"
    opened(path, folder)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    good = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("replay_tui.terminal.keyframe_index.restores_exactly", lambda *_: pytest.fail("indexed again"))
        patch.setattr("replay_tui.terminal.keyframe_index.SPARSE_SLOW_SECONDS", 1e9)
        recording, _ = opened(path, folder)
    assert recording.screen(built.duration / 2) == built.screen(built.duration / 2)
    file.write_bytes(changed(good, 5000))
    recording, _ = opened(path, folder)
    assert recording.screen(built.duration / 3) == built.screen(built.duration / 3)
    assert len(file.read_bytes()) > 5000
    assert deserialize(file.read_bytes(), file.stem, built.stream, built.sizes)


def test_index_cache_small_session_is_not_cached(tmp_path: Path):
    small = tmp_path / "small.json"
    small.write_text(json.dumps({"event_stream": [[0, "o", "G1sxbQ=="]]}))
    opened(small, tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_index_cache_full_folder_drops_oldest(tmp_path: Path):
    kept = IndexCache(tmp_path / "a", limit=1000)
    for number in range(10):
        kept.write(f"{number}", bytes(240))
        os.utime(tmp_path / "a" / f"{number}.index", (number, number))
    kept.read("6")
    kept.write("last", bytes(240))
    assert {one.stem for one in (tmp_path / "a").iterdir()} == {"6", "8", "9", "last"}
    kept.write("large", bytes(999))
    assert kept.read("large") is None


@pytest.mark.parametrize("what", ["link", "readable", "folder", "fifo"])
def test_index_cache_foreign_files_are_not_read(what: str, tmp_path: Path):
    kept = IndexCache(tmp_path)
    kept.write("key", b"data")
    path = tmp_path / "key.index"
    assert kept.read("key") == b"data"
    if what == "link":
        path.rename(tmp_path / "other")
        path.symlink_to(tmp_path / "other")
    elif what == "readable":
        path.chmod(0o644)
    else:
        path.unlink()
        path.mkdir() if what == "folder" else os.mkfifo(path, 0o600)
    assert kept.read("key") is None
    kept.remove("key")


def test_index_cache_missing_folder_is_tolerated(tmp_path: Path):
    (tmp_path / "file").write_text("")
    kept = IndexCache(tmp_path / "file" / "index")
    kept.write("key", b"data")
    assert kept.read("key") is None
    kept.remove("key")
