"""Recorder of prompt frameworks, GNU screen, ssh and REPLs: ``fixtures/statements``.

`FRAMEWORKS` is a folder with the npm packages ``pure-prompt`` and ``spaceship-prompt``; powerlevel9k, liquidprompt and
the zsh plugins are Debian packages. The expected statements of zsh and fish are compared with the history that they
wrote.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from . import sandbox
from .statement_cases import CTRL_A, CTRL_C, CTRL_U, UP, Case, Steps, completes, record_cases, runs
from .terminal import Step

PACKAGES = {"pure": "pure-prompt", "spaceship": "spaceship-prompt"}
LONG = "echo this is a long line that has to be wrapped because it is wider than the terminal is wide"
_PLUGINS = (
    "source /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh\n"
    "source /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh\n"
)
_SERVERS = """
mount --bind /srv/shop /root; mount -t tmpfs tmpfs /run; mkdir /run/sshd
ssh-keygen -q -t ed25519 -N '' -f .ssh/host; ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519
cp .ssh/id_ed25519.pub .ssh/authorized_keys
/usr/sbin/sshd -f .ssh/sshd
redis-server --port 56379 --daemonize yes --save '' >/dev/null
install -d -o postgres /tmp/pg
PG=/usr/lib/postgresql/15/bin
setpriv --reuid postgres --regid postgres --clear-groups $PG/initdb -U shop -A trust -D /tmp/pg >/dev/null
setpriv --reuid postgres --regid postgres --clear-groups $PG/pg_ctl -s -w -D /tmp/pg -l /tmp/pg/log \
    -o "-c listen_addresses='' -k /tmp/pg" start
