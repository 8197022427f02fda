"""Addresses in object stores, read through fsspec: folders, patterns, single objects, and errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replay_tui.archive.object_store import display_address, expand_address, is_address
from tests.cli.runs import FIXTURES, VIM, Runner

fsspec = pytest.importorskip("fsspec", reason="the extra `fsspec` is not installed")

QUIET = FIXTURES / "programs" / "vim.json.gz"


@pytest.fixture
def store() -> Iterator[Any]:
    """A store in memory: two sessions (one gzipped, in a subfolder), a hidden one, and a file that is not one."""
    memory = fsspec.filesystem("memory")
    for path, content in {
        "/archive/a.json": Path(VIM).read_bytes(),
        "/archive/11/b.json.gz": QUIET.read_bytes(),
        "/archive/11/notes.txt": b"no session",
        "/archive/.hidden/c.json": b"{",
    }.items():
        memory.pipe(path, content)
    yield memory
    memory.rm("/archive", recursive=True)


def test_scan_folder_of_store_gives_rows_of_files(run: Runner, store: Any) -> None:
    assert expand_address("memory://archive/") == [
        "memory:///archive/11/b.json.gz", "memory:///archive/11/notes.txt", "memory:///archive/a.json"
    ]  # fmt: skip
    assert expand_address("memory://archive/11/*.gz") == ["memory:///archive/11/b.json.gz"]
    ran = run("scan", "memory://archive/", "--json", "--jobs", "1")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 3
    assert [row["source"] for row in rows] == ["memory:///archive/a.json", "memory:///archive/11/notes.txt"]
    assert [row["searched"] for row in rows] == ["fully", "not"]
    plain = json.loads(run("scan", VIM, "--json").out)
    assert rows[0] == plain | {"source": rows[0]["source"]}
    assert "notes.txt" in ran.err
    assert "1 of 2 sessions has findings.\n1 source not analysed." in ran.err
    assert run("scan", "memory://archive/a.json").code == 0


@pytest.mark.slow
@pytest.mark.exhaustive
def test_scan_addresses_in_processes_keeps_names(run: Runner, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(Path(VIM).read_bytes())
    ran = run("scan", tmp_path.as_uri(), "--jobs", "2", "--json")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["source"] for row in rows] == [(tmp_path / name).as_uri() for name in ("a.json", "b.json")]


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("memory://archive/nothing.json", 3, "does not exist"),
        ("memory://archive/*.nothing", 3, "There is no file in"),
        ("nothing-like-it://bucket/a.json", 2, "is not an address scheme"),
        ("ftp://me:hunter2@127.0.0.1:1/a.json", 3, "127.0.0.1:1/a.json"),
    ],
)
def test_scan_unreadable_address_names_the_cause(run: Runner, store: Any, address: str, code: int, words: str) -> None:
    ran = run("scan", address)
    assert ran.code == code
    assert words in ran.err
    assert words in ran.out or not ran.out
    assert "hunter2" not in ran.err + ran.out


def test_scan_without_store_driver_names_it(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    ran = run("scan", "s3://bucket/a.json")
    assert ran.code == 2
    assert "s3fs" in ran.err


def test_scan_address_without_fsspec_names_the_extra(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    ran = run("scan", "s3://bucket/a.json")
    assert ran.code == 2
    assert "pip install '.[s3]'" in ran.err


def test_is_address_tells_addresses_from_paths() -> None:
    assert is_address("s3://bucket/a.json")
    assert is_address("zip://*.json::s3://bucket/a.zip")
    assert not is_address("C:/a.json")
    assert not is_address("sessions/a.json")


def test_display_address_drops_user_and_password() -> None:
    assert display_address("ftp://me:pw@host/a") == "ftp://host/a"
    assert display_address("s3://bucket/me@example.com/a") == "s3://bucket/me@example.com/a"


def test_store_reads_timing_file_beside_typescript(run: Runner, store: Any) -> None:
    """The timing file is a part of its typescript, not a session of its own."""
    for name in ("shell.typescript", "shell.timing"):
        store.pipe(f"/archive/ts/{name}", (FIXTURES / "recorders" / name).read_bytes())
    assert expand_address("memory://archive/ts/") == ["memory:///archive/ts/shell.typescript"]
    row = json.loads(run("scan", "memory://archive/ts/", "--json", "--jobs", "1").out)
    assert row["searched"] == "fully"
    assert row["findings"][0]["time"] > 0
