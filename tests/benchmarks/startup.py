"""Measurement of start-up: commands relative to their libraries and own work, the demo relative to importing Textual.

    python tests/benchmarks/startup.py

CPU seconds of the process and its children, so that other programs count little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.figures import Figure, in_turn, ratio, table  # noqa: E402
from tests.support.ptyread import replay  # noqa: E402

SESSION = ROOT / "fixtures" / "sessions" / "shell-vim.json"
COMMANDS = {
    "show": ["show", str(SESSION)],
    "search": ["search", str(SESSION), "vim"],
    "statements": ["statements", str(SESSION)],
}
LIBRARIES = "import pydantic, msgspec"
MODELS = "import msgspec; from pydantic import BaseModel"
"""What the program uses of them: pydantic loads most of its modules only with the base class of models."""
ROUNDS = 9
_WARM = """
import contextlib, io, sys, time
from replay_tui.cli.main import main
def run():
    begin = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        main(sys.argv[1:])
    return time.process_time() - begin
run()
print(min(run() for _ in range(5)))
"""


def environment() -> dict[str, str]:
    """Return the environment of a measured process: bytecode is cached, as after an installation."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(ROOT)}


def figures() -> list[Figure]:
    """Return the figures of all commands and of the demo."""
    python = [sys.executable, "-c"]
    words = [sys.executable, "-m", "replay_tui"]
    works: dict[str, Callable[[], dict[str, float]]] = {
        "libraries": lambda: _spent([*python, LIBRARIES]),
        "models": lambda: _spent([*python, MODELS]),
        "textual": lambda: _spent([*python, "import textual.app"]),
        "--version": lambda: _spent([*words, "--version"]),
        **{name: lambda name=name: _spent([*words, *COMMANDS[name]]) for name in COMMANDS},  # type: ignore[misc]
        "paint": lambda: _shown("╭"),
        "demo": lambda: _shown("statement"),
    }
    in_turn(works, 1)  # writes the bytecode
    work = {name: _warm(arguments) for name, arguments in COMMANDS.items()}
    spent = {name: [one["cpu"] for one in found] for name, found in in_turn(works, ROUNDS).items()}
    libraries = spent["libraries"]
    found = [
        ratio(f"{name} against its libraries and work", spent[name], [one + work[name] for one in libraries], 1.6)
        for name in COMMANDS
    ]
    return [
        *found,
        ratio("pydantic's base class of models against its import", spent["models"], libraries),
        ratio("--version against Python's own start", spent["--version"], libraries, 1.0),
        ratio("demo: first paint against importing Textual", spent["paint"], spent["textual"]),
        ratio("demo: session shown against importing Textual", spent["demo"], spent["textual"], 1.6),
        Figure("--version and show load Textual", float(_loads_textual()), "", 0),
    ]


def _spent(command: list[str]) -> dict[str, float]:
    """Return the CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return {"cpu": _passed(before)}


def _passed(before: resource.struct_rusage) -> float:
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime


def _warm(arguments: list[str]) -> float:
    """Return the CPU seconds of a command in a process that has run it before: the work itself."""
    done = subprocess.run(
        [sys.executable, "-c", _WARM, *arguments], cwd=ROOT, env=environment(), capture_output=True, check=True
    )
    return float(done.stdout)


def _shown(text: str) -> dict[str, float]:
    """Return the CPU seconds from the demo's start until its screen contains a text."""
    with replay("demo", home=Path(tempfile.mkdtemp()), fresh=True, cols=120, rows=36) as screen:
        begin = time.monotonic()
        screen.wait_for(text)
        seconds = time.monotonic() - begin
        spent = session_cpu(screen.process.pid)
        screen.process.kill()
    return {"cpu": seconds if spent is None else spent}


def session_cpu(leader: int) -> float | None:
    """Return the CPU seconds of the running processes in a terminal session; None if the system does not tell."""
    if sys.platform != "linux":
        return None
    total, session = 0.0, os.getsid(leader)
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            if os.getsid(pid) == session:
                total += time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3); /proc counts in 10 ms
        except OSError:  # it has ended
            continue
    return total


def _loads_textual() -> bool:
    return any("textual" in _modules(words) for words in (["--version"], COMMANDS["show"]))


def _modules(words: list[str]) -> list[str]:
    code = f"import sys; from replay_tui.cli.main import main; main({words!r}); print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, check=True)
    return done.stdout.decode().splitlines()


if __name__ == "__main__":
    print(table(figures()))
