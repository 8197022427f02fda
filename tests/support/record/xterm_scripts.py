"""Programs that are recorded inside xterm, and the keys that are typed. A checkpoint follows each text."""

from __future__ import annotations

from .sandbox import BASH

_DOWN, _RIGHT = "\x1b[B", "\x1b[C"
_ESC = "\x1b"
_F3, _F10 = "\x1bOR", "\x1b[21~"
_WORDS = (
    "echo the quick brown fox jumps over the lazy dog and then goes on to check the orders of the shop again and again"
)


def _ctrl(letter: str) -> str:
    return chr(ord(letter) & 0x1F)


def _typed(*steps: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a script that is typed at bash."""
    return BASH, (*steps, "ls\r")


_SHELL = ("ls -la\r", _WORDS + "\r", "echo a b c" + "\x1b[D" * 3 + "x\x7fyz\r", "printf 'no end'\r", "git status\r")

PROGRAMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bash": (BASH, (*_SHELL, _ctrl("r") + "echo", _ctrl("g"), "clear\r")),
    "zsh": (("zsh", "-f"), (*_SHELL, "ls s\t\r", _ctrl("l"))),
    "fish": (("fish",), (*_SHELL, "ls s\t\r", _ctrl("l"))),
    "dash": (("dash",), _SHELL),
    "ksh": (("ksh",), _SHELL),
    "mksh": (("mksh",), _SHELL),
    "tcsh": (("tcsh", "-f"), _SHELL),
    "busybox-sh": (("busybox", "sh"), _SHELL),
    "less": _typed("less -N logs/app.log\r", " ", "/ERROR\r", "n", "-S\r\r", "G", "q"),
    "more": _typed("more logs/app.log\r", " ", "\r", "q"),
    "most": _typed("most logs/app.log\r", " ", _DOWN, "q"),
    "man": _typed("man ls\r", " ", "/sort\r", "q"),
    "info": _typed("info bash\r", " ", _DOWN, "q"),
    "w3m": _typed("w3m README.md\r", "j", "q", "y"),
    "lynx": _typed("lynx -nopause src\r", _DOWN, "q", "y"),
    "links": _typed("links README.md\r", _DOWN, _ESC, _ESC, "q", "\r"),
    "vim": _typed(
        "vim deploy.sh\r", "/host\r", "ddp", ":split README.md\r", ":set number list\r", "Gox\ty" + _ESC, ":qa!\r"
    ),
    "vim-colours": _typed(
        "vim -c 'syntax on' -c 'set number cursorline hlsearch' src/cart.py\r", "/self\r", "Vjj", _ESC, ":q!\r"
    ),
    "nvi": _typed("nvi deploy.sh\r", "/host\r", "ddp", _ctrl("d"), ":q!\r"),
    "busybox-vi": _typed("busybox vi deploy.sh\r", "5j", "dd", _ctrl("d"), ":q!\r"),
    "nano": _typed("nano -l deploy.sh\r", _DOWN * 3, "text ", _ctrl("k"), _ctrl("w") + "host\r", _ctrl("x"), "n"),
    "emacs": _typed(
        "emacs -nw -Q src/cart.py\r", _ctrl("n") * 4, _ctrl("x") + "2", _ctrl("v"), _ctrl("x") + _ctrl("c")
    ),
    "joe": _typed("joe deploy.sh\r", _DOWN * 3, "text ", _ctrl("k") + "h", _ctrl("c"), "y"),
    "jed": _typed("jed deploy.sh\r", _DOWN * 3, "text", _ctrl("v"), _ctrl("x") + _ctrl("c"), "y"),
    "micro": _typed("micro deploy.sh\r", _DOWN * 3, "text ", _ctrl("q"), "n"),
    "kakoune": _typed("kak deploy.sh\r", "3j", "x", "d", ":q!\r"),
    "ne": _typed("ne deploy.sh\r", _DOWN * 3, "text ", _ctrl("q"), "y"),
    "mcedit": _typed("mcedit src/cart.py\r", _DOWN * 3, "text ", _F10, "n"),
    "mc": _typed("mc -u\r", _DOWN * 3, "\t", _DOWN, _F3, _F10, _F10, "\r"),
    "top": _typed("top -d 1\r", "z", "x", "q"),
    "htop": _typed("htop -d 10\r", _DOWN, "t", "q"),
    "btop": _typed("btop -t\r", "", "m", "q"),
    "watch": _typed("watch -n 1 -d 'ls -la; date'\r", "", _ctrl("c")),
    "ncdu": _typed("ncdu --color dark\r", _DOWN * 2, "\r", "g", "q"),
    "nnn": _typed("nnn\r", "j", "d", "q"),
    "ranger": _typed("ranger\r", "j", "l", "q"),
    "vifm": _typed("vifm\r", "j", "\r", ":q\r"),
    "lf": _typed("lf\r", "j", "l", "q"),
    "tig": _typed("tig\r", _DOWN, "\r", "q", "q"),
    "tmux": _typed(
        "tmux\r",
        "ls --color=always -la\r",
        _ctrl("b") + "%",
        "seq 40\r",
        _ctrl("b") + '"',
        _ctrl("b") + "z",
        _ctrl("b") + "d",
    ),
    "screen": _typed("screen\r", "\r", "ls --color=always -la\r", _ctrl("a") + "c", "seq 40\r", _ctrl("a") + "d"),
    "dialog": _typed(
        "dialog --title Deploy --menu 'Which host?' 14 50 4 app-1 first app-2 second app-3 third\r", _DOWN, "\r"
    ),
    "dialog-form": _typed(
        "dialog --gauge 'Copying' 8 50 40 </dev/null\r", "dialog --calendar Day 0 0 9 11 2026\r", "\t", _ESC + _ESC
    ),
    "whiptail": _typed(
        "whiptail --title Deploy --checklist Hosts 14 50 4 app-1 first ON app-2 second OFF\r", " ", "\t", "\r"
    ),
    "git": _typed(
        "git -c color.ui=always --no-pager log --stat --graph\r",
        "git diff --color=always HEAD~1 | cat\r",
        "git log\r",
        "q",
    ),
    "grep": _typed(
        "grep --color=always -rn ERROR logs | head -n 30\r",
        "grep --color=always -n def src/*.py\r",
        "ls --color=always -la\r",
    ),
    "python": (
        ("python3", "-q"),
        ("help(str)\r", " ", "q", "print('\u6f22\u5b57' * 30)\r", "1/0\r", "for n in range(40): n\r\r"),
    ),
    "sqlite3": (
        ("sqlite3", "-column", "-header"),
        (
            "create table t(a,b);\r",
            "insert into t values(1,'two'),(3,'four');\r",
            "select * from t;\r",
            "\x1b[A\r",
            ".mode box\r",
            "select * from t;\r",
        ),
    ),
    "progress": _typed(
        "python3 tools/build.py\r",
        "python3 tests/run.py\r",
        "dd if=build/image.bin of=/dev/null bs=64k status=progress\r",
    ),
    "fzf": _typed("ls | fzf\r", "de", _ctrl("n"), "\r"),
    "calcurse": _typed("calcurse\r", "\t", "\t", "q", "y"),
    "tput": _typed(
        "tput init; tput bold; echo bold; tput smul; echo under; tput sgr0\r",
        "tput smacs; echo lqqqk; tput rmacs; tput rev; echo rev; tput sgr0\r",
        "tput csr 3 10; tput cup 9 0; seq 20; tput csr 0 23\r",
        "tput reset; echo after\r",
    ),
}
"""Program: its arguments, and the texts that are typed."""

RESIZED: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "bash": (BASH, ("ls -la\r", _WORDS + "\r"), (_WORDS + " x\r", "less logs/app.log\r", "q", "ls\r")),
    "bash-idle": (BASH, ("ls -la\r", "git status\r"), ("ls\r", "cat README.md\r")),
    "bash-stty": (BASH, ("ls -la\r",), ("stty size\r", "ls\r")),
    "zsh": (("zsh", "-f"), ("ls -la\r",), ("ls\r", "vim -u NONE notes.txt\r", ":q\r", "ls -la\r")),
    "fish": (("fish",), ("ls -la\r",), ("ls\r", "man true\r", "q", "ls -la\r")),
    "less": (BASH, ("less -N logs/app.log\r", " "), ("j", " ", "G", "q", "ls\r")),
    "vim": (BASH, ("vim src/cart.py\r", "10j"), ("G", ":split\r", "gg", ":qa!\r", "ls\r")),
    "vim-split": (BASH, ("vim -O deploy.sh src/cart.py\r", ":set number\r"), ("10j", _ctrl("w") + "w", ":qa!\r")),
    "top": (BASH, ("top -d 1\r", ""), ("c", "q", "ls\r")),
    "htop": (BASH, ("htop -d 10\r", _DOWN), (_DOWN, "t", "q", "ls\r")),
    "tmux": (BASH, ("tmux\r", "ls -la\r", _ctrl("b") + '"'), ("seq 30\r", _ctrl("b") + "d", "ls\r")),
    "screen": (BASH, ("screen\r", "\r", "ls -la\r"), ("ls\r", "less logs/app.log\r", "q", _ctrl("a") + "d", "ls\r")),
    "mc": (BASH, ("mc -u\r", _DOWN * 3), ("\t", _DOWN, _F10, "\r", "ls\r")),
    "nano": (BASH, ("nano src/cart.py\r", _DOWN * 3), (_ctrl("v"), "x", _ctrl("x"), "n", "ls\r")),
    "man": (BASH, ("man bash\r", " "), (" ", "b", "q", "ls\r")),
    "git-log": (BASH, ("git log --stat -p\r", " "), (" ", "q", "ls\r")),
    "emacs": (BASH, ("emacs -nw -Q deploy.sh\r", _ctrl("n") * 3), (_ctrl("v"), _ctrl("x") + _ctrl("c"), "ls\r")),
    "watch": (BASH, ("watch -n 1 ls -la\r", ""), ("", _ctrl("c"), "ls\r")),
    "dialog": (BASH, ("dialog --menu 'Which host?' 14 50 4 a one b two\r", _DOWN), (_DOWN, "\r", "ls\r")),
    "joe": (BASH, ("joe src/cart.py\r", _DOWN * 3), (_DOWN, _ctrl("c"), "ls\r")),
    "micro": (BASH, ("micro src/cart.py\r", _DOWN * 3), (_DOWN, _ctrl("q"), "ls\r")),
    "kakoune": (BASH, ("kak src/cart.py\r", "3j"), ("3j", ":q\r", "ls\r")),
    "ne": (BASH, ("ne src/cart.py\r", _DOWN * 3), (_DOWN, _ctrl("q"), "ls\r")),
    "calcurse": (BASH, ("calcurse\r", "\t"), ("\t", "q", "y", "ls\r")),
}
"""Program: its arguments, and what is typed before and after the resize."""
