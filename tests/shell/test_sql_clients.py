"""SQL clients recognised by their prompts, and the programs in which lines are typed."""

from __future__ import annotations

import pytest

from replay_tui.shell.sql_clients import client_statements, is_client_continuation, sql_client
from replay_tui.shell.typing_place import TypingPlaces, started_program


@pytest.mark.parametrize(
    ("prompt", "started_by", "name", "continuation"),
    [
        ("shop=# ", "", "psql", "shop-# "),
        ("shop=> ", "", "psql", "shop'> "),
        ("mysql> ", "", "mysql", "    -> "),
        ("MariaDB [shop]> ", "", "mysql", "    '> "),
        ("sqlite> ", "", "sqlite3", "   ...> "),
        ("1> ", "sqlcmd -S db", "sqlcmd", "2> "),
        ("SQL> ", "", "sqlplus", "  2  "),
    ],
)
def test_sql_client_prompts_are_recognised(prompt: str, started_by: str, name: str, continuation: str) -> None:
    client = sql_client(prompt, started_by)
    assert client is not None
    assert client.name == name
    assert is_client_continuation(continuation, client)
    assert not is_client_continuation("ana@host:~$ ", client)


@pytest.mark.parametrize("prompt", ["$ ", "root@db:~# ", "> ", "1> ", ">>> ", "test> ", ""])
def test_sql_client_other_prompts_are_none(prompt: str) -> None:
    assert sql_client(prompt, "ssh db") is None


def test_client_statements_are_split_and_classified() -> None:
    psql, sqlite = sql_client("shop=# ", ""), sql_client("sqlite> ", "")
    sqlcmd = sql_client("1> ", "sqlcmd")
    assert psql is not None
    assert sqlite is not None
    assert sqlcmd is not None
    found = client_statements("select 1; drop table t;", psql)
    assert [(row.text, row.kind) for row in found] == [("select 1;", "read"), ("drop table t;", "ddl")]
    assert [row.kind for row in client_statements("\\! rm -rf x", psql)] == ["shell"]
    assert [row.kind for row in client_statements("\\dt", psql)] == ["other"]
    assert [row.kind for row in client_statements(".shell rm x", sqlite)] == ["shell"]
    assert [row.text for row in client_statements("drop table t\nGO", sqlcmd)] == ["drop table t"]


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("ssh -p 22 db-1", "ssh db-1"),
        ("ssh db-1", "ssh db-1"),
        ("sudo -i", "sudo -i"),
        ("sudo su - postgres", "su postgres"),
        ("docker exec -it web bash", "docker exec web"),
        ("cd x && psql shop", "psql"),
        ("ls -la", ""),
        ("echo ssh", ""),
    ],
)
def test_started_program_names_program(command: str, program: str) -> None:
    assert started_program(command) == program


def test_typing_places_nest_and_return() -> None:
    places = TypingPlaces()
    assert places.at_prompt("me$ ") == "shell"
    places.add_command("ssh db-1")
    assert places.at_prompt("root@db-1# ") == "ssh db-1"
    places.add_command("psql")
    assert places.at_prompt("shop=# ") == "ssh db-1 > psql"
    places.add_command("\\q")
    assert places.at_prompt("root@db-1# ") == "ssh db-1"
    places.add_command("logout")
    assert places.at_prompt("me$ ") == "shell"
    places.add_command("bash")
    assert places.at_prompt("me$ ") == "bash"
    places.add_command("ssh unreachable")
    assert places.at_prompt("me$ ") == "bash"
