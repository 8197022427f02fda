"""Recognition of files that are not sessions, so that the message can name their format and the next step.

Only the start of a file is examined. The formats are named, not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from replay_tui.domain.lazy_regex import lazy_compile

CONVERT = "convert it to an asciicast to open it"
UNPACK = "unpack it and name a session in it"
EXPECTED = "name a gateway's JSON answer, its json download, or a recording (`replay-tui help formats` lists them)"
OPEN_SESSION = "`replay-tui list` shows such lists, `replay-tui ID` opens one of their sessions"
EXPORT_AGAIN = "name the session that it was made from"

Members = Mapping[str, Any]


class ForeignFormat(Struct, frozen=True):
    """A format that is not a session: a noun phrase with its article, and advice for the user."""

    name: str
    advice: str = EXPECTED


def _has(*names: str) -> Callable[[Members], bool]:
    return lambda members: members.keys() >= set(names)


def _has_some(least: int, *names: str) -> Callable[[Members], bool]:
    return lambda members: len(members.keys() & set(names)) >= least


def _is_kubernetes_audit(members: Members) -> bool:
    return str(members.get("apiVersion", "")).startswith("audit.k8s.io")


def _is_cloudtrail(members: Members) -> bool:
    records = members.get("Records")
    first = records[0] if isinstance(records, list) and records else members
    return isinstance(first, dict) and _has_some(2, "eventVersion", "eventSource", "awsRegion", "userIdentity")(first)


def _is_unsized_cast(members: Members) -> bool:
    is_cast = type(members.get("version")) is int and members["version"] in (2, 3)
    return is_cast and not members.keys() & {"width", "height", "term"}


def _is_unknown_cast(members: Members) -> bool:
    sized = {"width", "height"} <= members.keys() or isinstance(members.get("term"), dict)
    return "version" in members and (sized or "stdout" in members)


_JUMPSERVER = (
    "account", "account_id", "asset", "asset_id", "can_replay", "date_end", "date_start", "has_replay", "is_finished",
    "is_success", "login_from", "protocol", "remote_addr", "system_user", "terminal",
)  # fmt: skip
_LOG = (
    "@timestamp", "action", "actor", "audit", "event", "event_type", "eventName", "level", "logger", "message", "msg",
    "severity", "time", "timestamp", "ts",
)  # fmt: skip

_OBJECTS: tuple[tuple[Callable[[Members], bool], ForeignFormat], ...] = (
    (_has_some(2, *_JUMPSERVER), ForeignFormat("JumpServer metadata", "name the recording beside it")),
    (_is_kubernetes_audit, ForeignFormat("a Kubernetes audit log")),
    (_has("apiVersion", "kind"), ForeignFormat("a Kubernetes object")),
    (_is_cloudtrail, ForeignFormat("an AWS CloudTrail log")),
    (_has_some(2, "submituser", "submithost", "runuser", "submitcwd"), ForeignFormat("a sudo I/O log", CONVERT)),
    (_has("log", "stream", "time"), ForeignFormat("a container's log")),
    (_has_some(1, "__REALTIME_TIMESTAMP", "_SYSTEMD_UNIT", "_BOOT_ID"), ForeignFormat("a systemd journal export")),
    (lambda members: isinstance(members.get("log"), dict) and "entries" in members["log"],
     ForeignFormat("an HTTP archive (HAR)")),
    (_is_unsized_cast, ForeignFormat(
        "an asciicast header without a size", "add the terminal's width and height to its first line")),
    (_is_unknown_cast, ForeignFormat("an asciicast of an unknown version", "convert it to version 1, 2 or 3")),
    (_has_some(2, "review_groups_data", "access_duration", "access_request_rule_name"),
     ForeignFormat("a review of the gateway", EXPORT_AGAIN)),
    (_has("email", "is_admin"), ForeignFormat("the gateway's answer about a user")),
    (_has_some(1, "disable_sessions_download", "disable_clipboard_copy_cut"),
     ForeignFormat("the gateway's answer about itself")),
    (_has_some(2, "agent_id", "access_mode_connect", "access_mode_exec", "access_schema", "reviewers"),
     ForeignFormat("a connection of the gateway")),
    (_has("session_id", "output_status"), ForeignFormat("the gateway's answer to a run", EXPORT_AGAIN)),
    (_has("source", "counts", "worst"), ForeignFormat("a row of `replay-tui scan --json`", EXPORT_AGAIN)),
)  # fmt: skip
"""Recognised objects, most specific first."""

_ROWS: tuple[tuple[Callable[[Members], bool], ForeignFormat], ...] = (
    (lambda row: set(row) == {"time", "where", "text"},
     ForeignFormat("a result of `replay-tui search --json`", EXPORT_AGAIN)),
    (lambda row: row.keys() >= {"time", "kind", "text", "params", "deleted"},
     ForeignFormat("a result of `replay-tui statements --json`", EXPORT_AGAIN)),
    (lambda row: set(row) == {"time", "text"},
     ForeignFormat("a result of `replay-tui transcript --json`", EXPORT_AGAIN)),
    (lambda row: row.keys() <= {"time", "type", "text", "base64"} and row.keys() >= {"time", "text"},
     ForeignFormat("a jsonl export of this program", "export the session as json or asciicast instead")),
)  # fmt: skip
"""Recognised rows of lists and of JSON Lines."""

_MAGIC: tuple[tuple[int, bytes, ForeignFormat], ...] = (
    (0, b"\xd4\xc3\xb2\xa1", ForeignFormat("a pcap network capture")),
    (0, b"\xa1\xb2\xc3\xd4", ForeignFormat("a pcap network capture")),
    (0, b"\x4d\x3c\xb2\xa1", ForeignFormat("a pcap network capture")),
    (0, b"\xa1\xb2\x3c\x4d", ForeignFormat("a pcap network capture")),
    *(
        (at, magic, ForeignFormat("a pcapng network capture"))  # the line feeds before it are skipped as blank
        for at in range(5)
        for magic in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d")
    ),
    (0, b"\x1f\x8b", ForeignFormat("gzip data inside gzip data", "decompress it once")),
    (0, b"\x1f\x9d", ForeignFormat("a compressed file (compress)", UNPACK)),
    (0, b"BZh", ForeignFormat("a compressed file (bzip2)", UNPACK)),
    (0, b"\xfd7zXZ\0", ForeignFormat("a compressed file (xz)", UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", ForeignFormat("a compressed file (Zstandard)", UNPACK)),
    (0, b"\x04\x22\x4d\x18", ForeignFormat("a compressed file (LZ4)", UNPACK)),
    (0, b"PK\x03\x04", ForeignFormat("a zip archive", UNPACK)),
    (0, b"7z\xbc\xaf\x27\x1c", ForeignFormat("a 7-Zip archive", UNPACK)),
    (0, b"\0\0\0\0\0\0\0\1", ForeignFormat("a Teleport recording in protocol buffers", CONVERT)),
    (0, b"SQLite format 3\0", ForeignFormat("an SQLite database")),
    (0, b"PAR1", ForeignFormat("a Parquet file")),
    (0, b"\x7fELF", ForeignFormat("a binary file (a program)")),
    (0, b"MZ", ForeignFormat("a binary file (a Windows program)")),
    (0, b"%PDF-", ForeignFormat("a PDF document")),
    (0, b"\x89PNG", ForeignFormat("a binary file (a PNG picture)")),
    (0, b"\xff\xd8\xff", ForeignFormat("a binary file (a JPEG picture)")),
    (0, b"GIF8", ForeignFormat("a binary file (a GIF picture)")),
    (4, b"ftyp", ForeignFormat("a video (MP4)")),
    (0, b"\x1a\x45\xdf\xa3", ForeignFormat("a video (Matroska or WebM)")),
    (0, b"\xff\xfe", ForeignFormat("UTF-16 text", "save it as UTF-8")),
    (0, b"\xfe\xff", ForeignFormat("UTF-16 text", "save it as UTF-8")),
)

_TEXTS: tuple[tuple[re.Pattern[bytes], ForeignFormat], ...] = (
    (lazy_compile(rb"(?:\d+\.\d+ \d+\r?\n)+|[HIOS] \d+\.\d+ \S"),
     ForeignFormat("the timing file of a typescript", "name the typescript, and this file with --timing")),
    (lazy_compile(rb"\d{1,3}\.[a-z]{2,20},(?:\d{1,5}\.|[^,;]{0,99}[,;])"), ForeignFormat("a Guacamole recording")),
    (lazy_compile(rb"=~=~=~=~=~=.{0,20}PuTTY log", re.DOTALL), ForeignFormat("a PuTTY log", CONVERT)),
    (lazy_compile(rb"(?:node=\S+ )?type=\w+ msg=audit\(|.{0,200}CEF:\d\|"), ForeignFormat("an audit log")),
    (lazy_compile(rb": connected\n|event: \w+\n"), ForeignFormat("a stream of live events", "save the session itself")),
    (lazy_compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ[ ,\t]"),
     ForeignFormat("a log, or a csv or text download of the gateway", "name the json download instead")),
    (lazy_compile(rb"<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* +[\w\[(]"),
     ForeignFormat("a log")),
    (lazy_compile(rb"\s*<(?:\?xml|[A-Za-z!])"), ForeignFormat("a web page or XML")),
    (lazy_compile(rb"-----BEGIN "), ForeignFormat("a PEM file (a key or a certificate)")),
    (lazy_compile(rb'\s*(?:null|true|false|-?\d[\d.eE+-]*|"(?:[^"\\]|\\.)*")\s*\Z'),
     ForeignFormat("JSON without an object or a list")),
)  # fmt: skip


def identify_object(members: Members, following: bytes = b"") -> ForeignFormat | None:
    """Return the known format of a JSON object; None if it has no sign of one.

    `following` is the start of what comes after it: another object, or an asciicast's first event.
    """
    return next((found for matches, found in _OBJECTS if matches(members)), None) or _row(members, following)


def _row(members: Members, following: bytes) -> ForeignFormat | None:
    has_more = following.lstrip().startswith(b"{")
    return next((found for matches, found in _ROWS if matches(members)), None) if has_more else None


def identify_log(members: Members, following: bytes = b"") -> ForeignFormat | None:
    """Return the format of an object that has the fields of a log line, or that is the first of several objects."""
    if members.get("type") == "audit" or _has_some(1, *_LOG)(members):
        return ForeignFormat("an audit log or another log")
    if following.lstrip().startswith(b"{"):
        return ForeignFormat("JSON Lines of another program")
    return None


def identify_element(first: Any) -> ForeignFormat:
    """Return the format of a JSON list by its first element."""
    if isinstance(first, list):
        return ForeignFormat("an event stream without its session", "save the gateway's whole answer instead")
    if not isinstance(first, dict):
        return ForeignFormat("a JSON list")
    rows = next((found for matches, found in _ROWS if matches(first)), None)
    return rows or identify_object(first) or identify_log(first) or ForeignFormat("a JSON list of another program")


def identify_bytes(head: bytes) -> ForeignFormat:
    """Return the format of data that does not start with a JSON object or list. `head` is its start."""
    for offset, magic, found in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return found
    if b"\0" in head or sum(byte < 0x20 and byte not in b"\t\n\r\f\x07\x08\x1b" for byte in head) * 10 > len(head):
        return ForeignFormat("a binary file")
    for pattern, found in _TEXTS:
        if pattern.match(head):
            return found
    if b"\x1b[" in head:
        return ForeignFormat("terminal output without times", "record it as an asciicast")
    return ForeignFormat("a CSV table") if _is_csv(head) else ForeignFormat("plain text")


def _is_csv(head: bytes) -> bool:
    """Return True if the first two lines have the same number of commas, semicolons or tabs."""
    lines = head.splitlines()[:2]
    return len(lines) == 2 and any(0 < lines[0].count(mark) == lines[1].count(mark) for mark in (b",", b";", b"\t"))
