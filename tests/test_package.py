"""Files that the package needs beside its modules, and the metadata that the wheel is built from."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from replay_tui.demo import demo_sessions

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CI_EXTRAS = ("test", "check", "coverage", "serve", "fsspec", "dask")


@pytest.mark.parametrize(
    "name", ["py.typed", "ui/styles/app.tcss", "export/templates/report.html", "findings/rules.toml"]
)
def test_package_data_is_present(name: str) -> None:
    assert files("replay_tui").joinpath(name).is_file()


@pytest.mark.parametrize("path", [path for _, path in demo_sessions()], ids=lambda path: path.stem)
def test_demo_session_equals_its_fixture(path: Path) -> None:
    assert path.read_bytes() == (ROOT / "fixtures" / "demo-src" / path.name).read_bytes()


def test_license_file_matches_the_metadata() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert PROJECT["license-files"] == ["LICENSE"]
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text


def test_constraints_pin_every_dependency_of_ci() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines if "==" in line}
    extras = PROJECT["optional-dependencies"]
    requirements = [*PROJECT["dependencies"], *(one for name in CI_EXTRAS for one in extras[name])]
    names = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}
    assert names - {"replay-tui"} <= pinned
