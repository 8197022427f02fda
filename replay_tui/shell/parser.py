"""Parser that splits a command line into simple commands, with words unquoted and wrappers such as `sudo` removed.

Follows POSIX shell 2.2 "Quoting" and 2.9 "Shell Commands" as far as needed to distinguish commands from quoted text.
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
    """The commands of a command line.

    Attributes:
        simple: the words of each command joined by blanks; a wrapped command also without its wrapper. Blanks inside a
            quoted word are no-break spaces.
        pipelines: the commands of each pipeline joined by ` | `.
        quoted: (client, quoted word that the client runs as a command).
    """

    simple: tuple[str, ...]
    pipelines: tuple[str, ...]
    quoted: tuple[tuple[str, str], ...]


def parse_commands(text: str) -> ParsedCommands:
    """Return the commands in the first `MAX_SCRIPT_CHARS` characters of a command line or script."""
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
            inner = _unquote(kind, piece)
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
            if piece in ("<(", ">("):  # process substitution
                words.append(piece)
            _add_command(words, commands, pipelines[-1])
            words = []
            if piece in _ENDS:
                pipelines.append([])
    if word is not None:
        words.append("".join(word))
    _add_command(words, commands, pipelines[-1])
    return commands, [" | ".join(one) for one in pipelines if len(one) > 0], quoted


def _unquote(kind: str, piece: str) -> str:
    """Return a quoted piece without its quotes; the closing quote may be missing."""
    if kind == "escape":
        return "" if piece == "\\\n" else piece[1:]
    return piece[1:-1] if len(piece) > 1 and piece[-1] == piece[0] else piece[1:]


def _add_command(words: list[str], commands: list[str], pipeline: list[str]) -> None:
    if words:
        command = " ".join(words)
        commands.append(command)
        pipeline.append(command)


def _strip_wrappers(command: str) -> str:
    """Return a command without assignments, wrappers and the path of its program."""
    for _ in range(6):
        if assigned := _ASSIGNMENT.match(command):
            command = command[assigned.end() :]
        elif (wrapped := _WRAPPERS.match(command)) and command[wrapped.end() : wrapped.end() + 1] == " ":
            command = command[wrapped.end() + 1 :]
        else:
            break
    head, blank, rest = command.partition(" ")
    return head.rsplit("/", 1)[-1] + blank + rest if head.startswith(("/", "./", "~/")) else command
