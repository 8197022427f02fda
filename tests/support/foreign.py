"""Files that are not sessions: examples of other programs' formats, and words that a rejection must have."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.support.fixtures import FIXTURES

FOREIGN = FIXTURES / "foreign"
ID = "3f0c5a6e-2f4d-4e6a-8b7c-9d0e1f2a3b4c"
TIME = "2026-11-20T09:30:00Z"


def lines(*rows: Mapping[str, Any]) -> bytes:
    """Return JSON Lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def text(value: object) -> bytes:
    """Return JSON on several lines."""
    return json.dumps(value, indent=2).encode()


def ttyrec(*frames: tuple[int, int, bytes]) -> bytes:
    """Return a ttyrec recording of (seconds, microseconds, data)."""
    return b"".join(struct.pack("<III", seconds, micros, len(data)) + data for seconds, micros, data in frames)


def archive() -> bytes:
    """Return a tar archive with one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("session.json"), io.BytesIO(b""))
    return out.getvalue()


def zipped() -> bytes:
    """Return a zip archive with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("session.json", "{}")
    return out.getvalue()


TLOG = {"ver": "2.3", "host": "h", "rec": "r", "user": "ana", "term": "xterm", "session": 1, "id": 1, "pos": 0,
        "timing": "=80x24>6", "in_txt": "", "in_bin": [], "out_txt": "$ ls\r\n", "out_bin": []}  # fmt: skip
JUMPSERVER = {"id": ID, "user": "Ana(ana)", "asset": "web-1(10.0.0.1)", "account": "root", "login_from": "WT",
              "remote_addr": "10.0.0.9", "protocol": "ssh", "type": "normal", "user_id": ID, "org_id": ID,
              "date_start": "2026/11/20 09:30:00 +0800", "date_end": None, "is_finished": True}  # fmt: skip
TELEPORT = {"ei": 0, "event": "session.start", "uid": ID, "code": "T2000I", "time": TIME, "user": "ana",
            "cluster_name": "prod", "sid": ID, "server_id": ID, "login": "root"}  # fmt: skip
AUDIT = {"id": "a1", "user": "ana", "type": "login", "status": "ok", "timestamp": TIME, "action": "user.login",
         "metadata": {"ip": "10.0.0.9"}}  # fmt: skip
KUBERNETES = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": ID, "verb": "get",
              "user": {"username": "ana"}, "metadata": {}}  # fmt: skip
CLOUDTRAIL = {"Records": [{"eventVersion": "1.08", "eventSource": "s3.amazonaws.com", "userIdentity": {}}]}
REVIEW = {"id": ID, "type": "onetime", "status": "APPROVED", "access_duration": 0, "review_groups_data": [],
          "session": ID, "created_at": TIME}  # fmt: skip
CONNECTION = {"id": ID, "org_id": ID, "name": "pg", "type": "database", "subtype": "postgres", "status": "online",
              "agent_id": ID, "access_mode_exec": "enabled", "connection_tags": {"team": "x"}}  # fmt: skip

