"""Recorder of PostgreSQL clients through the relay; the server's log gives the expected statements.

Usage: ``python -m tests.support.record.postgres [NAME...]``; ``RECORD_PYTHON`` names an interpreter with psycopg 3 and
asyncpg. Needs the server's programs (``PG_BIN``, by default the folder of Debian's version 15).
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from . import sandbox
from .pgrelay import Relay, relay
from .session import build, postgres_fields, write_session, write_truth
from .terminal import Step, record

FOLDER = Path(__file__).parents[3] / "fixtures" / "postgres"
BIN = Path(os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin"))
PYTHON = os.environ.get("RECORD_PYTHON", sys.executable)
USER, PASSWORD, DATABASE = "shop", "a-password-for-the-tests", "shop"

_CONFIG = """
listen_addresses = '127.0.0.1'
fsync = off
logging_collector = on
log_destination = 'csvlog'
log_directory = 'log'
log_filename = 'server'
log_statement = 'all'
log_parameter_max_length = -1
log_rotation_age = 0
timezone = 'UTC'
log_timezone = 'UTC'
"""

SCHEMA = """
create table customers (id int primary key, name text, email text, card text);
create table payments (id int primary key, customer_id int references customers, amount numeric(10,2), at timestamptz);
create table orders (id int primary key, customer_id int, placed_at timestamptz, total numeric(10,2), paid bool);
create table users (id int primary key, login text, role text default 'staff');
create table audit (id serial primary key, who text, what text, at timestamptz default now());
insert into customers select n, 'Customer ' || n, 'c' || n || '@example.com', '4111-1111-1111-' || (1000 + n)
  from generate_series(1, 60) n;
insert into payments select n, 1 + n * 7 % 60, n * 13 % 500 + 0.5, timestamptz '2026-10-01Z' + n * interval '3 hours'
  from generate_series(1, 150) n;
insert into orders select n, 1 + n * 11 % 60, timestamptz '2026-11-01Z' + n * interval '97 minutes',
  n * 17 % 900 + 0.25, n % 3 > 0 from generate_series(1, 240) n;
insert into users select n, 'user' || n, 'staff' from generate_series(1, 50) n;
"""


@dataclass
class Cluster:
    """Temporary server."""

    folder: Path
    port: int

    def psql(self, sql: str, *options: str, database: str = DATABASE) -> str:
        """Run SQL without the relay."""
        command = [
            "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database, *options
        ]  # fmt: skip
        env = os.environ | {"PGPASSWORD": PASSWORD}
        done = subprocess.run(command, input=sql, text=True, capture_output=True, check=True, env=env)
        return done.stdout

    def log(self) -> list[list[str]]:
        """Return all rows of the server's log."""
        time.sleep(0.5)
        with (self.folder / "data/log/server.csv").open(newline="") as file:
            return list(csv.reader(file))


