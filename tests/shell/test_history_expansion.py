"""History expansion as the shell prints it."""

from __future__ import annotations

import pytest

from replay_tui.shell.history_expansion import expanded_command, has_expansion, is_rejected


@pytest.mark.parametrize(
    ("text", "output", "previous", "expected"),
    [
        ("!!", "rm -rf ./x\nfile", "rm -rf ./x", "rm -rf ./x"),
        ("sudo !!", "sudo rm -rf ./x\n", "rm -rf ./x", "sudo rm -rf ./x"),
        ("!rm", "rm -rf ./x\n", "ls", "rm -rf ./x"),
        ("!-2 | wc", "ls | wc\n5", "", "ls | wc"),
        ("cat !$", "cat notes.txt\n", "vi notes.txt", "cat notes.txt"),
        ("echo !* end", "echo a b end\n", "ls a b", "echo a b end"),
        ("!?rm?", "rm x\n", "", "rm x"),
        ("!!:s/two/three/", "echo three\nthree", "echo two", "echo three"),
        ("^two^three^", "echo three\nthree", "echo two", "echo three"),
        ("^two^three", "other output", "echo two", None),
        ("!rm", "no such line", "", "no such line"),
        ("sudo !!", "permission denied\n", "ls", None),
    ],
)
def test_expanded_command_is_what_was_printed(text: str, output: str, previous: str, expected: str | None) -> None:
    assert has_expansion(text)
    assert expanded_command(text, output, previous) == expected


@pytest.mark.parametrize("text", ["echo hi!", "[ a != b ]", "echo '!!'", "echo \\!x", "ls", "! grep x", "a^b^c"])
def test_has_expansion_plain_text_is_false(text: str) -> None:
    assert not has_expansion(text)


def test_is_rejected_event_not_found_is_true() -> None:
    assert is_rejected("bash: !foo: event not found\n$ ")
    assert is_rejected("zsh: event not found: foo")
    assert not is_rejected("rm -rf x\nevent not found")