FOREIGN_FILES: dict[str, tuple[bytes, str]] = {
    **{path.name: (path.read_bytes(), words) for path, words in (
        (FOREIGN / "auditlog.json", "audit log"),
        (FOREIGN / "idonly.json", "log"),
        (FOREIGN / "no-size.cast", "asciicast header without a size"),
    )},
    "jumpserver": (text(JUMPSERVER), "JumpServer metadata"),
    "jumpserver, one line": (lines(JUMPSERVER), "JumpServer metadata"),
    "teleport": (lines(TELEPORT, TELEPORT | {"ei": 1, "event": "session.end"}), "Teleport events"),
    "teleport print": (lines({"event": "print", "ei": 1, "ci": 0, "ms": 12, "offset": 0, "bytes": 5}), "Teleport"),
    "teleport, few fields": (lines({"event": "session.end", "user": "ana", "time": TIME}), "Teleport"),
    "teleport list": (text([TELEPORT]), "Teleport events"),
    "audit log": (lines(AUDIT), "audit log"),
    "audit log lines": (lines(*[AUDIT | {"id": str(number)} for number in range(9)]), "audit log"),
    "log with many fields": (lines(AUDIT | {"connection": "vpn", "user_id": "7", "user_name": "Ana"}), "audit log"),
    "log list": (text([{"time": TIME, "level": "info", "msg": "x"}]), "log"),
    "other lines": (lines({"a": 1}, {"a": 2}), "JSON Lines"),
    "kubernetes audit": (lines(KUBERNETES), "Kubernetes audit log"),
    "kubernetes": (text({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "status": {}}), "Kubernetes object"),
    "cloudtrail": (text(CLOUDTRAIL), "CloudTrail"),
    "container log": (lines({"log": "x\n", "stream": "stdout", "time": TIME}), "container's log"),
    "container log list": (text([{"log": "x\n", "stream": "stdout", "time": TIME}]), "container's log"),
    "har": (text({"log": {"version": "1.2", "creator": {}, "entries": []}}), "HTTP archive"),
    "sudo": (text({"submituser": "ana", "runuser": "root", "command": "/bin/sh"}), "sudo I/O log"),
    "cast header 3": (b'{"version": 3}\n[0.1, "o", "x"]\n', "asciicast header without a size"),
    "cast header, title": (b'{"version": 2, "title": "x"}\n', "asciicast header without a size"),
    "cast version 9": (b'{"version": 9, "width": 80, "height": 24}\n[0.1, "o", "x"]\n', "asciicast of an unknown"),
    "picture's data": (text({"version": 2, "width": 640, "height": 480, "src": "a.png", "alt": "x"}), "not a session"),
    "tool's result": (text({"version": 1, "stdout": "text", "exit_code": 0}), "not a session"),
    "cast events only": (b'[0.1, "o", "hello"]\n[0.2, "o", "x"]\n', "JSON list"),
    "triples only": (b'[[0.1, "o", "aGk="]]', "event stream without its session"),
    "numbers": (b"[1, 2, 3]", "JSON list"),
    "empty list": (b"[]", "empty JSON list"),
    "list of names": (b'["a", "b"]', "JSON list"),
    "null": (b"null", "JSON"),
    "number": (b"42\n", "JSON"),
    "string": (b'"text"', "JSON"),
    "package": (text({"name": "x", "version": "1.0.0", "type": "module", "scripts": {}}), "JSON but not a session"),
    "two fields": (text({"id": ID, "status": "done", "name": "x"}), "JSON but not a session"),
    "wrong types": (text({"id": 1, "user": {}, "type": 5, "status": [], "verb": "GET"}), "JSON but not a session"),
    "empty object": (b"{}", "JSON but not a session"),
    "review": (text(REVIEW), "a review of the gateway"),
    "connection": (text(CONNECTION), "a connection of the gateway"),
    "server": (text({"version": "1", "disable_sessions_download": False}), "answer about itself"),
    "user": (text({"id": "x", "email": "a@b", "is_admin": True, "org_id": ID, "status": "active"}), "about a user"),
    "run": (text({"session_id": ID, "output": "1", "output_status": "success", "exit_code": 0}), "answer to a run"),
    "error": (text({"message": "access denied"}), "gateway's error"),
    "link": (text({"download_url": "http://gw/x", "expire_at": TIME}), "download link"),
    "scan row": (lines({"source": "a", "session": ID, "user": "a", "connection": "c", "counts": {}, "worst": None,
                        "start_date": TIME, "findings": [], "fidelity": []}), "scan --json"),
    "statements": (text([{"time": 1, "kind": "shell", "text": "ls", "params": None, "duration": None,
                          "deleted": False}]), "statements --json"),
    "hits": (text([{"time": 1, "where": "screen", "text": "x"}]), "search --json"),
    "lines of text": (text([{"time": 1, "text": "x"}]), "transcript --json"),
    "export": (lines({"time": 0.5, "type": "o", "text": "x"}, {"time": 1, "type": "o", "text": "y"}), "jsonl export"),
    "timing": (b"0.123456 12\n0.000100 3\n", "timing file"),
    "advanced timing": (b"H 0.000000 START_TIME 2026-11-20\nO 0.1 5\n", "timing file"),
    "guacamole": (b"4.size,1.0,4.1024,3.768;4.sync,13.1700000000000;", "Guacamole"),
    "putty": (b"=~=~=~=~=~=~=~=~=~=~=~= PuTTY log 2026.11.20 09:30:00 =~=~=~=~=\r\n$ ls\r\n", "PuTTY"),
    "auditd": (b"type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e syscall=59\n", "audit log"),
    "cef": (b"CEF:0|Vendor|Product|1.0|100|login|5|src=10.0.0.9\n", "audit log"),
    "syslog": (b"Nov 20 09:30:00 web-1 sshd[42]: Accepted publickey for ana\n", "a log"),
    "dated log": (b"2026-11-20 09:30:00,123 INFO started\n", "a log"),
    "gateway's csv": (b"2026-11-20T09:30:00Z \x1b[?2004h\n2026-11-20T09:30:00Z root# \n", "csv or text download"),
    "live events": (b": connected\n\nevent: session_end\ndata: {}\n\n", "live events"),
    "csv": (b"time,type,text\r\n0.5,o,hello\r\n", "CSV"),
    "tabs": (b"id\tuser\n1\tana\n", "CSV"),
    "html": (b"<!doctype html><html></html>", "web page"),
    "xml": (b'<?xml version="1.0"?><a/>', "XML"),
    "terminal output": (b"\x1b[1m$ \x1b[0mls\r\na b\r\n", "terminal output"),
    "plain text": (b"Dear reviewer,\nplease look at this.\n", "plain text"),
    "key": (b"-----BEGIN OPENSSH PRIVATE KEY-----\nxx\n", "PEM"),
    "pcap": (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1), "pcap"),
    "pcap, big endian": (struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1), "pcap"),
    "pcapng": (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", "pcapng"),
    "zip": (zipped(), "zip archive"),
    "tar": (archive(), "tar archive"),
    "tar.gz": (gzip.compress(archive()), "tar archive"),
    "gzip twice": (gzip.compress(gzip.compress(b"{}")), "gzip"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "Zstandard"),
    "bzip2": (b"BZh91AY&SY", "bzip2"),
    "sqlite": (b"SQLite format 3\0\x10\0", "SQLite"),
    "program": (b"\x7fELF\x02\x01\x01\0\0", "binary"),
    "zeros": (bytes(64), "binary"),
    "utf-16": ('{"id": "x"}'.encode("utf-16"), "UTF-16"),
    "empty": (b"", "empty"),
    "blank": (b" \n\n", "empty"),
    "byte order mark": (b"\xef\xbb\xbf", "empty"),
}  # fmt: skip
"""Files by a name, with words of the message."""

