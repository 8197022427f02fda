"""The quick guess at what was typed unseen: never less than the screens tell, for every real recording."""

from __future__ import annotations

import pytest

import replay_tui
from replay_tui.redaction.hidden_input import suspected_hidden_input
from tests.support.fixtures import FIXTURES


@pytest.mark.parametrize("path", sorted((FIXTURES / "shells").glob("*.json.gz")), ids=lambda path: path.stem)
def test_it_misses_no_secret_of_a_real_shell(path: object) -> None:
    recording = replay_tui.load(str(path))
    guessed = {secret.text for secret in suspected_hidden_input(recording.stream)}
    assert {secret.text for secret in recording.analysis.hidden_input} <= guessed


def test_what_was_echoed_is_no_secret() -> None:
    recording = replay_tui.load(str(FIXTURES / "shells" / "bash-edit.json.gz"))
    guessed = {secret.text for secret in suspected_hidden_input(recording.stream)}
    assert not guessed & {row.text for row in recording.statements}