def _as_postgres(*command: str) -> None:
    subprocess.run(["runuser", "-u", "postgres", "--", *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server with the shop's tables and remove it at the end of the block."""
    folder = Path(mkdtemp())
    shutil.chown(folder, "postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    data = str(folder / "data")
    _as_postgres(
        str(BIN / "initdb"), "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", str(folder / "password"),
        "-E", "UTF8", "--locale", "C.UTF-8",
    )  # fmt: skip
    with (folder / "data/postgresql.conf").open("a") as file:
        file.write(_CONFIG + f"port = {port}\nunix_socket_directories = '{folder}'\n")
    _as_postgres(str(BIN / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "start.log"), "start")
    try:
        running = Cluster(folder, port)
        running.psql(f"create database {DATABASE}", database="postgres")
        running.psql(SCHEMA)
        yield running
    finally:
        _as_postgres(str(BIN / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


_LOGGED = re.compile(r"(?:statement|execute (?P<name>.*?)|execute fetch from (?P<fetch>.*?)): (?P<sql>.*)", re.DOTALL)
_VALUE = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")


def truth(rows: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Return the statements in the server's log, in the order of execution.

    Used columns of a csvlog row: 5 session, 11 severity, 13 message, 14 detail, 19 query.
    """
    sessions: list[str] = []
    found: list[dict[str, Any]] = []
    for row in rows:
        session, severity, message, detail, query = row[5], row[11], row[13], row[14], row[19]
        if session not in sessions:
            sessions.append(session)
        connection = sessions.index(session)
        if severity == "LOG" and (match := _LOGGED.match(message)):
            simple = message.startswith("statement: ")
            entry: dict[str, Any] = {
                "connection": connection,
                "protocol": "simple" if simple else "extended",
                "text": match["sql"],
                "params": None,
            }
            if not simple:
                entry["statement"] = match["name"] if match["name"] is not None else match["fetch"]
                values = _VALUE.findall(detail) if detail.startswith("parameters: ") else []
                entry["params"] = [None if v == "NULL" else v[1:-1].replace("''", "'") for v in values]
            found.append(entry)
        elif severity in ("ERROR", "FATAL"):
            found.append({"connection": connection, "error": message, "text": query})
    return found


def _tool(port: int, *command: str, stdin: str | None = None) -> None:
    env = os.environ | {"PGPASSWORD": PASSWORD, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable", "TZ": "UTC"}
    full = [*command, "-h", "127.0.0.1", "-p", str(port), "-U", USER]
    subprocess.run(full, check=True, env=env, input=stdin, text=True, capture_output=True, cwd="/")


def _client(what: str) -> Callable[[Relay, Cluster], None]:
    def run(through: Relay, server: Cluster) -> None:
        script = str(Path(__file__).with_name("pgclients.py"))
        args = [PYTHON, script, what, "127.0.0.1", str(through.port), USER, PASSWORD, DATABASE]
        subprocess.run(args, check=True, env=os.environ | {"USER": USER}, cwd="/")

    return run


def _pgbench(through: Relay, server: Cluster) -> None:
    _tool(through.port, "pgbench", "-n", "-c1", "-t20", "-M", "prepared", DATABASE)


def _pg_dump(through: Relay, server: Cluster) -> None:
    _tool(through.port, "pg_dump", "-d", DATABASE, "-t", "customers", "-t", "audit")


def _copy(through: Relay, server: Cluster) -> None:
    rows = "".join(f"{9000 + n}\tCustomer {n}\tc{n}@example.com\t\\N\n" for n in range(400))
    with open(server.folder / "rows.tsv", "w") as file:
        file.write(rows)
    script = f'''
begin;
\\copy customers (id, name, email, card) from '{server.folder}/rows.tsv'
select count(*) from customers;
\\copy (select id, email from customers where id > 9390) to '{server.folder}/out.tsv'
copy audit (who, what) from stdin with (format csv);
"quoted, with comma","say ""hi"""
plain,
\\.
rollback;
'''
    _tool(through.port, "psql", "-X", "-d", DATABASE, stdin=script)


def _human(through: Relay, server: Cluster) -> None:
    """Return the steps of an interactive psql session: reads first, then harmful statements."""
    steps = [
        Step(1.5, "\\dt\r"),
        Step(3.0, "\\d customers\r"),
        Step(2.5, "select count(*) from customers;\r"),
        Step(2.0, "select id, name, email, card from customers\r"),
        Step(0.5, "order by id limit 20;\r"),
        Step(4.0, "select * from users where id = 42;\r"),
        Step(3.0, "update users set role='admin' where id=42;\r"),
        Step(2.5, "select * from paymets limit 5;\r"),
        Step(2.0, "select * from payments limit 5;\r"),
        Step(3.5, "delete from payments;\r"),
        Step(2.0, "grant all on payments to public;\r"),
        Step(1.5, "\\q\r"),
    ]
    url = f"host=127.0.0.1 port={through.port} user={USER} dbname={DATABASE} sslmode=disable gssencmode=disable"
    env = sandbox.environment() | {"PGPASSWORD": PASSWORD, "PAGER": "cat", "PSQL_HISTORY": "/dev/null"}
    through.start = time.monotonic()
    record(["setsid", "-c", "psql", "-X", url], steps, cols=100, rows=30, env=env, rhythm=3)


CLIENTS: dict[str, Callable[[Relay, Cluster], None]] = {
    "pgbench": _pgbench,
    "pg_dump": _pg_dump,
    "psycopg-pipeline": _client("pipeline"),
    "asyncpg-binary": _client("binary"),
    "psql-copy": _copy,
    "psql-flagged": _human,
    "libpq": _client("libpq"),
}


def capture(run: Callable[[Relay, Cluster], None], server: Cluster) -> tuple[Relay, list[dict[str, Any]], float]:
    """Run a client through a relay; return relay, expected statements and duration in seconds."""
    before = len(server.log())
    with relay(("127.0.0.1", server.port)) as through:
        run(through, server)
        duration = time.monotonic() - through.start
        time.sleep(0.3)
    return through, truth(server.log()[before:]), duration


def flagged(**fields: Any) -> dict[str, Any]:
    """Return the fields of the harmful psql session besides its stream."""
    masking = {
        "err_count": 0,
        "info_types": {"CREDIT_CARD": 20, "EMAIL_ADDRESS": 20},
        "total_redact_count": 40,
        "transformed_bytes": 704,
    }
    review = {
        "id": "7d0b0a0e-4f52-4d0e-9a58-1f9f7a2a6a01",
        "type": "jit",
        "access_duration": 1_800_000_000_000,
        "status": "APPROVED",
        "revoke_at": "2026-11-21T08:29:00Z",
        "created_at": "2026-11-21T07:52:00Z",
        "review_groups_data": [
            {
                "id": "0f1e3f9d-1353-4bf0-b8f0-ebfb4e0b2789",
                "group": "dba",
                "status": "APPROVED",
                "reviewed_by": {
                    "id": "john@example.com",
                    "name": "John Roe",
                    "email": "john@example.com",
                    "slack_id": "",
                },
                "review_date": "2026-11-21T07:59:00Z",
                "forced_review": False,
            }
        ],
        "time_window": None,
        "access_request_rule_name": "prod-writes",
        "min_approvals": None,
        "force_approval_groups": ["admin"],
    }
    analysis = {
        "risk_level": "high",
        "title": "All payments deleted, a user made admin",
        "explanation": "The session reads card numbers, raises user 42 to admin, deletes every row of payments "
        "(no WHERE) and opens the table to everybody. None of this is in the ticket's reason.",
        "action": "allow_execution",
        "summary": "Eight statements: five reads, one over card data and one that failed, a privilege change, "
        "an unbounded DELETE and a GRANT TO PUBLIC.",
        "model": "demo-model",
        "steps": [
            {
                "type": "thinking",
                "thinking": "DELETE without WHERE removes all rows. How many are there?",
                "timestamp": "2026-11-21T08:01:10Z",
            },
            {
                "type": "tool_call",
                "tool_name": "describe_table",
                "tool_input": '{"table": "payments"}',
                "timestamp": "2026-11-21T08:01:11Z",
            },
            {
                "type": "tool_result",
                "tool_name": "describe_table",
                "tool_output": "id, customer_id, amount, at; about 150 rows; no audit trigger",
                "is_error": False,
                "timestamp": "2026-11-21T08:01:12Z",
            },
        ],
    }
    return {
        **postgres_fields(),
        "metadata": {"reason": "look at a failed payment", "ticket": "PAY-88"},
        "review": review,
        "ai_analysis": analysis,
        "data_masking": masking,
        **fields,
    }


def make(name: str, server: Cluster, day: int) -> None:
    """Record one client."""
    through, executed, duration = capture(CLIENTS[name], server)
    fields = flagged() if name == "psql-flagged" else postgres_fields()
    masking = fields.pop("data_masking", None)
    start = f"2026-11-{day:02d}T08:00:00.25Z"
    session = build(f"pg-{name}", through.events, start=start, duration=duration, **fields)
    if masking:
        session["metrics"]["data_masking"] = masking
    write_session(FOLDER / f"{name}.json.gz", session)
    write_truth(FOLDER / f"{name}.truth.json", executed)
    print(name, len(through.events), "events", len(executed), "executions")


def main() -> None:
    names = sys.argv[1:] or list(CLIENTS)
    with cluster() as server:
        if "pgbench" in names:
            _tool(server.port, "pgbench", "-i", "-q", "-s", "1", DATABASE)
        for day, name in enumerate(CLIENTS, 16):
            if name in names:
                make(name, server, day)


if __name__ == "__main__":
    main()
