"""Suspected hidden input includes all hidden input that is found with the screens, for every real recording."""

from __future__ import annotations

import pytest

import replay_tui
from replay_tui.redaction.hidden_input import suspected_hidden_input
from tests.support.fixtures import FIXTURES


@pytest.mark.parametrize("path", sorted((FIXTURES / "shells").glob("*.json.gz")), ids=lambda path: path.stem)
def test_suspected_hidden_input_includes_hidden_input(path: object) -> None:
    recording = replay_tui.load(str(path))
    guessed = {secret.text for secret in suspected_hidden_input(recording.stream)}
    assert {secret.text for secret in recording.analysis.hidden_input} <= guessed


def test_suspected_hidden_input_excludes_echoed_text() -> None:
    recording = replay_tui.load(str(FIXTURES / "shells" / "bash-edit.json.gz"))
    guessed = {secret.text for secret in suspected_hidden_input(recording.stream)}
    assert not guessed & {row.text for row in recording.statements}
