"""Details of single formats: metadata, files beside the recording, mixed and damaged recordings, hostile values."""

from __future__ import annotations

import gzip
import json
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

import replay_tui
from replay_tui.domain.errors import UnreadableSource
from replay_tui.domain.session import Session
from replay_tui.export.exporter import export_recording
from replay_tui.sources import LoadedSession, read_all, read_stream
from replay_tui.sources.beside import opener
from replay_tui.sources.recorders.companions import without_companions
from tests.support.recorders import (
    JUMPSERVER,
    START,
    Event,
    tar_of,
    teleport_events,
    tlog_message,
    ttyrec,
    write_jumpserver,
    write_jumpserver_tar,
    write_script,
    write_teleport,
    write_teleport_tar,
    write_terminalizer,
)

EVENTS: list[Event] = [(0.0, "r", b"80x24"), (0.1, "o", b"$ "), (0.5, "i", b"ls\r"), (0.6, "o", b"ls\r\n")]


def read(data: bytes) -> LoadedSession:
    return list(read_stream([data], "a"))[-1]


def rows(*items: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in items)


def codes(loaded: LoadedSession) -> dict[str, int]:
    return {one.code: one.count for one in loaded.stream.log.warnings}


def events(loaded: LoadedSession) -> list[tuple[float, str, bytes]]:
    return [(round(one.time, 4), one.kind, one.data) for one in loaded.stream.events()]


def test_tlog_in_journal_entries_is_read() -> None:
    """The journal stores the message as a text, or as bytes if it is not printable; its stamps are microseconds."""
    message = {**tlog_message(EVENTS), "ver": "2.1"}
    del message["time"]
    text = json.dumps(message)
    for value in (text, list(text.encode())):
        entry = {"__REALTIME_TIMESTAMP": str(START * 10**6), "_HOSTNAME": "vm", "MESSAGE": value}
        data = rows(entry) if isinstance(value, str) else rows({**entry, "MESSAGE": text}, entry)
        loaded = read(data)
        assert loaded.format_name == "tlog 2.1"
        assert events(loaded) == EVENTS[1:]
        assert loaded.session.start_date is not None
        assert loaded.session.start_date.timestamp() == START


def test_tlog_lost_repeated_and_other_messages_are_reported() -> None:
    first, second, fifth = (tlog_message([(at, "o", b"x")], number) for number, at in ((1, 0.1), (2, 0.2), (5, 0.5)))
    other = {**first, "rec": "r2"}
    loaded = read(rows(first, first, second, other, fifth))
    assert [time for time, _, _ in events(loaded)] == [0.1, 0.2, 0.5]
    assert codes(loaded) == {"input-cut": 2, "trailing-data": 1}


def test_tlog_over_several_lines_and_joined_is_read() -> None:
    first, second = tlog_message(EVENTS[:2]), tlog_message(EVENTS[2:], 2, 500)
    for data in (json.dumps([first, second], indent=2), json.dumps(first, indent=1) + json.dumps(second)):
        assert events(read(data.encode())) == EVENTS[1:]


def test_tlog_damaged_line_is_skipped_and_reported() -> None:
    first, second = tlog_message(EVENTS[:2]), tlog_message(EVENTS[3:], 2, 600)
    loaded = read(rows(first) + json.dumps(second).encode()[:40] + b"\n" + rows(second))
    assert events(loaded) == [EVENTS[1], EVENTS[3]]
    assert codes(loaded) == {"bad-event": 1}


def test_tlog_with_invalid_values_is_read() -> None:
    hostile = tlog_message(EVENTS) | {
        "timing": "+999999999999999<5>99=0x0]9/9?", "in_bin": ["x", 300, None], "user": "\x1b]0;x\x07", "id": -1,
        "host": {"a": 1}, "time": "NaN", "pos": -5,
    }  # fmt: skip
    loaded = read(rows(hostile))
    assert {"input-cut", "bad-resize", "bad-event"} <= codes(loaded).keys()
    assert loaded.session.start_date is None


