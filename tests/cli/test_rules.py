"""`rules`: the list, and the test with examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay_tui.cli.main import main
from replay_tui.settings.config import config_path
from tests.cli.runs import Runner

SIGMA = Path(__file__).parents[2] / "fixtures" / "sigma"


def test_rules_test_names_the_wrong_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "examples.txt"
    file.write_text("+ rm -rf /srv\n- rm -rf node_modules\n\na comment\n")
    assert main(["rules", "test", str(file)]) == 0
    file.write_text("+ ls\n- rm -rf /srv\n")
    assert main(["rules", "test", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == ["no finding: ls", "found by shell-remove: rm -rf /srv"]


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("postgres", "delete from t where true", "delete from t where id = 1"),
        ("mssql", "EXEC('DROP TABLE t')", "DROP TABLE #t"),
        ("mongodb", "db.t.deleteMany({})", '{"find": "t"}'),
    ],
)
def test_rules_test_judges_each_kind(kind: str, bad: str, good: str, tmp_path: Path) -> None:
    file = tmp_path / "examples.txt"
    file.write_text(f"+ {bad}\n- {good}\n")
    assert main(["rules", "test", str(file), "--kind", kind]) == 0


@pytest.mark.parametrize("content", ["", "[1]", '[{"text": "x"}]', "["])
def test_rules_test_rejects_a_file_without_examples(content: str, tmp_path: Path) -> None:
    file = tmp_path / "examples.json"
    file.write_text(content)
    assert main(["rules", "test", str(file)]) == 2


def test_rules_list_names_all_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list"]) == 0
    assert {"sql-drop", "shell-remove", "mongo-drop"} <= {
        line.split()[0] for line in capsys.readouterr().out.splitlines()
    }


def test_rules_list_names_sigma_rules_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--sigma", str(SIGMA)]) == 0
    written = capsys.readouterr()
    assert "sigma-download-to-shell high    Download To A Hidden File." in written.out
    assert "not used: needs_parent.yml: the field ParentImage is not known of a command line" in written.out
    assert "2 Sigma rules, 4 not used." in written.err


def test_rules_test_uses_sigma_rules(tmp_path: Path) -> None:
    file = tmp_path / "examples.txt"
    file.write_text("+ dpkg -i ./x.deb\n- dpkg -l\n")
    assert main(["rules", "test", str(file)]) == 1
    assert main(["rules", "test", str(file), "--sigma", str(SIGMA)]) == 0


def test_sigma_rules_of_the_settings_are_used(run: Runner) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(f'sigma_rules = "{SIGMA}"\n')
    ran = run("rules", "list")
    assert (ran.code, "sigma-regular-expression" in ran.out) == (0, True)
