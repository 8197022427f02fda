"""Formats of other tools: how each is detected from the first bytes, named and made. Readers are loaded when used.

A format's module has a function `read(window, loaded, beside)`, which fills `loaded` from `window` and yields after
each batch. It raises `UnexpectedEnd` if the file is truncated, and `UnreadableSource` if it contains no recording.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from msgspec import Struct

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import ByteBuffer
from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.time_origin import MIN_EPOCH_SECONDS

Members = Mapping[str, Any]


def _never(_: Any) -> bool:
    return False


class RecorderFormat(Struct, frozen=True):
    """A format of another tool.

    Attributes:
        module: name of the reader's module in this package.
        title: name for users.
        how: how to make a recording, and which files belong to it.
        is_object: returns True for the members of the first JSON object in a file.
        is_head: returns True for the first bytes of a file that does not start with JSON.
    """

    module: str
    title: str
    how: str
    is_object: Callable[[Members], bool] = _never
    is_head: Callable[[bytes], bool] = _never

    def read(self, window: ByteBuffer, loaded: LoadedSession, beside: Beside) -> Iterator[None]:
        """Fill `loaded` from `window`, yielding after each batch."""
        found: Iterator[None] = import_module(f"{__package__}.{self.module}").read(window, loaded, beside)
        return found


OWN_FORMATS = (
    (
        "Gateway session",
        "The gateway's JSON answer (`replay-tui fetch ID -o FILE`, or `GET /sessions/{id}?expand=event_stream`).",
    ),
    ("Gateway download", "The gateway's download in the format json."),
    ("asciicast, versions 1 to 3", "`asciinema rec FILE`; with `--stdin` or `--capture-input` also the input."),
)
"""Formats outside of this package that open, with how to make them."""
_TYPESCRIPT = lazy_compile(rb"Script started(?: on |, )")
_TLOG = ("ver", "rec", "timing", "in_txt", "out_txt", "in_bin", "out_bin", "pos")
_JOURNAL_TEXT = ("MESSAGE", "message")
_JOURNAL_SENDER = ("SYSLOG_IDENTIFIER", "_COMM")
_TELEPORT = ("cluster_name", "code", "ei", "login", "offset", "server_id", "sid", "uid")
_JUMPSERVER_TEXT = lazy_compile(rb'\{\s{0,4}"\d{1,9}\.\d{1,12}"\s{0,2}:')
_TERMINALIZER = lazy_compile(rb"(?:[ \t]*(?:#[^\n]*)?\n)*config:[ \t]*\r?\n")
_SETTING = lazy_compile(
    rb"^[ \t]+(?:command|cwd|cols|rows|repeat|quality|frameDelay|maxIdleTime|frameBox):", re.MULTILINE
)
_STREAMS = ("Input", "Output", "Error")
_FRAME = struct.Struct("<III")
MAX_FRAME_BYTES = 1 << 24
"""Longest frame of ttyrec files that is read."""


def is_ttyrec(head: bytes) -> bool:
    """Return True if a file starts with two valid frames of ttyrec, or one that goes on until the end of `head`.

    A single frame is weak evidence, so its time must be a date, unless it ends exactly at the end.
    """
    position = seconds = 0
    for _ in range(2):
        if position and position + _FRAME.size > len(head):
            return position == len(head) or seconds >= MIN_EPOCH_SECONDS
        if len(head) < _FRAME.size:
            return False
        seconds, micros, length = _FRAME.unpack_from(head, position)
        if micros >= 1_000_000 or not 0 < length < MAX_FRAME_BYTES:
            return False
        position += _FRAME.size + length
    return True


def is_tlog_message(members: Members) -> bool:
    """Return True for a message of tlog, in which some members may be missing."""
    return sum(name in members for name in _TLOG) >= 3


def _is_tlog(members: Members) -> bool:
    """Return True for a message of tlog, or for a journal entry or log line that contains one."""
    if any(str(members.get(name, "")).startswith("tlog-rec") for name in _JOURNAL_SENDER):
        return True
    texts = [members.get(name) for name in _JOURNAL_TEXT]
    return is_tlog_message(members) or any(
        isinstance(text, str) and text.lstrip().startswith("{") and '"timing"' in text and '"ver"' in text
        for text in texts
    )


def is_jumpserver_text(head: bytes) -> bool:
    """Return True if a file starts as a text recording of JumpServer, `{"0.51": "text", ...}`."""
    return _JUMPSERVER_TEXT.match(head) is not None


def _is_teleport(members: Members) -> bool:
    event = members.get("event")
    is_known = isinstance(event, str) and (
        event.startswith("session.") or sum(one in members for one in _TELEPORT) >= 2
    )
    return is_known and "msg" not in members


def _is_terminalizer(head: bytes) -> bool:
    return _TERMINALIZER.match(head) is not None and len(_SETTING.findall(head)) >= 2


def _is_warpgate(members: Members) -> bool:
    if type(members.get("time")) not in (int, float) or len(members) > 4:
        return False
    has_size = type(members.get("cols")) is int and type(members.get("rows")) is int
    stream = members.get("stream")
    is_stream = isinstance(stream, str) and stream.capitalize() in _STREAMS
    return has_size or (isinstance(members.get("data"), str) and is_stream)


FORMATS: tuple[RecorderFormat, ...] = (
    RecorderFormat(
        "script",
        "util-linux script",
        "`script --log-io FILE --log-timing FILE.timing`. The timing file is found beside it (FILE.timing, FILE.tm, "
        "timing, timingfile and others) or named by `--timing`; without one, the text is shown in one moment.",
        is_head=lambda head: _TYPESCRIPT.match(head) is not None,
    ),
    RecorderFormat(
        "ttyrec",
        "ttyrec",
        "`ttyrec FILE` or `termrec FILE.ttyrec.gz`. Joined files show one recording after another.",
        is_head=is_ttyrec,
    ),
    RecorderFormat(
        "tlog",
        "tlog",
        "`tlog-rec --writer=file --file-path=FILE`, or from the journal "
        "`journalctl -o json TLOG_REC=ID > FILE`. Input is there if tlog was told to log it.",
        is_object=_is_tlog,
    ),
    RecorderFormat(
        "guacamole",
        "Guacamole typescript",
        "The parameters `typescript-path` and `typescript-name` of a connection. FILE.timing is found beside it.",
        is_head=lambda head: head.startswith(b"[BEGIN TYPESCRIPT]"),
    ),
    RecorderFormat(
        "warpgate",
        "Warpgate terminal recording",
        "`data.ndjson` or the file without an ending in Warpgate's folder of recordings.",
        is_object=_is_warpgate,
    ),
    RecorderFormat(
        "jumpserver",
        "JumpServer text recording",
        "`ID.replay.gz` of a session. Its metadata `ID.json` is found beside it. `ID.cast.gz` is an asciicast.",
        is_head=is_jumpserver_text,
    ),
    RecorderFormat(
        "teleport",
        "Teleport session events",
        "`tsh play --format=json`, if its print events contain `data`; or the events of a recording "
        "(`ID-0.events.gz`, `ID.session.log`) beside the file of its output (`ID-0.chunks.gz`, `ID.session.bytes`).",
        is_object=_is_teleport,
    ),
    RecorderFormat(
        "tar_archive",
        "JumpServer download and Teleport recording (.tar)",
        "JumpServer: the download of a session, `ID.tar`. Teleport before version 4.4: `ID.tar` in its folder of "
        "recordings. Later ones are protocol buffers and do not open.",
        is_head=lambda head: head[257:262] == b"ustar",
    ),
    RecorderFormat(
        "terminalizer",
        "terminalizer",
        "`terminalizer record FILE`. Needs PyYAML: in the clone, `pip install '.[terminalizer]'`.",
        is_head=_is_terminalizer,
    ),
)
"""All formats, most specific first."""
BY_MODULE = {one.module: one for one in FORMATS}


def format_of_object(members: Members) -> RecorderFormat | None:
    """Return the format of a file whose first JSON object has `members`."""
    return next((one for one in FORMATS if one.is_object(members)), None)


def format_of_head(head: bytes) -> RecorderFormat | None:
    """Return the format of a file that starts with the bytes `head`, which are not JSON."""
    return next((one for one in FORMATS if one.is_head(head)), None)
