"""Conversion of JSON strings to bytes, including surrogate pairs that a recorder split between two events.

JSON can escape a character above U+FFFF as two halves (`\\ud83d\\ude00`). A recorder that splits its output between
them writes two strings with a lone surrogate each.
"""

from __future__ import annotations

from replay_tui.domain.fidelity import FidelityWarnings
from replay_tui.domain.lazy_regex import lazy_compile

JOINED = "characters split between two events (surrogate pairs), joined"
LONE = "halves of characters without the other half (lone surrogates), shown as U+FFFD"
_HIGH_END = lazy_compile("[\ud800-\udbff]\\Z")
_LOW_START = lazy_compile("[\udc00-\udfff]")
_LONE = lazy_compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")


class TextEncoder:
    """Encoder of event texts as UTF-8. Output and input are joined separately; `log` receives the warnings."""

    def __init__(self, log: FidelityWarnings) -> None:
        self._log = log
        self._pending = {True: "", False: ""}
        self._is_waiting = False  # for the other half of a character, in any direction

    def encode(self, kind: str, text: str) -> bytes:
        """Return the bytes of an event's text. A character split between events belongs to the second one."""
        if not self._is_waiting:
            try:
                return text.encode()
            except UnicodeEncodeError:
                pass
        is_output = kind in "oe"
        pending = self._pending[is_output]
        if pending and not text:
            return b""
        if pending and _LOW_START.match(text):
            self._log.add("split-character", JOINED)
        text = pending + text
        self._pending[is_output] = text[-1] if _HIGH_END.search(text) else ""
        self._is_waiting = any(self._pending.values())
        return self._encode(text[:-1] if self._pending[is_output] else text)

    def end(self, kind: str) -> bytes:
        """Return the bytes of a half that is still waiting for the other one at the end of the stream."""
        pending, self._pending[kind in "oe"] = self._pending[kind in "oe"], ""
        return self._encode(pending)

    def _encode(self, text: str) -> bytes:
        replaced, count = _LONE.subn("\ufffd", text)
        self._log.add("lone-surrogate", LONE, count)
        return replaced.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def encode_text(text: str) -> bytes:
    """Return a single text as UTF-8, with lone surrogates replaced by U+FFFD."""
    return TextEncoder(FidelityWarnings()).encode("o", text + "\0")[:-1]
