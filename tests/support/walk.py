"""Walks through the interface on a pseudo-terminal: sequences of keys, each with its expected effect.

A walk fails at the first key without its effect, so that every walk reaches all panes that it lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.ptyread import ESCAPE, Pty, unmet


@dataclass(frozen=True)
class Step:
    """A key, the values that the state must have after it, and the names of values that must change."""

    key: str
    wanted: dict[str, object]
    changed: tuple[str, ...] = ()


def step(key: str, *changed: str, **wanted: object) -> Step:
    """Return a step; a callable wanted value is a condition on the value."""
    assert changed or wanted, "a step needs an effect"
    return Step(key, wanted, changed)


def typed(text: str) -> list[Step]:
    """Return steps that type each character of a text into the focused input."""
    return [step(char, "typed") for char in text]


def closes(**wanted: object) -> Step:
    """Return a step that presses Escape and returns to the replay screen."""
    return step(ESCAPE, **{"top": "ReplayScreen", **wanted})


def walk(screen: Pty, steps: Iterable[Step]) -> None:
    """Press the keys of a walk, each after the effect of the previous one. Raises AssertionError if one has none."""
    for number, one in enumerate(steps):
        before = screen.state
        screen.press(one.key)

        def has_effect(one: Step = one, before: dict[str, object] = before) -> bool:
            same = (name for name in one.changed if screen.state.get(name) == before.get(name))
            return unmet(screen.state, one.wanted) is None and next(same, None) is None

        effect = ", ".join((*one.changed, *(f"{name}={value}" for name, value in one.wanted.items())))
        screen.wait_until(has_effect, f"step {number}, {one.key!r}: {effect}")


def resize(screen: Pty, cols: int, rows: int, **wanted: object) -> None:
    """Change the terminal's size and wait until the interface has the size and the wanted state."""
    screen.resize(cols, rows)
    screen.wait_state(size=[cols, rows], **wanted)


def leave(screen: Pty) -> None:
    """Quit from the replay screen or the session list. No dialog may be open."""
    screen.send("q")
    assert screen.end() == 0, screen.tail
