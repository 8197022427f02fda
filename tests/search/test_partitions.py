"""Invariant: indexing in partitions and in several processes gives the same result as indexing in one pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from replay_tui.domain.errors import Cancelled, never_cancelled
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.terminal_size import Resize, SizeTimeline
from replay_tui.search.index_pool import IndexWorkerPool, WorkerProcesses
from replay_tui.search.index_worker import (
    decode_partition,
    decode_result,
    encode_partition,
    encode_result,
    write_message,
)
from replay_tui.search.partitions import index_partition, make_partition, split_into_partitions
from replay_tui.search.text_index import TextIndex
from replay_tui.settings.log_file import log_path, logging_to_file
from replay_tui.terminal.keyframe_index import KeyframeIndex
from tests.search.test_text_index import EDITS, stages
from tests.support.effort import cases, sampled
from tests.support.fixtures import PROGRAMS, program, recorded, referee, sized, stream_of
from tests.terminal.strategies import streams

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=cases(25))


def indexed(stream: EventStream, sizes: SizeTimeline) -> KeyframeIndex:
    index = KeyframeIndex(stream, sizes, spacing=50)
    index.build()
    return index


def content(index: TextIndex) -> tuple[object, ...]:
    """Return the content of an index in an order that does not depend on when scrolled-off lines were added."""
    found = zip(index.texts, index.previous_texts, index.times, index.rows, strict=True)
    growth = {index.texts[number]: stages for number, stages in index.growth.items()}
    grown = sorted(index.texts[number] for number in index.grown)
    return sorted(found), growth, grown, sorted(index.wrapped_lines.lines)


def wrapped(index: TextIndex) -> set[str]:
    """Return the lines of an index that are longer than a row."""
    return {line.text for line in index.wrapped_lines.lines}


def with_pauses(pieces: list[bytes], seconds: float = 0.5) -> EventStream:
    return stream_of(*((number * seconds, "o", piece) for number, piece in enumerate(pieces)))


def check_equal(stream: EventStream, sizes: SizeTimeline, part: int) -> tuple[TextIndex, TextIndex]:
    whole, parts = TextIndex(stream, sizes), TextIndex(stream, sizes, indexed(stream, sizes))
    whole.build()
    parts.build(partition_bytes=part)
    before, after = stages(whole), stages(parts)
    assert before.keys() == after.keys()
    assert all(after[text] <= time for text, time in before.items())  # partitions end with a comparison
    return whole, parts


@LAW
@given(EDITS, st.integers(20, 200))
def test_partitions_of_edits_equal_whole_index(pieces: list[bytes], part: int):
    whole, parts = check_equal(with_pauses(pieces), sized(40, 10), part)
    assert stages(parts) == stages(whole)
    assert wrapped(parts) >= wrapped(whole)


REPEATED = [
    [
        b"\x1b]11;red\x1b\\" * 7,
        b"==\xc2\xa0===\xc2\xa0\xf0\x9f\x87\xa9\x00\x00\x00\x00\x1bPnever ends\x1b\x00\x00[b===\xe2\x80\x8d",
        b"\x00\x00\x00\x00",
    ],
    [
        b"=" * 30 + b"\x1b[35;2;3;4;30$x\x1b(0_\x1b(B\x1b]9;owned\x07",
        b"==\xe2\x80\x8d===\xe2\x80\x8d\x1b[b\x1b]10;#123456\x07",
        b"\x00",
    ],
]
"""REP at or after the end of a keyframe: what it repeats depends on the output before."""


@LAW
@given(st.lists(streams(), max_size=8), st.integers(20, 500))
@example(REPEATED[0], 29)
@example(REPEATED[1], 20)
def test_partitions_of_random_output_equal_whole_index(pieces: list[bytes], part: int):
    whole, parts = check_equal(with_pauses(pieces), sized(), part)
    # The time of a row is estimated if the cursor was elsewhere at the end of the burst that wrote it.
    assert wrapped(parts) >= wrapped(whole)


@LAW
@given(EDITS, st.integers(0, 500), st.integers(20, 200))
def test_partitions_resized_session_is_not_split(pieces: list[bytes], at: int, part: int):
    stream = with_pauses(pieces)
    resize = Resize(at % (len(stream.output) + 1), recorded(20, 6))
    check_equal(stream, SizeTimeline(recorded(40, 10), [resize]), part)


@pytest.mark.slow
@sampled("name", PROGRAMS, daily=4)
def test_partitions_of_real_programs_equal_whole_index(name: str):
    whole, parts = check_equal(program(name).stream, referee(name).sizes, 4000)
    assert stages(parts) == stages(whole)
    assert wrapped(parts) >= wrapped(whole)


def lines_and_prompt(count: int) -> EventStream:
    """Return lines longer than a row, with pauses after every 20 lines, and a prompt."""
    pieces = [
        b"".join(b"%06d %s\r\n" % (number, b"word " * 17) for number in range(at, at + 20))
        for at in range(0, count, 20)
    ]
    return with_pauses([*pieces, b"$ "])


def test_partitions_wrapped_line_across_edge_is_joined():
    pieces = [b"x" * 60 + b"needle", b"in the hay" + b"y" * 60 + b"\r\n", *(b"%d\r\n" % number for number in range(30))]
    whole, parts = check_equal(with_pauses(pieces), sized(40, 10), 60)
    assert wrapped(parts) >= wrapped(whole)
    for index in (whole, parts):
        assert any("needlein the hay" in line.text for line in index.wrapped_lines.lines)


def test_partitions_blank_row_of_wrapped_line_is_no_line():
    """The first part ends below a full row whose rest, on the next row, is blank."""
    first = "\x1b(0" + "w" * 159 + "=\u2500\x1b[99999999;99999999H====\xa0\u3042\U0001f1e9\t "
    pieces = [first.encode(), b"w" * 144]
    whole, parts = check_equal(with_pauses(pieces), sized(), 20)
    assert wrapped(parts) >= wrapped(whole)


def test_partitions_never_start_within_sequence():
    """If a sequence is unfinished at a pause, the rest is indexed in one pass."""
    pieces = [b"one\r\n" * 10, b"two\r\n\x1b]0;a title", b"three", b"\x07four\r\n" * 10, b"five\r\n" * 30]
    whole, parts = check_equal(with_pauses(pieces), sized(), 40)
    assert wrapped(parts) >= wrapped(whole)


@pytest.mark.slow
def test_index_pool_result_equals_whole_index():
    stream = lines_and_prompt(2000)
    whole, parts = TextIndex(stream, sized()), TextIndex(stream, sized(), indexed(stream, sized()))
    whole.build()
    parts.prepare(WorkerProcesses(2))
    done: list[int] = []
    parts.build(progress=done.append, partition_bytes=4000)
    assert content(parts) == content(whole)
    assert done == sorted(done)
    assert done[-1] == len(stream.output)


def test_partition_codec_round_trip_is_exact():
    stream, sizes = program("vim").stream, referee("vim").sizes
    for range_ in split_into_partitions(stream, indexed(stream, sizes).keyframes, 4000):
        part = make_partition(stream, sizes, range_)
        here, there = index_partition(part), index_partition(decode_partition(encode_partition(part)))
        back = decode_result(encode_result(there))
        assert back.end == here.end
        assert back.text_log.wrapped_lines.open_count == here.text_log.wrapped_lines.open_count
        for name in ("texts", "previous_texts", "wrapped", "times", "rows", "grown"):
            assert list(getattr(back.text_log, name)) == list(getattr(here.text_log, name)), name
        assert back.text_log.growth == here.text_log.growth


@pytest.mark.parametrize("junk", [b"", b"\x00", b"\x9c" + b"\xc0" * 12, b"junk" * 100])
def test_partition_codec_invalid_data_raises(junk: bytes):
    with pytest.raises(ValueError, match="partition"):
        decode_result(junk)
    with pytest.raises(ValueError, match="partition"):
        decode_partition(junk)


def test_index_pool_dead_worker_is_replaced():
    stream = lines_and_prompt(1000)
    index = indexed(stream, sized())
    workers = WorkerProcesses(1)
    workers.children[0].kill()
    ranges = split_into_partitions(stream, index.keyframes, 4000)
    with IndexWorkerPool(stream, sized(), ranges, workers) as pool:
        built = [pool.result(number, never_cancelled) for number in range(len(ranges))]
    assert [len(one.text_log.texts) for one in built] == [
        len(index_partition(make_partition(stream, sized(), s)).text_log.texts) for s in ranges
    ]
    assert all(process.returncode is not None for process in workers.children)


def test_text_index_cancelled_build_kills_workers():
    stream = lines_and_prompt(1000)
    parts = TextIndex(stream, sized(), indexed(stream, sized()))
    parts.prepare(WorkerProcesses(1))
    children = parts._workers.children if parts._workers else []
    with pytest.raises(Cancelled):
        parts.build(lambda: True, partition_bytes=4000)
    assert [process.returncode is not None for process in children] == [True]
    parts.build()
    assert parts.complete


def test_index_pool_failed_worker_is_logged_and_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Both processes write to the log; in debug mode the failure is raised."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    stream = lines_and_prompt(1000)
    ranges = split_into_partitions(stream, indexed(stream, sized()).keyframes, 4000)

    def failed_worker() -> WorkerProcesses:
        workers = WorkerProcesses(1)
        write_message(workers.children[0].stdin, b"junk")
        assert workers.children[0].wait() == 1
        return workers

    with logging_to_file(), IndexWorkerPool(stream, sized(), ranges, failed_worker()) as pool:
        assert len([pool.result(number, never_cancelled) for number in range(len(ranges))]) == len(ranges)
    written = log_path().read_text()
    assert "replay_tui.search.index_worker: The worker process failed\n  Traceback" in written
    assert "in decode_partition" in written
    assert "An index worker failed" in written
    monkeypatch.setenv("REPLAY_TUI_DEBUG", "1")
    with IndexWorkerPool(stream, sized(), ranges, failed_worker()) as pool:
        for thread in pool._threads:
            thread.join()
        with pytest.raises(RuntimeError, match="worker failed"):
            pool.result(0, never_cancelled)
