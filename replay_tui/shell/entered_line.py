"""Finished lines: the most reliable text of each, and whether it is a command, deleted text or hidden input."""

from __future__ import annotations

from typing import Any

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.redaction.echo import edges
from replay_tui.redaction.hidden_input import MIN_UNPROMPTED_CHARS
from replay_tui.redaction.hidden_text import EchoedLine
from replay_tui.redaction.typed_text import TypedText
from replay_tui.shell.ahead_lines import AheadLines
from replay_tui.shell.command_log import FROM_KEYS, FROM_SCREEN
from replay_tui.shell.edited_line import MIN_REMOVED_CHARS, EditedLine
from replay_tui.shell.history_expansion import expanded_command, has_expansion, is_rejected
from replay_tui.shell.prompt_recognition import PromptRecognition
from replay_tui.shell.reader_parts import ReaderParts
from replay_tui.terminal.prompts import PANE_BORDER, prompt_prefix
from replay_tui.terminal.secret_prompts import is_secret_prompt

TYPED_AND_ECHOED = "typed: keys and screen agree"
UNSEEN = "typed: the screen does not show the line"
UNCLEAR_SCREEN = "typed: other output is written into the line on the screen"
CHANGED_BY_EDITOR = "read from the screen: the line editor changed the typed text"
NO_INPUT = "read from the screen: its keys are not in the recording"
PRINTED_BY_SHELL = "echoed: the shell printed the expanded command"
"""Values of the detail `source`: how reliable the text of a command is, and why."""
_CANCELLED = "^C"
"""Printed by the terminal driver for Ctrl-C."""
_NUMBER = lazy_compile(rb"(?:\x1b\[[0-9;?]{0,20}[A-Za-z]|[\r\n]){0,20}(\d{1,3})\r?\n")