def test_script_without_input_log_reports_missing_input(tmp_path: Path) -> None:
    """A path in the timing file is not followed: only its last part, in the typescript's folder."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "in").write_bytes(b"ls\r")
    path = tmp_path / "a"
    path.write_bytes(b"Script started on 2026-11-30 21:29:01+00:00\n$ ls\r\n")
    timing = f"H 0.0 INPUT_LOG {tmp_path}/other/in\nH 0.0 OUTPUT_LOG a\nO 0.1 2\nI 0.2 3\nO 0.1 4\n"
    (tmp_path / "a.timing").write_text(timing)
    loaded = read_all(str(path))
    assert events(loaded) == [(0.1, "o", b"$ "), (0.4, "o", b"ls\r\n")]
    assert codes(loaded) == {"input-missing": 1}
    (tmp_path / "in").write_bytes(b"Script started on x\nls\r")
    assert events(read_all(str(path)))[1] == (0.3, "i", b"ls\r")


def test_script_old_timing_gives_times_and_untimed_rest(tmp_path: Path) -> None:
    path = tmp_path / "typescript"
    path.write_bytes(b"Script started on Fri 20 Nov 2026\nabcde\nScript done on Fri 20 Nov 2026\n")
    (tmp_path / "timing").write_text("0.5 2\nnonsense\n1,5 1\nS 0.0 SIGTERM\n")
    loaded = read_all(str(path), times="ms")
    assert [one for one in events(loaded) if one[1] == "o"] == [(0.5, "o", b"ab"), (2.0, "o", b"c"), (2.0, "o", b"de")]
    assert loaded.markers == [(2.0, "signal SIGTERM")]
    assert codes(loaded) == {"times-unused": 1, "untimed-bytes": 2, "bad-event": 1}
    assert loaded.format_name == "util-linux script, timing file"


def test_script_without_timing_is_one_moment() -> None:
    loaded = read(b'Script started on 2026-11-30 21:29:01+00:00 [TERM="xterm" COLUMNS="132" LINES="40"]\nhi\r\n'
                  b'Script done on 2026-11-30 21:29:09+00:00 [COMMAND_EXIT_CODE="3"]\n')  # fmt: skip
    assert events(loaded) == [(0.0, "o", b"hi")]
    assert [one.code for one in loaded.stream.log.warnings if one.is_unanalysed] == ["untimed-text"]
    assert (loaded.size and loaded.size.cols, loaded.session.exit_code) == (132, 3)
    assert loaded.session.wall_clock_seconds == 8


def test_script_cut_reports_missing_output(tmp_path: Path) -> None:
    path = write_script(tmp_path, EVENTS)
    path.write_bytes(path.read_bytes()[:47])
    assert codes(read_all(str(path)))["input-cut"] == 1


def test_ttyrec_joined_recordings_follow_each_other() -> None:
    first, later = ttyrec(EVENTS), ttyrec(EVENTS, START - 1000)
    for data in (first + later, gzip.compress(first) + gzip.compress(later)):
        loaded = read(data)
        assert bytes(loaded.stream.output).count(b"ls") == 2
        assert codes(loaded) == {"second-cast": 1}
        assert loaded.markers[0][0] == pytest.approx(0.6)
        assert loaded.stream.duration == pytest.approx(1.2)


@pytest.mark.parametrize("first", [0x7B, 0x5B, 0x20, 0x0A, 0x00, 0x53])
def test_ttyrec_with_any_first_byte_is_detected(first: int) -> None:
    """The first byte is a part of the time, and may look like JSON or white space."""
    start = START & ~0xFF | first
    assert read(ttyrec([(0.1, "o", b"x" * 40)], start)).format_name == "ttyrec"


def test_ttyrec_damaged_frame_ends_the_recording() -> None:
    loaded = read(ttyrec(EVENTS) + struct.pack("<III", START, 2_000_000, 5) + b"hello")
    assert codes(loaded) == {"bad-event": 1}
    assert bytes(loaded.stream.output).endswith(b"ls\r\n")


def test_jumpserver_metadata_is_found_in_archive_and_beside(tmp_path: Path) -> None:
    alone = write_jumpserver(tmp_path, EVENTS)
    archive = write_jumpserver_tar(tmp_path, EVENTS)
    assert read_all(str(alone)).session.user is None
    (tmp_path / "1.json").write_text(json.dumps(JUMPSERVER))
    cast = tmp_path / "1.cast.gz"
    cast.write_bytes(gzip.compress(b'{"version": 2, "width": 80, "height": 24}\n[0.1, "o", "x"]\n'))
    for path in (alone, archive, cast):
        session = read_all(str(path)).session
        assert (session.user, session.connection, session.wall_clock_seconds) == ("Ana(ana)", "web-1(10.0.0.1)", 60)
        assert session.metadata is not None
        assert session.metadata["login_from"] == "Web Terminal"
    assert read_all(str(archive)).format_name == "JumpServer, asciicast version 2"


def test_teleport_metadata_and_chunks_are_read(tmp_path: Path) -> None:
    for path in (write_teleport(tmp_path, EVENTS), write_teleport_tar(tmp_path, EVENTS)):
        loaded = read_all(str(path))
        session = loaded.session
        assert (session.user, session.connection, session.id) == ("ana", "web-1", "s1")
        assert b"$ " in bytes(loaded.stream.output)
    listed, output = teleport_events(EVENTS, has_data=False)
    (tmp_path / "s2-0.events.gz").write_bytes(gzip.compress(rows(*listed)))
    with pytest.raises(UnreadableSource, match="Teleport events without the output"):
        read_all(str(tmp_path / "s2-0.events.gz"))
    (tmp_path / "s2-0.chunks.gz").write_bytes(gzip.compress(output[:4]))
    loaded = read_all(str(tmp_path / "s2-0.events.gz"))
    assert bytes(loaded.stream.output) == output[:4]
    assert codes(loaded)["input-missing"] >= 1


def test_archive_without_recording_is_rejected() -> None:
    for members in ({"a.txt": b"x"}, {"1.replay.gz": b"4.size,1.0,4.1024,3.768;"}, {"1.cast.gz": b""}, {}):
        with pytest.raises(UnreadableSource, match=r"tar archive|graphical"):
            read(tar_of({"../" + name: data for name, data in members.items()} or {"empty": b""}))


def test_terminalizer_config_and_strings_are_read(tmp_path: Path) -> None:
    path = write_terminalizer(tmp_path, [(0.1, "o", b"\x1b[1mbold\x1b[0m\r\n"), (0.4, "o", b"end")])
    text = path.read_text() + "  - delay: 100\n    content: |-\n      a\n      b\n  - delay: 5\n    content: 'it''s'\n"
    loaded = read(text.encode())
    assert [(time, data) for time, _, data in events(loaded)] == [
        (0.1, b"\x1b[1mbold\x1b[0m\r\n"), (0.4, b"end"), (0.5, b"a\nb"), (0.505, b"it's"),
    ]  # fmt: skip
    assert (loaded.size and str(loaded.size), loaded.session.metadata) == ("80×24", {"command": "bash -l"})


@pytest.mark.parametrize(
    "hostile",
    ["  - &a [*a, *a]\n", "  - " + "[" * 5000 + "\n", "  - delay: .inf\n    content: x\n", "  - !!python/x {}\n"],
)
def test_terminalizer_hostile_yaml_is_reported(tmp_path: Path, hostile: str) -> None:
    text = write_terminalizer(tmp_path, [(0.1, "o", b"one")]).read_text() + hostile
    loaded = read(text.encode())
    assert bytes(loaded.stream.output) == b"one"
    assert codes(loaded).keys() & {"input-cut", "bad-event"}


def test_archive_with_damaged_member_is_read_in_part(tmp_path: Path) -> None:
    listed, output = teleport_events(EVENTS, has_data=False)
    events_file, chunks = gzip.compress(rows(*listed)), gzip.compress(output)
    loaded = read(tar_of({"s-0.events.gz": events_file, "s-0.chunks.gz": chunks[:-4]}))
    assert codes(loaded)["input-cut"] == 1
    whole = write_jumpserver_tar(tmp_path, EVENTS).read_bytes()
    assert "input-cut" in codes(read(whole[:700] + bytes(40)))


def test_journal_without_tlog_message_is_rejected() -> None:
    entry = {"__REALTIME_TIMESTAMP": "1", "SYSLOG_IDENTIFIER": "tlog-rec-session", "MESSAGE": "Locale is C"}
    with pytest.raises(UnreadableSource, match="no message of tlog"):
        read(rows(entry))
    loaded = read(rows(entry, {**entry, "MESSAGE": list(json.dumps(tlog_message(EVENTS)).encode())}))
    assert events(loaded) == EVENTS[1:]


def test_script_appended_reports_that_times_may_be_wrong(tmp_path: Path) -> None:
    path = write_script(tmp_path, EVENTS)
    path.write_bytes(path.read_bytes() + path.read_bytes())
    assert {"untimed-bytes", "second-cast"} <= codes(read_all(str(path))).keys()


def test_folder_lists_recordings_without_their_parts(tmp_path: Path) -> None:
    write_script(tmp_path, EVENTS)
    write_jumpserver(tmp_path, EVENTS)
    (tmp_path / "1.json").write_text(json.dumps(JUMPSERVER))
    (tmp_path / "2.cast.gz").write_bytes(b"")
    (tmp_path / "2.json").write_text(json.dumps({"id": "a session"}))
    for name in ("s-0.events.gz", "s-0.chunks.gz", "timing"):
        (tmp_path / name).write_bytes(b"x")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert set(names) - set(without_companions(names, opener(tmp_path))) == {"a.timing", "1.json", "s-0.chunks.gz"}


def test_terminalizer_without_pyyaml_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)  # what an import finds if the package is not installed
    with pytest.raises(UnreadableSource, match=r"needs PyYAML: .*\[terminalizer\]"):
        read(write_terminalizer(tmp_path, EVENTS).read_bytes())


def test_exported_recording_keeps_its_format_and_kind(tmp_path: Path) -> None:
    recording = replay_tui.load(write_script(tmp_path, EVENTS))
    export_recording(recording, "json", tmp_path / "a.json")
    again = replay_tui.load(tmp_path / "a.json")
    assert again.kind is recording.kind
    assert again.session.recorder == recording.session.recorder
    other = Session.parse({"type": "database", "recorder": "agent-7"})
    assert other.recorder is None
