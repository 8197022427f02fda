"""Layers of a command line: what `sudo`, `xargs`, `sh -c`, `ssh`, clients of databases and decoders run in the end.

A wrapper runs the words that follow it, a shell or a client runs a text. Texts are parsed again, as nested commands.
"""

from __future__ import annotations

import base64
import binascii
from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.findings.command_line import Pipeline, SimpleCommand, parse_command_line
from replay_tui.findings.command_wrappers import unwrapped

MAX_NESTED_TEXTS = 60
_MAX_DEPTH = 5
_MAX_WRAPPERS = 8
SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "rbash", "mksh", "csh", "tcsh", "pwsh"))
_SSH_WITH_ARGUMENT = "bcDEeFIiJLlmOopQRSWw"
_SQL_CLIENTS = {
    "psql": ("postgres", "c", ("--command",)), "mysql": ("mysql", "e", ("--execute",)),
    "mariadb": ("mysql", "e", ("--execute",)), "sqlcmd": ("mssql", "Qq", ("--query",)),
    "sqlite3": ("postgres", "", ("-cmd",)), "sqlite": ("postgres", "", ()), "cqlsh": ("postgres", "e", ("--execute",)),
    "clickhouse-client": ("postgres", "q", ("--query",)), "usql": ("postgres", "c", ("--command",)),
    "pgcli": ("postgres", "", ()), "sqlplus": ("oracle", "", ()), "duckdb": ("postgres", "c", ()),
    "cockroach": ("postgres", "e", ("--execute",)), "snowsql": ("postgres", "q", ("--query",)),
    "isql": ("mssql", "", ()), "tsql": ("mssql", "", ()),
}  # fmt: skip
"""Clients: dialect, short and long options whose argument is SQL."""
_MONGO_CLIENTS = frozenset(("mongosh", "mongo"))
_INTERPRETERS = lazy_compile(
    r"(?:python|perl|ruby|node|nodejs|php|lua|gawk|awk|mawk|nawk|vim?|nvim|ex|ed|emacs|tclsh|irb)[\d.]*\Z"
)
_RUN_CALL = lazy_compile(
    r"(?:system|popen|exec\w*|call|run|spawn\w*|check_output|shell_exec|passthru|qx)"
    r"\s*[({\[ ]+\s*[\"']([^\"']{2,2000})[\"']"
    r"|:!\s*([^\n]+)|:r\s*!\s*([^\n]+)"
)
_DECODERS = lazy_compile(
    r"(?:(base64|base32) (?:-\S+ )*-(?:d|D|-decode|di|id|dw\d)\b|openssl (?:base64|enc -base64) .*-d\b|xxd (?=.*-\w*r))"
)


class RunCommand(Struct, frozen=True):
    """A command that is run: its words without wrappers, and where it came from.

    `text` is the form that rule patterns match: name without path, blanks inside a word as no-break spaces, and
    redirections last. `full_text` includes assignments and wrappers. `source` is the text that it is
    written in, empty if that is the command line itself. `folder`: where a `cd` before it went, empty if there is none.
    `program`: the first word with its path, as it was typed.
    """

    words: tuple[str, ...]
    redirections: tuple[tuple[str, str], ...]
    assignments: tuple[tuple[str, str], ...]
    wrappers: tuple[str, ...]
    text: str
    full_text: str
    source: str = ""
    folder: str = ""
    program: str = ""

    @property
    def name(self) -> str:
        """Name of the program, empty if there are only redirections or assignments."""
        return self.words[0] if self.words else ""


class Layers(Struct, frozen=True):
    """What a command line runs: commands, pipelines (without wrappers), and statements as (dialect, text)."""

    commands: tuple[RunCommand, ...]
    pipelines: tuple[tuple[RunCommand, ...], ...]
    statements: tuple[tuple[str, str], ...]


