"""Recorder of full-screen programs: ``fixtures/programs``. Arguments name the recordings to make (default: all)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import sandbox
from .referee import screens
from .session import build, write_session, write_truth
from .terminal import Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "programs"

ESC = "\x1b"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


def _ctrl(letter: str) -> str:
    return chr(ord(letter) & 0x1F)


def _f(number: int) -> str:
    """Return a function key as xterm sends it."""
    if number <= 4:
        return "\x1bO" + "PQRS"[number - 1]
    return f"\x1b[{ {5: 15, 6: 17, 7: 18, 8: 19, 9: 20, 10: 21, 11: 23, 12: 24}[number] }~"


@dataclass(frozen=True)
class Program:
    """Script of one recording: the terminal, and the input after the shell's first prompt."""

    cols: int
    rows: int
    steps: tuple[Step, ...]
    term: str = "xterm-256color"
    services: bool = False
    answers: bool = False
    lang: str = "C.UTF-8"


def _inside(*steps: Step) -> tuple[Step, ...]:
    """Return steps that start at the shell's prompt and return to it."""
    return (*steps, Step(0.5, "exit\r"))


def _vim() -> Program:
    return Program(100, 30, answers=True, steps=_inside(
        Step(0.4, "vim deploy.sh\r"),
        Step(0.9, ":syntax on | set number hlsearch background=dark\r"),
        Step(0.3, "/host\r"),
        Step(0.3, "nn"),
        Step(0.4, ":noh\r"),
        Step(0.3, "7Gwwcw60"),
        Step(0.3, ESC),
        Step(0.3, "Go# end of file", gap=0.03),
        Step(0.2, ESC),
        Step(0.3, "ddkdd"),
        Step(0.3, "u"),
        Step(0.3, _ctrl("r")),
        Step(0.3, "u"),
        Step(0.4, ":vsplit src/cart.py\r"),
        Step(0.5, "10jzz"),
        Step(0.3, "Vjjj"),
        Step(0.4, ">"),
        Step(0.3, "u"),
        Step(0.3, ":split logs/app.log\r"),
        Step(0.4, _ctrl("f") * 3, gap=0.1),
        Step(0.4, "50%"),
        Step(0.3, _ctrl("d"), gap=0.1),
        Step(0.3, ":set nowrap\r"),
        Step(0.3, "20zl"),
        Step(0.3, _ctrl("w") + "="),
        Step(0.3, _ctrl("w") + "c"),
        Step(0.3, ":colorscheme desert | set cursorline cursorcolumn\r"),
        Step(0.5, "5k4l"),
        Step(0.3, ":help scroll\r"),
        Step(0.5, _ctrl("e") * 5),
        Step(0.3, ":only\r"),
        Step(0.5, ":qa!\r"),
    ))  # fmt: skip


def _less() -> Program:
    return Program(80, 24, steps=_inside(
        Step(0.4, "less -N logs/app.log\r"),
        Step(0.5, " "),
        Step(0.3, "  ", gap=0.3),
        Step(0.3, "jjjjj"),
        Step(0.3, "b"),
        Step(0.3, "kkk"),
        Step(0.3, "/ERROR\r"),
        Step(0.4, "nnn", gap=0.2),
        Step(0.3, "N"),
        Step(0.3, RIGHT),
        Step(0.3, LEFT),
        Step(0.3, "-S\r"),
        Step(0.3, RIGHT),
        Step(0.3, "G"),
        Step(0.4, "u"),
        Step(0.3, "1500g"),
        Step(0.3, "/no such text\r"),
        Step(0.4, "\r"),
        Step(0.3, "&ERROR\r"),
        Step(0.4, "q"),
        Step(0.4, "seq 1 60 | less -X\r"),
        Step(0.4, " "),
        Step(0.4, "q"),
    ))  # fmt: skip


def _htop() -> Program:
    return Program(132, 43, services=True, steps=_inside(
        Step(0.4, "htop -d 8\r"),
        Step(2.0, DOWN * 4),
        Step(0.8, "t"),
        Step(0.8, _f(6)),
        Step(0.8, DOWN * 2),
        Step(0.5, "\r"),
        Step(0.8, _f(2)),
        Step(0.8, DOWN * 2),
        Step(0.5, RIGHT + DOWN + " "),
        Step(0.8, ESC),
        Step(0.8, _f(4)),
        Step(0.4, "nginx"),
        Step(1.0, ESC),
        Step(1.0, _f(1)),
        Step(0.8, "q"),
        Step(0.8, "q"),
    ))  # fmt: skip


