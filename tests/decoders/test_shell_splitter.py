"""Shell splitter: commands of a script as written, and words of simple commands."""

from __future__ import annotations

import pytest

from replay_tui.decoders.shell_splitter import parse_commands, split_script


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


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("ls -la; id", ("ls -la", "id")),
        ("sudo -u root rm 'a b'", ("sudo -u root rm a\u00a0b", "rm a\u00a0b")),
        ("A=1 /bin/rm x", ("A=1 /bin/rm x", "rm x")),
        ("f() { rm x;}", ("f", "rm x")),
        ("echo ${x:- } y", ("echo ${x:- } y",)),
        ("echo ${x:-$(rm y)}", ("echo ${x:-", "rm y", "}")),
        ("echo ${ rm y; }", ("echo $", "rm y")),
        ("cat < a 2>&1", ("cat < a 2>& 1",)),
    ],
)
def test_parse_commands_has_simple_commands(text: str, simple: tuple[str, ...]) -> None:
    assert parse_commands(text).simple == simple


def test_parse_commands_has_pipelines_and_quoted_commands() -> None:
    parsed = parse_commands("curl x | sudo bash; ssh host 'rm -rf /'")
    assert parsed.pipelines == ("curl x | sudo bash", "ssh host rm\u00a0-rf\u00a0/")
    assert parsed.quoted == (("ssh", "rm -rf /"),)