def parse_layers(text: str) -> Layers:
    """Return everything that a command line or script runs."""
    commands: list[RunCommand] = []
    pipelines: list[tuple[RunCommand, ...]] = []
    statements: list[tuple[str, str]] = []
    queue: deque[tuple[str, int]] = deque([(text, 0)])
    seen, count = {text}, 0
    while queue:
        part, depth = queue.popleft()
        source = part if depth else ""
        folder = ""
        for pipeline in parse_command_line(part):
            layers = [_commands(command, source, folder) for command in pipeline]
            run = [one for found in layers for one in found]
            if run and run[0].name in ("cd", "pushd") and len(run[0].words) > 1:
                folder = run[0].words[-1]
            commands += run
            innermost = tuple(found[-1] for found in layers)
            pipelines.append(innermost)
            for language, inner in _nested_texts(pipeline, run, innermost):
                count += 1
                if count > MAX_NESTED_TEXTS or not inner.strip():
                    continue
                if language:
                    statements.append((language, inner))
                elif depth < _MAX_DEPTH and inner not in seen:
                    seen.add(inner)
                    queue.append((inner, depth + 1))
    return Layers(tuple(commands), tuple(pipelines), tuple(statements))


def _commands(command: SimpleCommand, source: str, folder: str) -> list[RunCommand]:
    """Return the command with each wrapper removed in turn, the outermost first."""
    assignments = list(command.assignments)
    words = list(command.words)
    wrappers: list[str] = []
    full_text = _joined([*(f"{name}={value}" for name, value in assignments), *words], command.redirections)
    found: list[RunCommand] = []
    for _ in range(_MAX_WRAPPERS):
        bare = [words[0].rsplit("/", 1)[-1], *words[1:]] if words else []
        found.append(
            RunCommand(
                tuple(bare),
                tuple(command.redirections),
                tuple(assignments),
                tuple(wrappers),
                full_text
                if bare == words and not wrappers and not assignments
                else _joined(bare, command.redirections),
                full_text,
                source,
                folder,
                words[0] if words else "",
            )
        )
        inner = unwrapped(bare, assignments)
        if not inner:
            break
        wrappers.append(bare[0])
        words = inner
    return found


def _joined(words: list[str], redirections: list[tuple[str, str]]) -> str:
    parts = [*words, *(part for one in redirections if one[1] not in _DISCARDING for part in one)]
    text = " ".join(parts)
    if text.count(" ") == len(parts) - 1 and not _BREAKING.search(text):  # nearly every command
        return text
    return " ".join(part.translate(_NO_BREAK) for part in parts)


_DISCARDING = frozenset(("/dev/null", "1", "2"))
"""Targets of redirections that say nothing of a command: `> /dev/null 2>&1`."""
_BREAKING = lazy_compile(r"[\t\n|]")
_NO_BREAK = str.maketrans({" ": "\u00a0", "\t": "\u00a0", "\n": "\u00a0", "|": "\u00a6"})


def _nested_texts(pipeline: Pipeline, run: list[RunCommand], innermost: Sequence[RunCommand]) -> list[tuple[str, str]]:
    """Return (dialect or `mongo`, empty for a shell; text) of the texts that the commands of a pipeline run."""
    found: list[tuple[str, str]] = []
    for one in run:
        found += _argument_texts(one)
    for at, (command, consumer) in enumerate(zip(pipeline, innermost, strict=True)):
        if not command.words:
            continue
        language = _reads_input_as(consumer)
        if language is None:
            continue
        for kind, target in command.redirections:
            if kind == "<<<":
                found.append((language, target))
            elif kind == "<" and (produced := _substituted_output(target)):
                found.append((language, produced))
        if command.document:
            found.append((language, command.document))
        if at:
            produced = _output(pipeline[:at])
            if produced:
                found.append((language, produced))
    return found


def _reads_input_as(command: RunCommand) -> str | None:
    """Return the language of the standard input that a command runs (empty: shell); None if it runs none."""
    name, arguments = command.name, command.words[1:]
    if name in SHELLS:
        is_script = any(not word.startswith("-") for word in arguments[:1])
        return (
            None
            if is_script or any(word.startswith("-") and "c" in word and "--" not in word for word in arguments)
            else ""
        )
    if name in ("at", "batch"):
        return ""
    if name in ("source", ".") and arguments[:1] == ("/dev/stdin",):
        return ""
    if name == "ssh" and not _ssh_command(command.words):
        return ""
    if name in _SQL_CLIENTS:
        return _SQL_CLIENTS[name][0]
    return "mongo" if name in _MONGO_CLIENTS else None