def _mc(term: str, lang: str) -> Program:
    return Program(110, 32, term=term, lang=lang, steps=_inside(
        Step(0.4, "mc -u\r"),
        Step(1.5, DOWN * 3),
        Step(0.4, "\t"),
        Step(0.4, DOWN * 2 + "\r"),
        Step(0.5, _f(9)),
        Step(0.4, RIGHT),
        Step(0.3, DOWN * 4),
        Step(0.4, ESC + ESC),
        Step(0.8, "\t" + DOWN * 11),
        Step(0.3, _f(3)),
        Step(0.7, DOWN * 6),
        Step(0.3, _f(10)),
        Step(0.5, _f(7)),
        Step(0.4, "releases"),
        Step(0.4, "\r"),
        Step(0.5, _f(5)),
        Step(0.6, ESC + ESC),
        Step(0.8, DOWN * 7),
        Step(0.3, _f(4)),
        Step(0.7, "# a line"),
        Step(0.4, _f(10)),
        Step(0.5, RIGHT),
        Step(0.3, "\r"),
        Step(0.5, _f(10)),
        Step(0.5, "\r"),
    ))  # fmt: skip


def _nano() -> Program:
    return Program(90, 28, steps=_inside(
        Step(0.4, "nano -l --softwrap notes.txt\r"),
        Step(0.8, DOWN * 2 + _ctrl("e")),
        Step(0.2, " and a bit more, to be kept\r"),
        Step(0.3, "a line much longer than the window is wide, so that it has to be wrapped softly "),
        Step(0.1, "or scrolled sideways: 漢字かな — ok"),
        Step(0.4, _ctrl("k")),
        Step(0.3, _ctrl("u") * 3),
        Step(0.4, _ctrl("w")),
        Step(0.3, "more\r"),
        Step(0.4, _ctrl("g")),
        Step(0.6, _ctrl("v") * 2, gap=0.2),
        Step(0.4, _ctrl("x")),
        Step(0.4, _ctrl("r")),
        Step(0.3, "logs/app.log\r"),
        Step(0.5, _ctrl("y") * 4, gap=0.1),
        Step(0.4, _ctrl("_")),
        Step(0.3, "2000\r"),
        Step(0.5, _ctrl("x")),
        Step(0.5, "n"),
    ))  # fmt: skip


def _python() -> Program:
    return Program(80, 24, steps=_inside(
        Step(0.4, "python3 -q\r"),
        Step(0.7, "print('漢字とかな', '한국어', 'ｆｕｌｌ')\r"),
        Step(0.4, "for word in ['日本', 'e\u0301te\u0301', 'naïve', '🚀🎉', '\u05e9\u05dc\u05d5\u05dd']:\r"),
        Step(0.2, "    print(f'|{word:>12}|')\r"),
        Step(0.2, "\r"),
        Step(0.4, "'a\u0308o\u0308u\u0308 ' * 3\r"),
        Step(0.4, "print('漢' * 45)\r"),
        Step(0.4, "print('x' + '漢' * 40)\r"),
        Step(0.4, "x = '字幕' + 'abc'"),
        Step(0.3, LEFT * 5),
        Step(0.2, "\x7f\x7f"),
        Step(0.3, "新しい"),
        Step(0.3, _ctrl("a") + _ctrl("e") + "\r"),
        Step(0.4, UP + UP),
        Step(0.3, "\r"),
        Step(0.4, "print('🚀 go', '⏳ wait', '✅ done', '❤ text', '☎')\r"),
        Step(0.4, "print('\\x1b[7m漢字\\x1b[0m \\x1b[4:3m\\x1b[58:2::255:0:0mwavy\\x1b[0m "
             "\\x1b[38:2:10:200:30mtrue\\x1b[m')\r"),
        Step(0.4, "1/0\r"),
        Step(0.4, "for n in range(60): print(n, '桜' * (n % 30))\r\r"),
        Step(0.5, "exit()\r"),
    ))  # fmt: skip


def _tmux() -> Program:
    prefix = _ctrl("b")
    return Program(120, 36, services=True, steps=_inside(
        Step(0.4, "tmux new -s shop\r"),
        Step(0.8, "ls --color=always -la\r"),
        Step(0.5, prefix + "%"),
        Step(0.6, "tail -n 40 logs/app.log\r"),
        Step(0.6, prefix + '"'),
        Step(0.6, "top -d 1\r"),
        Step(2.4, "q"),
        Step(0.5, prefix + LEFT),
        Step(0.4, "python3 tests/run.py\r"),
        Step(3.0, prefix + "c"),
        Step(0.6, "seq 1 200\r"),
        Step(0.6, prefix + "["),
        Step(0.4, "\x1b[5~\x1b[5~", gap=0.3),
        Step(0.4, "q"),
        Step(0.4, prefix + "p"),
        Step(0.5, prefix + "z"),
        Step(0.5, prefix + "z"),
        Step(0.5, prefix + "d"),
        Step(0.6, "tmux kill-server\r"),
    ))  # fmt: skip


