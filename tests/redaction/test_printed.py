"""A hidden input that a program prints later, in every way in which it can be drawn, is in no output."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from textwrap import wrap

import pytest

from tests.cli.runs import Runner
from tests.redaction.test_outputs import outputs
from tests.support.effort import sampled
from tests.support.secret_cases import SECRET, leaks

pytestmark = pytest.mark.slow

HEAD, TAIL = SECRET[:7], SECRET[7:]
ENCODED = base64.b64encode(f"user:{SECRET}\n".encode()).decode()
PRINTED = {
    "plain": f"key={SECRET}",
    "colour": f"key=\x1b[1m{HEAD}\x1b[31m{TAIL}\x1b[m",
    "each letter": "key=" + "".join(f"\x1b[3{at % 8}m{char}" for at, char in enumerate(SECRET)),
    "line break": f"key={HEAD}\r\n{TAIL}",
    "line feed": f"key={HEAD}\n{TAIL}",
    "indented line": f"key={HEAD}   \r\n      {TAIL}",
    "soft wrap": "x" * 73 + SECRET,
    "two rows": "x" * 70 + SECRET + "y" * 100,
    "cursor right": f"\x1b[5C{HEAD}\x1b[2D\x1b[2C{TAIL}",
    "cursor to column": f"\r{HEAD}\x1b[8G{TAIL}",
    "cursor to place": f"\x1b[5;1H{HEAD}\x1b[5;8H{TAIL}",
    "saved cursor": f"{HEAD}\x1b7\x1b[1;1H\x1b8{TAIL}",
    "bell and null": f"{HEAD}\x07\x00{TAIL}",
    "shift in": f"{HEAD}\x0f{TAIL}",
    "mode": f"{HEAD}\x1b[?25l\x1b[?25h{TAIL}",
    "title between": f"{HEAD}\x1b]0;working\x07{TAIL}",
    "zero width": f"{HEAD}\u200b{TAIL}",
    "alternate screen": f"\x1b[?1049h{HEAD}\x1b[1m{TAIL}\x1b[?1049l",
    "cleared": f"{HEAD}\x1b[m{TAIL}\x1b[2J\x1b[H",
    "scrolled off": f"{HEAD}\x1b[m{TAIL}" + "\r\n" * 60,
    "overprinted": f"{HEAD}X\b{TAIL}",
    "second half first": f"\x1b[8G{TAIL}\r{HEAD}\x1b[20G",
    "resized, second half first": f"\x1b[8;40;100t\x1b[8G{TAIL}\r{HEAD}\x1b[20G",
    "rows from below": f"\x1b[6;1H{TAIL}\x1b[5;74H{HEAD}\x1b[8;1H",
    "inserted": f"{TAIL}\r\x1b[{len(HEAD)}@{HEAD}\x1b[20G",
    "inserted one by one": "".join(f"\x1b[@{char}\b" for char in reversed(SECRET)) + "\x1b[20G",
    "deleted between": f"{HEAD}XX{TAIL}\x1b[{len(TAIL) + 2}D\x1b[2P\x1b[20G",
    "letter by letter in columns": "".join(
        f"\x1b[{at + 1}G{SECRET[at]}" for at in (*range(0, len(SECRET), 2), *range(1, len(SECRET), 2))
    ),
    "title": f"\x1b]2;{SECRET}\x1b\\",
    "link": f"\x1b]8;;http://x/?p={SECRET}\x07link\x1b]8;;\x07",
    "notification": f"\x1b]777;notify;x;{SECRET}\x07\x1b]9;{SECRET}\x07\x1b]99;;{SECRET}\x1b\\",
    "clipboard": f"\x1b]52;c;{ENCODED}\x07",
    "clipboard of iTerm2": f"\x1b]1337;Copy=:{ENCODED}\x07",
    "device control": f"\x1bP+q{SECRET.encode().hex()}\x1b\\\x1bP{SECRET}\x1b\\",
    "application command": f"\x1b_{SECRET}\x1b\\\x1b^{SECRET}\x1b\\\x1bX{SECRET}\x1b\\",
    "unfinished string": f"\x1b]2;{SECRET}",
    "screen title": f"\x1bk{SECRET}\x1b\\",
    "base64": ENCODED,
    "base64 in lines": "\r\n".join(wrap(ENCODED, 9)),
    "percent": f"curl 'http://x/?p={SECRET}'",
}


UNUSUAL = (
    "pa ss&<\"w'\\rd", "\u043f\u0430\u0440\u043e\u043b\u044c123", "\u5bc6\u7801\u5bc6\u7801", "na\xefve-\xdcn\xef9",
    "$(rm -rf /)", "a\U0001f600b\U0001f600c", "<b>bold</b>!", "%41%42%43x", "correct horse battery staple",
)  # fmt: skip
"""Hidden inputs with characters that a format escapes."""


def session_printing(folder: Path, printed: str, secret: str = SECRET) -> Path:
    """Write a session in which a secret is typed unseen, and a program prints something."""
    events = [
        (0.0, "o", "$ sudo -v\r\n[sudo] password for ana: "),
        *((0.1 + 0.1 * at, "i", char) for at, char in enumerate(secret)),
        (4.0, "i", "\r"),
        (4.1, "o", "\r\n$ "),
        *((5 + 0.1 * at, kind, char) for at, char in enumerate("cat f") for kind in "io"),
        (6.0, "i", "\r"),
        (6.1, "o", "\r\n"),
        (7.0, "o", printed),
        (8.0, "o", "\r\nnothing else\r\n$ "),
    ]
    stream = [[time, kind, base64.b64encode(data.encode()).decode()] for time, kind, data in events]
    fields = {
        "id": "x", "type": "application", "connection_subtype": "bash", "verb": "connect", "user": "ana",
        "ai_analysis": {"title": f"typed {secret}", "risk_level": "high", "explanation": f"It is {secret}."},
    }  # fmt: skip
    path = folder / "session.json"
    path.write_text(json.dumps(fields | {"event_stream": stream}))
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Return a function that runs the program."""
    return Runner(capsys)


@sampled("name", PRINTED, daily=10)
def test_printed_hidden_input_is_in_no_output(run: Runner, tmp_path: Path, name: str) -> None:
    session, folder = session_printing(tmp_path, PRINTED[name]), tmp_path / "out"
    folder.mkdir()
    secrets = (SECRET, SECRET.encode().hex(), base64.b64encode(SECRET.encode()).decode().rstrip("="))
    shown, texts = [], ""
    for words, ran, written in outputs(run, session, folder):
        data = (ran.out + ran.err).encode("utf-8", "surrogateescape") + written
        shown += [(words, secret) for secret in leaks(data, secrets)]
        texts += ran.out
    assert not shown
    assert "nothing else" in texts or name == "unfinished string"
    assert "cat f" in texts


@sampled("secret", UNUSUAL, daily=3)
def test_printed_unusual_secret_is_in_no_output(run: Runner, tmp_path: Path, secret: str) -> None:
    """Also not in the fields of the session, such as the AI's words about what was typed."""
    encoded, half, folder = base64.b64encode(secret.encode()).decode(), len(secret) // 2, tmp_path / "out"
    printed = f"{secret}\r\n{secret[:half]}\x1b[1m{secret[half:]}\r\n\x1b]2;{secret}\x07{encoded}"
    session = session_printing(tmp_path, printed, secret)
    folder.mkdir()
    shown = []
    for words, ran, written in outputs(run, session, folder):
        data = (ran.out + ran.err).encode("utf-8", "surrogateescape") + written
        shown += [(words, found) for found in leaks(data, (secret, encoded.rstrip("=")))]
    assert not shown
