"""Prompts that ask for a secret: their words in many languages, and labels above a field."""

from __future__ import annotations

import pytest

from replay_tui.terminal.secret_prompts import field_prompt, is_secret_prompt
from tests.support.fixtures import FIXTURES

SECRET, ORDINARY = (
    (FIXTURES / "hidden-input" / name).read_text("utf-8").splitlines()
    for name in ("secret-prompts.txt", "other-prompts.txt")
)


@pytest.mark.parametrize("prompt", SECRET)
def test_is_secret_prompt_known_languages_match(prompt: str) -> None:
    assert is_secret_prompt(prompt)
    assert is_secret_prompt(prompt.upper())


@pytest.mark.parametrize("prompt", ORDINARY)
def test_is_secret_prompt_other_prompts_do_not_match(prompt: str) -> None:
    assert not is_secret_prompt(prompt)


def test_is_secret_prompt_decomposed_letters_match() -> None:
    assert is_secret_prompt("Contrasen\u0303a: ")


@pytest.mark.parametrize(
    ("before", "above", "prompt"),
    [
        ("Password: ", ["Token:"], "Password: "),
        ("> ", ["Enter the token:"], "Enter the token:"),
        ("> ", ["Enter the token:", "x"], "> "),
        (
            "\u2502  [",
            ["\u2502 Enter the PIN of the card \u2502", "\u2502", "\u2502   card 2 \u2502"],
            "Enter the PIN of the card",
        ),
        ("", ["password = hunter2"], ""),
        (": ", ["The password file is"], ": "),
    ],
)
def test_field_prompt_label_above_is_found(before: str, above: list[str], prompt: str) -> None:
    assert field_prompt(before, above) == prompt
