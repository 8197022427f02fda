"""Shell tokenizer, with two views of a script: the commands as written, and the words of each simple command.

Rules: POSIX shell 2.2 "Quoting", 2.7.4 "Here-Document", 2.9 "Shell Commands". Best effort: an unfinished construct ends
with the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<space>[^\S\n]+)|(?P<comment>(?<!\S)#[^\n]*)"
    r"|(?P<operator>[<>]\(|\|\||&&|;;|\|&|[|;\n&()]|\{(?=\s)|(?<=[\s;&])\}|`|\$\()"
    r"|(?P<redirect>\d?(?:>>|>\||>&|<<<?|<&|<>|>|<)[^\S\n]*)|(?P<single>'[^']*(?:'|\Z))"
    r"|(?P<double>\"(?:[^\"\\]|\\.|\\\Z)*+(?:\"|\Z))"
    r"|(?P<escape>\\(?:.|\Z))|(?P<plain>(?:\$\{[^\s}$`;|&()<>\\'\"][^}\n$`;|&()<>\\'\"]*\}|[^\s'\"\\|;&()<>`#$]++)++|.)",
    re.DOTALL,
)
_HERE_DOCUMENT = re.compile(r"\d?<<(-?)\s*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.-]+))")
_OPENING_WORDS, _CLOSING_WORDS = {"if", "case", "for", "while", "until", "select"}, {"fi", "esac", "done"}
_LEADING_WORDS = frozenset(("then", "do", "else", "elif", "if", "while", "until", "time", "!"))
_OPENING_BRACKETS, _CLOSING_BRACKETS = frozenset(("(", "{", "$(", "<(", ">(")), frozenset((")", "}"))
_CONTINUING = frozenset(("|", "||", "|&", "&&"))
"""Operators after which a command continues on the next line."""
_ENDS = frozenset(("||", "&&", ";;", ";", "\n", "&", "(", ")", "{", "}", "`", "$("))
_WRAPPERS = re.compile(
    r"(?:sudo|doas)(?: (?:-[ugpChrtTD] ?\S++|-\S++|\w+=\S*+))*+|env(?: (?:-[a-zA-Z]+|\w+=\S*+))*+|nohup"
    r"|time(?: -p)?|exec|command|builtin|stdbuf(?: -\S++)++"
    r"|nice(?: -n ?-?\d+)?|ionice(?: -\S++(?: \d)?)*+|timeout(?: -\S++)*+ \d+\w?"
    r"|setsid|busybox|xargs(?: -\S++(?: \d+)?)*+"
    r"|then|do|else|if|while|until|elif|!|watch(?: -\S++(?: \d+)?)*+"
)
_MAX_WRAPPERS = 6
_ASSIGNMENT = re.compile(r"\w+=\S* ")
_COMMAND_CLIENT = re.compile(r"(?:\S*/)?(?:(?:ba|da|z|k)?sh|ssh|su|psql|mysql|mariadb|sqlcmd|mongosh?)\b")
MAX_SCRIPT_CHARS = 20_000
_NO_BREAK = str.maketrans({" ": "\u00a0", "\t": "\u00a0", "\n": "\u00a0", "|": "\u00a6", ";": "\u204f"})


def split_script(script: str) -> list[str]:
    """Return the commands of a script as written; a loop, a function or a here-document stays in one piece."""
    return _ScriptSplitter(script).run()


class _ScriptSplitter:
    """State of splitting one script: open brackets and compound commands, and pending here-documents."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.pieces: list[str] = []
        self.start = 0
        self.brackets = self.blocks = 0  # open brackets; open loops and conditions
        self.leading = True  # a reserved word is possible here
        self.has_content = False
        self.continued = False  # the line ends in an operator after which the command continues
        self.here_documents: list[tuple[bool, str]] = []  # (tabs are stripped, end word)

    def run(self) -> list[str]:
        at = 0
        while found := _TOKEN.match(self.script, at):
            kind, token = str(found.lastgroup), found[0]
            if (
                kind == "redirect"
                and "<<" in token
                and "<<<" not in token
                and (opened := _HERE_DOCUMENT.match(self.script, at))
            ):
                self.here_documents.append((opened[1] == "-", opened[2] or opened[3] or opened[4]))
                self.has_content = True
                at = opened.end()
                continue
            at = found.end()
            if token == "\n":
                at = self._end_line(at)
            elif kind not in ("space", "comment") and token != "\\\n":
                self._add_token(kind, token)
        if self.has_content:
            self.pieces.append(self.script[self.start :].strip())
        return self.pieces

    def _end_line(self, at: int) -> int:
        """Cut the script after the line that ends at `at` if a command ends there; return where to continue."""
        if self.here_documents:
            at = _skip_here_documents(self.script, at, self.here_documents)
            self.here_documents = []
        self.leading = True
        if self.brackets == self.blocks == 0 and not self.continued:
            if self.has_content:
                self.pieces.append(self.script[self.start : at].strip())
            self.start, self.has_content = at, False
        return at

    def _add_token(self, kind: str, token: str) -> None:
        self.has_content = True
        self.continued = token in _CONTINUING
        if token in _OPENING_BRACKETS:
            self.brackets += 1
        elif kind == "operator" and token in _CLOSING_BRACKETS:  # a pattern of `case` has an unmatched one
            self.brackets = max(0, self.brackets - 1)
        elif self.leading and token in _OPENING_WORDS:
            self.blocks += 1
        elif self.leading and token in _CLOSING_WORDS:
            self.blocks = max(0, self.blocks - 1)
        self.leading = kind == "operator" or (self.leading and token in _LEADING_WORDS)


