"""Text of events: decodes UTF-8 characters that are split between events; invalid bytes become U+FFFD."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from replay_tui.domain.event_stream import Event


class TextEvent(NamedTuple):
    """An event with its text. A split character belongs to the event with its last byte.

    `whole` is True if the text encodes to exactly the payload.
    """

    time: float
    kind: str
    text: str
    event: Event
    whole: bool


def text_events(events: Iterable[Event]) -> Iterator[TextEvent]:
    """Iterate over events with their text. Output and error events share a decoder, because they share a screen.

    An incomplete character at the end is skipped, as in a terminal.
    """
    make = codecs.getincrementaldecoder("utf-8")
    decoders = {"screen": make("replace"), "input": make("replace")}
    for event in events:
        if event.kind in ("o", "e", "i"):
            decoder = decoders["input" if event.kind == "i" else "screen"]
            clean_start = not decoder.getstate()[0]
            text = decoder.decode(event.data)
            whole = clean_start and not decoder.getstate()[0] and "\ufffd" not in text
        else:
            text = event.data.decode("utf-8", "replace")
            whole = "\ufffd" not in text
        yield TextEvent(event.time, event.kind, text, event, whole)
