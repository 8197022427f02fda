"""Sessions whose text is not UTF-8: counted, and read with `--encoding` by every command that opens a session."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay_tui import load
from replay_tui.cli.group import commands
from replay_tui.domain.text_encoding import count_invalid_utf8, parse_encoding
from tests.cli.runs import Runner
from tests.decoders.wire import message, startup
from tests.support.effort import cases

SESSION = {"id": "x", "type": "application", "verb": "connect", "status": "done", "connection": "c", "user": "u",
           "start_date": "2026-03-01T10:00:00Z", "end_date": "2026-03-01T10:10:00Z"}  # fmt: skip
WITHOUT_ENCODING = {
    "demo": "its sessions are part of the program",
    "fetch": "saves the bytes as the gateway sends them",
    "list": "metadata only", "review": "metadata only",
    "serve": "passes its arguments on to `play`",
}  # fmt: skip
TEXTS = {"gbk": "文件", "gb18030": "文件€𠀀", "shift_jis": "ファイル", "euc-kr": "파일", "latin-1": "Größe",
         "cp1251": "файл", "big5": "檔案", "koi8-r": "файл", "utf-16-le": "文"}  # fmt: skip


def write(path: Path, events: list[tuple[float, str, bytes]], **fields: Any) -> str:
    stream = [[time, kind, base64.b64encode(data).decode()] for time, kind, data in events]
    path.write_text(json.dumps({**SESSION, **fields, "event_stream": stream}))
    return str(path)


def shell(path: Path, command: str, encoding: str) -> str:
    typed = command.encode(encoding)
    return write(path, [(0, "o", b"$ "), (1, "i", typed + b"\r"), (1.5, "o", typed + b"\r\n"), (2, "o", b"$ ")])


def has_option(command: click.Command, name: str) -> bool:
    return any(name in parameter.opts for parameter in command.params)


def test_every_command_that_opens_a_session_has_encoding() -> None:
    context = click.Context(commands)
    found = {name: commands.get_command(context, name) for name in commands.list_commands(context)}
    takes_session = {
        name
        for name, command in found.items()
        if command and any(isinstance(one, click.Argument) and one.name in ("session", "sessions", "paths", "words")
                           for one in command.params)
    }  # fmt: skip
    assert {name for name in takes_session if not has_option(found[name], "--encoding")} <= set(WITHOUT_ENCODING)
    assert {name for name, command in found.items() if command and has_option(command, "--encoding")} >= {
        "export", "play", "report", "scan", "screen", "search", "show", "statements", "transcript",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["nope", "base64", "rot13", "idna", "undefined", "", "\x1b[31m", "a" * 500, "漢", "hex"]
)
def test_encoding_unknown_name_is_a_usage_error(run: Runner, tmp_path: Path, name: str) -> None:
    path = shell(tmp_path / "s.json", "ls", "utf-8")
    for words in (("show", path), ("scan", path), ("transcript", path), (path,)):
        ran = run(*words, "--encoding", name)
        assert ran.code == 2
        assert "is not a text encoding; examples: utf-8, gbk" in ran.err
        assert ran.err.replace("\n", "").isprintable()


@pytest.mark.parametrize(("encoding", "text"), TEXTS.items())
def test_encoding_applies_to_output_input_and_statements(run: Runner, tmp_path: Path, encoding: str, text: str) -> None:
    if encoding.startswith("utf-16"):
        pytest.skip("no shell speaks it")
    path = shell(tmp_path / "s.json", f"cat {text}", encoding)
    option = ("--encoding", encoding)
    assert f"cat {text}" in run("statements", path, *option).out
    assert f"$ cat {text}" in run("screen", path, *option).out
    assert f"$ cat {text}" in run("transcript", path, *option).out
    assert run("search", path, text, "--in", "input", *option).code == 0
    assert "UTF-8" not in run("show", path, *option).out
    out = tmp_path / "out.json"
    assert run("export", path, "--to", "json", "-o", str(out), *option).code == 0
    assert f"$ cat {text}" in load(out).screen("100%").text
    counted = run("show", path).out
    assert f"{count_invalid_utf8(f'{text}'.encode(encoding)) * 2} bytes not valid in UTF-8" in counted
    assert "--encoding" in counted


@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    encoding=st.sampled_from(sorted(TEXTS)),
    picks=st.lists(st.integers(0, 50), min_size=1, max_size=20),
    cuts=st.lists(st.integers(0, 60), max_size=8),
)
def test_encoding_any_cut_gives_the_same_text(encoding: str, picks: list[int], cuts: list[int], tmp_path: Path) -> None:
    """Characters that are split between events, in both directions."""
    letters = "ab " + TEXTS[encoding]
    text = "".join(letters[pick % len(letters)] for pick in picks)
    data = text.encode(encoding)
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    events = [(float(at), kind, piece) for at, piece in enumerate(pieces) for kind in "oi"]
    made = load(write(tmp_path / "s.json", events), encoding=encoding)
    assert made.stream.output.decode() == text
    assert made.stream.other.decode() == text


@given(data=st.binary(max_size=300), encoding=st.sampled_from(sorted(TEXTS)))
@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_encoding_any_bytes_give_text_or_a_warning(data: bytes, encoding: str, tmp_path: Path) -> None:
    made = load(write(tmp_path / "s.json", [(0, "o", data)]), encoding=encoding)
    text = made.stream.output.decode()
    warned = any(one.code == "bad-encoding" for one in made.stream.log.warnings)
    assert warned == ("\ufffd" in text)
    assert text == data.decode(encoding, "replace")


@given(
    st.lists(
        st.sampled_from([b"a", "é".encode(), "漢".encode(), "😀".encode(), b"\xff", b"\xe6", b"\x80"]), max_size=30
    )
)
def test_count_invalid_utf8_counts_bytes(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert count_invalid_utf8(data) == len(data) - len(data.decode("utf-8", "ignore").encode())
    assert count_invalid_utf8(data * 9) >= count_invalid_utf8(data)


def test_count_invalid_utf8_of_block_boundaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay_tui.domain.text_encoding._COUNT_BLOCK_BYTES", 3)
    data = "aé漢😀".encode() * 20
    assert count_invalid_utf8(data) == 0
    assert count_invalid_utf8(data + b"\xff" + data + b"\xe6") == 2


@pytest.mark.parametrize("name", ["utf8", "UTF-8", "ascii", "us-ascii"])
def test_parse_encoding_ascii_is_utf8(name: str) -> None:
    assert parse_encoding(name) == "utf-8"


def test_encoding_of_postgres_wire_applies_to_statements(run: Runner, tmp_path: Path) -> None:
    """The lengths in the messages count bytes, so that the stream itself is not converted."""
    sql = "select '文件' from 表".encode("gbk") + b"\0"
    path = write(
        tmp_path / "pg.json", [(0, "i", startup()), (1, "i", message(b"Q", sql))], type="database",
        connection_subtype="postgres",
    )  # fmt: skip
    assert "select '文件' from 表" in run("statements", path, "--encoding", "gbk").out
    assert load(path).stream.other == load(path, encoding="gbk").stream.other
    assert "1 statement" in run("show", path).out or "with bytes not valid in UTF-8" in run("show", path).out


def test_encoding_of_mysql_text_applies_to_statements(run: Runner, tmp_path: Path) -> None:
    path = write(
        tmp_path / "my.json", [(0, "i", "delete from 文件".encode("gbk"))], type="database", connection_subtype="mysql"
    )
    assert "delete from 文件" in run("statements", path, "--encoding", "gbk").out
    assert "with bytes not valid in UTF-8" in run("show", path).out


def test_encoding_for_a_cast_is_reported_as_unused(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    path.write_text('{"version": 2, "width": 40, "height": 6}\n[0, "o", "größe"]\n')
    assert "größe" in run("screen", str(path), "--encoding", "latin-1").out
    assert "the encoding iso8859-1 is not applied" in run("show", str(path), "--encoding", "latin-1").out


def test_not_utf8_does_not_count_mouse_reports(tmp_path: Path) -> None:
    made = load(write(tmp_path / "s.json", [(0, "o", b"$ "), (1, "i", b"\x1b[M \xff\xf0"), (2, "i", b"\xff")]))
    assert [one.count for one in made.fidelity if one.code == "not-utf8"] == [1]


def test_nul_block_in_output_is_reported(tmp_path: Path) -> None:
    made = load(write(tmp_path / "s.json", [(0, "o", b"a" + bytes(4096) + b"b"), (1, "o", b"\0\0")]))
    assert [one.count for one in made.fidelity if one.code == "nul-output"] == [1]
    assert made.screen("100%").text == "ab"
