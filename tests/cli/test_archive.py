"""`archive`: adding, the state, checks, removal, and their exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click
import pytest

from replay_tui.cli.open_session import from_library
from replay_tui.cli.options import complete_session
from tests.archive.library.libraries import FIXTURES, PSQL, SECRETS
from tests.cli.gateway_runs import Asking
from tests.cli.runs import VIM, Runner


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three sessions, one of them withheld, and a file that is none; the library is in the data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = tmp_path / "saved"
    made.mkdir()
    for path in (VIM, PSQL, FIXTURES / "incomplete" / "withheld.json"):
        shutil.copy(path, made)
    (made / "notes.txt").write_text("no session")
    return made


def test_archive_add_twice_adds_only_what_is_new(run: Runner, saved: Path) -> None:
    first = run("archive", "add", str(saved), "--jobs", "1")
    assert (first.code, first.out) == (3, "")
    assert "notes.txt" in first.err
    assert first.err.endswith("3 added, 1 not readable.\n")
    (saved / "notes.txt").unlink()
    shutil.copy(SECRETS[0], saved)
    again = run("archive", "add", str(saved), "--jobs", "1")
    assert (again.code, again.err) == (0, "1 added, 3 unchanged.\n")


def test_archive_status_says_what_is_incomplete(run: Runner, saved: Path) -> None:
    run("archive", "add", str(saved), "--jobs", "1")
    state = json.loads(run("archive", "status", "--json").out)
    assert (state["sessions"], state["complete"], state["gaps"]) == (3, 2, {"withheld": 1})
    assert [Path(location).name for location, _ in state["unreadable"]] == ["notes.txt"]
    text = run("archive", "status").out
    assert "3, 2 complete" in text
    assert "1 withheld" in text
    assert "outdated" not in text


def test_archive_remove_and_forget(run: Runner, saved: Path) -> None:
    run("archive", "add", str(saved), "--jobs", "1")
    assert run("archive", "remove", str(saved / "shell-vim.json")).err == "1 session removed.\n"
    assert run("archive", "remove", "unknown").code == 1
    assert "1 removed earlier" in run("archive", "add", str(saved / "shell-vim.json")).err
    assert run("archive", "forget", "--before", "2000-01-01").code == 1
    assert run("archive", "forget", "--before", "2030-01-01").code == 0
    assert json.loads(run("archive", "status", "--json").out)["sessions"] == 0
    assert run("archive", "add", str(saved), "--jobs", "1", "--again").err.endswith("3 added, 1 not readable.\n")


def test_archive_verify_and_repair(run: Runner, saved: Path, tmp_path: Path) -> None:
    run("archive", "add", str(saved), "--jobs", "1")
    assert run("archive", "verify").code == 0
    block = max(
        (tmp_path / "data" / "replay-tui" / "archive" / "blocks").iterdir(), key=lambda path: path.stat().st_size
    )
    block.write_bytes(block.read_bytes()[:-200])
    ran = run("archive", "verify")
    assert (ran.code, block.name in ran.out) == (3, True)
    assert ran.err == "3 sessions checked, 1 problem found; run `replay-tui archive repair`.\n"
    repaired = run("archive", "repair").err
    assert f"block {block.name} is damaged (checksum mismatch).\n2 sessions kept, 1 dropped. Run" in repaired
    assert run("archive", "verify").code == 0
    assert "1 not added yet" in run("find", "nowhere").err
    assert "1 added" in run("archive", "add", str(saved), "--jobs", "1").err


def test_archive_add_rejects_wrong_options(run: Runner, saved: Path) -> None:
    for words in ((), (str(saved), "--gateway"), (str(saved), "--user", "ana"), (str(saved), "--engine", "dask")):
        assert run("archive", "add", *words).code == 2


def test_archive_limit_of_the_settings_stops_adding(run: Runner, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "replay-tui").mkdir()
    (tmp_path / "replay-tui" / "config.toml").write_text("archive_limit_gib = 0.00001\n")
    ran = run("archive", "add", str(saved), "--jobs", "1")
    assert (ran.code, "archive forget" in ran.err) == (1, True)
    assert ran.err.endswith("3 of 4 not added yet; run the command again.\n")


@pytest.mark.slow
def test_archive_add_from_gateway_adds_the_list(ask: Asking, saved: Path) -> None:
    ran = ask("archive", "add", "--gateway", "--limit", "5")
    assert ran.code in (0, 3), ran.err
    assert " added" in ran.err
    again = ask("archive", "add", "--gateway", "--limit", "5")
    assert again.err.splitlines()[-1].endswith("unchanged.")


@pytest.mark.parametrize("form", ["ocsf", "ecs"])
def test_archive_export_writes_one_object_per_line(run: Runner, saved: Path, tmp_path: Path, form: str) -> None:
    run("archive", "add", str(saved), "--jobs", "1")
    target = tmp_path / "events.jsonl"
    ran = run("archive", "export", "--to", form, "-o", str(target))
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert (ran.code, len(rows) > 10) == (0, True)
    assert ran.err.startswith(f"{len(rows)} events written. 2 of 4 sessions exported; not exported: ")
    assert len({json.dumps(row) for row in rows}) == len(rows)
    few = run("archive", "export", "--to", form, "-o", str(target), "--connection", "app-1")
    assert few.err.startswith(f"{len(target.read_text().splitlines())} events written. ")
    assert len(target.read_text().splitlines()) < len(rows)


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--gateway",), ("5fd43269-12af-4dc5-a2d7-785bbfceda35",)])
def test_archive_add_is_refused_if_downloads_are_disabled(ask: Asking, saved: Path, words: tuple[str, ...]) -> None:
    ask.gateway.downloads_disabled = True
    assert "disabled" in ask.fails("archive", "add", *words)
    assert ask("archive", "status").code == 3


def test_session_ids_of_the_library_are_completed(run: Runner, saved: Path) -> None:
    run("archive", "add", str(saved), "--jobs", "1")
    session_id = json.loads(Path(VIM).read_text())["id"]
    argument = click.Argument(["session"])
    found = complete_session(click.Context(click.Command("play")), argument, session_id[:6])
    assert [one.value for one in found[1:]] == [session_id]
    assert found[1].help == "ana@example.com \u00b7 app-1"


def test_gap_names_the_size_at_which_a_recording_was_truncated(run: Runner, saved: Path) -> None:
    session = json.loads(Path(VIM).read_text()) | {"metrics": {"truncated": True, "event_size": 4002}}
    (saved / "cut.json").write_text(json.dumps(session | {"id": "cut"}))
    run("archive", "add", str(saved / "cut.json"))
    ran = run("find", "nowhere")
    assert (ran.code, ran.err) == (3, "0 of 1 session searched; not searched: 1 truncated at 4 KiB.\n")


@pytest.mark.slow
def test_session_that_the_gateway_lost_opens_as_text(ask: Asking, saved: Path) -> None:
    """Only after the gateway was asked: until then the gateway's recording is opened."""
    session_id = next(one for one in ask("list").out.split() if ask.gateway.session("shell-vim")["id"] == one)
    ask("archive", "add", session_id)
    assert from_library(session_id) is None
    stored = from_library(session_id, text_only=True)
    assert stored
    assert stored[1]
    assert {"library-text"} <= {one.code for one in stored[1].stream.log.warnings}


def test_archive_in_an_object_store_is_refused(run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("archive", "add", str(VIM), "--archive", "s3://bucket/library")
    assert ran.code == 2
    assert "must be in a folder" in ran.err
    assert not list(tmp_path.iterdir())