def _argument_texts(command: RunCommand) -> list[tuple[str, str]]:
    words, name = command.words, command.name
    if not name:
        return []
    if name in SHELLS or name in ("su", "runuser", "script", "sg", "flock"):
        read = [("", text) for word in words[1:2] if name in SHELLS and (text := _substituted_output(word))]
        return read + [("", text) for text in _option_values(words, "c", ("--command", "--session-command"))]
    if name in ("source", "."):
        return [("", _substituted_output(word)) for word in words[1:2]]
    if name == "eval":
        text = " ".join(words[1:])
        return [("", _substituted_output(text) or text)]
    if name in ("trap", "watch") and len(words) > 1 and " " in words[-1 if name == "watch" else 1]:
        return [("", words[-1 if name == "watch" else 1])]
    if name == "ssh":
        return [("", _ssh_command(words))]
    if name in ("tmux", "screen", "parallel", "xargs", "ansible", "pssh", "pdsh", "dsh", "salt", "systemd-run"):
        return [("", word) for word in words[1:] if " " in word]
    if name in _SQL_CLIENTS:
        dialect, short, long = _SQL_CLIENTS[name]
        texts = _option_values(words, short, long)
        if name.startswith("sqlite"):
            texts += [word for word in words[2:] if not word.startswith("-")]
        return [(dialect, text) for text in texts]
    if name in _MONGO_CLIENTS:
        return [("mongo", text) for text in _option_values(words, "", ("--eval",))]
    if name == "bq" and "query" in words:
        return [("postgres", words[-1])]
    if _INTERPRETERS.match(name):
        return [
            ("", next(filter(None, call.groups())))
            for word in words[1:]
            if len(word) > 4
            for call in _RUN_CALL.finditer(word[:20_000])
        ]
    return []


def _option_values(words: tuple[str, ...], letters: str, long: tuple[str, ...]) -> list[str]:
    """Return the arguments of a short option (alone, last of a group, or attached) and of long options."""
    found = []
    for at, word in enumerate(words[1:], 1):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in long:
            found.append(following)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            if equals and name in long:
                found.append(value)
        elif word.startswith("-") and len(word) > 1 and letters:
            if word[-1] in letters:
                found.append(following)
            elif word[1] in letters and words[0] not in SHELLS:
                found.append(word[2:])
            elif words[0] in SHELLS and "c" in word[1:]:
                found.append(following)
    return found


def _ssh_command(words: tuple[str, ...]) -> str:
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at][-1] in _SSH_WITH_ARGUMENT and len(words[at]) >= 2 else 1
    return " ".join(words[at + 1 :])


def _output(pipeline: Pipeline) -> str:
    """Return the text that a pipeline of `echo`, `printf`, `cat <<` and decoders writes, empty if it is unknown."""
    first = pipeline[0]
    if not first.words:
        return ""
    run = _commands(first, "", "")[-1]
    name = run.name
    text = first.document or next((target for kind, target in first.redirections if kind == "<<<"), "")
    if name in ("echo", "printf"):
        words = run.words[1:]
        while words and words[0] in ("-n", "-e", "-ne", "-en", "--"):
            words = words[1:]
        if name == "printf" and len(words) > 1 and "%" in words[0]:
            words = words[1:]
        text = " ".join(words).replace("\\n", "\n")
    elif name not in ("cat", "tee") and not _decodes(first):
        return ""
    for command in pipeline if _decodes(first) else pipeline[1:]:
        if _decodes(command):
            text = _decoded(text, command)
        elif command.words and command.words[0] not in ("cat", "tee", "sudo"):
            return ""
    return text


def _decodes(command: SimpleCommand) -> bool:
    return bool(_DECODERS.match(" ".join([*command.words, ""])))


def _decoded(text: str, command: SimpleCommand) -> str:
    try:
        if command.words[0] == "xxd":
            return bytes.fromhex("".join(text.split())).decode("utf-8", "replace")
        if command.words[0] == "base32":
            return base64.b32decode("".join(text.split())).decode("utf-8", "replace")
        compact = "".join(text.split()).rstrip("=")
        return base64.b64decode(compact + "=" * (-len(compact) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _substituted_output(text: str) -> str:
    """Return the output of `$(echo … | base64 -d)` or `<(echo …)` if that is the whole text."""
    text = text.strip()
    if not (text.startswith(("$(", "<(")) and text.endswith(")")):
        return ""
    inner = parse_command_line(text[2:-1])
    return _output(inner[0]) if len(inner) == 1 else ""
