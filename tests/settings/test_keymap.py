"""Keys set by the user: who gets which, what is said of clashes, names as people write them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from replay_tui.settings.key_names import key_name
from replay_tui.settings.keymap import binding_keys, resolve_keymap
from replay_tui.ui.commands import COMMANDS


@dataclass(frozen=True)
class One:
    id: str
    keys: tuple[str, ...]
    scopes: frozenset[str] = frozenset({"here"})


SOME = (One("play", ("space",)), One("full", ("f",)), One("fit", ("w",)), One("tenth", ("0", "1", "2")),
        One("interrupt", ("ctrl+c",)), One("close", ("escape",)))  # fmt: skip


def test_defaults_clash_nowhere():
    keymap, warnings = resolve_keymap({}, COMMANDS)
    assert warnings == []
    assert keymap == {one.id: one.keys for one in COMMANDS}
    assert binding_keys(keymap, COMMANDS) == {}


def test_a_chosen_key_is_taken_from_its_owner():
    keymap, warnings = resolve_keymap({"play": ("f", "space")}, SOME)
    assert keymap["play"] == ("f", "space")
    assert keymap["full"] == ()
    assert warnings == ["'full' has no key any more: f is now 'play'; give it another one."]
    assert binding_keys(keymap, SOME) == {"play.space": "f,space", "full.f": ""}


def test_a_key_may_mean_two_things_on_two_screens():
    there = [One("mark", ("m",), frozenset({"there"})), One("help", ("?",), frozenset({"here", "there"}))]
    keymap, warnings = resolve_keymap({"mark": ("w",)}, [*SOME, *there])
    assert (keymap["mark"], keymap["fit"], warnings) == (("w",), ("w",), [])
    keymap, warnings = resolve_keymap({"help": ("w", "m")}, [*SOME, *there])
    assert (keymap["help"], keymap["fit"], keymap["mark"]) == (("w", "m"), (), ())
    assert len(warnings) == 2


def test_two_may_swap():
    keymap, warnings = resolve_keymap({"full": ("w",), "fit": ("f",)}, SOME)
    assert (keymap["full"], keymap["fit"], warnings) == (("w",), ("f",), [])


def test_of_two_wishes_the_first_stands():
    keymap, warnings = resolve_keymap({"play": ("x",), "full": ("x", "y"), "fit": ("x",)}, SOME)
    assert (keymap["play"], keymap["full"], keymap["fit"]) == (("x",), ("y",), ("w",))
    assert len(warnings) == 2


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"plya": ("x",)}, "did you mean 'play'"),
        ({"\x1b[2J": ("x",)}, "no command"),
        ({"play": ("ctrl+c",)}, "'interrupt' has it"),
        ({"play": ("esc",)}, "'close' has it"),
        ({"interrupt": ("x",)}, "keeps its keys"),
        ({"play": ("nokey",)}, "is no key"),
        ({"tenth": ("a", "b")}, "takes 3 keys"),
    ],
)
def test_what_cannot_be_is_said_once_and_changes_nothing(mapping: dict[str, tuple[str, ...]], named: str):
    keymap, warnings = resolve_keymap(mapping, SOME)
    assert keymap == {one.id: one.keys for one in SOME}
    assert len(warnings) == 1
    assert named in warnings[0]
    assert "\x1b" not in warnings[0]


def test_several_keys_in_order_and_none():
    keymap, warnings = resolve_keymap({"tenth": ("a", "b", "c"), "fit": ()}, SOME)
    assert (keymap["tenth"], keymap["fit"], warnings) == (("a", "b", "c"), (), [])
    assert binding_keys(keymap, SOME) == {"fit.w": "", "tenth.0": "a", "tenth.1": "b", "tenth.2": "c"}
    keymap, _ = resolve_keymap({"fit": ("1",)}, SOME)
    assert binding_keys(keymap, SOME) == {"fit.w": "1", "tenth.0": "0", "tenth.1": "", "tenth.2": "2"}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("g", "g"), ("G", "G"), ("shift+g", "G"), ("/", "slash"), ("Slash", "slash"), ("?", "question_mark"),
        ("[", "left_square_bracket"), (" ", "space"), ("Esc", "escape"), ("PgUp", "pageup"), ("page-down", "pagedown"),
        ("Ctrl+X", "ctrl+x"), ("shift+ctrl+left", "ctrl+shift+left"), ("+", "plus"), ("ctrl++", "ctrl+plus"),
        ("\u2190", "left"), ("f12", "f12"), ("f25", None), ("", None), ("nokey", None), ("hyper+x", None), ("ä", "ä"),
        ("ctrl+", None), ("\x1b", None),
    ],
)  # fmt: skip
def test_names(written: str, name: str | None):
    assert key_name(written) == name


def test_every_default_key_names_itself():
    for one in COMMANDS:
        for key in one.keys:
            assert key_name(key) == key
