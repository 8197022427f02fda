"""Sandbox of the recordings: the host ``app-1`` with its name, processes and a small shop in ``/srv/shop``."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HOME = "/srv/shop"
PROMPT = "root@app-1:/srv/shop# "
BASH = ("bash", "--norc", "--noprofile")

# Runs as process 1 of the new namespaces: names the host, mounts the shop, starts a few idle services
# (so that a process list has something to show), then becomes the recorded program.
_SETUP = r"""
shop=$1 services=$2
export PS1=$3  # bash ignores PS1 of its environment
shift 3
hostname app-1
mount -t tmpfs tmpfs /srv && mkdir /srv/shop && mount --bind "$shop" /srv/shop
mount -t tmpfs tmpfs /tmp
echo "127.0.0.1 localhost app-1" >/tmp/.hosts && mount --bind /tmp/.hosts /etc/hosts
cd /srv/shop
quiet() { "$@" </dev/null >/dev/null 2>&1 & }
if [ "$services" = yes ]; then
    (exec -a 'nginx: master process /usr/sbin/nginx' sleep 600 </dev/null >/dev/null 2>&1 &)
    for n in 1 2; do (exec -a 'nginx: worker process' sleep 600 </dev/null >/dev/null 2>&1 &); done
    for n in 1 2 3; do (exec -a "gunicorn: worker [shop] $n" sleep 600 </dev/null >/dev/null 2>&1 &); done
    (exec -a 'redis-server 127.0.0.1:6379' sleep 600 </dev/null >/dev/null 2>&1 &)
    (exec -a '/usr/sbin/cron -f' sleep 600 </dev/null >/dev/null 2>&1 &)
    quiet python3 -c 'while sum(range(20000)): __import__("time").sleep(0.02)'
    quiet python3 -m http.server 8765 --bind 127.0.0.1 --directory /srv/shop
fi
exec setsid -c "$@"
"""

_DEPLOY = """\
#!/bin/sh
# Roll the shop out to every application host.
set -eu

VERSION=${1:-$(git describe --tags --always)}
HOSTS="app-1 app-2"
TIMEOUT=30

build() {
    echo "building shop:$VERSION"
    tar -czf "build/shop-$VERSION.tar.gz" src
}

push() {
    for host in $HOSTS; do
        echo "pushing $VERSION to $host"
        scp -q "build/shop-$VERSION.tar.gz" "$host:/srv/releases/"
        ssh "$host" "systemctl restart shop"
    done
}

check() {
    curl -fsS --max-time "$TIMEOUT" http://localhost:8080/health
}

build
push
check
"""

_CART = '''\
"""The shopping cart."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Line:
    sku: str
    price: Decimal
    quantity: int = 1

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


@dataclass
class Cart:
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        if line.quantity < 1:
            raise ValueError(f"bad quantity: {line.quantity}")
        self.lines.append(line)

    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))
'''

_TESTS = r'''
"""A stand-in for a test runner: coloured, with a bar drawn over itself."""
import sys
import time

NAMES = ["cart", "checkout", "deploy", "health", "invoice", "login", "payments", "search"]
GREEN, RED, DIM, OFF = "\033[32m", "\033[1;31m", "\033[2m", "\033[0m"
sys.stdout.write("\033[?25l")
done = 0
for name in NAMES:
    for part in range(5):
        done += 1
        share = done / (5 * len(NAMES))
        full = int(share * 40)
        bar = GREEN + "━" * full + DIM + "─" * (40 - full) + OFF
        sys.stdout.write(f"\r\033[K{bar} {share:4.0%} tests/test_{name}.py::case_{part}")
        sys.stdout.flush()
        time.sleep(0.05)
    sys.stdout.write(f"\r\033[K{GREEN}✓{OFF} tests/test_{name}.py {DIM}(5 cases){OFF}\n")
sys.stdout.write(f"\033[?25h\033[1;32m{done} passed\033[0m in 2.08s\n")
'''

_BUILD = r'''
"""A stand-in for an image build: two bars kept up to date above a log that scrolls by."""
import sys
import time


def bar(share: float, width: int = 30) -> str:
    full, rest = divmod(int(share * width * 8), 8)
    body = "█" * full + (" ▏▎▍▌▋▊▉"[rest] if full < width else "")
    return f"\033[48;5;236m\033[38;5;39m{body:<{width}}\033[0m"


out = sys.stdout
out.write("\033[?25l")
for step in range(60):
    if step:
        out.write("\033[2A")
    out.write(f"\033[K\033[36m[{step + 1:02d}/60]\033[0m layer sha256:{step * 2654435761 % 2**32:08x} extracted\n")
    out.write(f"\033[Klayers {bar((step + 1) / 60)} {(step + 1) / 60:4.0%}\n")
    out.write(f"\033[Kbytes  {bar(((step + 1) / 60) ** 2)} {((step + 1) / 60) ** 2 * 118.4:5.1f} MB\n")
    out.flush()
    time.sleep(0.05)
