"""A command line as simple commands: words unquoted, wrappers such as `sudo` and `env` looked through.

Rules: POSIX shell 2.2 "Quoting", 2.9 "Shell Commands". Good enough to tell a command from text that is only quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PIECE = re.compile(
    r"(?P<space>[^\S\n]+)|(?P<comment>(?<!\S)#[^\n]*)|(?P<operator>[<>]\(|\|\||&&|;;|\|&|[|;\n&()]|\{(?=\s)|(?<=\s)\}|`|\$\()"
    r"|(?P<redirect>\d?(?:>>|>\||>&|<<<?|<&|<>|>|<)\s*)|(?P<single>'[^']*(?:'|\Z))"
    r"|(?P<double>\"(?:[^\"\\]|\\.|\\\Z)*+(?:\"|\Z))"
    r"|(?P<escape>\\(?:.|\Z))|(?P<plain>[^\s'\"\\|;&()<>`#$]+|.)",
    re.DOTALL,
)
_ENDS = frozenset(("||", "&&", ";;", ";", "\n", "&", "(", ")", "{", "}", "`", "$("))
_WRAPPERS = re.compile(
    r"(?:sudo|doas)(?: (?:-[ugpChrtTD] ?\S++|-\S++|\w+=\S*+))*+|env(?: (?:-[a-zA-Z]+|\w+=\S*+))*+|nohup"
    r"|time(?: -p)?|exec|command|builtin|stdbuf(?: -\S++)++"
    r"|nice(?: -n ?-?\d+)?|ionice(?: -\S++(?: \d)?)*+|timeout(?: -\S++)*+ \d+\w?"
    r"|setsid|busybox|xargs(?: -\S++(?: \d+)?)*+"
    r"|then|do|else|if|while|until|elif|!|watch(?: -\S++(?: \d+)?)*+"
)
_ASSIGNMENT = re.compile(r"\w+=\S* ")
_NESTED = re.compile(r"(?:\S*/)?(?:(?:ba|da|z|k)?sh|ssh|su|psql|mysql|mariadb|sqlcmd|mongosh?)\b")
MAX_SCRIPT_CHARS = 20_000
_NO_BREAK = str.maketrans({" ": "\u00a0", "\t": "\u00a0", "\n": "\u00a0", "|": "\u00a6", ";": "\u204f"})


@dataclass(frozen=True, slots=True)
class ParsedCommands:
    """What a command line runs.

    `simple`: each command's words joined by blanks, wrapped ones also without their wrapper; blanks inside a quoted
    word are no-break spaces. `pipelines`: commands joined by ` | `. `quoted`: (client, quoted word that it runs).
    """

    simple: tuple[str, ...]
    pipelines: tuple[str, ...]
    quoted: tuple[tuple[str, str], ...]


def parse_commands(text: str) -> ParsedCommands:
    """The commands in a command line or script; only its first 20,000 characters are looked at."""
    commands, pipelines, quoted = _split(text[:MAX_SCRIPT_CHARS])
    simple: list[str] = []
    for command in commands:
        simple.append(command)
        bare = _strip_wrappers(command)
        if bare != command and bare:
            simple.append(bare)
    return ParsedCommands(tuple(simple), tuple(pipelines), tuple(quoted))


def _split(text: str) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    commands: list[str] = []
    pipelines: list[list[str]] = [[]]
    quoted: list[tuple[str, str]] = []
    words: list[str] = []
    word: list[str] | None = None
    for match in _PIECE.finditer(text):
        kind, piece = str(match.lastgroup), match[0]
        if kind == "plain":
            word = [*(word or []), piece]
            continue
        if kind in ("single", "double", "escape"):
            inner = _inner(kind, piece)
            client = words[1] if len(words) > 1 and words[0] == "sudo" else words[0] if words else ""
            if kind == "double" and ("$(" in inner or "`" in inner):
                quoted.append(("`", inner))
            if kind != "escape" and _NESTED.match(client):
                quoted.append((client, inner))
            word = [*(word or []), inner.translate(_NO_BREAK)]
            continue
        if word is not None:
            words.append("".join(word))
            word = None
        if kind == "redirect":
            words.append(piece.strip())
        elif kind == "operator":
            if piece in ("<(", ">("):  # a command whose output or input stands for a file
                words.append(piece)
            _end(words, commands, pipelines[-1])
            words = []
            if piece in _ENDS:
                pipelines.append([])
    if word is not None:
        words.append("".join(word))
    _end(words, commands, pipelines[-1])
    return commands, [" | ".join(one) for one in pipelines if len(one) > 0], quoted


def _inner(kind: str, piece: str) -> str:
    """A quoted piece without its quotes (the closing one may be missing)."""
    if kind == "escape":
        return "" if piece == "\\\n" else piece[1:]
    return piece[1:-1] if len(piece) > 1 and piece[-1] == piece[0] else piece[1:]


def _end(words: list[str], commands: list[str], pipeline: list[str]) -> None:
    if words:
        command = " ".join(words)
        commands.append(command)
        pipeline.append(command)


def _strip_wrappers(command: str) -> str:
    """The command behind assignments and wrappers."""
    for _ in range(6):
        if assigned := _ASSIGNMENT.match(command):
            command = command[assigned.end() :]
        elif (wrapped := _WRAPPERS.match(command)) and command[wrapped.end() : wrapped.end() + 1] == " ":
            command = command[wrapped.end() + 1 :]
        else:
            break
    head, blank, rest = command.partition(" ")
    return head.rsplit("/", 1)[-1] + blank + rest if head.startswith(("/", "./", "~/")) else command
