"""Measurements of one session file: `python measure.py NAME FILE` prints one JSON object.

Each needs a separate process, because peak memory belongs to a process and warm caches would distort the next one.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from replay_tui.domain.errors import Cancelled  # noqa: E402
from replay_tui.domain.terminal_size import SizeSource, SizeTimeline, TerminalSize  # noqa: E402
from replay_tui.recording import Recording  # noqa: E402
from replay_tui.search.index_pool import WorkerProcesses  # noqa: E402
from replay_tui.search.query import Query  # noqa: E402
from replay_tui.sources import LoadedSession, read_all  # noqa: E402
from replay_tui.terminal.keyframe_index import KeyframeIndex  # noqa: E402
from replay_tui.terminal.screen_reader import ScreenReader  # noqa: E402
from replay_tui.terminal.stream_renderer import StreamRenderer  # noqa: E402
from replay_tui.ui.gc_control import gc_paused  # noqa: E402

SEEKS = 1000
FRAMES = 300
STEPS = 50
"""Events that are stepped over, on and back, from each of the random moments."""


def _peak() -> int:
    """Return the peak resident memory of this process in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))],
        "max": ordered[-1],
    }


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


class Opened:
    """A file opened by the program's session loader, with the seconds until each of its events.

    `worked` are the CPU seconds until the index is complete, of all threads.
    """

    def __init__(self, path: str, *, whole: bool = False, cached: bool = False) -> None:
        self.first_frame = self.read = self.indexed = self.worked = 0.0
        self.recording = Recording(LoadedSession(path))
        self._whole = whole
        from replay_tui.gateway.cancel_token import CancelToken
        from replay_tui.ui.gc_control import freeze_loaded_objects
        from replay_tui.ui.session_loader import SessionLoader
        from replay_tui.ui.session_ref import SessionRef

        freeze_loaded_objects()  # as the program does when it starts
        self._begin, self._spent = time.perf_counter(), time.process_time()
        SessionLoader(SessionRef(path), None, self._take, CancelToken(), cached=cached).run()
        if not self.raw:
            raise SystemExit(f"{path} holds no payload; there is nothing to measure")

    def _take(self, message: Any) -> None:
        from replay_tui.ui import session_loader

        passed = time.perf_counter() - self._begin
        if isinstance(message, session_loader.RecordingLoaded):
            self.recording = message.recording
            if message.complete:
                self.read = passed
            if not self.first_frame:
                offset = min(4096, len(self.recording.stream.output))
                worked = time.process_time()
                drawn = _timed(lambda: ScreenReader(self.recording.index).at_offset(offset))
                self._spent += time.process_time() - worked
                self.first_frame = passed + drawn
                self._begin += drawn  # the interface draws it while loading continues: not part of indexing
        elif isinstance(message, session_loader.TaskProgress) and message.label == "analysing":
            self.indexed, self.worked = passed, time.process_time() - self._spent
            if not self._whole:
                raise Cancelled
        elif isinstance(message, session_loader.LoadFailed):
            raise SystemExit(message.message)

    @property
    def raw(self) -> int:
        """Payload bytes."""
        return len(self.recording.stream.output) + len(self.recording.stream.other)


def load(path: str) -> dict[str, Any]:
    """Measure loading: first frame, whole index, peak memory."""
    before = _peak()
    opened = Opened(path)
    index, stream = opened.recording.index, opened.recording.stream
    return {
        "events": len(stream),
        "raw": opened.raw,
        "size": f"{opened.recording.sizes.first} {opened.recording.sizes.first.source.value}",
        "first_frame": opened.first_frame,
        "read": opened.read,
        "after": opened.indexed - opened.read,
        "full": opened.indexed,
        "worked": opened.worked,
        "keyframes": len(index.keyframes),
        "left_out": index.rejected,
        "keyframe_bytes": index.memory_bytes,
        "peak": _peak(),
        "imports": before,
    }


