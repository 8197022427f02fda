"""Scripted PostgreSQL clients: ``pgclients.py pipeline|binary|libpq HOST PORT``.

Needs psycopg 3 and asyncpg (libpq only the latter); ``postgres.py`` runs it with an interpreter that has them.
"""

# mypy: ignore-errors
import asyncio
import ctypes
import datetime as dt
import decimal
import socket
import struct
import sys
import time
import uuid


def pipeline(dsn: str) -> None:
    """Run psycopg in pipeline mode: many messages in one read, a failing statement, a prepared one."""
    import psycopg

    with psycopg.connect(dsn, application_name="billing-worker") as conn:
        with conn.pipeline():
            cur = conn.cursor()
            for number in range(1, 6):
                cur.execute("insert into audit (who, what) values (%s, %s)", ("worker", f"step {number}"))
            cur.execute("select count(*) from payments where customer_id = %s", (7,))
            cur.execute("update customers set email = %s where id = %s", ("new@example.com", 7))
        conn.commit()
        time.sleep(0.2)
        try:
            with conn.pipeline():
                conn.execute("select 1 / %s", (0,))
                conn.execute("delete from audit where who = %s", ("skipped by the server",))
        except psycopg.errors.DivisionByZero:
            conn.rollback()
        for customer in (1, 2, 3):
            conn.execute("select name from customers where id = %s", (customer,), prepare=True)
        conn.execute("select %s::text, %s::text, %s::int4", ("tab\t'quote' \\ end\nnext", None, -5))
        with conn.cursor(name="page") as cur:
            cur.execute("select id, name from customers order by id limit 30")
            cur.fetchmany(10)
            cur.fetchmany(10)
        with conn.cursor().copy("copy audit (who, what) from stdin") as copy:
            copy.write_row(("copy", "one"))
            copy.write_row(("copy", None))
        conn.execute("select * from customers where name = any(%s) and id < %b", (["Customer 1", "Customer 2"], 9))
        conn.commit()


async def _binary(host: str, port: int, user: str, password: str, database: str) -> None:
    import asyncpg

    conn = await asyncpg.connect(host=host, port=port, user=user, password=password, database=database, ssl=False)
    await conn.execute("set application_name to 'reports'")
    row = (
        1, -2_000_000_000, 9_000_000_000_000, 1.5, -2.25e-7,
        decimal.Decimal("12345.6789"), True, uuid.UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        dt.datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=dt.UTC), dt.date(2026, 2, 28),
        dt.time(23, 59, 59), dt.timedelta(days=3, hours=4), b"\x00\xff\x10", "naïve 漢字",
        [1, None, 3], ["a", 'b"c', "d,e"], '{"sku": "A-1", "n": [1, 2]}',
    )  # fmt: skip
    kinds = [
        "int2", "int4", "int8", "float4", "float8", "numeric", "bool", "uuid", "timestamptz",
        "date", "time", "interval", "bytea", "text", "int4[]", "text[]", "jsonb",
    ]  # fmt: skip
    columns = ", ".join(f"${n}::{kind} as c{n}" for n, kind in enumerate(kinds, 1))
    await conn.fetch(f"select {columns}", *row)
    await conn.fetch(f"select {columns}", *[None] * len(kinds))
    insert = "insert into orders (id, customer_id, placed_at, total, paid) values ($1, $2, $3, $4, $5)"
    placed = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    await conn.executemany(
        insert,
        [(9000 + n, n, placed + dt.timedelta(hours=n), decimal.Decimal(n) / 4, n % 2 == 0) for n in range(1, 6)],
    )
    async with conn.transaction():
        await conn.execute("update orders set paid = $1 where total > $2", True, decimal.Decimal("0.5"))
        async for _ in conn.cursor("select id from orders where id >= $1", 9000, prefetch=2):
            pass
    await conn.execute("select 1; select 2")
    await conn.close()


class _Arg(ctypes.Structure):
    _fields_ = [("len", ctypes.c_int), ("isint", ctypes.c_int), ("value", ctypes.c_void_p)]


def libpq(host: str, port: int, dsn: str) -> None:
    """Run rare operations: encryption requests, a function call by number, a cancel request, an aborted COPY."""
    with socket.create_connection((host, port)) as asking:
        asking.sendall(struct.pack(">ii", 8, 80877104))  # GSSENCRequest
        assert asking.recv(1) in b"GN"
    pq = ctypes.CDLL("libpq.so.5")
    for name in ("PQconnectdb", "PQexec", "PQfn", "PQgetCancel", "PQgetResult", "PQprepare", "PQexecPrepared"):
        getattr(pq, name).restype = ctypes.c_void_p
    conn = ctypes.c_void_p(pq.PQconnectdb(dsn.encode()))
    assert pq.PQstatus(conn) == 0
    pq.PQexec(conn, b"begin; update users set role = 'x;y' where id = 1; select 1; rollback")
    time.sleep(0.2)
    out, size = ctypes.c_int(), ctypes.c_int()
    args = (_Arg * 2)(_Arg(4, 1, 40), _Arg(4, 1, 2))
    pq.PQfn(conn, 177, ctypes.byref(out), ctypes.byref(size), 1, args, 2)  # int4pl
    assert out.value == 42
    assert pq.PQsendQuery(conn, b"select pg_sleep(30)")
    time.sleep(0.3)
    cancel = ctypes.c_void_p(pq.PQgetCancel(conn))
    assert pq.PQcancel(cancel, ctypes.create_string_buffer(256), 256)
    while pq.PQgetResult(conn):
        pass
    for end in (None, b"changed my mind"):
        pq.PQexec(conn, b"copy audit (who, what) from stdin")
        assert pq.PQputCopyData(conn, b"libpq\tone\n", 10) == 1
        assert pq.PQputCopyEnd(conn, end) == 1
        while pq.PQgetResult(conn):
            pass
    pq.PQexec(conn, b"copy (select 1) to stdout")
    row = ctypes.c_char_p()
    while pq.PQgetCopyData(conn, ctypes.byref(row), 0) > 0:
        pass
    while pq.PQgetResult(conn):
        pass
    pq.PQexec(conn, b"select 'done'")
    pq.PQfinish(conn)


if __name__ == "__main__":
    what, host, port, user, password, database = sys.argv[1:7]
    if what == "pipeline":
        pipeline(f"host={host} port={port} user={user} password={password} dbname={database} sslmode=disable")
    elif what == "libpq":
        dsn = f"host={host} port={port} user={user} password={password} dbname={database} sslmode=prefer"
        libpq(host, int(port), dsn)
    else:
        asyncio.run(_binary(host, int(port), user, password, database))