UNTIMED = "util-linux script, without timing file"
WARPGATE = "Warpgate terminal recording"
RECORDER_FILES: dict[str, tuple[bytes, str]] = {
    "tlog.json": ((FOREIGN / "tlog.json").read_bytes(), "tlog 2.3"),
    "warpgate.ndjson": ((FOREIGN / "warpgate.ndjson").read_bytes(), WARPGATE),
    "tlog, one line": (lines(TLOG), "tlog 2.3"),
    "tlog, many lines": (lines(*[TLOG | {"id": number} for number in range(50)]), "tlog 2.3"),
    "tlog, list": (text([TLOG]), "tlog 2.3"),
    "warpgate, input first": (lines({"time": 0.5, "stream": "Input", "data": "bHM="}), WARPGATE),
    "warpgate, resize": (lines({"time": 0.0, "cols": 80, "rows": 24}, {"time": 9, "cols": 90, "rows": 30}), WARPGATE),
    "typescript": (b"Script started on 2026-11-20 09:30:00+00:00 [TERM=\"xterm\"]\n$ ls\r\n", UNTIMED),
    "old typescript": (b"Script started on Fri Nov 20 09:30:00 2026\n\x1b[0m$ ls\r\n", UNTIMED),
    "ttyrec": (ttyrec((1_700_000_000, 5, b"$ ls\r\n"), (1_700_000_001, 900_000, b"\x1b[0mx")), "ttyrec"),
    "ttyrec, long frame": (ttyrec((1_700_000_000, 5, b"x" * 5000), (1_700_000_001, 7, b"y")), "ttyrec"),
    "gzip of tlog": (gzip.compress(lines(TLOG)), "tlog 2.3"),
    "jumpserver text": (text({"0.5": "$ ls\r\n", "1.25": "a b\r\n"}), "JumpServer text recording"),
}  # fmt: skip
"""Recordings of other tools by a name, with the format that they open as."""