def whole(path: str) -> dict[str, Any]:
    """Measure the peak memory of all results of a session: statements, findings and the text index."""
    opened = Opened(path, whole=True)
    opened.recording.text_index.build()
    return {"peak": _peak(), "raw": opened.raw}


def analysed(path: str) -> dict[str, Any]:
    """Measure the CPU seconds until a session is read and analysed."""
    begin = time.process_time()
    opened = Opened(path, whole=True)
    return {"worked": time.process_time() - begin, "events": len(opened.recording.stream)}


def columns(path: str) -> dict[str, Any]:
    """Measure the memory of an event in bytes, without its payload."""
    stream = read_all(path).stream
    parts = (stream.times, stream.kinds, stream.output, stream.other, stream._output_ends, stream._other_ends)
    payload = len(stream.output) + len(stream.other)
    return {"beside": (sum(map(sys.getsizeof, parts)) - payload) / len(stream)}


def again(path: str) -> dict[str, Any]:
    """Measure the seconds from a read file to its whole index, without and with the index cache."""
    import tempfile

    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
    # The cache is written after the analysis, which tells whether the screens show a secret.
    first, second = Opened(path, whole=True, cached=True), Opened(path, cached=True)
    return {"first": first.indexed - first.read, "again": second.indexed - second.read}


def waits(path: str) -> dict[str, Any]:
    """Measure how long another thread, such as the interface's, waits for its turn while a file is loaded."""
    late: list[float] = []
    done = threading.Event()

    def tick() -> None:
        last = time.perf_counter()
        while not done.wait(0.005):
            now = time.perf_counter()
            late.append(now - last - 0.005)
            last = now

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    Opened(path)
    done.set()
    ticker.join()
    return {"late": _percentiles(late or [0.0])}


def load_sizes(path: str) -> TerminalSize:
    """Return the first terminal size of a file."""
    return Recording(read_all(path)).sizes.first


def floor(path: str) -> dict[str, Any]:
    """Measure the floor: one decode of the file, and one bulk feed into the library's `Terminal` without scrollback.

    In CPU seconds of this thread. All figures are relative to this. The program can be faster, because its emulator
    allocates no memory for scrollback, which the library does even without one.
    """
    import msgspec
    from pyghostty.core import Terminal

    class Answer(msgspec.Struct):
        event_stream: list[tuple[float, str, bytes]]

    decoder = msgspec.json.Decoder(Answer)
    sizes = load_sizes(path)
    # The library parses its declarations for the first terminal (10 ms), our emulator at import: not part of the floor.
    Terminal(sizes.cols, sizes.rows, scrollback=0).feed(b"\r")
    begin = time.thread_time()
    try:
        events = decoder.decode(Path(path).read_bytes()).event_stream
    except msgspec.MsgspecError:
        return {"floor": None}
    decoded = time.thread_time() - begin
    screen = b"".join(event[2] for event in events if event[1] != "i")
    Terminal(sizes.cols, sizes.rows, scrollback=0).feed(screen)
    return {"floor": time.thread_time() - begin, "decode": decoded}


