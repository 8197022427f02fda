"""Redaction of hidden input, and of credentials in the messages of a protocol.

Every output (screens, statements, findings, transcript, search, raw bytes, reports, exports) applies a `Redactor`, to
characters after control sequences were parsed. `HiddenInput.text` is displayed only by the reveal key. A command line
that the shell echoed while it was typed is evidence and is never redacted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from replay_tui.domain.cancellation import check_cancelled
from replay_tui.domain.display_text import char_width
from replay_tui.domain.errors import never_cancelled
from replay_tui.domain.event_stream import EventStream, RedactedSpan
from replay_tui.domain.finding import Finding
from replay_tui.domain.known_secrets import mask_known_secrets_in
from replay_tui.domain.statement import Statement
from replay_tui.redaction.hidden_text import EchoedLine, HiddenInput
from replay_tui.redaction.printed_secrets import find_unechoed
from replay_tui.redaction.secret_finder import MIN_GLOBAL_CHARS, LineFinder, SecretFinder, Span
from replay_tui.terminal.screen import PLAIN, Screen, ScreenRow, TextRun

__all__ = ["BULLET", "MIN_GLOBAL_CHARS", "EchoedLine", "HiddenInput", "Redactor"]

BULLET = "\u2022"
_BATCH_ROWS = 500
_MAX_DEPTH = 64
"""Depth of a JSON value; deeper values are replaced as a whole."""


class Redactor:
    """Replaces hidden input and other secrets in payloads, texts, screens, statements and findings.

    False if it changes nothing. Payloads are redacted where `stream` holds secrets; the payloads of later events, or
    of all events without a stream, are searched one by one.

    Args:
        hidden_input: input typed while echo was off.
        redacted: bytes that are never shown, such as authentication messages.
        secrets: further texts to replace wherever they are displayed, such as the credentials in these messages.
        echoed: command lines in which hidden input is kept, because they were typed visibly.
        stream: the recorded events.
        redacts_commands: True to replace secrets in command lines and their findings too.
    """

    def __init__(
        self,
        hidden_input: Iterable[HiddenInput],
        redacted: Iterable[RedactedSpan] = (),
        *,
        secrets: Iterable[str] = (),
        echoed: Iterable[EchoedLine] = (),
        stream: EventStream | None = None,
        redacts_commands: bool = False,
    ) -> None:
        self._redacts_commands = redacts_commands
        self.hidden_input = tuple(hidden_input)
        self._spans: dict[int, list[RedactedSpan]] | None = None
        self._given = [*redacted, *(span for hidden in self.hidden_input for span in hidden.spans)]
        self._secrets = {*secrets, *(text for hidden in self.hidden_input for text in hidden.variants)}
        self._finder = SecretFinder(self._secrets)
        self._echoed = self._with_secrets([*echoed])
        self._command_rows = LineFinder(
            f"{line.prompt}{text[:end]}"
            for line in self._echoed
            if line.prompt.strip()
            for text in line.texts
            for _, end in self._finder.spans(text)
        )
        self._stream, self._event_count = stream, len(stream) if stream is not None else 0

    def _with_secrets(self, echoed: list[EchoedLine]) -> list[EchoedLine]:
        """Return the command lines that contain a secret."""
        if not self._finder.spans("\n".join(text for line in echoed for text in line.texts)):
            return []
        return [line for line in echoed if any(self._finder.spans(text) for text in line.texts)]

    @classmethod
    def none(cls) -> Redactor:
        """Return a redactor that changes nothing, so that hidden input is revealed."""
        return cls(())

    def __bool__(self) -> bool:
        return bool(self._given) or bool(self._finder)

    @property
    def finds_texts(self) -> bool:
        """Return True if there are secrets that are searched in texts."""
        return bool(self._finder)

    def extended(self, later: Iterable[HiddenInput]) -> Redactor:
        """Return a redactor for `later` hidden input too; only the payloads that this one searched stay searched."""
        self.prepare()
        assert self._spans is not None
        made = Redactor((*self.hidden_input, *later), secrets=self._secrets, echoed=self._echoed)
        made._given += [span for spans in self._spans.values() for span in spans]
        made._event_count = self._event_count
        return made

    # Payloads ---------------------------------------------------------------------------------------------------------

    def prepare(self, is_cancelled: Callable[[], bool] = never_cancelled) -> None:
        """Search the payloads of the stream now. Raises `Cancelled`."""
        if self._spans is not None:
            return
        spans: dict[int, list[RedactedSpan]] = {}
        printed: Iterable[RedactedSpan] = ()
        if self._stream is not None and self._finder:
            printed = find_unechoed(self._stream, self._secrets, self._echoed, self._event_count, is_cancelled)
        for span in (*self._given, *printed):
            spans.setdefault(span.event, []).append(span)
        self._spans, self._stream = spans, None

    @cached_property
    def _byte_finder(self) -> SecretFinder:
        return SecretFinder(self._secrets, in_bytes=True)

    def _spans_of(self, event: int) -> list[RedactedSpan]:
        self.prepare()
        assert self._spans is not None
        return self._spans.get(event, [])

    @property
    def events(self) -> frozenset[int]:
        """The indexes of the events with redacted bytes."""
        self.prepare()
        return frozenset(self._spans or ())

    def payload(self, event: int, data: bytes) -> bytes:
        """Return an event's payload with secret bytes replaced by `*`, of the same length."""
        spans = [(start, stop) for _, start, stop in self._spans_of(event)]
        if event >= self._event_count and self._finder:
            spans += self._byte_finder.spans(data.decode("latin-1"))
        if not spans:
            return data
        redacted = bytearray(data)
        for start, stop in spans:
            redacted[start:stop] = b"*" * len(redacted[start:stop])
        return bytes(redacted)

    # Texts ------------------------------------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """Return `text` with each character of a secret replaced by a bullet."""
        return _with_bullets(text, self.spans(text))

    def typed_text(self, text: str, event: int) -> str:
        """Return text that was typed up to `event` like `text`, except in a command line that was typed visibly."""
        if not (spans := self._finder.spans(text)):
            return text
        lines = [one for line in self._echoed if line.first <= event <= line.last for one in line.texts]
        return _with_bullets(text, [span for span in spans if not any(text[slice(*span)] in line for line in lines)])

    def lines(self, lines: Sequence[str]) -> list[str]:
        """Return lines with secrets replaced, also if a secret continues in the next line."""
        if not self._finder:
            return list(lines)
        text = "\n".join(lines)
        redacted = self.text(text)
        if redacted == text:
            return list(lines)
        found, at = [], 0
        for line in lines:
            found.append(redacted[at : at + len(line)])
            at += len(line) + 1
        return found

    def value(self, value: Any, depth: int = 0) -> Any:
        """Return a JSON value with secrets replaced in its texts and keys."""
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict | list | tuple) or not self._finder:
            return value
        if depth > _MAX_DEPTH:
            return BULLET
        if isinstance(value, dict):
            return {
                self.text(key) if isinstance(key, str) else key: self.value(item, depth + 1)
                for key, item in value.items()
            }
        items = [self.value(item, depth + 1) for item in value]
        return items if isinstance(value, list) else tuple(items)

    def metadata(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return a session's metadata with secrets replaced, in the AI analysis also those known by their form only."""
        redacted: dict[str, Any] = self.value(raw)
        if redacted.get("ai_analysis"):
            redacted = {**redacted, "ai_analysis": mask_known_secrets_in(redacted["ai_analysis"])}
        return redacted

    def spans(self, text: str) -> list[Span]:
        """Return the characters of secrets as (start, end) pairs, without those in echoed command lines."""
        spans = self._finder.spans(text)
        if not spans or not (kept := self._command_rows.hulls(text)):
            return spans
        starts = [start for start, _ in kept]
        return [span for span in spans if (at := bisect_right(starts, span[0]) - 1) < 0 or span[1] > kept[at][1]]

    # Objects ----------------------------------------------------------------------------------------------------------

    def statements(self, rows: list[Statement]) -> list[Statement]:
        """Return statements with secrets replaced. Many are searched at once, because most contain no secret."""
        if not self._finder:
            return rows
        redacted: list[Statement] = []
        for start in range(0, len(rows), _BATCH_ROWS):
            check_cancelled()
            batch = rows[start : start + _BATCH_ROWS]
            values = (value for row in batch for value in (row.text, row.params, row.details, row.note))
            texts = "\n".join(text for value in values for text in _texts(value))
            redacted += map(self.statement, batch) if self._finder.spans(texts) else batch
        return redacted

    def statement(self, row: Statement) -> Statement:
        """Return a statement with secrets replaced in its texts. A command read from the shell's echo is unchanged."""
        if not self._finder or (row.kind == "shell" and not self._redacts_commands):
            return row
        changed = row.changed(
            text=self.text(row.text),
            params=None if row.params is None else self.value(row.params),
            details=self.value(row.details),
            note=self.text(row.note),
        )
        return row if changed == row else changed

    def finding(self, finding: Finding, statements: Sequence[Statement]) -> Finding:
        """Return a finding with secrets replaced; one in a command that the shell echoed is unchanged."""
        at = finding.statement
        is_command = at is not None and at < len(statements) and statements[at].kind == "shell"
        if not self._finder or (is_command and not self._redacts_commands):
            return finding
        message, evidence = self.text(finding.message), self.text(finding.evidence)
        return (
            finding
            if (message, evidence) == (finding.message, finding.evidence)
            else replace(finding, message=message, evidence=evidence)
        )

    def screen(self, screen: Screen) -> Screen:
        """Return a screen with secrets replaced, also those that continue in the next row."""
        if not self._finder:
            return screen
        drawn = ["".join(run.text for run in row.runs) for row in screen.grid]
        if not self.spans("\n".join(drawn)) and not self.spans("\n".join(screen.lines)):
            return screen
        rows = zip(screen.grid, self.lines(drawn), self.lines(screen.lines), strict=True)
        return replace(screen, grid=tuple(_redact_row(*row) for row in rows))


def _with_bullets(text: str, spans: Sequence[Span]) -> str:
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    pieces[1::2] = [BULLET * len(piece) for piece in pieces[1::2]]
    return "".join(pieces)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a JSON value, also its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in _texts(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in _texts(part))


def _redact_row(row: ScreenRow, drawn: str, text: str) -> ScreenRow:
    """Return a row with the text of its runs replaced by `drawn`, and its text by `text`."""
    runs, at = [], 0
    for run in row.runs:
        end = at + len(run.text)
        # One bullet replaces a wide character, so a blank fills its second cell.
        made = drawn[at:end]
        freed_cells = sum(char_width(was) == 2 for was, now in zip(run.text, made, strict=True) if was != now)
        runs.append(replace(run, text=made + " " * freed_cells))
        at = end
    if text != row.text and all(made == run for made, run in zip(runs, row.runs, strict=True)):
        runs = [TextRun(text, PLAIN, len(text))]
    return ScreenRow(text, tuple(runs))
