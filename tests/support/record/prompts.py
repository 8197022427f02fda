"""Recorder of shells with unusual prompts, of nested programs and panes: ``fixtures/statements``.

The expected statements are written beside the keys; those of bash, zsh and fish are what their history holds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from . import sandbox
from .statement_cases import CTRL_U, ESCAPE, PREFIX, UP, Case, Steps, completes, record_cases, runs
from .terminal import Step

SERVER = os.environ.get("PGHOST")
"""The folder with the socket of a PostgreSQL server with a user `shop`, for the recording of psql."""


def _common() -> Steps:
    """Steps for any POSIX shell."""
    return (
        runs("ls"),
        runs("cat notes.txt | wc -l"),
        runs("cd src"),
        runs("rm -rf ./nothing"),
        runs("cd .."),
        completes("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        completes("cat <<EOF\rrm -rf /srv\rEOF", "cat <<EOF\nrm -rf /srv\nEOF"),
        runs("printf 'no end of line'"),
        runs("echo this is a long line that has to be wrapped because it is wider than the terminal is wide"),
        runs("echo 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"),
    )


def _edited() -> Steps:
    """Steps for shells with a history."""
    return (
        *_common(),
        Step(0.3, UP),
        Step(0.3, UP),
        completes("", "echo this is a long line that has to be wrapped because it is wider than the terminal is wide"),
        completes("echo one" + CTRL_U + "echo two", "echo two"),
        completes("cat no\t", "cat notes.txt"),
    )


def _bash() -> Steps:
    return (*_edited(), completes("!ech", "echo two"), completes("!!:s/two/three/", "echo three"), runs("exit"))


def _posix() -> Steps:
    return (*_common(), runs("exit"))


def _zsh() -> Steps:
    return (*_edited(), runs("exit"))


def _vi() -> Steps:
    return (
        *_common(),
        Step(0.3, ESCAPE),
        Step(0.8, "k"),
        Step(0.3, "k"),
        completes("", "echo this is a long line that has to be wrapped because it is wider than the terminal is wide"),
        runs("echo fin"),
        runs("exit"),
    )


def _fish() -> Steps:
    return (
        runs("ls"),
        runs("cd src", 0.6),
        runs("cd ..", 0.6),
        completes("for n in 1 2\recho n=$n\rend", "for n in 1 2\n    echo n=$n\nend"),
        completes("begin\rif true\recho deep\rend\rend", "begin\n    if true\n        echo deep\n    end\nend"),
        completes("gst --short", "git status --short"),
        runs("echo first suggestion"),
        Step(0.4, "echo fi"),
        Step(0.4, "\x1b[C"),
        completes("", "echo first suggestion", pause=0.4),
        completes("echo 'open\rclosed'", "echo 'open\nclosed'"),
        completes("cat no\t", "cat notes.txt", pause=0.6),
        runs("exit"),
    )


def _nested() -> Steps:
    return (
        runs("echo outer"),
        runs("bash --norc --noprofile", 0.3),
        runs("PS1='> '", 0.6),
        runs("echo inner"),
        completes("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        runs("python3 -q"),
        runs("import os", 0.8),
        completes("if True:\r    os.getpid()\r", "if True:\n    os.getpid()"),
        runs("exit()"),
        runs("sqlite3 :memory:"),
        runs("create table t(a);", 0.6),
        completes("delete\rfrom t\rwhere a=1;", "delete\nfrom t\nwhere a=1;"),
        completes("insert into t values (1); drop table t;", "insert into t values (1);", "drop table t;"),
        runs(".tables"),
        runs(".quit"),
        runs("exit"),
        runs("echo outer again"),
        runs("exit"),
    )


def _panes() -> Steps:
    return (
        runs("tmux -f /dev/null new"),
        runs("echo left pane", 1.5),
        Step(0.5, PREFIX),
        Step(0.3, "%"),
        runs("echo right pane", 1.0),
        runs("seq 30"),
        runs("sqlite3 :memory:"),
        runs("create table t(a);", 0.8),
        completes("delete\rfrom t;", "delete\nfrom t;"),
        runs(".quit"),
        Step(0.5, PREFIX),
        Step(0.3, "o"),
        runs("rm -rf ./nothing", 0.8),
        Step(0.3, UP),
        completes("", "rm -rf ./nothing"),
        Step(0.5, PREFIX),
        Step(0.3, '"'),
        runs("echo below", 1.0),
        completes("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        runs("tmux kill-server"),
        runs("exit", 1.0),
    )


def _pasted() -> Steps:
    block = "echo first\ncat <<EOF\nbody one\n\n  body two\nEOF\nfor n in 1 2\ndo\n  echo n=$n\ndone\n"
    texts = ("echo first", "cat <<EOF\nbody one\n\n  body two\nEOF", "for n in 1 2\ndo\n  echo n=$n\ndone")
    return (
        runs("ls"),
        Step(0.4, block.replace("\n", "\r"), whole=True, ran=texts),
        runs("echo after", 0.8),
        Step(0.4, "sleep 1\recho ahead\r", gap=0.02, ran=("sleep 1", "echo ahead")),
        runs("exit", 1.5),
    )


def _fish_vi() -> Steps:
    return (
        runs("ls"),
        runs("echo first", 0.5),
        Step(0.5, ESCAPE),
        Step(0.8, "k"),
        completes("", "echo first", pause=0.5),
        completes("for n in 1 2\recho n=$n\rend", "for n in 1 2\n    echo n=$n\nend", pause=0.5),
        runs("echo fin", 0.5),
        runs("exit", 0.5),
    )


def _tmux_words() -> Steps:
    return (
        runs("tmux new"),
        runs("ls", 1.5),
        runs("cd src"),
        runs("rm -rf ./nothing"),
        Step(0.5, PREFIX),
        Step(0.3, "%"),
        runs("echo right", 1.0),
        runs("python3 -q"),
        runs("import os", 1.0),
        runs("exit()"),
        runs("tmux kill-server"),
        runs("exit", 1.0),
    )


def _psql_in_pane() -> Steps:
    return (
        runs("tmux -f /dev/null new"),
        runs("bash --norc --noprofile", 1.5),
        runs("psql -X -h /srv/shop/pg -U shop postgres", 0.6),
        runs("create table t(a int);", 1.0),
        completes("delete\rfrom t\rwhere a = 5;", "delete\nfrom t\nwhere a = 5;"),
        completes("insert into t values (1); drop table t;", "insert into t values (1);", "drop table t;"),
        completes("select 'open\rclosed';", "select 'open\nclosed';"),
        completes("do $$ begin\rperform 1;\rend $$;", "do $$ begin\nperform 1;\nend $$;"),
        runs("\\! rm -rf ./nothing"),
        runs("\\q"),
        runs("exit"),
        runs("echo outer", 0.5),
        runs("tmux kill-server"),
        runs("exit", 1.0),
    )


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


def link_server(name: str, root: Path) -> None:
    """Link the folder with the socket of the server for the recording of psql."""
    if SERVER and name == "tmux-psql":
        (root / "pg").symlink_to(SERVER)


if __name__ == "__main__":
    record_cases(CASES, hour=8, prepare=link_server)
