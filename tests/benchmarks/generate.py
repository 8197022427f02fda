"""Generator of sessions of any size, reproducible by seed: shells, full-screen programs, an editor, CJK, keystrokes.

    python tests/benchmarks/generate.py out.json --size 20 --seed 1 --profile mixed

Writes the gateway's response to `GET /sessions/{id}?expand=event_stream`. The size is that of the raw payloads.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

COLS, ROWS = 120, 36
_WORDS = (  # noqa: SIM905 -- a list of thirty strings is no easier to read
    "error warning info request response timeout database connection refused retry orders payments customer index "
    "select update commit rollback queue worker node-1 node-2 10.0.0.7 /var/log/app.log GET POST 200 404 500 ms"
).split()
_CJK = "注文番号配送状況確認中完了失敗顧客情報更新한국어주문확인배송완료데이터베이스订单处理系统错误日志查询结果"
_CODE = ("def", "return", "for", "import", "class", "if not", "self.", "None", "lambda x:", "yield")

Event = tuple[float, str, bytes]


@dataclass(frozen=True)
class Profile:
    """Kind of session: the share of each kind of scene, the screen's size, and the largest number of bytes in an event.

    `pause` is the longest time between two events, `idle` the longest between two scenes, both in seconds.
    """

    scenes: dict[str, int]
    cols: int = COLS
    rows: int = ROWS
    event: int = 4096
    pause: float = 0.02
    idle: float = 4.0


PROFILES = {
    "mixed": Profile({"shell": 30, "top": 35, "edit": 4, "cjk": 10, "bar": 6}),
    "tiny": Profile({"shell": 50, "edit": 50}, event=14, pause=0.001),
    "screens": Profile({"top": 100}, cols=200, rows=50, event=16384),
    "cjk": Profile({"cjk": 100}),
    "idle": Profile({"shell": 60, "edit": 40}, idle=10_000.0),
}


class Maker:
    """Generates the scenes of one profile; each is a list of screen writes, some of which follow a key."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.profile = profile
        self.rng = random.Random(seed)
        # Picking from prepared pieces makes generating 110 MiB fast enough.
        self.words = [" ".join(self.rng.choices(_WORDS, k=self.rng.randrange(3, 16))) for _ in range(3000)]
        self.code = [" ".join(self.rng.choices([*_CODE, *_WORDS], k=self.rng.randrange(2, 12))) for _ in range(1000)]
        self.cjk = ["".join(self.rng.choices(_CJK, k=self.rng.randrange(6, 40))) for _ in range(1000)]

    def scene(self) -> Iterator[tuple[bytes, bytes]]:
        """Return one scene as (keys typed before, screen bytes) pairs."""
        names = list(self.profile.scenes)
        name = self.rng.choices(names, weights=list(self.profile.scenes.values()))[0]
        scenes: dict[str, Callable[[], Iterator[tuple[bytes, bytes]]]] = {
            "shell": self._shell, "top": self._top, "edit": self._edit, "cjk": self._cjk, "bar": self._bar,
        }  # fmt: skip
        yield from scenes[name]()

    def _prompt(self, command: str) -> Iterator[tuple[bytes, bytes]]:
        yield b"", b"\x1b[?2004h\x1b[01;32mroot@app-1\x1b[00m:\x1b[01;34m/srv/shop\x1b[00m# "
        for letter in command:
            yield letter.encode(), letter.encode()
        yield b"\r", b"\r\n\x1b[?2004l\r"

    def _shell(self) -> Iterator[tuple[bytes, bytes]]:
        rng = self.rng
        yield from self._prompt("tail -n 400 app.log")
        lines = []
        for number in range(400):
            colour = rng.choice((31, 32, 33, 36, 90))
            words = rng.choice(self.words)[: self.profile.cols + 30]
            lines.append(f"\x1b[{colour}m2026-11-{number % 28 + 1:02d} {number:06d}\x1b[0m {words}\r\n")
            if number % 40 == 39:
                yield b"", "".join(lines).encode()
                lines.clear()

    def _top(self) -> Iterator[tuple[bytes, bytes]]:
        rng, cols, rows = self.rng, self.profile.cols, self.profile.rows
        yield from self._prompt("htop")
        yield (
            b"",
            b"\x1b[?1049h\x1b[22;0;0t\x1b[1;%dr\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?1h\x1b=\x1b[?25l\x1b[H\x1b[2J" % rows,
        )
        for _ in range(12):
            parts = ["\x1b[H"]
            for meter in range(4):
                filled = rng.randrange(cols // 2)
                bar = "|" * filled + " " * (cols // 2 - filled)
                parts.append(f"\x1b[{meter + 1};1H\x1b[36m{meter}\x1b[1;90m[\x1b[0;32m{bar}\x1b[1;90m]\x1b[m")
            parts.append(f"\x1b[6;1H\x1b[30;42m{'    PID USER      PRI  NI  VIRT   RES S CPU% Command':<{cols}}\x1b[m")
            for row in range(7, rows):
                pen = "30;46" if row == 9 else str(rng.choice((0, 0, 0, 1, 90)))
                text = f"{rng.randrange(99999):7d} root       20   0 {rng.randrange(9999):5d}M {rng.choice(self.words)}"
                parts.append(f"\x1b[{row};1H\x1b[{pen}m{text[:cols]:<{cols}}\x1b[m")
            parts.append(f"\x1b[{rows};1HF1\x1b[30;46mHelp  \x1b[mF2\x1b[30;46mSetup \x1b[m\x1b[K")
            yield b"", "".join(parts).encode()
        yield b"q", b"\x1b[%d;1H\x1b[?12l\x1b[?25h\x1b[?1049l\x1b[23;0;0t\r\x1b[?1l\x1b>" % rows

    def _edit(self) -> Iterator[tuple[bytes, bytes]]:
        rng, rows = self.rng, self.profile.rows
        yield from self._prompt("vim shop.py")
        page = [f"\x1b[?1049h\x1b[1;{rows}r\x1b[H\x1b[2J\x1b[?25l"]
        for row in range(1, rows):
            page.append(
                f"\x1b[{row};1H\x1b[38;5;130m{row:4d} \x1b[38;5;{rng.randrange(256)}m{rng.choice(self.code)}\x1b[m"
            )
        yield b"", ("".join(page) + "\x1b[?25h").encode()
        for _ in range(60):
            row, col = rng.randrange(1, rows - 1), rng.randrange(6, 60)
            for letter in rng.choice(self.code)[:12]:
                yield (
                    letter.encode(),
                    f"\x1b[?25l\x1b[{row};{col}H{letter}\x1b[{rows};100H{row},{col}  \x1b[?25h".encode(),
                )
            if rng.random() < 0.3:
                line = rng.choice(self.code)
                region = f"\x1b[{row};{rows - 1}r\x1b[{row};1H\x1b[L\x1b[1;{rows}r"
                yield b"\n", f"{region}\x1b[{row};6H\x1b[1;31m{line}\x1b[m".encode()
        yield b":wq\r", b"\x1b[?1049l\x1b[?25h"

    def _cjk(self) -> Iterator[tuple[bytes, bytes]]:
        yield from self._prompt("less orders.txt")
        for _ in range(30):
            lines = [f"\x1b[33m{self.rng.randrange(9999):5d}\x1b[0m {self.rng.choice(self.cjk)}\r\n" for _ in range(12)]
            yield b" ", "".join(lines).encode()

    def _bar(self) -> Iterator[tuple[bytes, bytes]]:
        yield from self._prompt("curl -O dump.sql")
        for part in range(0, 101, 2):
            bar = "#" * part + "-" * (100 - part)
            yield b"", f"\r\x1b[1;32m[{bar}]\x1b[0m {part:3d}%".encode()
        yield b"", b"\r\n"


def events(size: int, seed: int, profile: Profile) -> Iterator[Event]:
    """Yield events with payloads of `size` bytes in total."""
    maker, rng = Maker(profile, seed), random.Random(seed + 1)
    time, left = 0.0, size
    while left > 0:
        time += rng.choice((0.025, 0.125, 0.25, 1.0)) * profile.idle if profile.pause > 0.01 else 0.0
        for keys, data in maker.scene():
            if keys:
                time += rng.random() * 0.2 * profile.pause / 0.02
                yield time, "i", keys
                left -= len(keys)
            for start in range(0, len(data), profile.event):
                piece = data[start : start + profile.event][:left]
                if not piece:
                    return
                time += rng.random() * profile.pause
                yield time, "o", piece
                left -= len(piece)


def wire(statements: int, seed: int) -> Iterator[Event]:
    """Return a Postgres client's messages for `count` executions: prepared and simple ones, some of them in batches."""
    rng, time = random.Random(seed), 0.0

    def message(kind: bytes, body: bytes = b"") -> bytes:
        return kind + struct.pack(">I", len(body) + 4) + body

    prepared = b"SELECT id, total FROM orders WHERE customer = $1 AND day > $2"
    yield time, "i", message(b"P", b"s1\0" + prepared + b"\0" + struct.pack(">H", 0)) + message(b"S")
    sent = 0
    while sent < statements:
        time += rng.random() * 0.02
        sent += (number := min(statements - sent, rng.choice((1, 1, 1, 20))))
        if rng.random() < 0.3:
            text = f"UPDATE orders SET note = 'n{sent}' WHERE id = {rng.randrange(10**6)}"
            yield time, "i", message(b"Q", text.encode() + b"\0") * number
            continue
        batch = bytearray()
        for _ in range(number):
            values = [str(rng.randrange(10**6)).encode(), b"2026-11-01"]
            body = b"\0s1\0" + struct.pack(">HH", 0, 2) + b"".join(struct.pack(">i", len(one)) + one for one in values)
            batch += message(b"B", body + struct.pack(">H", 0)) + message(b"E", b"\0" + struct.pack(">i", 0))
        yield time, "i", bytes(batch) + message(b"S")


def redraws(size: int, seed: int, cols: int, rows: int, pause: float = 1 / 30) -> Iterator[Event]:
    """Yield one full-screen redraw per event, `pause` seconds apart; the first row has its number."""
    rng, maker = random.Random(seed), Maker(Profile({"top": 1}, cols, rows), seed)
    number, left = 0, size
    yield 0.0, "o", b"\x1b[?1049h\x1b[?25l\x1b[1;%dr" % rows
    while left > 0:
        parts = [f"\x1b[H\x1b[m{f'frame {number:06d}':<{cols}}"]
        for row in range(2, rows + 1):
            text = f"{rng.randrange(99999):7d} root  {rng.choice(maker.words)} {rng.choice(maker.words)} "
            name = f"\x1b[3{row % 7 + 1}m{rng.choice(maker.words)}"
            parts.append(f"\x1b[{row};1H\x1b[m{text[: cols // 2]}{name[: cols // 2]}\x1b[m\x1b[K")
        data = "".join(parts).encode()
        yield pause * (number + 1), "o", data
        number, left = number + 1, left - len(data)


def write_redraws(path: Path, size: int, cols: int, rows: int, mixed: int = 0) -> tuple[int, int]:
    """Write a session of numbered redraws, and after an hour of `mixed` bytes of other output.

    Return the number of events and of raw bytes.
    """
    later = ((time + 3600, letter, data) for time, letter, data in events(mixed, 1, PROFILES["mixed"]))
    stream = chain(redraws(size, 1, cols, rows), later if mixed else ())
    return _write(path, stream, type="custom", connection_subtype="bash")


def write_wire(path: Path, statements: int, seed: int = 1) -> tuple[int, int]:
    """Write a Postgres session of `count` executions; return the number of events and of raw bytes."""
    return _write(path, wire(statements, seed), type="database", connection_subtype="postgres")


def write(path: Path, size: int, seed: int = 1, profile: str = "mixed") -> tuple[int, int]:
    """Write a terminal session of `size` raw bytes; return the number of events and of raw bytes."""
    return _write(path, events(size, seed, PROFILES[profile]), type="custom", connection_subtype="bash")


def _write(path: Path, stream: Iterator[Event], **kind: str) -> tuple[int, int]:
    fields = {
        "id": "00000000-0000-4000-8000-000000000001", "user": "dev@example.test", "connection": "app-1", **kind,
        "verb": "connect", "status": "done", "start_date": "2026-11-01T10:00:00Z", "end_date": None,
    }  # fmt: skip
    count = total = 0
    with path.open("w", encoding="ascii") as out:
        out.write(json.dumps(fields)[:-1] + ', "event_stream": [')
        for time, letter, data in stream:
            comma = "," if count else ""
            out.write(f'{comma}[{time:.6f},"{letter}","{base64.b64encode(data).decode()}"]')
            count, total = count + 1, total + len(data)
        out.write("]}")
    return count, total


def main() -> None:
    """Write one session."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=float, default=20, help="MiB of raw payload (default 20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="mixed")
    options = parser.parse_args()
    count, total = write(options.out, int(options.size * 2**20), options.seed, options.profile)
    print(f"{options.out}: {count} events, {total / 2**20:.1f} MiB raw", file=sys.stderr)


if __name__ == "__main__":
    main()
