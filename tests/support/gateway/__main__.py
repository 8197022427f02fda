"""Run the gateway by hand: `python -m tests.support.gateway --port 8009 --sessions 500`.

Faults on demand: `curl -d '{"path": "/sessions", "status": 503, "times": 3}' localhost:8009/trouble`; a session's name
stands for its id, fields as in `faults.Fault`, and `{"drop": "open-shell"}` cuts live connections.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from tests.support.gateway.people import PEOPLE
from tests.support.gateway.player import play_open_session
from tests.support.gateway.server import LoopbackGateway
from tests.support.gateway.store import FIXTURES


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.gateway",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8009)
    parser.add_argument("--sessions", type=int, default=0, help="made-up sessions beside the recorded ones")
    parser.add_argument("--folder", type=Path, default=FIXTURES, help="recorded sessions to serve")
    parser.add_argument("--no-downloads", action="store_true", help="answer as a gateway that disabled downloads")
    parser.add_argument("--slow-runs", action="store_true", help="a session that is run goes on after the answer")
    options = parser.parse_args()
    gateway = LoopbackGateway(
        options.port, options.folder, downloads_disabled=options.no_downloads, slow_runs=options.slow_runs
    )
    gateway.store.generate(options.sessions)
    if "shell-vim" in gateway.store.names:
        gateway.store.add_long()
    if "open-shell" in gateway.store.names:
        threading.Thread(target=play_open_session, args=(gateway,), daemon=True).start()
    print(f"A demo gateway is at {gateway.url}; stop it with Ctrl+C.", file=sys.stderr)
    for person in PEOPLE:
        print(
            f"  HOOP_APIURL={gateway.url} HOOP_TOKEN={person.token}   # {person.name}, {person.role}", file=sys.stderr
        )
    try:
        gateway.serve()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
