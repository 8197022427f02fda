"""Splitting a shell script into commands: quotes, line continuations, here-documents, compound commands.

Rules: POSIX shell, 2.2 "Quoting", 2.7.4 "Here-Document". Best effort: what is unfinished runs to the end.
"""

from __future__ import annotations

import re

_HERE = re.compile(r"<<(-?)\s*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.-]+))")
_PIECE = re.compile(
    r"\\(?:.|\Z)|'[^']*(?:'|\Z)|\"(?:[^\"\\]|\\.|\\\Z)*+(?:\"|\Z)|(?<!\S)#[^\n]*|\n|&&|[^\S\n]+|\w[\w./=-]*|.",
    re.DOTALL,
)
_OPEN, _CLOSE = {"if", "case", "for", "while", "until", "select"}, {"fi", "esac", "done"}
_SEPARATORS = frozenset(";&|(){}!") | {"&&"}
_LEADS = frozenset(("then", "do", "else", "elif", "if", "while", "until", "time"))


def split_shell(script: str) -> list[str]:
    """The commands of a script as written; a loop, a function or a here-document stays in one piece."""
    return _Splitter(script).run()


class _Splitter:
    def __init__(self, script: str) -> None:
        self.script = script
        self.pieces: list[str] = []
        self.start = 0
        self.brackets = self.blocks = 0  # open brackets; open loops and conditions
        self.lead = True  # whether a reserved word could stand here
        self.content = False
        self.joined = False  # the line ends in an operator: the command goes on
        self.here: list[tuple[bool, str]] = []

    def run(self) -> list[str]:
        at = 0
        while found := _PIECE.match(self.script, at):
            word = found[0]
            if word == "<" and (opened := _HERE.match(self.script, at)) and not self.script.startswith("<<<", at):
                self.here.append((opened[1] == "-", opened[2] or opened[3] or opened[4]))
                at = opened.end()
                continue
            at = found.end()
            if word == "\n":
                at = self._line_end(at)
            elif not word.isspace() and not word.startswith(("#", "\\\n")):
                self._word(word)
        if self.content:
            self.pieces.append(self.script[self.start :].strip())
        return self.pieces

    def _line_end(self, at: int) -> int:
        if self.here:
            at = _skip_here(self.script, at, self.here)
            self.here = []
        self.lead = True
        if self.brackets == self.blocks == 0 and not self.joined:
            if self.content:
                self.pieces.append(self.script[self.start : at].strip())
            self.start, self.content = at, False
        return at

    def _word(self, word: str) -> None:
        self.content = True
        self.joined = word in ("|", "&&")
        if word in ("(", "{"):
            self.brackets += 1
        elif word in (")", "}"):  # one too many ends a pattern of `case`
            self.brackets = max(0, self.brackets - 1)
        elif self.lead and word in _OPEN:
            self.blocks += 1
        elif self.lead and word in _CLOSE:
            self.blocks = max(0, self.blocks - 1)
        self.lead = word in _SEPARATORS or (self.lead and word in _LEADS)


def _skip_here(script: str, at: int, pending: list[tuple[bool, str]]) -> int:
    """The position after the here-documents that begin at `at`."""
    for strip, word in pending:
        while at < len(script):
            end = script.find("\n", at)
            end = len(script) if end < 0 else end
            line = script[at:end].rstrip("\r")
            at = min(len(script), end + 1)
            if (line.lstrip("\t") if strip else line) == word:
                break
    return at
