"""Reader for streams of one string, `["<text>"]` or `["<base64>"]`: all output and error events without times.

Source of the format: the gateway's `event_stream=utf8|base64` (hoophq/hoop at e939597dc). Both set the
session's `event_size` to the length of the string; `metrics.event_size` remains the size of the stored stream.
"""

from __future__ import annotations

import base64
import binascii

from replay_tui.domain.text_encoding import UTF8, Transcoder
from replay_tui.sources.json_scanner import decode_value
from replay_tui.sources.json_text import encode_text
from replay_tui.sources.loaded_session import LoadedSession, warn_of_unused_encoding

NO_TIMES = "the recording has no event times; all output is placed at the start"
UNDECODABLE = (
    "the gateway could not decode this stream and omitted it; fetch the session again without an event_stream format"
)
_REFUSAL = "An internal error occurred: unable to decode the event stream"
_TEXT_CONTROLS = frozenset(b"\t\n\r\x1b\x07\x08\x0b\x0c\x0e\x0f")


def add_single_string(loaded: LoadedSession, text: str, *, truncated: bool = False) -> None:
    """Append the string as one output event at 0 seconds. Requires complete session metadata in `loaded`.

    `truncated`: the source ended within the string.
    """
    stream = loaded.stream
    stream.timed = False
    if text.startswith(_REFUSAL):
        loaded.stream_format = "undecodable"
        stream.log.add("stream-undecodable", UNDECODABLE)
        return
    metrics = loaded.session.fields.metrics
    whole = text[: len(text) - len(text) % 4] if truncated else text
    data = base64_bytes(whole, metrics.event_size if metrics else None)
    loaded.stream_format = "utf8" if data is None else "base64"
    if data is None:
        data = encode_text(text)
        warn_of_unused_encoding(loaded)
    elif loaded.encoding != UTF8:
        transcoder = Transcoder(loaded.encoding)
        data = transcoder.convert("o", data) + transcoder.end("o")
    if data:
        stream.append(0.0, "o", data)
    stream.log.add("no-times", NO_TIMES)


def partial_text(raw: bytes) -> str:
    """Return the text of an incomplete JSON string that starts with its opening quote."""
    for end in range(len(raw), max(0, len(raw) - 14), -1):  # the longest escape, a surrogate pair, has 12 bytes
        try:
            value = decode_value(raw[:end] + b'"')
        except ValueError:
            continue
        if isinstance(value, str):
            return value.rstrip("\ufffd")
    return ""


def base64_bytes(text: str, stored_size: int | None) -> bytes | None:
    """Return the bytes that `text` encodes as base64; None if it is plain text.

    Plain text is never longer than the stored stream (`stored_size` bytes); base64 of the whole stream always is. If
    the size is unknown or inconclusive, valid base64 counts as base64 only if it decodes to text.
    """
    if not text or len(text) % 4:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if stored_size:
        if len(text) > stored_size >= len(data):
            return data
        if len(data) > stored_size or len(text) == stored_size:
            return None
    return data if _reads_as_text(data) else None


def _reads_as_text(data: bytes) -> bool:
    sample = data[:65536]
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        if error.end < len(sample) or len(sample) == len(data):  # unless the sample ends within a character
            return False
    return all(byte >= 0x20 or byte in _TEXT_CONTROLS for byte in sample)