def seeks(path: str) -> dict[str, Any]:
    """Measure random seeks relative to one feed from the start, and one event back relative to one event forward."""
    recording = Opened(path).recording
    stream, rng = recording.stream, random.Random(7)
    reader = ScreenReader(recording.index)
    length = len(stream.output)
    jumps = [_timed(lambda: reader.at_offset(rng.randrange(length))) for _ in range(SEEKS)]
    back, on = [], []
    for _ in range(SEEKS // 20):
        count = rng.randrange(2, len(stream))
        for steps, direction in ((on, 1), (back, -1)):
            reader.at_offset(stream.output_length_after(count))
            steps += [
                _timed(lambda at=count + step * direction: reader.at_offset(stream.output_length_after(at)))
                for step in range(1, min(STEPS, count, len(stream) - count) + 1)
            ]
            reader.at_offset(rng.randrange(length))  # drops the cached screens of the previous steps

    def feed_again() -> None:
        drawer = StreamRenderer(stream, recording.sizes)
        drawer.render_to(length)
        drawer.emulator.screen()

    return {
        "refeed": _timed(feed_again),
        "seek": _percentiles(jumps),
        "back": _percentiles(back) | {"mean": statistics.mean(back)},
        "on": _percentiles(on) | {"mean": statistics.mean(on)},
    }


def frames(path: str) -> dict[str, Any]:
    """Measure one frame of playback: reading the screen from the emulator, and rendering all its rows."""
    from replay_tui.ui.screen_style import ScreenLook, row_strip

    stream = Opened(path).recording.stream
    sizes = SizeTimeline(TerminalSize(120, 36, SizeSource.GIVEN))
    reader = ScreenReader(KeyframeIndex(stream, sizes))
    length = min(len(stream.output), 4 << 20)
    taken, painted = [], []
    for number in range(1, FRAMES + 1):
        reader.at_offset(number * length // FRAMES - 1)
        begin = time.perf_counter()
        screen = reader._renderer.emulator.screen()
        middle = time.perf_counter()
        look = ScreenLook(reverse=screen.reverse, palette=tuple(screen.palette.items()))
        for row in screen.grid:
            row_strip(row, screen.cols, look)
        painted.append(time.perf_counter() - middle)
        taken.append(middle - begin)
    both = [one + two for one, two in zip(taken, painted, strict=True)]
    return {"frame": _percentiles(both), "extract": _percentiles(taken), "paint": _percentiles(painted)}


PATTERNS = (("error", False), ("no such text", False), (r"node-\d+ \w+", True), (r"[0-9]{3}$", True))
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|[\x00-\x09\x0b-\x1f\x7f]"
)


def text_alone(path: str) -> dict[str, Any]:
    """Measure the text index on one core, in CPU seconds."""
    recording = Opened(path).recording
    recording.text_index._workers = WorkerProcesses(0)
    begin = time.process_time()
    with gc_paused(recording.stream):
        recording.text_index.build()
    return {"worked": time.process_time() - begin}


def text(path: str) -> dict[str, Any]:
    """Measure the text index, built after the keyframe index; then for each pattern all hits and one `re` pass.

    The index with worker processes, if the session is large; the hits in CPU seconds of this thread, because load by
    other programs would count against the fixed part of a limit.
    """
    recording = Opened(path).recording
    index = recording.text_index
    helpers = len(index._workers.children) if index._workers else 0
    begin = time.process_time()
    with gc_paused(recording.stream):  # as the program does
        built = _timed(index.build)
    worked = time.process_time() - begin
    recording.search("warm")  # typed lines and statements are computed once
    plain = _ESCAPES.sub(b"", bytes(recording.stream.output)).decode("utf-8", "replace")
    shares = []
    for pattern, regex in PATTERNS:
        query = Query(pattern, regex=regex)
        look = re.compile(pattern if regex else re.escape(pattern), re.MULTILINE | re.IGNORECASE * query.ignore_case)
        once = min(_worked(lambda look=look: list(look.finditer(plain))) for _ in range(3))
        find = partial(recording.iter_search, pattern, regex=regex)
        shares.append(min(_worked(lambda find=find: list(find())) for _ in range(3)) / (1.5 * once + 0.3))
    return {"built": built, "worked": worked, "helpers": helpers, "texts": len(index.texts), "hits": max(shares)}


def _worked(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


if __name__ == "__main__":
    named = {
        "text": text,
        "text_alone": text_alone,
        "analysed": analysed,
        "load": load,
        "floor": floor,
        "waits": waits,
        "seeks": seeks,
        "frames": frames,
        "whole": whole,
        "columns": columns,
        "again": again,
    }
    print(json.dumps(named[sys.argv[1]](sys.argv[2])))
