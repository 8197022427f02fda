"""Parser for command lines: words, assignments, redirections, pipelines and substitutions, as rules need them.

Rules: POSIX shell 2.2 "Quoting", 2.6 "Word Expansions", 2.7 "Redirection" and 2.9 "Shell Commands". Best effort and
linear: an unfinished construct ends with the text, and known variables are expanded.
"""

from __future__ import annotations

import re

from msgspec import Struct, field

from replay_tui.domain.lazy_regex import lazy_compile

MAX_CHARS = 20_000
"""Characters that are read."""
_MAX_DEPTH = 20
_MAX_COMMANDS = 2000
_MAX_EXPANSION_CHARS = 200
_PLAIN = lazy_compile(r"[^\s'\"\\|;&()<>`$]+")
_DOUBLE_PLAIN = lazy_compile(r"[^\"\\`$]+")
_REDIRECTION = lazy_compile(r"(?:\d+|\{\w+\})?(?:&>>|&>|>>|>\||>&|<<<|<<-?|<&|<>|>|<)(?!\()")
_OPERATOR = lazy_compile(r"\|\||&&|;;&?|;&|\|&|[|;&\n]")
_ASSIGNMENT = lazy_compile(r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=(.*)", re.DOTALL)
_VARIABLE = lazy_compile(r"\$(?:\{(\w+)\}|(\w+))")
_BRACES = lazy_compile(r"\{([^{}\s]+,[^{}\s]*)\}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "a": "\a", "b": "\b", "\\": "\\", "'": "'", '"': '"'}
_ESCAPE = lazy_compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{1,4})|(.))", re.DOTALL)
_RESERVED = frozenset(("if", "then", "else", "elif", "fi", "do", "done", "while", "until", "time", "!", "{", "}",
                       "esac", "coproc", "function"))  # fmt: skip
_KNOWN_VARIABLES = {"SHELL": "/bin/bash", "HISTFILE": "~/.bash_history"}
_NAMING = frozenset(("which", "command", "echo", "printf", "type"))
"""Commands whose substituted output is the last word of their line, as in `$(which rm)`."""


class SimpleCommand(Struct):
    """A simple command: unquoted words, (operator, target) redirections, (name, value) assignments, here-document."""

    words: list[str] = field(default_factory=list)
    redirections: list[tuple[str, str]] = field(default_factory=list)
    assignments: list[tuple[str, str]] = field(default_factory=list)
    document: str = ""

    @property
    def is_empty(self) -> bool:
        """Return True if there is neither a word nor a redirection or an assignment."""
        return not (self.words or self.redirections or self.assignments)


Pipeline = list[SimpleCommand]


