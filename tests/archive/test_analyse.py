"""Analysis of one source: failures and incomplete sessions are in the result."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.archive.analyse import analyse
from replay_tui.archive.source import SessionSource, expand_paths
from replay_tui.domain.completeness import Searched
from replay_tui.domain.errors import Cancelled, UnreadableSource
from replay_tui.findings.rules import custom_rules
from replay_tui.gateway.cancel_token import CancelToken
from tests.cli.runs import VIM


@pytest.mark.parametrize("content", [None, b"", b"{", b"no session", b"\x00\xff" * 50])
def test_analyse_unreadable_file_gives_failure(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    result = analyse(SessionSource(str(path), name="a.json"))
    assert result.searched is Searched.NOT
    assert "a.json" in result.failure
    assert str(tmp_path) not in result.failure
    assert (result.source, result.findings, result.worst) == ("a.json", (), None)


def test_analyse_truncated_file_is_partly_searched(tmp_path: Path) -> None:
    content = Path(VIM).read_bytes()
    path = tmp_path / "cut.json"
    path.write_bytes(content[: len(content) * 3 // 4])
    result = analyse(SessionSource(str(path)))
    assert result.searched is Searched.PARTLY
    assert "input-cut" in {one.code for one in result.skipped}


def test_analyse_uses_custom_rules() -> None:
    rules = custom_rules([{"name": "listing", "pattern": "ls -la"}])
    assert "listing" in {one.rule for one in analyse(SessionSource(VIM), rules).findings}
    assert "listing" not in {one.rule for one in analyse(SessionSource(VIM)).findings}


def test_analyse_cancelled_raises() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        analyse(SessionSource(VIM), (), cancel)


def test_expand_paths_skips_hidden_files_and_duplicates(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b.json", "a.json", ".hidden.json", "more/c.json", ".git/d.json"):
        (tmp_path / name).touch()
    expected = [str(tmp_path / name) for name in ("a.json", "b.json", "more/c.json")]
    assert expand_paths([str(tmp_path), expected[0]]) == expected
    hidden = str(tmp_path / ".hidden.json")
    assert expand_paths([hidden]) == [hidden]


def test_expand_paths_of_empty_folder_raises(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="There is no file in"):
        expand_paths([str(tmp_path)])
