"""`Recording`: derived results are consistent, computed once, and follow size and filters."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from replay_tui import kinds
from replay_tui.analysis.session_analysis import SessionAnalysis
from replay_tui.analysis.shared_results import SharedResults, StreamFacts
from replay_tui.decoders import DecodeResult
from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.session import Session
from replay_tui.domain.session_kind import EmptyReason, SessionKind
from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.findings.findings import FindingsResult
from replay_tui.findings.rules import custom_rules
from replay_tui.load_recording import load
from replay_tui.recording import Recording
from replay_tui.sources import LoadedSession, read_all
from tests.support.fixtures import PROGRAMS, SESSIONS, program, referee, stream_of


@pytest.fixture(scope="module")
def vim() -> Recording:
    return load(SESSIONS / "shell-vim.json")


def recording_of(*events: tuple[float, str, bytes], kind: SessionKind | None = None) -> Recording:
    """Return a recording of `events`, of the detected kind if `kind` is None."""
    stream = stream_of(*events)
    stream.complete = True
    loaded = LoadedSession("made by hand", stream=stream, stream_format="triples")
    shared = SharedResults(StreamFacts(loaded.session, stream, (kind, None))) if kind else None
    return Recording(loaded, shared=shared)


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("shell-vim", kinds.TERMINAL, None),
        ("shell-htop-120x36", kinds.TERMINAL, None),
        ("open-shell", kinds.TERMINAL, None),
        ("pg-psql", kinds.STATEMENTS, None),
        ("pg-psql.raw-queries", kinds.STATEMENTS, None),
        ("mongo-connect", kinds.STATEMENTS, None),
        ("httpproxy-connect", kinds.HTTP, None),
        ("exec-postgres-tsv", kinds.TABLE, None),
        ("exec-bash-failed", kinds.TEXT, None),
        ("exec-review-pending", kinds.EMPTY, EmptyReason.PENDING),
    ],
)
def test_recording_of_fixture_has_expected_kind(name: str, kind: SessionKind, reason: EmptyReason | None) -> None:
    assert load(SESSIONS / f"{name}.json").detected_kind == (kind, reason)


@pytest.mark.parametrize(
    ("fields", "title", "name", "expected"),
    [
        ({"connection": "db", "user": "ana"}, "tutorial", "a.cast", "db \u00b7 ana"),
        ({"user_name": "Ana\x1b[2J"}, "", "a.cast", "unknown connection \u00b7 Ana␛[2J"),
        ({}, "tutorial\x07", "a.cast", "tutorial␇"),
        ({}, "", "/tmp/night/a\n.cast", "a .cast"),
        ({}, "", "/", "/"),
    ],
)
def test_display_title_is_first_known_name(fields: dict[str, str], title: str, name: str, expected: str) -> None:
    loaded = LoadedSession(name, Session.parse(fields), title=title)
    assert Recording(loaded).display_title == expected


@pytest.mark.parametrize("path", sorted(SESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_recording_of_every_fixture_computes_all_results(path: object) -> None:
    recording = load(str(path))
    assert recording.duration >= 0
    for statement in recording.statements:
        assert 0 <= statement.time <= recording.duration
    assert all(finding.time <= recording.duration for finding in recording.findings)
    assert all(note.count > 0 and note.message for note in recording.fidelity)
    assert all(0 <= start < end for start, end in recording.idle_gaps)
    assert all(isinstance(line, str) for line in recording.text.output_lines)
    assert all(before.time <= after.time for before, after in pairwise(recording.transcript))
    for at in ("0", "50%", "100%", 0.0, 1e9, -5.0):
        screen = recording.screen(at)
        assert len(screen.grid) == screen.rows


@pytest.mark.parametrize("name", PROGRAMS)
def test_screen_at_checkpoint_equals_referee(name: str) -> None:
    if referee(name).resizes:
        pytest.skip("inferred resizes may be some events off")
    loaded = program(name)
    recording, stream = Recording(loaded), loaded.stream
    for seen in referee(name).checkpoints:
        if stream.event_count_at(stream.times[seen["event"]]) != seen["event"] + 1:
            continue  # more events at the same time
        screen = recording.screen(stream.times[seen["event"]])
        assert list(screen.lines) == seen["lines"]
        assert screen.time == stream.times[seen["event"]]


def test_with_size_overrides_and_restores_inferred_size(vim: Recording) -> None:
    wide = vim.with_size(TerminalSize(100, 30))
    assert (wide.screen(5.0).cols, wide.sizes.first.source) == (100, SizeSource.GIVEN)
    assert (wide.with_size(None).screen(5.0).cols, wide.with_size(None).sizes.first.source) == (80, SizeSource.INFERRED)
    assert vim.screen(5.0).cols == 80


def test_excluding_kinds_drops_them_from_screen_and_transcript() -> None:
    recording = recording_of(
        (0.0, "o", b"out\r\n"), (1.0, "e", b"err\r\n"), (2.0, "i", b"key"), (3.0, "o", b"more\r\n")
    )
    assert recording.screen("100%").lines[:3] == ("out", "err", "more")
    assert recording.excluding("e").screen("100%").lines[:3] == ("out", "more", "")
    assert recording.excluding("o").screen("100%").lines[:3] == ("err", "", "")
    assert [line.text for line in recording.excluding("o").transcript] == ["err"]
    assert recording.excluding("oe").screen("100%").text == ""
    assert recording.excluding("i") is recording
    assert recording.excluding("eo") is recording.excluding("oe")
    assert recording.excluding("e").duration == recording.duration
    assert len(recording.excluding("e").stream) == len(recording.stream)


def test_parse_position_accepts_percent_and_clamps(vim: Recording) -> None:
    assert vim.parse_position("50%") == pytest.approx(vim.duration / 2)
    assert vim.parse_position("99:00") == vim.duration
    assert vim.screen("0:05").lines == vim.screen(5.0).lines


def test_derived_results_are_computed_once(vim: Recording) -> None:
    for name in ("index", "sizes", "statements", "findings", "transcript", "sequences", "idle_gaps", "detected_kind"):
        assert getattr(vim, name) is getattr(vim, name)


def test_screen_from_several_threads_is_the_same(vim: Recording) -> None:
    moments = [vim.duration * part / 40 for part in range(41)]
    expected = [load(SESSIONS / "shell-vim.json").screen(at) for at in moments]
    wrong: list[float] = []

    def read(order: int) -> None:
        wrong.extend(
            at for at, screen in list(zip(moments, expected, strict=True))[::order] if vim.screen(at) != screen
        )

    threads = [threading.Thread(target=read, args=(order,)) for order in (1, -1, 2, -3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_fidelity_counts_blocked_control_sequences() -> None:
    recording = recording_of(
        (0.0, "o", b"$ \x1b]52;c;aGk=\x07\x1b]52;c;aGk=\x07\x1b]777;notify;a;b\x07\x1b]2;fine\x07"),
        kind=kinds.TERMINAL,
    )
    counts = {note.code: note.count for note in recording.fidelity}
    assert counts["sequence-clipboard-write"] == 2
    assert counts["sequence-notification"] == 1
    assert counts["size-default"] == 1
    assert "sequence-title" not in counts


def test_recording_without_events_is_empty() -> None:
    recording = recording_of()
    assert recording.kind is kinds.EMPTY
    assert (recording.duration, recording.statements, recording.transcript, recording.idle_gaps) == (0.0, [], [], [])
    assert recording.screen(0.0).text == ""


def test_with_size_keeps_custom_rules() -> None:
    rules = custom_rules([{"name": "vim", "pattern": "vim"}])
    recording = Recording(read_all(str(SESSIONS / "shell-vim.json")), custom_rules=rules)
    other = recording.with_size(TerminalSize(100, 30, SizeSource.GIVEN))
    assert "vim" in {one.rule for one in other.findings}


def test_excluding_keeps_custom_rules() -> None:
    rules = custom_rules([{"name": "vim", "pattern": "vim"}])
    recording = Recording(read_all(str(SESSIONS / "shell-vim.json")), custom_rules=rules)
    assert recording.excluding("e").custom_rules == rules


def test_with_size_shares_results_of_the_stream(vim: Recording) -> None:
    other = vim.with_size(TerminalSize(100, 30))
    assert other.sequences is vim.sequences
    assert other.idle_gaps is vim.idle_gaps
    assert other.statements is not vim.statements


def test_redacted_recording_keeps_results_of_the_original() -> None:
    """Masked bytes must not change the size, the statements or the findings."""
    recording = recording_of((0.0, "o", b"$ "), (1.0, "i", b"drop table t;\r"), kind=kinds.TERMINAL)
    other = recording.with_redacted_stream(stream_of((0.0, "o", b"$ "), (1.0, "i", b"*" * 14)), recording.analysis)
    assert other.analysis is recording.analysis
    assert (other.sizes, other.kind) == (recording.sizes, recording.kind)
    assert other.stream.data(1) == b"*" * 14


def test_analysis_findings_are_computed_on_first_access() -> None:
    recording = load(SESSIONS / "shell-vim.json")
    assert recording.statements
    assert (recording.is_analysed, recording.has_findings) == (True, False)
    assert recording.findings == recording.analysis.findings
    assert recording.has_findings


def test_analysis_warnings_include_those_of_findings() -> None:
    """A failed rule is a warning of the analysis whose findings it belongs to."""
    warning = FidelityWarning("rule-failed", "a rule failed")
    analysis = SessionAnalysis([], DecodeResult(), find=lambda _rows: FindingsResult([], (warning,)))
    assert analysis.warnings == []
    assert analysis.findings == []
    assert analysis.warnings == [warning]


def test_apply_replaces_analysis_and_texts() -> None:
    recording = recording_of((0.0, "o", b"one\n"), kind=kinds.TEXT)
    assert [line.text for line in recording.transcript] == ["one"]
    recording.stream.append(1.0, "o", b"two\n")
    reanalysis = recording.reanalyse()
    assert [line.text for line in recording.transcript] == ["one"]
    recording.apply(reanalysis)
    assert recording.analysis is reanalysis.analysis
    assert [line.text for line in recording.transcript] == ["one", "two"]
