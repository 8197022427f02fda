"""Secrets in command lines, SQL statements and terminal output: passwords, keys and tokens written as literals.

A reference (`$TOKEN`, `$(…)`, a file) is no secret. The words of commands and the tokens of SQL are read here, so that
a finding is right; `domain/known_secrets.py` masks texts without a syntax, where a mask too many does no harm.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from replay_tui.decoders.sql.tokenizer import STRING, Token
from replay_tui.domain.known_secrets import TOKEN_FORMS
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.findings.command_layers import Layers, RunCommand
from replay_tui.findings.sql_nested import literal_text

MIN_SECRET_CHARS = 4
_NAME = lazy_compile(
    r"(?i)(?:.*[_-])?(?:password|passwd|passphrase|passwort|pwd|pass|secret|token|apikey|api_key|access_key|secret_key"
    r"|private_key|client_secret|auth_token|credentials?|encryption_key|signing_key)\Z|PGPASSWORD\Z|MYSQL_PWD\Z"
    r"|.*(?:secret|password|apikey|api_key|access_key)(?:_?(?:key|id|value|base64|base|key_base))?\Z|SSHPASS\Z|REDISCLI_AUTH\Z"
)
_NO_SECRET_NAME = lazy_compile(
    r"(?i).*(?:_file|_path|_ttl|_url|_name|_dir|_type|_length|_expiry|access_key_id|existing_?secret|pull_?secrets?|_ref|_mode|_arn)\Z"
)
_REFERENCE = lazy_compile(r"\$|id=|arn:|`|<\(|@|env:|file:|vault:|op://|\*+\Z|<[^>]*>\Z|\{\{|%\w+%")
_URL = lazy_compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,200}:([^\s/@\"'<>]{2,200})@", re.IGNORECASE)
_QUERY = lazy_compile(r"(?i)[?&;](?:access_token|token|api_?key|password|passwd|secret|sig|auth)=([^&\s\"']{4,400})")
_HEADER = lazy_compile(
    r"(?i)\b(?:(?:proxy-)?authorization\s*:\s*(?:bearer|basic|token|apikey|digest)?|(?:x-)?[\w-]*(?:api-?key|auth|token|secret)[\w-]*\s*:"
    r"|cookie\s*:.*?(?:session|token|sid)\w*=)\s*([^\s\"';]{4,2000})"
)
_KNOWN_FORMS = lazy_compile(TOKEN_FORMS)
_FIELD = lazy_compile(
    r"(?i)(?:^|[\s&,;{\"'])(?:\w*(?:password|passwd|pwd|secret|token|api_?key|access_?key|account_?key))[\"']?\s*[=:]\s*[\"']?([^\s&,;}\"']{4,400})"
)
_PRIVATE_KEY = lazy_compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_OPTION_NAMES = lazy_compile(
    r"(?i)--?(?!(?:ask|no|prompt|read|use|with)-)(?:\w[\w-]*-)?(?:password|passwd|(?:store|key)?pass|passphrase|secret|token|bearer|api-?key"
    r"|(?:account|access|secret|shared|master|private|encryption)-key|client-secret|sas-token|connection-string)\Z"
)
_ASSIGNED = lazy_compile(r"(?:^|,)[^=,\s]*?([A-Za-z_][\w.-]*)=([^,\s]+)")
_CAMEL_CASE = lazy_compile(r"(?<=[a-z])(?=[A-Z])")
_SESSION_COOKIE = lazy_compile(r"(?i)(?:session|sess|token|sid|auth|jwt)\w*=([^;\s]+)")
_SQLPLUS_LOGIN = lazy_compile(r"[\w$#\"]+/([^@/\s]+)(?:@\S+)?(?:\s+as\s+\w+)?\Z", re.IGNORECASE)
_NETRC = lazy_compile(r"\bmachine\s+\S+\s+(?:login\s+\S+\s+)?password\s+(\S+)")
_SLASH_OPTION = lazy_compile(r"(?i)/(?:p|pass|password|pwd)[:=](.+)")
_ATTACHED = {"mysql": "p", "mysqldump": "p", "mysqladmin": "p", "mariadb": "p", "mysqlimport": "p", "mariadb-dump": "p",
             "sshpass": "p", "7z": "p", "unrar": "p", "rar": "p"}  # fmt: skip
"""Commands whose password follows a short option without a blank."""
_SEPARATE = {
    "sshpass": "p", "redis-cli": "a", "sqlcmd": "PU", "docker": "p", "podman": "p", "helm": "p", "ldapsearch": "w",
    "ldapmodify": "w", "ldapadd": "w", "ldapdelete": "w", "ldappasswd": "w", "mongosh": "p", "mongo": "p",
    "mongodump": "p",
    "mongoexport": "p", "bcp": "P", "isql": "P", "tsql": "P", "zip": "P", "unzip": "P", "ipmitool": "P", "cqlsh": "p",
    "az": "p", "oc": "p", "snmpwalk": "A",
    "twine": "p", "rdesktop": "p", "ssh-keygen": "NP", "crackmapexec": "p", "netexec": "p", "nxc": "p", "hydra": "p",
}  # fmt: skip
_QUOTING = frozenset(("grep", "egrep", "fgrep", "rg", "ag", "sed", "awk", "echo", "printf", "man", "git", "test", "["))
"""Commands whose operands are texts or patterns, not assignments."""
_USER_OPTION = {"curl": ("-u", "--user", "-U", "--proxy-user"), "http": ("-a", "--auth"), "https": ("-a", "--auth"),
                "smbclient": ("-U", "--user"), "lftp": ("-u", "--user"), "rpcclient": ("-U",)}  # fmt: skip
_READS_PASSWORD = lazy_compile(
    r"chpasswd|sudo (?:.* )?-S|--password-stdin|passwd --stdin|su -|cryptsetup|openssl .*-pass stdin|kinit|smbpasswd"
)
_SQL_PASSWORD = lazy_compile(
    r"\b(?:PASSWORD|IDENTIFIED (?:WITH \S+ )?(?:BY|AS)|SECRET|PWD|CREDENTIALS|ENCRYPTION KEY|PASSPHRASE"
    r"|OLD_PASSWORD) ?(?:FOR .*?)?=?(?: FOR \S+)?(?: VALUES)? ?\(? ?(?:N )?$"
)


def secrets_in_commands(layers: Layers) -> list[str]:
    """Return the secrets that a command line contains."""
    found: list[str] = []
    for command in layers.commands:
        found += _secrets_of(command)
    for pipeline in layers.pipelines:
        if any(_READS_PASSWORD.search(f"{command.full_text} ") for command in pipeline[1:]):
            found += _written(pipeline[0])
    return [one for one in dict.fromkeys(found) if is_secret(one)]


def _written(command: RunCommand) -> list[str]:
    """Return the last word that `echo` or `printf` writes, without the account before a colon."""
    words = command.words
    if command.name not in ("echo", "printf") or len(words) < 2:
        return []
    return [words[-1].rpartition(":")[2].removesuffix("\\n")]


def _secrets_of(command: RunCommand) -> list[str]:
    words, name = command.words, command.name
    found = [value for key, value in command.assignments if _names_secret(key)]
    for _, value in command.assignments:
        found += _KNOWN_FORMS.findall(value) + _FIELD.findall(value)
    if name in ("export", "declare", "typeset", "readonly", "setenv", "local"):
        found += [word.partition("=")[2] for word in words[1:] if "=" in word and _names_secret(word.partition("=")[0])]
    if name == "setenv" and len(words) > 2 and _names_secret(words[1]):
        found.append(words[2])
    if name == "set" and len(words) > 3 and words[1].startswith("-") and _names_secret(words[2]):
        found.append(words[3])
    if name in ("aws", "git", "npm", "gcloud", "pip", "kubectl") and {"config", "configure", "set"}.intersection(words):
        found += [
            value
            for key, value in itertools.pairwise(words)
            if _names_secret(key.rpartition(".")[2]) and not key.startswith("-")
        ]
    found += _option_secrets(command)
    found += _positional_secrets(command)
    for word in [*words[1:], *(to for kind, to in command.redirections if kind == "<<<")]:
        for form in (_URL, _QUERY, _HEADER):
            found += form.findall(word)
        found += _KNOWN_FORMS.findall(word)
        if name in (
            "curl",
            "wget",
            "http",
            "https",
            "psql",
            "mysql",
            "kubectl",
            "helm",
            "docker",
            "sqlcmd",
        ) and re.search("[=:]", word):
            found += _FIELD.findall(word.partition("=")[2] if word.startswith("--from-literal") else word)
    return found


def _positional_secrets(command: RunCommand) -> list[str]:
    """Return the secrets among the operands, whose place or name says what they are."""
    words, name = command.words, command.name
    operands = [word for word in words[1:] if not word.startswith("-")]
    written = " ".join(operands) if command.redirections and name in ("echo", "printf") else ""
    if written:
        return _FIELD.findall(written) + _NETRC.findall(written)
    if name in _QUOTING:
        return []
    found = [value for word in words[1:] for key, value in _ASSIGNED.findall(word) if _names_secret(key)]
    if name == "vault" and operands[:1] == ["login"] and len(operands) > 1:
        found.append(operands[-1].removeprefix("token="))
    elif name in ("sqlplus", "sqlcl", "sql", "exp", "imp", "expdp", "impdp", "rman"):
        found += [match[1] for word in operands if (match := _SQLPLUS_LOGIN.match(word))]
    elif name == "htpasswd" and len(operands) > 1 and any(re.fullmatch(r"-\w*b\w*", word) for word in words[1:]):
        found.append(operands[-1])
    elif name == "mysqladmin" and "password" in operands[:-1]:
        found.append(operands[operands.index("password") + 1])
    elif name == "net" and operands[:1] == ["user"] and len(operands) > 2 and not operands[2].startswith("/"):
        found.append(operands[2])
    elif name == "nmcli" and "password" in operands[:-1]:
        found.append(operands[operands.index("password") + 1])
    elif name.startswith("$env:") and words[1:2] == ("=",) and _names_secret(name):
        found += words[2:3]
    elif name in ("xfreerdp", "xfreerdp3", "wfreerdp", "cmdkey", "mstsc"):
        found += [match[1] for word in operands if (match := _SLASH_OPTION.match(word))]
    return found


def _option_secrets(command: RunCommand) -> list[str]:  # noqa: PLR0912 - one branch per form of option
    words, name, found = command.words, command.name, []
    attached, separate = _ATTACHED.get(name, ""), _SEPARATE.get(name, "")
    for at, word in enumerate(words[1:], 1):
        following = words[at + 1] if at + 1 < len(words) else ""
        option, equals, value = word.partition("=")
        if word.startswith("-") and _OPTION_NAMES.match(option):
            if equals:
                found.append(value)
            elif not following.startswith("-") and not name.startswith(("mysql", "maria")):
                found.append(following)
        elif attached and re.match(rf"-{attached}.", word) and not word.startswith("--"):
            found.append(word[2:])
        elif separate and len(word) == 2 and word[0] == "-" and word[1] in separate and word[1] != "U":
            if name not in ("docker", "podman", "helm", "az", "oc") or "login" in words:
                found.append("" if following.startswith("-") else following)
        elif separate == "PU" and re.match(r"-P.", word):
            found.append(word[2:])
        elif word in _USER_OPTION.get(name, ()):
            found.append(re.split("[:%,]", following, maxsplit=1)[-1] if re.search("[:%,]", following) else "")
        elif equals and option in _USER_OPTION.get(name, ()):
            found.append(value.partition(":")[2])
        elif name == "curl" and option in ("-b", "--cookie"):
            found += _SESSION_COOKIE.findall(value if option == "--cookie" and equals else following)
        elif name == "curl" and re.match(r"-u.+:", word):
            found.append(word.partition(":")[2])
        elif name == "openssl" and word in ("-k", "-K", "-pass", "-passin", "-passout"):
            found.append(following.removeprefix("pass:"))
        elif word.startswith(("--set", "--from-literal")) or (words[at - 1].startswith("--set") and equals):
            found += [
                part.partition("=")[2]
                for part in (value if word.startswith("-") and equals else word).split(",")
                if "=" in part and _names_secret(part.partition("=")[0].rpartition(".")[2])
            ]
        elif name == "env" and equals and _names_secret(option):
            found.append(value)
        elif name == "docker" and word in ("-e", "--env") and _names_secret(following.partition("=")[0]):
            found.append(following.partition("=")[2])
    return found


def _names_secret(name: str) -> bool:
    name = _CAMEL_CASE.sub("_", name)
    return bool(_NAME.match(name)) and not _NO_SECRET_NAME.match(name)


def is_secret(text: str) -> bool:
    """Return True if a value is long enough and no reference, number or placeholder."""
    return (
        len(text) >= MIN_SECRET_CHARS
        and not _REFERENCE.match(text)
        and not text.startswith(("/", "./", "~/"))
        and not re.fullmatch(r"(?i)true|false|none|null|yes|\d{1,5}|stdin|prompt", text)
    )


def secrets_in_sql(tokens: Sequence[Token]) -> list[str]:
    """Return the literal passwords and keys in a statement."""
    found, before = [], ""
    for at, token in enumerate(tokens):
        if token.kind == STRING:
            inner = literal_text(token.text)
            context = before[-120:]
            if _SQL_PASSWORD.search(context) or (
                at and tokens[at - 1].text in ("BY", "PASSWORD") and "IDENTIFIED" in context
            ):
                found.append(inner)
            for form in (_URL, _FIELD):
                found += form.findall(inner)
            found += _KNOWN_FORMS.findall(inner)
        elif (
            token.kind != STRING
            and before.endswith("IDENTIFIED BY ")
            and token.text.upper() not in ("VALUES", "RANDOM")
        ):
            found.append(token.text)
        before = f"{before[-120:]}{token.text if token.kind != STRING else '?'} "
    return [one for one in dict.fromkeys(found) if one and not _REFERENCE.match(one)]


def private_key_offsets(output: bytes | bytearray, limit: int = 100) -> Iterable[int]:
    """Yield the offsets of the first `limit` private keys in terminal output."""
    for count, key in enumerate(_PRIVATE_KEY.finditer(output)):
        if count >= limit:
            return
        yield key.start()