def parse_command_line(text: str) -> list[Pipeline]:
    """Return the pipelines of a command line or script, those in substitutions first. Reads `MAX_CHARS` characters."""
    parser = _Parser(text[:MAX_CHARS])
    parser.list_until("")
    return parser.pipelines


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.pipelines: list[Pipeline] = []
        self.variables = dict(_KNOWN_VARIABLES)
        self.documents: list[tuple[SimpleCommand, str, bool]] = []
        self.count = 0

    def list_until(self, closing: str) -> list[Pipeline]:
        """Parse commands up to `closing`; append their pipelines and return them."""
        self.depth += 1
        found: list[Pipeline] = []
        pipeline: Pipeline = []
        command = SimpleCommand()
        text = self.text

        def end_command() -> None:
            nonlocal command
            if not command.is_empty and self.count < _MAX_COMMANDS:
                self.count += 1
                pipeline.append(command)
            command = SimpleCommand()

        def end_pipeline() -> None:
            nonlocal pipeline
            end_command()
            if pipeline:
                found.append(pipeline)
            pipeline = []

        while self.at < len(text):
            char = text[self.at]
            if char in closing:
                self.at += 1
                break
            if char in " \t\r\x0b\x0c\xa0":
                self.at += 1
            elif char == "#":
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif redirection := _REDIRECTION.match(text, self.at):
                self._redirect(command, redirection[0])
            elif operator := _OPERATOR.match(text, self.at):
                self.at = operator.end()
                if operator[0] in ("|", "|&"):
                    end_command()
                else:
                    end_pipeline()
                if operator[0] == "\n":
                    self._read_documents()
            elif char in "()":
                self.at += 1
                end_pipeline()
            else:
                self._word(command)
        end_pipeline()
        self._read_documents()
        self.pipelines += found
        self.depth -= 1
        return found

    def _word(self, command: SimpleCommand) -> None:
        begin = self.at
        word, is_quoted = self.word()
        if self.at == begin:
            self.at += 1
            return
        if not command.words:
            if not is_quoted and word in _RESERVED:
                return
            assigned = _ASSIGNMENT.fullmatch(word)
            if assigned and self.text[begin] not in "'\"":
                command.assignments.append((assigned[1], assigned[2]))
                self.variables[assigned[1]] = assigned[2][:_MAX_EXPANSION_CHARS]
                return
            if not is_quoted and (braces := _BRACES.fullmatch(word)):
                command.words += braces[1].split(",")
                return
        if not is_quoted and ("$IFS" in word or "${IFS}" in word):
            command.words += [part for part in re.split(r"\$\{IFS\}|\$IFS(?:\$\d)?", word) if part]
            return
        command.words.append(word)

    def word(self) -> tuple[str, bool]:
        """Return the next word without quotes, and whether a part of it was quoted."""
        text, parts, is_quoted = self.text, [], False
        while self.at < len(text):
            if plain := _PLAIN.match(text, self.at):
                parts.append(plain[0])
                self.at = plain.end()
                continue
            char = text[self.at]
            if char == "\\":
                parts.append("" if text[self.at + 1 : self.at + 2] == "\n" else text[self.at + 1 : self.at + 2])
                is_quoted = True
                self.at += 2
            elif char == "'":
                end = text.find("'", self.at + 1)
                end = len(text) if end < 0 else end
                parts.append(text[self.at + 1 : end])
                is_quoted, self.at = True, end + 1
            elif char == '"':
                self.at += 1
                parts.append(self._double())
                is_quoted = True
            elif char == "$":
                parts.append(self._dollar())
            elif char == "`":
                parts.append(self._backquoted())
            elif char in "<>" and text.startswith("(", self.at + 1) and self.depth < _MAX_DEPTH:
                parts.append(self._substitution(self.at + 2, char))
            else:
                break
        self.at = min(self.at, len(text))
        return "".join(parts), is_quoted

    def _double(self) -> str:
        text, parts = self.text, []
        while self.at < len(text):
            if plain := _DOUBLE_PLAIN.match(text, self.at):
                parts.append(plain[0])
                self.at = plain.end()
                continue
            char = text[self.at]
            if char == '"':
                self.at += 1
                break
            if char == "\\":
                following = text[self.at + 1 : self.at + 2]
                parts.append("" if following == "\n" else following if following in '"\\$`' else char + following)
                self.at += 2
            elif char == "$":
                parts.append(self._dollar(in_quotes=True))
            else:
                parts.append(self._backquoted())
        return "".join(parts)

    def _dollar(self, *, in_quotes: bool = False) -> str:
        text, begin = self.text, self.at
        if text.startswith("$(", begin) and self.depth < _MAX_DEPTH:
            return self._substitution(begin + 2, "$")
        if text.startswith("$'", begin) and not in_quotes:
            at = begin + 2
            while at < len(text) and text[at] != "'":
                at += 2 if text[at] == "\\" else 1
            self.at = min(at + 1, len(text))
            return _ESCAPE.sub(_unescaped, text[begin + 2 : at])
        if text.startswith('$"', begin) and not in_quotes:
            self.at += 1
            return ""
        if variable := _VARIABLE.match(text, begin):
            self.at = variable.end()
            return self.variables.get(variable[1] or variable[2], variable[0])[:_MAX_EXPANSION_CHARS]
        if text.startswith("${", begin):
            end = text.find("}", begin)
            line = text.find("\n", begin)
            self.at = len(text) if end < 0 else end + 1
            if 0 <= line < self.at:
                self.at = line
            return text[begin : self.at]
        self.at += 1
        return "$"

    def _substitution(self, begin: int, sign: str) -> str:
        """Parse `$(…)` or `<(…)` whose content begins at `begin`; return it as text, or the command that it names."""
        self.at = begin
        inner = self.list_until(")")
        if sign == "$" and len(inner) == 1 and len(inner[0]) == 1:
            words = inner[0][0].words
            if 2 <= len(words) <= 3 and words[0] in _NAMING and "=" not in words[-1] and " " not in words[-1]:
                return words[-1]
        return f"{sign}({self.text[begin : self.at]}"

    def _backquoted(self) -> str:
        begin = self.at
        end = self.text.find("`", begin + 1)
        end = len(self.text) if end < 0 else end
        self.at = end + 1
        if self.depth < _MAX_DEPTH and self.count < _MAX_COMMANDS:
            inner = _Parser(self.text[begin + 1 : end])
            inner.depth, inner.variables, inner.count = self.depth, self.variables, self.count
            inner.list_until("")
            self.pipelines += inner.pipelines
            self.count = inner.count
        return "$(" + self.text[begin + 1 : end] + ")"

    def _redirect(self, command: SimpleCommand, operator: str) -> None:
        self.at += len(operator)
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        target, _ = self.word()
        kind = operator.lstrip("0123456789")
        if kind in ("<<", "<<-"):
            self.documents.append((command, target, kind == "<<-"))
        command.redirections.append((kind, target))

    def _read_documents(self) -> None:
        for command, end_word, strips_tabs in self.documents:
            lines = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end].rstrip("\r")
                self.at = min(len(self.text), end + 1)
                line = line.lstrip("\t") if strips_tabs else line
                if line == end_word:
                    break
                lines.append(line)
            command.document = "\n".join(lines)
        self.documents = []


def _unescaped(found: re.Match[str]) -> str:
    hexadecimal, octal, unicode, char = found.groups()
    if char:
        return _ESCAPES.get(char, found[0])
    return chr(int(hexadecimal or unicode or octal, 8 if octal else 16))
