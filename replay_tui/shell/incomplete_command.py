"""Detection of shell commands that need further lines: open quotes, here-documents, blocks, trailing operators."""

from __future__ import annotations

import re

from replay_tui.domain.lazy_regex import lazy_compile

MAX_CHARS = 1 << 14
"""A longer command counts as complete, so that the work per line is bounded."""
MIN_CHECKED_CHARS, CHECKED_CHARS_PER_BYTE = 1 << 20, 4
_TOKEN = lazy_compile(
    r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|<<<|<<-?|&&|\|\||;;|[;|&(){}\n'\"`]|(?<!\S)#[^\n]*"
    r"|[^\s;|&(){}\\'\"`<]+|[<\\]",
    re.DOTALL,
)
_ENDED_BY = {"if": "then", "for": "do", "while": "do", "until": "do", "select": "do", "case": "esac", "{": "}"}
_REPLACED_BY = {"then": "fi", "do": "done", "elif": "then"}
_CLOSING = frozenset(("fi", "done", "esac", "}"))
_BEFORE_COMMAND = frozenset(
    ("", ";", "\n", "&", "&&", "||", "|", "(", "{", ";;", "!", "do", "then", "else", "elif", "if", "while", "until")
)
_JOINING = frozenset(("&&", "||", "|"))
_DELIMITER = lazy_compile(r"[ \t]*(\\?[\w.!+-]+|'[^'\n]*'|\"[^\"\n]*\")")


def is_incomplete(text: str) -> bool:
    """Return True if a POSIX shell would ask for another line after `text`."""
    if len(text) > MAX_CHARS:
        return False
    expected: list[str] = []  # words that end the open compound commands
    here_documents: list[tuple[str, bool]] = []  # they start at the next line end: delimiter, tabs stripped
    before, at = "", 0
    while match := _TOKEN.search(text, at):
        token, at = match[0], match.end()
        if token in ("'", '"', "`", "\\"):  # no closing quote, or a backslash at the end
            return True
        if token[0] == "#" or token == "\\\n":
            continue
        if token in ("<<", "<<-") and expected[-1:] != [")"] and (word := _DELIMITER.match(text, at)):
            here_documents.append((word[1].strip("\\'\""), token == "<<-"))
            at = word.end()
        elif token == "\n" and here_documents:
            end = _here_documents_end(text, at, here_documents)
            if end is None:
                return True
            at, here_documents = end, []
        else:
            _update(expected, token, before)
        if token != "\n" or before not in _JOINING:
            before = token if _is_command_position(before) or not token.isalpha() else "word"
    return bool(expected or here_documents) or before in _JOINING or text.endswith("\\\n")


class SyntaxCheck:
    """`is_incomplete` with a limit on the characters checked in total, because commands are checked line by line."""

    def __init__(self, input_bytes: int) -> None:
        self._remaining = MIN_CHECKED_CHARS + CHECKED_CHARS_PER_BYTE * input_bytes

    def needs_line(self, text: str) -> bool:
        """Return True if a shell would ask for another line after `text`; False when the limit is reached."""
        self._remaining -= len(text)
        return self._remaining > 0 and is_incomplete(text)


def _here_documents_end(text: str, start: int, here_documents: list[tuple[str, bool]]) -> int | None:
    """Return the position after all here-documents that start at `start`, None if one is not closed."""
    for delimiter, has_tabs in here_documents:
        tabs = "\t*" if has_tabs else ""
        found = re.compile(f"^{tabs}{re.escape(delimiter)}[ ]*$", re.MULTILINE).search(text, start)
        if not found:
            return None
        start = found.end()
    return start


def _is_command_position(before: str) -> bool:
    """Return True if a reserved word has its meaning after the token `before`."""
    return before in _BEFORE_COMMAND or before in _CLOSING or before == ")"


def _update(expected: list[str], token: str, before: str) -> None:
    """Push or pop the word that ends a compound command."""
    last = expected[-1] if expected else ""
    if token == "(" and last != "esac":
        expected.append(")")
    elif token == ")" and last == ")":
        expected.pop()
    elif not _is_command_position(before):
        return
    elif token in _CLOSING and token == last:
        expected.pop()
    elif (token in ("then", "do") and token == last) or (token == "elif" and last == "fi"):
        expected[-1] = _REPLACED_BY[token]
    elif token in _ENDED_BY:
        expected.append(_ENDED_BY[token])
