"""Splitter of shell scripts into commands as written.

Rules: POSIX shell 2.2 "Quoting", 2.7.4 "Here-Document", 2.9 "Shell Commands". Best effort: an unfinished construct ends
with the text.
"""

from __future__ import annotations

import re

from replay_tui.domain.lazy_regex import lazy_compile

_TOKEN = lazy_compile(
    r"(?P<space>[^\S\n]+)|(?P<comment>(?<!\S)#[^\n]*)"
    r"|(?P<operator>[<>]\(|\|\||&&|;;|\|&|[|;\n&()]|\{(?=\s)|(?<=[\s;&])\}|`|\$\()"
    r"|(?P<redirect>\d?(?:>>|>\||>&|<<<?|<&|<>|>|<)[^\S\n]*)|(?P<single>'[^']*(?:'|\Z))"
    r"|(?P<double>\"(?:[^\"\\]|\\.|\\\Z)*+(?:\"|\Z))"
    r"|(?P<escape>\\(?:.|\Z))|(?P<plain>(?:\$\{[^\s}$`;|&()<>\\'\"][^}\n$`;|&()<>\\'\"]*\}|[^\s'\"\\|;&()<>`#$]++)++|.)",
    re.DOTALL,
)
_HERE_DOCUMENT = lazy_compile(r"\d?<<(-?)\s*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.-]+))")
_OPENING_WORDS, _CLOSING_WORDS = {"if", "case", "for", "while", "until", "select"}, {"fi", "esac", "done"}
_LEADING_WORDS = frozenset(("then", "do", "else", "elif", "if", "while", "until", "time", "!"))
_OPENING_BRACKETS, _CLOSING_BRACKETS = frozenset(("(", "{", "$(", "<(", ">(")), frozenset((")", "}"))
_CONTINUING = frozenset(("|", "||", "|&", "&&"))
"""Operators after which a command continues on the next line."""


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