export PS1='root@app-1:\\w# '
exec bash --norc --noprofile
"""
_SSHD = """
Port 52222
ListenAddress 127.0.0.1
HostKey /srv/shop/.ssh/host
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
PrintMotd no
PrintLastLog no
"""
_SSH = """
Host db-1
HostName 127.0.0.1
Port 52222
StrictHostKeyChecking no
LogLevel ERROR
UserKnownHostsFile /dev/null
"""
_SSH_FILES = {
    ".ssh/sshd": _SSHD,
    ".ssh/config": _SSH,
    ".hushlogin": "",
    ".profile": "[ -z \"$SSH_CONNECTION\" ] || PS1='\\u@db-1:\\w\\$ '\n",
}


def _zsh_steps() -> Steps:
    return (
        runs("ls", 1.0),
        runs("cat notes.txt | wc -l", 0.6),
        runs("cd src", 0.6),
        runs("rm -rf ./nothing", 0.6),
        runs("cd ..", 0.6),
        completes("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone", pause=0.6),
        completes("cat <<EOF\rrm -rf /srv\rEOF", "cat <<EOF\nrm -rf /srv\nEOF", pause=0.6),
        runs("false", 0.6),
        runs(LONG, 0.6),
        Step(0.6, UP),
        completes("", LONG),
        completes("echo one" + CTRL_U + "echo two", "echo two", pause=0.6),
        completes("two" + CTRL_A + "echo ", "echo two", pause=0.6),
        Step(0.6, "echo never" + CTRL_C),
        runs("echo 'it is quoted'", 0.8),
        completes("cat no\t", "cat notes.txt", pause=0.6),
        runs("git status --short", 0.6),
        runs("sleep 1", 0.6),
        runs("exit", 1.2),
    )


def _bash_steps() -> Steps:
    return tuple(step for step in _zsh_steps() if "cat no" not in step.keys)


def _tmux_zsh_steps() -> Steps:
    inner = tuple(step for step in _zsh_steps() if "cat no" not in step.keys)
    return (
        runs("tmux new"),
        Step(1.5, " " + CTRL_U),
        *inner,
        runs("exit", 1.5),
    )


def _fish_steps() -> Steps:
    return (
        runs("ls", 1.0),
        runs("cd src", 0.6),
        runs("cd ..", 0.6),
        completes("for n in 1 2\recho n=$n\rend", "for n in 1 2\n    echo n=$n\nend", pause=0.6),
        runs("set -x REGION eu", 0.6),
        runs("rm -rf ./nothing", 0.6),
        runs("echo (count a b)", 0.6),
        Step(0.6, UP),
        completes("", "echo (count a b)"),
        runs(LONG, 0.6),
        completes("echo one" + CTRL_U + "echo two", "echo two", pause=0.6),
        Step(0.6, "echo never" + CTRL_C),
        runs("false; or echo failed", 0.8),
        runs("exit", 0.8),
    )


def _screen_steps() -> Steps:
    prefix = CTRL_A
    return (
        runs("screen -c .screenrc"),
        runs("echo first window", 1.5),
        Step(0.5, prefix),
        Step(0.3, "S"),
        Step(0.5, prefix),
        Step(0.3, "\t"),
        Step(0.5, prefix),
        Step(0.3, "c"),
        runs("echo second window", 1.0),
        runs("ls"),
        runs("sqlite3 :memory:"),
        runs("create table t(a);", 0.8),
        completes("delete\rfrom t;", "delete\nfrom t;"),
        runs(".quit"),
        Step(0.5, prefix),
        Step(0.3, "\t"),
        runs("rm -rf ./nothing", 0.8),
        Step(0.3, UP),
        completes("", "rm -rf ./nothing"),
        runs("seq 30"),
        completes("for n in 1 2\rdo echo n=$n\rdone", "for n in 1 2\ndo echo n=$n\ndone"),
        runs("screen -X quit"),
        runs("echo outside", 1.5),
        runs("exit"),
    )


def _ssh_steps() -> Steps:
    return (
        runs("tmux -f /dev/null new"),
        runs("ssh db-1", 1.5),
        runs("ls", 2.0),
        runs("cd src"),
        runs("psql -X -h /tmp/pg -U shop postgres", 0.6),
        runs("create table t(a int);", 1.5),
        completes("delete\rfrom t\rwhere a = 5;", "delete\nfrom t\nwhere a = 5;"),
        completes("insert into t values (1); drop table t;", "insert into t values (1);", "drop table t;"),
        runs("alter role shop password 'x';"),
        runs("\\! rm -rf ./nothing"),
        runs("\\q"),
        runs("rm -rf ./nothing", 0.8),
        Step(0.3, UP),
        completes("", "rm -rf ./nothing"),
        runs("sudo -V | head -1"),
        runs("exit"),
        runs("echo local again", 1.0),
        runs("exit"),
        runs("exit", 1.0),
    )


def _repl_steps() -> Steps:
    return (
        runs("redis-cli -p 56379"),
        runs("set a 1", 0.8),
        runs("keys *"),
        runs("flushall"),
        runs("quit"),
        runs("node"),
        runs("let total = 1", 1.0),
        runs("total + 41", 0.6),
        completes("function f() {\rreturn 1\r}", "function f() {\nreturn 1\n}", pause=0.6),
        runs(".exit", 0.6),
        runs("python3 -q"),
        runs("import os", 1.0),
        completes("def f():\r    return 1\r", "def f():\n    return 1"),
        runs("f()"),
        runs("exit()"),
        runs("sqlite3 :memory:"),
        runs("create table t(a);", 0.8),
        completes("delete\rfrom t;", "delete\nfrom t;"),
        runs(".quit"),
        runs("bc -q"),
        runs("6*7", 0.6),
        runs("quit"),
        runs("rm -rf ./nothing"),
        runs("exit"),
    )


# oh-my-zsh is not packaged: its two best-known themes are made again after their documentation.
_ROBBYRUSSELL = r"""
setopt prompt_subst
branch() { git symbolic-ref --short HEAD 2>/dev/null }
changed() { [[ -z $(git status --porcelain 2>/dev/null) ]] || echo ' %F{yellow}✗' }
git_part() { local name=$(branch); [[ -z $name ]] || echo "%F{blue}git:(%F{red}$name%F{blue})$(changed)%f " }
PROMPT='%(?:%F{green}%1{➜%} :%F{red}%1{➜%} )%F{cyan}%c%f $(git_part)'
"""
_AGNOSTER = r"""
setopt prompt_subst
segment() { print -n "%K{$1}%F{$2} $3 %k%F{$1}"$'\ue0b0'"%f" }
segments() {
    segment black default '%n@%m'; segment blue black '%~'
    local name=$(git symbolic-ref --short HEAD 2>/dev/null)
    [[ -z $name ]] || segment yellow black $'\ue0a0'" $name ±"
}
PROMPT='%{%f%b%k%}$(segments) '
"""


def _zsh(lines: str) -> Case:
    history = "HISTFILE=/srv/shop/.zhist HISTSIZE=1000 SAVEHIST=1000\nsetopt inc_append_history\n"
    return Case(("env", "ZDOTDIR=/srv/shop", "zsh", "-i"), _zsh_steps, {".zshrc": history + lines})


def _served(steps: Callable[[], Steps], files: dict[str, str]) -> Case:
    return Case(("bash", "-c", _SERVERS), steps, files)


CASES = {
    "zsh-pure": _zsh("fpath+=(/srv/shop/.pure)\nautoload -U promptinit; promptinit; prompt pure\n" + _PLUGINS),
    "zsh-spaceship": _zsh("SPACESHIP_TIME_SHOW=true\nsource /srv/shop/.spaceship/spaceship.zsh\n"),
    "zsh-powerlevel9k": _zsh("source /usr/share/powerlevel9k/powerlevel9k.zsh-theme\n" + _PLUGINS),
    "zsh-robbyrussell": _zsh(_ROBBYRUSSELL + _PLUGINS),
    "zsh-agnoster": _zsh(_AGNOSTER + _PLUGINS),
    "bash-liquidprompt": Case(
        ("bash", "--noprofile", "--rcfile", ".rc"),
        _bash_steps,
        {".rc": "source /usr/share/liquidprompt/liquidprompt\n"},
    ),
    "tmux-pure": Case(
        sandbox.BASH,
        _tmux_zsh_steps,
        {
            ".tmux.conf": "set -g default-command 'exec env ZDOTDIR=/srv/shop zsh -i'\n",
            ".zshrc": "HISTFILE=/srv/shop/.zhist HISTSIZE=1000 SAVEHIST=1000\nsetopt inc_append_history\n"
            "fpath+=(/srv/shop/.pure)\nautoload -U promptinit; promptinit; prompt pure\n",
        },
    ),
    "fish-history": Case(("fish",), _fish_steps),
    "screen-regions": Case(
        sandbox.BASH,
        _screen_steps,
        {".screenrc": "startup_message off\nshell /srv/shop/.sh\nhardstatus alwayslastline '%w %c'\n",
         ".sh": f"#!/bin/sh\nexec env PS1='{sandbox.PROMPT}' bash --norc --noprofile\n"},
    ),
    "tmux-ssh-psql": _served(_ssh_steps, _SSH_FILES),
    "repls": _served(_repl_steps, _SSH_FILES),
}  # fmt: skip


def history_of(root: Path) -> set[str] | None:
    """Return the commands in the history that zsh or fish wrote, None if there is none."""
    zsh, fish = root / ".zhist", root / ".local/share/fish/fish_history"
    if zsh.exists():
        return set(re.split(r"(?<!\\)\n", zsh.read_text(errors="replace").replace("\\\n", "\0"))) - {""}
    if fish.exists():
        return {line[7:] for line in fish.read_text().splitlines() if line.startswith("- cmd: ")}
    return None


def check_history(root: Path, expected: list[str]) -> None:
    """Raise `SystemExit` if the shell's own history differs from the expected statements."""
    history = history_of(root)
    if history is None:
        return
    known = {one.replace("\0", "\n").replace("\\n", "\n") for one in history}
    wanted = {re.sub(r"\n +", "\n", one) for one in expected}  # fish stores its lines without the indent
    if wanted - {"exit", "tmux new"} - known or known - wanted:
        raise SystemExit(f"not in the history: {wanted - known}; only in the history: {known - wanted}")


def copy_package(name: str, root: Path) -> None:
    """Copy the npm package of the prompt that the name of a case ends in."""
    for folder, package in PACKAGES.items():
        if name.endswith(f"-{folder}"):
            shutil.copytree(Path(os.environ["FRAMEWORKS"]) / package, root / f".{folder}")


if __name__ == "__main__":
    record_cases(CASES, hour=10, prepare=copy_package, check=check_history)
