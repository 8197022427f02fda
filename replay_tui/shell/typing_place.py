"""The program in which a line is typed: the session's shell, or a shell, client or interpreter started from it."""

from __future__ import annotations

from replay_tui.domain.lazy_regex import lazy_compile

_INTERACTIVE = lazy_compile(
    r"(?:^|[;&|]\s*|\b(?:sudo|doas|exec|nohup|env|command|time|winpty)\s+(?:-\S+\s+)*)"
    r"(sudo\s+(?:-\S+\s+)*-[A-Za-z]*[is]\b|su\b|ssh\b|mosh\b|telnet\b|docker\s+(?:exec|run)\b|podman\s+(?:exec|run)\b"
    r"|kubectl\s+(?:exec|run)\b|oc\s+(?:exec|rsh)\b|nsenter\b|chroot\b|lxc\s+exec\b|(?:ba|da|z|fi|k|c|tc|a)?sh\b"
    r"|python[\d.]*\b|ipython\d?\b|node\b|irb\b|R\b|lua\b|php\b|ghci\b|julia\b|psql\b|pgcli\b|mysql\b|mariadb\b|mycli\b"
    r"|sqlite3\b|litecli\b|sqlcmd\b|sqlplus\b|mongosh?\b|redis-cli\b|tmux\b|screen\b)([^;&|]*)"
)
_TAKES_NAME = lazy_compile(r"(?:ssh|mosh|telnet|docker|podman|kubectl|oc|lxc|su)\b")
_OPTIONS_WITH_VALUE = {"ssh": "bcDEeFIiJLlmOopQRSWw", "docker": "uwe", "podman": "uwe", "kubectl": "ncf", "su": "csg"}
_LEAVES = lazy_compile(r"(?:exit|logout|quit|\\q|\.quit|\.exit|exit\(\)|quit\(\))\s*;?\s*(?:\d+)?\Z")
_SHELL = lazy_compile(
    r"(?:exec\s+|sudo\s+)?(?:(?:ba|da|z|fi|k)?sh(?:\s+-(?!c\b)\S+)*|su(?:\s+-\S*)*(?:\s+\w+)?|sudo\s+-[is])\s*\Z"
)
"""Commands that start a shell in which the prompt may be the same."""
MAX_DEPTH, MAX_PROMPTS = 16, 64
OUTERMOST = "shell"


def started_program(command: str) -> str:
    """Return the interactive program that `command` may start, with its host or container; empty if none."""
    found = _INTERACTIVE.search(command[:2000])
    if not found:
        return ""
    name = " ".join(found[1].split())
    if not _TAKES_NAME.match(name):
        return name
    words, with_value = found[2].split(), _OPTIONS_WITH_VALUE.get(name.split()[0], "")
    values = {at + 1 for at, word in enumerate(words) if len(word) == 2 and word[0] == "-" and word[1] in with_value}
    target = next((word for at, word in enumerate(words) if not word.startswith("-") and at not in values), "")
    return f"{name} {target}".strip()


class TypingPlaces:
    """Programs that run inside each other, each with the prompts at which lines were typed in it."""

    def __init__(self) -> None:
        self._levels: list[tuple[str, list[str]]] = [(OUTERMOST, [])]
        self._started, self._is_shell = "", False

    def add_command(self, text: str) -> None:
        """Note a command that may start a program or end the current one."""
        self._started = started_program(text)
        self._is_shell = _SHELL.match(text[:200].strip()) is not None
        if _LEAVES.match(text.strip()) and len(self._levels) > 1:
            self._levels.pop()

    @property
    def is_program_started(self) -> bool:
        """Return True if the last command may have started a program that displays a prompt of its own."""
        return bool(self._started)

    def at_prompt(self, prompt: str) -> str:
        """Return where a line at `prompt` is typed: the names of the programs, outermost first."""
        prompt = prompt.strip()
        for depth in range(-1 if self._is_shell else len(self._levels) - 1, -1, -1):
            if prompt in self._levels[depth][1]:
                del self._levels[depth + 1 :]
                break
        else:
            if self._started and len(self._levels) < MAX_DEPTH and self._levels[-1][1]:
                self._levels.append((self._started, []))
            self._levels[-1][1].append(prompt)
            del self._levels[-1][1][:-MAX_PROMPTS]
        self._started, self._is_shell = "", False
        return " > ".join(name for name, _ in self._levels[1:]) or OUTERMOST
