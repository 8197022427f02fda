"""What may have been typed unseen, judged without the screens: quick, over-cautious, for what is not read yet."""

from __future__ import annotations

from replay_tui.domain.event_stream import EventStream
from replay_tui.redaction.hidden_input import HiddenInputDetector
from replay_tui.redaction.redactor import HiddenInput
from replay_tui.terminal.input_keys import ENTER, parse_keys

_MAX_LOOKBACK_EVENTS = 2000
"""Events looked back for the beginning of a line."""


class _AlwaysPrompting:
    """Stands for a screen on which everything that is typed was asked for as a password."""

    @staticmethod
    def before_cursor() -> tuple[str, str]:
        return "password:", ""


def suspected_hidden_input(stream: EventStream, first: int = 0, count: int | None = None) -> list[HiddenInput]:
    """Secrets among events `first` to `count` (all by default): every line whose echo is not in the output near it."""
    hidden, first = HiddenInputDetector(stream), _line_start(stream, first)
    inputs = list(stream.events(first, len(stream) if count is None else count, kinds="i"))
    ends = [stream.output_length_after(event.index) for event in inputs[1:]] + [len(stream.output)]
    for event, following in zip(inputs, ends, strict=False):  # of no inputs there is an end all the same
        hidden.add_keys(event, parse_keys(event.data), following, _AlwaysPrompting())
    hidden.end()
    return [secret for secret, _ in hidden.found]


def _line_start(stream: EventStream, event: int) -> int:
    """The event at which the line being typed at `event` began."""
    for earlier in range(event - 1, max(-1, event - 1 - _MAX_LOOKBACK_EVENTS), -1):
        if stream.kind(earlier) == "i" and any(enter in stream.data(earlier) for enter in ENTER):
            return earlier + 1
    return max(0, event - _MAX_LOOKBACK_EVENTS)
