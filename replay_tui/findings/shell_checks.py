"""Rule checks on parsed commands, and the text of a command that rule patterns match."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from itertools import pairwise

from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.risk import Severity
from replay_tui.findings.command_layers import SHELLS, Layers, RunCommand

_SILENT = frozenset(("echo", "printf", "man", "info", "apropos", "whatis", "which", "type", "whereis", "help", "alias",
                     "unalias", "tldr", "hash", "figlet", "for", "case", "select", "logger", "notify-send", "banner",
                     "apt-cache", "dpkg", "rpm"))  # fmt: skip
"""Commands whose arguments are words that do nothing."""
_SEARCHES = frozenset(("grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "pgrep", "ausearch"))
_GIT_WORDS = frozenset(("commit", "log", "grep", "show", "tag", "stash", "notes", "blame", "diff", "checkout", "switch",
                        "branch", "merge", "rebase", "add", "config"))  # fmt: skip
_HELP = frozenset(("--help", "--version", "-help", "--usage"))
_DRY_RUN = lazy_compile(
    r"--(?:dry-?run|dryrun|what-?if|simulate|no-act|just-print|recon|check)(?:=(?!none|false)\S*)?\Z"
)
_SHORT_DRY_RUN = {"rsync": "n", "git": "n", "make": "n", "modprobe": "n", "apt-get": "s", "apt": "s", "visudo": "c",
                  "logrotate": "d", "ansible-playbook": "C"}  # fmt: skip
_EXPORTS = frozenset(("export", "declare", "typeset", "readonly", "local", "setenv"))

_BUILD = frozenset(("node_modules", "dist", "build", "target", "__pycache__", ".pytest_cache", ".mypy_cache", "out",
                    "bin",
                    ".ruff_cache", ".cache", ".tox", ".nox", ".venv", "venv", "coverage", "htmlcov", ".next", ".nuxt",
                    "obj", ".gradle", ".terraform", ".eggs", "_build", ".parcel-cache", ".turbo", "tmp", "temp",
                    ".coverage", "cmake-build-debug", "Debug", "Release", "site", "public", "vendor", ".sass-cache",
                    "bower_components", ".svelte-kit", ".angular", "DerivedData", "Pods", ".dart_tool", ".yarn",
                    "storybook-static", "wheelhouse", ".hypothesis", "reports", "test-results"))  # fmt: skip
"""Folders that a build makes again."""
_SMALL_FILE = lazy_compile(
    r"\.(?:egg-info|dist-info|py[co]|tmp|o|log|bak|lock|json|txt|md|ya?ml|toml|xml|html|csv|pid|cache)\Z"
)
"""A single file, or what a build makes again, if it is below the current folder."""
_TEMPORARY = lazy_compile(
    r"(?:/private)?/(?:tmp|var/tmp)/[^*?./][^*?]*\Z"
    r"|(?:/var/(?:cache|lib/apt/lists)|(?:~|\$HOME|/root|/home/[\w.-]+)/\.(?:cache|npm|gradle/caches|m2/repository))(?:/[^.].*)?\Z"
)
"""Temporary files, and caches of package managers."""
_REBUILT_NAME = lazy_compile(
    r"-i?name ['\"]?(?:\*\.(?:py[co]|o|tmp|bak|swp|orig|rej|class|obj)|\*~|__pycache__"
    r"|\.DS_Store|node_modules|Thumbs\.db)"
)
_POSITIONAL = lazy_compile(r"\$(?:[1@*]|\{[1@*]\})\Z|\{\}\Z")
"""Targets that the caller of a nested script passes, possibly many."""
_UNLINKING_CODE = lazy_compile(
    r"rmtree|os\.(?:remove|unlink|removedirs)|\bunlink\b|FileUtils\.rm|\bfs\b\W{0,3}\.(?:promises\.)?(?:rm|unlink)|rimraf|rmdir"
    r"|remove_tree|File\.delete"
)
_CODE_RUNNER = lazy_compile(r"(?:python|perl|ruby|node|php|lua)[\d.]*\Z")


def matched_texts(command: RunCommand) -> list[str]:
    """Return the texts of a command that rule patterns match: none for help and dry runs, no words that do nothing."""
    words = command.words
    texts = [f"{name}={value}" for name, value in command.assignments]
    if command.name in _EXPORTS:
        texts += [word for word in words[1:] if "=" in word]
    if command.name == "set" and len(words) > 2 and words[1] in ("-x", "-gx", "-Ux"):
        texts.append(f"{words[2]}={' '.join(words[3:])}")
    if command.wrappers and command.wrappers[-1] == "xargs" and command.name in ("rm", "shred", "unlink"):
        texts.append(f"{command.text} (xargs)")
    if not _is_harmless(command):
        texts.append(_without_mentions(command))
    return texts


def _is_harmless(command: RunCommand) -> bool:
    for word in command.words[1:]:
        if word == "--":
            break
        if word in _HELP or _DRY_RUN.match(word):
            return True
    letter = _SHORT_DRY_RUN.get(command.name)
    if not letter:
        return False
    if command.name == "git" and command.words[1:2] not in (("push",), ("clean",)):
        return False
    return any(re.fullmatch(rf"-\w*{letter}\w*", word) for word in command.words[1:])


def _without_mentions(command: RunCommand) -> str:
    """Return the text without arguments that are only words, patterns or messages."""
    name, words, text = command.name, command.words, command.text
    if name in _SILENT:
        kept: tuple[str, ...] = words[:1]
    elif name in _SEARCHES:
        operands = [word for word in words[1:] if not word.startswith("-")]
        kept = (name, *operands[1:])
    elif name == "git" and words[1:2] and words[1] in _GIT_WORDS:
        kept = words[:2]
    elif name in ("npm", "yarn", "pnpm", "make", "just", "tmux", "task"):
        kept = words[:1]
    else:
        return text
    redirections = text[len(" ".join(words)) :] if command.redirections else ""
    return " ".join(kept) + redirections


def pipeline_text(pipeline: Sequence[RunCommand]) -> str:
    """Return the text of a pipeline that rule patterns match."""
    return " | ".join(one.name if _is_harmless(one) else _without_mentions(one) for one in pipeline)


def removes_files(command: RunCommand, layers: Layers) -> Severity | None:  # noqa: PLR0912 - one branch per program
    """Return how dangerous a removal of many files is; it depends on what is removed. None if there is none."""
    name, words = command.name, command.words
    if name == "find":
        if "-delete" not in words:
            return None
        return (
            Severity.LOW
            if "-empty" in words
            or _REBUILT_NAME.search(" ".join(words))
            or _target_severity(words[1:2]) is Severity.LOW
            else Severity.HIGH
        )
    if name in ("fd", "fdfind"):
        return None
    if name == "rsync":
        deletes = any(word.startswith("--del") or word == "--remove-source-files" for word in words)
        return (Severity.MEDIUM if words[-1].startswith("/") else Severity.LOW) if deletes else None
    if name == "git":
        flags = "".join(word for word in words[2:] if re.fullmatch(r"-\w+", word))
        return Severity.LOW if words[1:2] == ("clean",) and ("f" in flags or "--force" in words) else None
    if name == "mv" and words[-1:] == ("/dev/null",):
        return Severity.HIGH
    if _CODE_RUNNER.match(name):
        return Severity.HIGH if any(_UNLINKING_CODE.search(word) for word in words[1:] if len(word) > 8) else None
    if name in ("srm", "wipe", "rimraf", "trash-empty", "rip"):
        return _target_severity(words[1:])
    if name not in ("rm", "unlink", "shred"):
        return None
    options, targets = _options_and_operands(words[1:])
    letters = "".join(option[1:] for option in options if not option.startswith("--"))
    recursive = (
        "r" in letters or "R" in letters or any(len(one) > 3 and "--recursive".startswith(one) for one in options)
    )
    many = bool({"xargs", "find", "parallel", "fd", "fdfind"}.intersection(command.wrappers))
    if many and name in ("rm", "unlink", "shred"):
        found = [word for word in targets if word not in ("{}", "{", "}")]
        line = command.full_text.replace("\u00a0", " ")
        if _REBUILT_NAME.search(line):
            return Severity.LOW
        return _target_severity(found) if found else Severity.HIGH
    if name == "rm" and recursive:
        return _target_severity(targets)
    if name == "rm" and any(one.endswith("*") and one.startswith(("/", "~", "$HOME")) for one in targets):
        return Severity.LOW if all(_TEMPORARY.match(one.rstrip("*") + "x") for one in targets) else Severity.MEDIUM
    return Severity.LOW if command.source and any(_POSITIONAL.match(one) for one in targets) else None


def _options_and_operands(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    options, operands, ended = [], [], False
    for word in words:
        if word == "--" and not ended:
            ended = True
        elif word.startswith("-") and len(word) > 1 and not ended:
            options.append(word)
        else:
            operands.append(word)
    return options, operands


def _target_severity(targets: list[str] | tuple[str, ...]) -> Severity:
    """Return low for build folders and temporary files, medium for other folders below the current one, else high."""
    worst = Severity.LOW if targets else Severity.HIGH
    for target in targets:
        if target.startswith("-"):
            continue
        path = posixpath.normpath(target) if target else "."
        first = path.split("/")
        if _TEMPORARY.match(path) or (
            not path.startswith(("/", "~", "$", "..")) and (path in _BUILD or first[-1] in _BUILD or first[0] in _BUILD)
        ):
            continue
        if _SMALL_FILE.search(path) and not path.startswith(("/", "~", "$")):
            continue
        is_outside = path.startswith(("/", "~", "..")) or path in (".", "*", ".*") or "$" in path or "*" in path
        severity = Severity.HIGH if is_outside else Severity.MEDIUM
        worst = max(worst, severity, key=lambda one: one.rank)
    return worst


def spawns_shell(command: RunCommand, layers: Layers) -> Severity | None:
    """Return low for a shell in a container or behind a wrapper, medium for one through an editor or interpreter."""
    if command.name not in SHELLS or any(
        not re.fullmatch(r"-\w{0,3}|--login|--norc|--noprofile|-quit", one) for one in command.words[1:]
    ):
        return None
    if command.source and not command.wrappers:
        return Severity.MEDIUM if len(command.source) < 40 else None
    if any("c" in one for one in command.words[1:] if one.startswith("-") and one != "-quit"):
        return None
    outer = set(command.wrappers)
    if outer & {
        "docker",
        "podman",
        "kubectl",
        "oc",
        "nerdctl",
        "docker-compose",
        "crictl",
        "lxc",
        "watch",
        "time",
        "exec",
    }:
        return Severity.LOW
    return Severity.MEDIUM if outer - {"sudo", "doas", "xargs"} else None


def runs_downloaded_file(command: RunCommand, layers: Layers) -> Severity | None:
    """Return high if the command is a file that another command of the line downloaded."""
    path = command.full_text.split(" ")[0] if not command.wrappers else ""
    started = {command.full_text.split(" ")[-len(command.words)] if command.words else "", path}
    if command.name in SHELLS or command.name in ("source", ".") or _CODE_RUNNER.match(command.name):
        started |= set(command.words[1:2])
    wanted = {one.removeprefix("./") for one in started if one}
    for other in layers.commands:
        if other is not command and other.name in ("curl", "wget") and wanted & _downloaded(other):
            return Severity.HIGH
    return None


def _downloaded(command: RunCommand) -> set[str]:
    words, files = command.words, {target for kind, target in command.redirections if kind == ">"}
    option = ("-o", "--output") if command.name == "curl" else ("-O", "--output-document")
    for at, word in enumerate(words[1:], 1):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in option or (
            re.fullmatch(r"-[a-zA-Z]+", word) and word[-1] == option[0][1] and command.name == "curl"
        ):
            files.add(following)
        elif word.startswith(option[1] + "="):
            files.add(word.partition("=")[2])
        elif "/" in word and (
            command.name == "wget" or any(re.fullmatch(r"-\w*O\w*|--remote-name", one) for one in words)
        ):
            files.add(word.rsplit("/", 1)[-1])
    return {name.removeprefix("./") for name in files if name and name != "-"}


_LOG = lazy_compile(
    r"/var/(?:log|adm|account)(?:/|\b)|(?:^|/)(?:[wub]tmp|lastlog|faillog)\b|/run/log/journal|\baudit\.log\b"
)
_KNOWN_LOG = lazy_compile(
    r"(?:auth|secure|syslog|messages|audit|[wub]tmp|lastlog|kern|cron|maillog|mail|faillog|daemon|access|error|sudo|wtmp|boot)"
    r"(?:\.log)?(?:\.\d+)?\Z"
)
_LOG_WRITERS = frozenset(("", ":", "true", "echo", "printf", "cat", "sed", "grep", "egrep", "awk", "head", "tail", "cp",
                          "utmpdump", "tr", "cut", "sort", "sh", "bash", "dd", "zcat"))  # fmt: skip
_CHANGES = lazy_compile(
    r"(?:rm|shred|truncate|mv|ln|unlink|wipe|srm|sponge|ex|ed|chattr|chmod|chown|tee|install|gzip)\Z"
)


def tampers_with_logs(command: RunCommand, layers: Layers) -> Severity | None:
    """Return high if the command removes, empties, moves or edits a log or a record of logins."""
    name, words = command.name, command.words
    inside = _LOG.search(f"{command.folder}/")
    for kind, given in command.redirections:
        target = f"{command.folder}/{given}" if inside and not given.startswith(("/", "~")) else given
        if kind in (">", ">|", "&>") and _LOG.search(target) and (name in _LOG_WRITERS or _KNOWN_LOG.search(target)):
            return Severity.HIGH
    logs = [word for word in words[1:] if _LOG.search(word.partition("=")[2] if word.startswith("of=") else word)]
    if inside and name in ("rm", "shred", "truncate", "mv", "unlink"):
        logs += [word for word in words[1:] if not word.startswith(("-", "/", "~"))]
    if not logs:
        return None
    if name == "find":
        runs = {"-delete", "-exec", "-execdir"}.intersection(words) and re.search(
            r"delete|shred|rm|truncate", " ".join(words[2:])
        )
        return Severity.HIGH if runs else None
    if name in ("chmod", "chown"):
        return Severity.LOW
    if name == "tee":
        return (
            Severity.MEDIUM
            if any(_KNOWN_LOG.search(one) for one in logs) and not {"-a", "--append"} & set(words)
            else None
        )
    if name == "gzip":
        return Severity.LOW
    if _CHANGES.match(name):
        return Severity.HIGH
    if name == "cp":
        return Severity.HIGH if words[-1] in logs else None
    if name == "dd":
        return Severity.HIGH if any(word.startswith("of=") for word in logs) else None
    edits = any(re.match(r"-\w*i|--in-place", word) for word in words[1:])
    return Severity.HIGH if name in ("sed", "perl", "ruby", "gawk", "awk") and edits else None


_SECRET_NAME = lazy_compile(r"(?i)passw|secret|api.?key|credential|private.key|token")
_SYSTEM_FOLDER = lazy_compile(r"/(?:(?:etc|home|root|var|srv|opt|usr)(?:/.*)?)?\Z|~")
_RECURSIVE = lazy_compile(r"-[a-zA-Z]*[rR]|--(?:dereference-)?recursive\Z")
_KEY_FILE = lazy_compile(r"(?i).*(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:pem|ppk|kdbx|pgpass))")
_SPECIAL_MODE = lazy_compile(r"[-/+]?0?[2467]000\Z|[-/+]\S*=\S*s")
_ENVIRONMENT_DUMPS = frozenset((("env",), ("printenv",), ("set",), ("export",), ("export", "-p"), ("declare", "-p")))
_SECRET_FINDERS = frozenset(("trufflehog", "gitleaks", "noseyparker", "lazagne"))


def searches_secrets(command: RunCommand, layers: Layers) -> Severity | None:
    """Return low if the command searches system folders or the environment for secrets, or for set-user-ID programs.

    A search in a folder of sources is everyday work.
    """
    name, words = command.name, command.words
    if name in _SEARCHES:
        pattern, *targets = [word for word in words[1:] if not word.startswith("-")] or [""]
        if not _SECRET_NAME.search(pattern):
            return None
        before = next((one[: one.index(command)] for one in layers.pipelines if command in one), ())
        dumps = any(one.words in _ENVIRONMENT_DUMPS for one in before)
        is_recursive = name in ("rg", "ag", "ack") or any(_RECURSIVE.match(word) for word in words[1:])
        found = dumps or (is_recursive and any(_SYSTEM_FOLDER.match(target) for target in targets))
    elif name == "find":
        given = list(pairwise(words))
        found = any(option == "-perm" and _SPECIAL_MODE.match(value) for option, value in given) or any(
            option in ("-name", "-iname") and _KEY_FILE.match(value) for option, value in given
        )
    elif name == "getcap":
        found = any(_RECURSIVE.match(word) for word in words[1:])
    elif name in ("locate", "plocate", "mlocate"):
        found = any(_KEY_FILE.match(word) for word in words[1:])
    else:
        found = name in _SECRET_FINDERS and len(words) > 1
    return Severity.LOW if found else None