def _progress() -> Program:
    return Program(80, 24, services=True, steps=_inside(
        Step(0.6, "curl --limit-rate 1300k -o /dev/null http://127.0.0.1:8765/build/image.bin\r"),
        Step(3.8, "curl -# --limit-rate 1800k -o /dev/null http://127.0.0.1:8765/build/image.bin\r"),
        Step(2.6, "python3 tools/build.py\r"),
        Step(3.8, "cat logs/app.log\r"),
        Step(1.0, "python3 tests/run.py\r"),
        Step(3.0, "tail -n 3 logs/app.log; printf 'no newline at the end'\r"),
        Step(0.4, "\r"),
    ))  # fmt: skip


def _resize() -> Program:
    return Program(80, 24, services=True, steps=_inside(
        Step(0.4, "stty size\r"),
        Step(0.4, "vim -u NONE -N src/cart.py\r"),
        Step(0.6, ":set number ruler\r"),
        Step(0.4, ":vsplit deploy.sh\r"),
        Step(0.6, resize=(120, 36)),
        Step(0.8, "Gzz"),
        Step(0.4, _ctrl("w") + "="),
        Step(0.4, ":qa\r"),
        Step(0.5, "clear\r"),
        Step(0.5, "stty size\r"),
        Step(0.5, "htop -d 8\r"),
        Step(1.8, resize=(90, 28)),
        Step(1.5, "q"),
        Step(0.5, "clear\r"),
        Step(0.5, resize=(80, 24)),
        Step(0.5, "stty size\r"),
        Step(0.4, "ls -l\r"),
    ))  # fmt: skip


def _top() -> Program:
    return Program(80, 24, services=True, steps=_inside(
        Step(0.4, "top -d 1\r"),
        Step(2.2, "z"),
        Step(1.0, "x"),
        Step(1.2, "c"),
        Step(1.2, "V"),
        Step(1.2, "1"),
        Step(1.2, "q"),
        Step(0.4, "watch -n 0.5 -d 'date; ls -la build | head -n 8'\r"),
        Step(2.5, _ctrl("c")),
    ))  # fmt: skip


def _dialogs() -> Program:
    return Program(72, 22, term="vt100", lang="C", steps=_inside(
        Step(0.4, "whiptail --title Deploy --menu 'Which host?' 14 50 4 app-1 first app-2 second app-3 third\r"),
        Step(0.6, DOWN),
        Step(0.4, "\t"),
        Step(0.4, "\r"),
        Step(0.5, "less README.md deploy.sh\r"),
        Step(0.4, ":n\r"),
        Step(0.4, " "),
        Step(0.3, "q"),
    ))  # fmt: skip


PROGRAMS: dict[str, Callable[[], Program]] = {
    "vim": _vim,
    "less": _less,
    "htop": _htop,
    "mc": lambda: _mc("xterm-256color", "C.UTF-8"),
    "mc-xterm": lambda: _mc("xterm", "C"),
    "nano": _nano,
    "python-cjk": _python,
    "tmux": _tmux,
    "progress": _progress,
    "resize": _resize,
    "top-watch": _top,
    "vt100-dialog": _dialogs,
}


def make(name: str, day: int) -> None:
    """Record one program and its screens in tmux."""
    program = PROGRAMS[name]()
    with sandbox.shop() as root:
        recording = record(
            sandbox.on_app_1(root, services=program.services),
            program.steps,
            cols=program.cols,
            rows=program.rows,
            env=sandbox.environment(program.term) | {"LANG": program.lang},
            answers=program.answers,
        )
    start = f"2026-11-{day:02d}T09:30:00.123456Z"
    session = build(name, recording.events, start=start, duration=recording.duration)
    write_session(FOLDER / f"{name}.json.gz", session)
    seen = screens(recording.events, program.cols, program.rows, recording.resizes)
    write_truth(FOLDER / f"{name}.screens.json", seen)
    print(name, len(recording.events), "events", len(seen["checkpoints"]), "checkpoints")


def main() -> None:
    for day, name in enumerate(PROGRAMS, 1):
        if name in (sys.argv[1:] or PROGRAMS):
            make(name, day)


if __name__ == "__main__":
    main()