class EnteredLines:
    """Adds each finished line to the commands, the deleted texts or the hidden input of the session."""

    def __init__(self, parts: ReaderParts, prompts: PromptRecognition, ahead: AheadLines) -> None:
        self._stream, self._reader, self._hidden = parts.stream, parts.reader, parts.hidden
        self._out, self._multiplexer, self._echoed = parts.out, parts.multiplexer, parts.echoed
        self._prompts, self._ahead = prompts, ahead

    def abandon(self, line: EditedLine) -> None:
        """Drop a line that was not entered; its text is hidden input if it was not echoed."""
        if line.typed_keys:
            last = line.typed_keys[-1][0]
            text = self._reader.line(line.prompt, line.right, above=line.above)
            self._add_if_hidden(line, text, (last.index, last.time))

    def close(self, line: EditedLine, place: tuple[int, float], end: int) -> None:
        """Add a line that ends at output `end`, an offset in bytes.

        `place` (event, seconds) is used if no Enter was recorded.
        """
        self._hidden.after_command(end, in_multiplexer=self._multiplexer.is_active)
        if line.before is not None and not line.cancelled:
            line.record_removal(self._reader)
        if line.entered:
            place = (line.entered.index, line.entered.time)
        known = self._prompts.known
        if line.managed and not line.prompt.strip() and known:  # the first key was pressed before the prompt
            row = self._reader.last_row()
            line.prompt = next((prompt for prompt in known if row.startswith(prompt)), line.prompt)
        text = self._reader.line(line.prompt, line.right, closed=True, typed=line.typed, above=line.above)
        if text is None and line.moved and line.entered:
            text = self._line_at_changed_prompt()
        if line.entered and not line.holds_ahead(text or ""):
            self._hidden.add_keys_ahead(line.ahead, end, end, self._reader)
        if line.cancelled and (line.entered is None or line.cancelled[0].index >= line.entered.index):
            if not self._add_if_hidden(line, line.cancelled[1], place):
                self._add_cancelled(line, end)
            return
        if self._add_if_hidden(line, text, place):
            return
        if self._multiplexer.is_active and text is not None:
            text = PANE_BORDER.split(text)[0].rstrip()
        text, note, source = most_reliable_text(line, text, in_multiplexer=self._multiplexer.is_active)
        self._add_echoed(line, text, end)
        self._out.add_erased(line.erased, text)
        if line.continues:
            self._ahead.append_to_open()
            if self._out.append_line(text):
                return
        self._out.flush()
        if text.strip():
            self._begin_command(line, text, place, end, note, source)

    def _line_at_changed_prompt(self) -> str | None:
        """Return the text of the row just entered if the shell replaced its prompt on Enter, None if it is unclear."""
        row = self._reader.last_row()
        prompt = prompt_prefix(row, self._prompts.known)
        return row[len(prompt) :].strip() or None if len(prompt) < len(row) else None

    def _begin_command(
        self, line: EditedLine, text: str, place: tuple[int, float], end: int, note: str, source: str
    ) -> None:
        """Start the command of an entered line in the log."""
        if source == NO_INPUT and text.endswith(_CANCELLED):
            event = next(self._stream.events(place[0], place[0] + 1))
            self._out.add_deleted(text.removesuffix(_CANCELLED), event, "typed and cancelled", {})
            return
        client = self._prompts.client
        details: dict[str, Any] = {"typed_from": line.began, "typed_in": line.place, "source": source}
        if line.pasted:
            details["pasted"] = line.pasted
        if line.revised:
            details["revised"] = tuple(line.revised)
        if client is None and has_expansion(text):
            head, _ = edges(self._stream.output, end, len(self._stream.output), 0)
            output = head.lstrip("\n")
            if line.entered and is_rejected(output):
                self._out.add_deleted(text, line.entered, "not run: the shell found no such event", {})
                return
            if expanded := expanded_command(text, output, self._prompts.last_command):
                details |= {"typed": text.strip(), "source": PRINTED_BY_SHELL}
                text = expanded
        self._read_exit_status(text, end)
        self._prompts.add_command(text)
        if client is not None:
            details |= {"client": client.name, "dialect": client.dialect}
        self._ahead.begin_command()
        self._out.begin(text, place, details, note, client)

    def _add_if_hidden(self, line: EditedLine, text: str | None, place: tuple[int, float]) -> bool:
        """Add a line that was not echoed, such as a command typed after `stty -echo`. Return True if it was added."""
        typed, is_secret = line.typed.strip(), is_secret_prompt(line.prompt)
        is_echoed = line.echo.is_plainly_echoed if is_secret else line.echo.is_echoed
        if is_echoed or len(typed) < (1 if is_secret else MIN_UNPROMPTED_CHARS):
            return False
        shown = (text or "").strip()
        if (shown and (line.managed or typed in shown)) or (line.moved and (shown or line.managed)):
            return False
        hidden = TypedText(line.prompt, is_secret, keys=line.typed_keys, text=typed, place=place)
        self._hidden.add(hidden, certain=is_secret)
        return True

    def _add_echoed(self, line: EditedLine, text: str, end: int) -> None:
        texts = [text, line.typed, *line.revised, *(erased for erased, _ in line.erased)]
        if line.cancelled:
            texts.append(line.cancelled[1])
        last = max(line.first, self._stream.event_at_output(end))
        prompt = PANE_BORDER.split(line.prompt)[-1] if self._multiplexer.is_active else line.prompt
        self._echoed.append(EchoedLine(line.first, last, prompt, tuple(dict.fromkeys(texts))))

    def _add_cancelled(self, line: EditedLine, end: int) -> None:
        """Add a line cancelled by Ctrl-C as deleted text: it was never run."""
        assert line.cancelled is not None
        event, text = line.cancelled
        self._add_echoed(line, text, end)
        text = self._out.cancel(text) if line.continues else text
        self._out.add_erased(line.erased, text)
        if len(text.strip()) >= MIN_REMOVED_CHARS:
            self._out.add_deleted(text, event, "typed and cancelled", {"pasted": line.pasted} if line.pasted else {})

    def _read_exit_status(self, text: str, end: int) -> None:
        """Record the exit status of the previous command if `text` is `echo $?`."""
        if text.strip() == "echo $?":
            found = _NUMBER.match(self._stream.output, end)
            if found:
                self._out.set_exit_status(int(found[1]))


def most_reliable_text(line: EditedLine, text: str | None, *, in_multiplexer: bool) -> tuple[str, str, str]:
    """Return the text of an entered line, its note, and its source, from the screen's `text` and the keys."""
    typed = line.typed.strip()
    if text is None:
        return typed, FROM_KEYS, UNSEEN
    if line.entered is None and not line.typed_keys:
        return text, FROM_SCREEN, NO_INPUT
    shown = text.strip()
    if line.is_typed_only and shown != typed:
        if len(shown) > len(typed) and "".join(shown.split()) == "".join(typed.split()):
            return typed, FROM_KEYS, TYPED_AND_ECHOED  # blanks at the margin are not part of the text
        is_unclear = line.interrupted or in_multiplexer
        is_overwritten = len(shown) < len(typed)
        is_longer = not line.managed or shown.count("\n") > typed.count("\n")
        has_more = shown.startswith(typed + "  ") or (is_longer and shown.endswith(typed))
        if is_unclear or has_more or is_overwritten:
            return typed, FROM_KEYS, UNCLEAR_SCREEN
    return text, FROM_SCREEN, TYPED_AND_ECHOED if line.is_typed_only and shown == typed else CHANGED_BY_EDITOR
