"""Shell splitter: commands of a script as written, and words of simple commands."""

from __future__ import annotations

import pytest

from replay_tui.decoders.shell_splitter import split_script


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("ls -la\necho 'a\nb'; rm x\n# comment\ncat <<EOF\nx; y\nEOF\necho hi", 4),
        ("for i in 1 2; do\n echo $i\ndone\nif true\nthen a\nfi\nls", 3),
        ("f() {\n a\n}\nf", 2),
        ("f() { a;}\nf", 2),
        ("f() {\n echo ${x:- }\n a\n}\nf", 2),
        ("a \\\n b\nc |\n d", 2),
        ("a ||\n b\nc", 2),
        ("case x in\n a) b;;\nesac\nls", 2),
        ("echo if for\nls", 2),
        ("while read l; do echo $l; done < f\nif a; then for x in y; do b; done; fi\nlast", 3),
        ("cat <<<EOF\nls\nEOF", 3),
        ("echo 'never closed\nls", 1),
        ("", 0),
    ],
)
def test_split_script_counts_its_commands(script: str, count: int) -> None:
    assert len(split_script(script)) == count


def test_split_script_keeps_the_text_of_commands() -> None:
    assert split_script("ls  -la # all\n\ncat <<-'E N'\n\ta\n\tE N\nid") == [
        "ls  -la # all",
        "cat <<-'E N'\n\ta\n\tE N",
        "id",
    ]