out.write("\033[?25hsuccessfully built \033[1mshop:1.4.2\033[0m\n")
'''


def _log(lines: int) -> str:
    rng = random.Random(7)
    paths = ["/cart", "/checkout", "/health", "/login", "/orders/7", "/search?q=shoe"]
    rows = []
    for number in range(lines):
        status = rng.choice([200, 200, 200, 200, 302, 404, 500])
        level = {500: "ERROR", 404: "WARN "}.get(status, "INFO ")
        second = number % 60
        minute = number // 60 % 60
        rows.append(
            f"2026-11-19T21:{minute:02d}:{second:02d}Z {level} request id={number:05d} "
            f"path={rng.choice(paths)} status={status} ms={rng.randint(2, 900)}"
        )
    return "\n".join(rows) + "\n"


def _git(shop: Path, date: str, *args: str) -> None:
    who = {
        "GIT_AUTHOR_NAME": "Mia Lang",
        "GIT_AUTHOR_EMAIL": "mia@example.com",
        "GIT_COMMITTER_NAME": "Mia Lang",
        "GIT_COMMITTER_EMAIL": "mia@example.com",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
        "HOME": str(shop),
        "PATH": os.environ["PATH"],
    }
    subprocess.run(["git", "-C", str(shop), *args], env=who, check=True, capture_output=True)


@contextmanager
def shop() -> Iterator[Path]:
    """Create a copy of the shop's folder, and remove it at the end of the block."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "shop"
        for name in ("src", "tests", "cache", "logs", "tools", "build"):
            (root / name).mkdir(parents=True)
        (root / "deploy.sh").write_text(_DEPLOY.replace("TIMEOUT=30", "TIMEOUT=10"))
        (root / "deploy.sh").chmod(0o755)
        (root / "src/cart.py").write_text(_CART)
        (root / "README.md").write_text("# Shop\n\nRun `./deploy.sh` to roll out.\n")
        (root / ".gitignore").write_text("/.*\n/cache/\n/logs/\n/build/\n/tools/\n/notes.txt\n")
        _git(root, "2026-11-02T10:00:00Z", "init", "-q", "-b", "main")
        _git(root, "2026-11-02T10:00:00Z", "add", "-A")
        _git(root, "2026-11-02T10:00:00Z", "commit", "-qm", "Import the shop")
        (root / "tests/run.py").write_text(_TESTS.lstrip())
        _git(root, "2026-11-09T15:21:00Z", "add", "-A")
        _git(root, "2026-11-09T15:21:00Z", "commit", "-qm", "Run the tests with a bar")
        (root / "deploy.sh").write_text(_DEPLOY)
        _git(root, "2026-11-16T18:40:00Z", "commit", "-qam", "Wait longer for the health check")
        _git(root, "2026-11-16T18:40:00Z", "tag", "1.4.1")
        (root / "README.md").write_text("# Shop\n\nRun `./deploy.sh` to roll out.\nAsk in #ops before a hotfix.\n")
        (root / "tools/build.py").write_text(_BUILD.lstrip())
        (root / "logs/app.log").write_text(_log(3000))
        (root / "notes.txt").write_text("one\ntwo\nthree\n")
        for number in range(12):
            (root / f"cache/page-{number:02d}.html").write_bytes(b"x" * (400 + 97 * number))
        (root / "build/image.bin").write_bytes(bytes(4_000_000))
        (root / ".tmux.conf").write_text(f"set -g default-command \"exec env PS1='{PROMPT}' {' '.join(BASH)}\"\n")
        (root / ".bash_history").write_text("")
        yield root
        shutil.rmtree(root)


def environment(term: str = "xterm-256color", shell: str = "/bin/bash") -> dict[str, str]:
    """Return the complete environment of a recorded program."""
    return {
        "EDITOR": "mcedit",
        "HOME": HOME,
        "HISTFILE": f"{HOME}/.{Path(shell).name}_history",
        "LANG": "C.UTF-8",
        "LOGNAME": "root",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "SHELL": shell,
        "TERM": term,
        "USER": "root",
    }


def on_app_1(root: Path, argv: Sequence[str] = BASH, *, services: bool = False) -> list[str]:
    """Return the command that runs ``argv`` on the host ``app-1`` with ``root`` as ``/srv/shop``."""
    spaces = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"]
    flag = "yes" if services else "no"
    return [*spaces, "bash", "-c", _SETUP, "bash", str(root), flag, PROMPT, *argv]
