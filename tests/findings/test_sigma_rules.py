"""Rules in the Sigma format: conditions on command lines and images, and rules that are not used."""

from __future__ import annotations

import pickle
import shutil
import sys
from pathlib import Path

import pytest

from replay_tui.domain.errors import UsageError
from replay_tui.domain.session import Session
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import find_findings
from replay_tui.findings.rules import Rule
from replay_tui.findings.sigma_rules import MAX_FILE_BYTES, load_sigma_rules
from replay_tui.findings.user_rules import user_rules

FOLDER = Path(__file__).parents[2] / "fixtures" / "sigma"
RULE = (FOLDER / "download_to_shell.yml").read_text()


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    return user_rules((), str(FOLDER))


def found(rules: tuple[Rule, ...], text: str) -> list[tuple[str, str]]:
    result = find_findings(Session.parse({}), [Statement(0.0, "shell", text)], (), rules)
    assert not result.warnings
    return [(one.rule, one.severity.value) for one in result.findings if one.rule.startswith("sigma-")]


@pytest.mark.parametrize(
    "text",
    [
        "wget -qO /tmp/.x http://h/x",
        "sudo /usr/local/bin/curl -o '/dev/shm/.a b' h",
        "sh -c 'CURL=1 curl -o /TMP/.x h'",
        "ls; true && wget -P /tmp/.d h",
    ],
)
def test_sigma_condition_that_holds_is_a_finding(rules: tuple[Rule, ...], text: str) -> None:
    assert found(rules, text) == [("sigma-download-to-shell", "high")]


@pytest.mark.parametrize(
    "text",
    [
        "wget -O /tmp/x h",
        "cat /tmp/.x",
        "wget --version /tmp/.x",
        "mywget /tmp/.x",
        "echo wget /tmp/.x",
        "wget h; ls /tmp/.x",
    ],
)
def test_sigma_condition_that_fails_is_no_finding(rules: tuple[Rule, ...], text: str) -> None:
    assert found(rules, text) == []


def test_sigma_expression_and_keyword_are_evaluated(rules: tuple[Rule, ...]) -> None:
    assert found(rules, "dpkg -i ./x.deb") == [("sigma-regular-expression", "low")]
    assert found(rules, "sudo rpm -Uvh x.rpm --force") == [("sigma-regular-expression", "low")]
    assert found(rules, "dpkg -i x.debug") == []


def test_sigma_rules_not_used_have_a_reason() -> None:
    reasons = dict(load_sigma_rules(str(FOLDER)).not_used)
    assert reasons["needs_parent.yml"] == "the field ParentImage is not known of a command line"
    assert reasons["windows.yml"] == "it is for windows"
    assert reasons["invalid.yml"].startswith("its condition is not valid")
    assert reasons["no_yaml.yml"].startswith("it is no valid Sigma rule")
    assert len(reasons) == 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("status: test", "status: deprecated"), "its status is deprecated"),
        (("CommandLine|contains", "CommandLine|cidr"), "it is no valid Sigma rule"),
        (("'/tmp/.'", "&a x\n      - *a"), "it has YAML anchors"),
        (("'/tmp/.'", "'\udc80'"), "it cannot be read"),
        (("'/tmp/.'", "x" * MAX_FILE_BYTES), "it is larger than 256 KiB"),
        (("process_creation", "file_event"), "its log source is file_event, not process_creation"),
        (("selection_* and", "selection_* and (" * 99), "its condition is not valid"),
    ],
)
def test_sigma_file_with_a_problem_is_not_used(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    shutil.copy(FOLDER / "regular_expression.yml", tmp_path)
    text = RULE.replace(*change)
    assert text != RULE
    (tmp_path / "bad.yml").write_bytes(text.encode("utf-8", "surrogateescape"))
    loaded = load_sigma_rules(str(tmp_path))
    assert [one.name for one in loaded.rules] == ["sigma-regular-expression"]
    assert [(name, reason in text) for name, text in loaded.not_used] == [("bad.yml", True)]


def test_sigma_files_of_the_same_name_are_two_rules(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.yml").write_text(RULE.replace("7c01", f"7c0{folder}"))
    assert [one.name for one in load_sigma_rules(str(tmp_path)).rules] == ["sigma-x", "sigma-x-1"]


def test_sigma_expression_without_end_is_a_warning(tmp_path: Path) -> None:
    text = (FOLDER / "regular_expression.yml").read_text().replace(r"^dpkg .*-i \S+\.deb$", "(x+x+)+y")
    (tmp_path / "slow.yml").write_text(text)
    rules = user_rules((), str(tmp_path))
    result = find_findings(Session.parse({}), [Statement(0.0, "shell", "x" * 4000)], (), rules)
    assert [one.code for one in result.warnings] == ["rules-timed-out"]


def test_sigma_rules_can_be_sent_to_workers(rules: tuple[Rule, ...]) -> None:
    assert found(pickle.loads(pickle.dumps(rules)), "dpkg -i ./x.deb") == [("sigma-regular-expression", "low")]


def test_sigma_rules_without_a_folder_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder with Sigma rules"):
        load_sigma_rules(str(tmp_path / "none"))


def test_sigma_rules_without_the_extra_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigma.collection", None)
    with pytest.raises(UsageError, match=r"pip install 'replay-tui\[sigma\]'"):
        load_sigma_rules(str(FOLDER))
