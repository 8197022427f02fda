"""What may have been typed unseen, judged without the screens: quick, over-cautious, for what is not read yet."""

from __future__ import annotations

from replay_tui.analysis.hidden_input import HiddenInput
from replay_tui.analysis.keys import keys
from replay_tui.analysis.secrets import Secret
from replay_tui.domain.stream import EventStream


class _Asking:
    """Stands for a screen on which everything that is typed was asked for as a password."""

    @staticmethod
    def before_cursor() -> tuple[str, str]:
        return "password:", ""


def unseen(stream: EventStream, first: int = 0, count: int | None = None) -> list[Secret]:
    """Secrets among events `first` to `count` (all by default): every line whose echo is not in the output near it."""
    hidden = HiddenInput(stream)
    inputs = list(stream.events(first, len(stream) if count is None else count, kinds="i"))
    ends = [stream.screen_end(event.index) for event in inputs[1:]] + [len(stream.screen)]
    for event, following in zip(inputs, ends, strict=False):  # of no inputs there is an end all the same
        hidden.take(event, keys(event.data), following, _Asking())
    hidden.end()
    return [secret for secret, _ in hidden.found]
