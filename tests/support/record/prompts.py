"""Recorder of shells with unusual prompts, of nested programs and panes: ``fixtures/statements``.

The expected statements are written beside the keys; those of bash, zsh and fish are what their history holds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import sandbox
from .session import build, write_session, write_truth
from .terminal import Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "statements"
UP, CTRL_A, CTRL_C, CTRL_D, CTRL_U, ESCAPE, PREFIX = "\x1b[A", "\x01", "\x03", "\x04", "\x15", "\x1b", "\x02"
SERVER = os.environ.get("PGHOST")
"""The folder with the socket of a PostgreSQL server with a user `shop`, for the recording of psql."""
Steps = tuple[Step, ...]


def _got(keys: str, *texts: str, pause: float = 0.3) -> Step:
    """Return keys that end in Enter, and the statements that they complete."""
    return Step(pause, keys + "\r", gap=0.02, ran=texts)


def _ran(text: str, pause: float = 0.3) -> Step:
    return _got(text, text, pause=pause)


def _common() -> Steps:
    """Steps for any POSIX shell."""
    return (
        _ran("ls"),
        _ran("cat notes.txt | wc -l"),
        _ran("cd src"),
        _ran("rm -rf ./nothing"),
        _ran("cd .."),
        _got("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        _got("cat <<EOF\rrm -rf /srv\rEOF", "cat <<EOF\nrm -rf /srv\nEOF"),
        _ran("printf 'no end of line'"),
        _ran("echo this is a long line that has to be wrapped because it is wider than the terminal is wide"),
        _ran("echo 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"),
    )


def _edited() -> Steps:
    """Steps for shells with a history."""
    return (
        *_common(),
        Step(0.3, UP),
        Step(0.3, UP),
        _got("", "echo this is a long line that has to be wrapped because it is wider than the terminal is wide"),
        _got("echo one" + CTRL_U + "echo two", "echo two"),
        _got("cat no\t", "cat notes.txt"),
    )


def _bash() -> Steps:
    return (*_edited(), _got("!ech", "echo two"), _got("!!:s/two/three/", "echo three"), _ran("exit"))


def _posix() -> Steps:
    return (*_common(), _ran("exit"))


def _zsh() -> Steps:
    return (*_edited(), _ran("exit"))


def _vi() -> Steps:
    return (
        *_common(),
        Step(0.3, ESCAPE),
        Step(0.8, "k"),
        Step(0.3, "k"),
        _got("", "echo this is a long line that has to be wrapped because it is wider than the terminal is wide"),
        _ran("echo fin"),
        _ran("exit"),
    )


def _fish() -> Steps:
    return (
        _ran("ls"),
        _ran("cd src", 0.6),
        _ran("cd ..", 0.6),
        _got("for n in 1 2\recho n=$n\rend", "for n in 1 2\n    echo n=$n\nend"),
        _got("begin\rif true\recho deep\rend\rend", "begin\n    if true\n        echo deep\n    end\nend"),
        _got("gst --short", "git status --short"),
        _ran("echo first suggestion"),
        Step(0.4, "echo fi"),
        Step(0.4, "\x1b[C"),
        _got("", "echo first suggestion", pause=0.4),
        _got("echo 'open\rclosed'", "echo 'open\nclosed'"),
        _got("cat no\t", "cat notes.txt", pause=0.6),
        _ran("exit"),
    )


def _nested() -> Steps:
    return (
        _ran("echo outer"),
        _ran("bash --norc --noprofile", 0.3),
        _ran("PS1='> '", 0.6),
        _ran("echo inner"),
        _got("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        _ran("python3 -q"),
        _ran("import os", 0.8),
        _got("if True:\r    os.getpid()\r", "if True:\n    os.getpid()"),
        _ran("exit()"),
        _ran("sqlite3 :memory:"),
        _ran("create table t(a);", 0.6),
        _got("delete\rfrom t\rwhere a=1;", "delete\nfrom t\nwhere a=1;"),
        _got("insert into t values (1); drop table t;", "insert into t values (1);", "drop table t;"),
        _ran(".tables"),
        _ran(".quit"),
        _ran("exit"),
        _ran("echo outer again"),
        _ran("exit"),
    )


def _panes() -> Steps:
    return (
        _ran("tmux -f /dev/null new"),
        _ran("echo left pane", 1.5),
        Step(0.5, PREFIX),
        Step(0.3, "%"),
        _ran("echo right pane", 1.0),
        _ran("seq 30"),
        _ran("sqlite3 :memory:"),
        _ran("create table t(a);", 0.8),
        _got("delete\rfrom t;", "delete\nfrom t;"),
        _ran(".quit"),
        Step(0.5, PREFIX),
        Step(0.3, "o"),
        _ran("rm -rf ./nothing", 0.8),
        Step(0.3, UP),
        _got("", "rm -rf ./nothing"),
        Step(0.5, PREFIX),
        Step(0.3, '"'),
        _ran("echo below", 1.0),
        _got("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        _ran("tmux kill-server"),
        _ran("exit", 1.0),
    )


def _pasted() -> Steps:
    block = "echo first\ncat <<EOF\nbody one\n\n  body two\nEOF\nfor n in 1 2\ndo\n  echo n=$n\ndone\n"
    texts = ("echo first", "cat <<EOF\nbody one\n\n  body two\nEOF", "for n in 1 2\ndo\n  echo n=$n\ndone")
    return (
        _ran("ls"),
        Step(0.4, block.replace("\n", "\r"), whole=True, ran=texts),
        _ran("echo after", 0.8),
        Step(0.4, "sleep 1\recho ahead\r", gap=0.02, ran=("sleep 1", "echo ahead")),
        _ran("exit", 1.5),
    )


def _fish_vi() -> Steps:
    return (
        _ran("ls"),
        _ran("echo first", 0.5),
        Step(0.5, ESCAPE),
        Step(0.8, "k"),
        _got("", "echo first", pause=0.5),
        _got("for n in 1 2\recho n=$n\rend", "for n in 1 2\n    echo n=$n\nend", pause=0.5),
        _ran("echo fin", 0.5),
        _ran("exit", 0.5),
    )


def _tmux_words() -> Steps:
    return (
        _ran("tmux new"),
        _ran("ls", 1.5),
        _ran("cd src"),
        _ran("rm -rf ./nothing"),
        Step(0.5, PREFIX),
        Step(0.3, "%"),
        _ran("echo right", 1.0),
        _ran("python3 -q"),
        _ran("import os", 1.0),
        _ran("exit()"),
        _ran("tmux kill-server"),
        _ran("exit", 1.0),
    )


def _psql_in_pane() -> Steps:
    return (
        _ran("tmux -f /dev/null new"),
        _ran("bash --norc --noprofile", 1.5),
        _ran("psql -X -h /srv/shop/pg -U shop postgres", 0.6),
        _ran("create table t(a int);", 1.0),
        _got("delete\rfrom t\rwhere a = 5;", "delete\nfrom t\nwhere a = 5;"),
        _got("insert into t values (1); drop table t;", "insert into t values (1);", "drop table t;"),
        _got("select 'open\rclosed';", "select 'open\nclosed';"),
        _got("do $$ begin\rperform 1;\rend $$;", "do $$ begin\nperform 1;\nend $$;"),
        _ran("\\! rm -rf ./nothing"),
        _ran("\\q"),
        _ran("exit"),
        _ran("echo outer", 0.5),
        _ran("tmux kill-server"),
        _ran("exit", 1.0),
    )


@dataclass(frozen=True)
class Case:
    """Script of one recording: the program, its files in the home folder, and the input."""

    argv: tuple[str, ...]
    steps: Callable[[], Steps]
    files: dict[str, str] = field(default_factory=dict)


def _bash_with(lines: str, steps: Callable[[], Steps] = _bash) -> Case:
    return Case(("bash", "--noprofile", "--rcfile", ".rc"), steps, {".rc": lines + "\n"})


def _zsh_with(lines: str, steps: Callable[[], Steps] = _zsh) -> Case:
    return Case(("env", "ZDOTDIR=/srv/shop", "zsh", "-i"), steps, {".zshrc": lines + "\nHISTSIZE=100\n"})


_PASTE_OFF = "bind 'set enable-bracketed-paste off'\n"
_TRANSIENT = """
zle-line-finish() { PROMPT='❯ '; zle reset-prompt; }
zle -N zle-line-finish
precmd() { PROMPT='%n %~ at %D{%H:%M:%S} ❯ '; }
"""
_SUGGESTIONS = """
suggest() { zle .self-insert; POSTDISPLAY=' --suggested text' }
accept() { POSTDISPLAY=; zle .accept-line }
zle -N self-insert suggest; zle -N accept-line accept
"""
_REDRAWN = """
TMOUT=1
TRAPALRM() { PROMPT="$RANDOM %~ on main "; zle && zle reset-prompt }
PROMPT='1 %~ on main '
"""
_FISH_VI = "fish_vi_key_bindings; function fish_right_prompt; date +%H:%M:%S; end"
CASES = {
    "bash-words-prompt": _bash_with("PS1='\\W on app '"),
    "bash-words-prompt-unbracketed": _bash_with(_PASTE_OFF + "PS1='[\\W] '"),
    "bash-empty-prompt": _bash_with("PS1=''"),
    "bash-two-line-prompt": _bash_with("PS1='\\n\\w at \\t\\n-> '"),
    "bash-vi-mode": _bash_with("set -o vi; bind 'set show-mode-in-prompt on'\nPS1='\\w$ '", _vi),
    "dash-words-prompt": Case(("env", "ENV=/srv/shop/.rc", "dash", "-i"), _posix, {".rc": "PS1='app-1 '\n"}),
    "zsh-two-lines-right": _zsh_with("PROMPT=$'%F{blue}╭─%n@%m %~%f\\n╰─ '\nRPROMPT='%F{red}%D{%H:%M:%S}%f'"),
    "zsh-transient": _zsh_with(_TRANSIENT),
    "zsh-powerline-unbracketed": _zsh_with("PROMPT=$'%K{blue} %~ %k%F{blue}\\ue0b0%f '\nunset zle_bracketed_paste"),
    "fish-abbreviations": Case(("fish", "--private", "-C", "abbr -a gst git status"), _fish),
    "bash-path-colon-unbracketed": _bash_with(_PASTE_OFF + "PS1='\\w: '"),
    "bash-empty-prompt-unbracketed": _bash_with(_PASTE_OFF + "PS1=''"),
    "bash-pasted-unbracketed": _bash_with(_PASTE_OFF + "PS1='\\W> '", _pasted),
    "dash-dollar": Case(("env", "PS1=$ ", "dash", "-i"), _posix),
    "zsh-suggestions": _zsh_with(_SUGGESTIONS + "PROMPT='%~ :: '\nRPROMPT='%D{%H:%M:%S} %?'"),
    "zsh-marks": _zsh_with("PROMPT=$'%{\\e]133;A\\a%}%~ go %{\\e]133;B\\a%}'\npreexec() { printf '\\e]133;C\\a' }"),
    "zsh-two-glyphs": _zsh_with(
        "PROMPT=$'%K{black} %n@%m %K{blue}%F{black}\\ue0b0 %~ %k%F{blue}\\ue0b0%f '\n"
        "RPROMPT=$'%F{green}\\ue0b2%f ok %D{%H:%M:%S}'"
    ),
    "zsh-redrawn": _zsh_with(_REDRAWN),
    "bash-time-unbracketed": _bash_with(_PASTE_OFF + "PS1='\\t \\W '"),
    "bash-gt-unbracketed": _bash_with(_PASTE_OFF + "PS1='> '"),
    "fish-vi-right": Case(("fish", "--private", "-C", _FISH_VI), _fish_vi),
    "tmux-words-prompt": Case(
        ("bash", "--noprofile", "--rcfile", ".rc"),
        _tmux_words,
        {
            ".rc": "PS1='\\W on app '\n",
            ".tmux.conf": "set -g default-command 'bash --noprofile --rcfile /srv/shop/.rc'\n",
        },
    ),
    "tmux-psql": Case(sandbox.BASH, _psql_in_pane),
    "nested-programs": Case(sandbox.BASH, _nested),
    "tmux-panes": Case(sandbox.BASH, _panes),
}


def make(name: str, day: int) -> None:
    """Record one case."""
    case = CASES[name]
    steps = case.steps()
    with sandbox.shop() as root:
        for file, text in case.files.items():
            (root / file).write_text(text)
        if SERVER and name == "tmux-psql":  # the folder of a server's socket
            (root / "pg").symlink_to(SERVER)
        recording = record(
            sandbox.on_app_1(root, case.argv), steps, cols=80, rows=24, env=sandbox.environment(), answers=True
        )
    session = build(
        f"prompt-{name}", recording.events, start=f"2026-11-{day:02d}T08:15:00Z", duration=recording.duration
    )
    write_session(FOLDER / f"{name}.json.gz", session)
    write_truth(FOLDER / f"{name}.truth.json", {"statements": [text for step in steps for text in step.ran]})


def main() -> None:
    """Record the named cases, or all."""
    for day, name in enumerate(CASES, 1):
        if name in (sys.argv[1:] or CASES):
            make(name, day)


if __name__ == "__main__":
    main()