def _skip_here_documents(script: str, at: int, pending: list[tuple[bool, str]]) -> int:
    """Return the position after the here-documents that begin at `at`."""
    for strip_tabs, end_word in pending:
        while at < len(script):
            end = script.find("\n", at)
            end = len(script) if end < 0 else end
            line = script[at:end].rstrip("\r")
            at = min(len(script), end + 1)
            if (line.lstrip("\t") if strip_tabs else line) == end_word:
                break
    return at


@dataclass(frozen=True, slots=True)
class ParsedCommands:
    """The commands that a command line runs.

    `simple`: the words of each command joined by blanks, wrapped commands (`sudo`, `env`) also without their wrapper;
    blanks inside a quoted word are no-break spaces. `pipelines`: commands joined by ` | `. `quoted`: (client, quoted
    word that it runs).
    """

    simple: tuple[str, ...]
    pipelines: tuple[str, ...]
    quoted: tuple[tuple[str, str], ...]


def parse_commands(text: str) -> ParsedCommands:
    """Return the commands in a command line or script; reads only the first `MAX_SCRIPT_CHARS` characters."""
    commands, pipelines, quoted = _parse_words(text[:MAX_SCRIPT_CHARS])
    simple: list[str] = []
    for command in commands:
        simple.append(command)
        bare = _strip_wrappers(command)
        if bare != command and bare:
            simple.append(bare)
    return ParsedCommands(tuple(simple), tuple(pipelines), tuple(quoted))


def _parse_words(text: str) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Return commands, pipelines and quoted words as in `ParsedCommands`."""
    commands: list[str] = []
    pipelines: list[list[str]] = [[]]
    quoted: list[tuple[str, str]] = []
    words: list[str] = []
    word: list[str] = []
    has_word = False  # an empty quoted word is a word too
    for match in _TOKEN.finditer(text):
        kind, token = str(match.lastgroup), match[0]
        if kind == "plain":
            word.append(token)
            has_word = True
            continue
        if kind in ("single", "double", "escape"):
            inner = _unquote(kind, token)
            client = words[1] if len(words) > 1 and words[0] == "sudo" else words[0] if words else ""
            if kind == "double" and ("$(" in inner or "`" in inner):
                quoted.append(("`", inner))
            if kind != "escape" and _COMMAND_CLIENT.match(client):
                quoted.append((client, inner))
            word.append(inner.translate(_NO_BREAK))
            has_word = True
            continue
        if has_word:
            words.append("".join(word))
            word, has_word = [], False
        if kind == "redirect":
            words.append(token.strip())
        elif kind == "operator":
            if token in ("<(", ">("):  # process substitution
                words.append(token)
            _end_command(words, commands, pipelines[-1])
            words = []
            if token in _ENDS:
                pipelines.append([])
    if has_word:
        words.append("".join(word))
    _end_command(words, commands, pipelines[-1])
    return commands, [" | ".join(one) for one in pipelines if len(one) > 0], quoted


def _unquote(kind: str, token: str) -> str:
    """Return a quoted token without its quotes (the closing one may be missing)."""
    if kind == "escape":
        return "" if token == "\\\n" else token[1:]
    return token[1:-1] if len(token) > 1 and token[-1] == token[0] else token[1:]


def _end_command(words: list[str], commands: list[str], pipeline: list[str]) -> None:
    if words:
        command = " ".join(words)
        commands.append(command)
        pipeline.append(command)


def _strip_wrappers(command: str) -> str:
    """Return a command without its leading assignments, wrappers and path."""
    for _ in range(_MAX_WRAPPERS):
        if assigned := _ASSIGNMENT.match(command):
            command = command[assigned.end() :]
        elif (wrapped := _WRAPPERS.match(command)) and command[wrapped.end() : wrapped.end() + 1] == " ":
            command = command[wrapped.end() + 1 :]
        else:
            break
    head, blank, rest = command.partition(" ")
    return head.rsplit("/", 1)[-1] + blank + rest if head.startswith(("/", "./", "~/")) else command
