"""Wrappers: commands such as `sudo`, `xargs` and `docker exec` that run the words after their options."""

from __future__ import annotations

_WRAPPERS = {
    "sudo": "ugpChrtTDRU", "doas": "uC", "pkexec": "", "runuser": "u", "env": "uCS", "nohup": "", "time": "fo",
    "exec": "a", "command": "", "builtin": "", "stdbuf": "ioe", "nice": "n", "ionice": "cnp", "timeout": "ks",
    "setsid": "", "busybox": "", "toybox": "", "xargs": "IiLlnPsadE", "watch": "n", "chrt": "", "taskset": "",
    "unbuffer": "", "torsocks": "", "proxychains": "f", "proxychains4": "f", "flock": "w", "strace": "eopsE",
    "ltrace": "eops", "fakeroot": "", "chroot": "", "nsenter": "tSGnr", "unshare": "", "systemd-run": "puM",
    "parallel": "jIN", "setarch": "", "faketime": "", "rlwrap": "", "sshpass": "pfdP", "then": "", "caffeinate": "",
    "trickle": "du", "cpulimit": "lp", "firejail": "", "noglob": "", "nocorrect": "",
}  # fmt: skip
"""Commands that run the words after their options, and their short options with an argument."""
_LONG_WITH_ARGUMENT = frozenset((
    "--user", "--group", "--host", "--chdir", "--prompt", "--unset", "--signal", "--kill-after", "--adjustment",
    "--max-args", "--max-procs", "--replace", "--delimiter", "--arg-file", "--target", "--interval", "--max-lines",
    "--on-calendar", "--unit", "--property", "--jobs", "--container", "--namespace", "--context", "--kubeconfig",
    "--workdir", "--env", "--volume", "--name", "--network", "--entrypoint", "--mount", "--publish", "--file", "--pod",
))  # fmt: skip
_OPERANDS = {"timeout": 1, "flock": 1, "chroot": 1, "taskset": 1, "faketime": 1, "chrt": 1, "setarch": 1}
"""Operands of a wrapper before the command."""
_NO_COMMAND = {"sudo": "lvVhkKes", "command": "vV", "env": "", "xargs": "", "systemd-run": ""}
_RUN_IN_CONTAINER = {"docker", "podman", "nerdctl", "crictl", "lxc", "kubectl", "oc", "docker-compose"}
_CONTAINER_WITH_ARGUMENT = "eunwpvlhcm"


def unwrapped(words: list[str], assignments: list[tuple[str, str]]) -> list[str]:  # noqa: PLR0912 - one branch per form of option
    """Return the words that the command runs if it is a wrapper, else an empty list."""
    name = words[0] if words else ""
    if name == "find":
        return _find_exec(words)
    if name in ("fd", "fdfind"):
        at = next((at for at, word in enumerate(words) if word in ("-x", "-X", "--exec", "--exec-batch")), None)
        return words[at + 1 :] if at else []
    if name in _RUN_IN_CONTAINER:
        return _in_container(words)
    if name == "ip" and words[1:3] == ["netns", "exec"]:
        return words[4:]
    if name not in _WRAPPERS:
        return []
    with_argument, forbidden = _WRAPPERS[name], _NO_COMMAND.get(name, "")
    at = 1
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if word.startswith("--"):
            at += 2 if word in _LONG_WITH_ARGUMENT else 1
        elif word.startswith("-") and len(word) > 1:
            if name == "env" and word == "-S":
                return " ".join(words[at + 1 :]).split()
            if any(letter in forbidden for letter in word[1:2]) and word[1:] != "E":
                return []
            at += 2 if word[-1] in with_argument and (len(word) == 2 or name not in ("sshpass", "xargs")) else 1
        elif "=" in word and name in ("sudo", "env", "doas") and not word.startswith(("/", ".")):
            key, _, value = word.partition("=")
            assignments.append((key, value))
            at += 1
        else:
            break
    at += _OPERANDS.get(name, 0)
    rest = words[at:]
    return rest[: rest.index(":::")] + rest[rest.index(":::") + 1 :] if name == "parallel" and ":::" in rest else rest


def _find_exec(words: list[str]) -> list[str]:
    at = next((at for at, word in enumerate(words) if word in ("-exec", "-execdir", "-ok", "-okdir")), None)
    return [word for word in words[at + 1 :] if word not in (";", "+")] if at else []


def _in_container(words: list[str]) -> list[str]:
    """Return the command of `docker exec`, `docker run` or `kubectl exec`."""
    verb = next((at for at, word in enumerate(words) if word in ("exec", "run", "debug")), None)
    if verb is None:
        return []
    if "--" in words:
        return words[words.index("--") + 1 :]
    at = verb + 1
    while at < len(words) and words[at].startswith("-"):
        word = words[at]
        if word.startswith("--"):
            at += 2 if word in _LONG_WITH_ARGUMENT else 1
        else:
            at += 2 if word[-1] in _CONTAINER_WITH_ARGUMENT else 1
    return words[at + 1 :]
