"""Events as text: UTF-8 characters that are cut over events stay whole, bytes that are none become U+FFFD."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from replay_tui.domain.event_stream import Event


class TextEvent(NamedTuple):
    """An event whose payload is `text`; a character belongs to the event that completes it.

    `whole` says that the text is exactly the payload's bytes.
    """

    time: float
    kind: str
    text: str
    event: Event
    whole: bool


def text_events(events: Iterable[Event]) -> Iterator[TextEvent]:
    """Each event with its text. Output and errors share one decoder, for they go to one screen; input has its own.

    A character that is never completed is left out, as a terminal leaves it out.
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
