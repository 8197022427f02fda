"""Keymap: configured keys, conflicts, and key names."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from replay_tui.settings.keymap import binding_keys, key_name, resolve_keymap
from replay_tui.ui.command_table import COMMANDS


@dataclass(frozen=True)
class One:
    id: str
    keys: tuple[str, ...]
    scopes: frozenset[str] = frozenset({"here"})


SOME = (One("play", ("space",)), One("full", ("f",)), One("fit", ("w",)), One("tenth", ("0", "1", "2")),
        One("interrupt", ("ctrl+c",)), One("close", ("escape",)))  # fmt: skip


def test_keymap_defaults_have_no_conflict():
    keymap, warnings = resolve_keymap({}, COMMANDS)
    assert warnings == []
    assert keymap == {one.id: one.keys for one in COMMANDS}
    assert binding_keys(keymap, COMMANDS) == {}


def test_keymap_configured_key_overrides_default():
    keymap, warnings = resolve_keymap({"play": ("f", "space")}, SOME)
    assert keymap["play"] == ("f", "space")
    assert keymap["full"] == ()
    assert warnings == ["'full' has no key left: f is now 'play'; choose another key."]
    assert binding_keys(keymap, SOME) == {"play.space": "f,space", "full.f": ""}


def test_keymap_same_key_on_two_screens_is_allowed():
    there = [One("mark", ("m",), frozenset({"there"})), One("help", ("?",), frozenset({"here", "there"}))]
    keymap, warnings = resolve_keymap({"mark": ("w",)}, [*SOME, *there])
    assert (keymap["mark"], keymap["fit"], warnings) == (("w",), ("w",), [])
    keymap, warnings = resolve_keymap({"help": ("w", "m")}, [*SOME, *there])
    assert (keymap["help"], keymap["fit"], keymap["mark"]) == (("w", "m"), (), ())
    assert len(warnings) == 2


def test_keymap_two_commands_swap_keys():
    keymap, warnings = resolve_keymap({"full": ("w",), "fit": ("f",)}, SOME)
    assert (keymap["full"], keymap["fit"], warnings) == (("w",), ("f",), [])


def test_keymap_duplicate_key_goes_to_first_command():
    keymap, warnings = resolve_keymap({"play": ("x",), "full": ("x", "y"), "fit": ("x",)}, SOME)
    assert (keymap["play"], keymap["full"], keymap["fit"]) == (("x",), ("y",), ("w",))
    assert len(warnings) == 2


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"plya": ("x",)}, "did you mean 'play'"),
        ({"\x1b[2J": ("x",)}, "not a command"),
        ({"play": ("ctrl+c",)}, "'interrupt' has it"),
        ({"play": ("esc",)}, "'close' has it"),
        ({"interrupt": ("x",)}, "has fixed keys"),
        ({"play": ("nokey",)}, "is not a key"),
        ({"tenth": ("a", "b")}, "takes 3 keys"),
    ],
)
def test_keymap_invalid_entry_warns_and_changes_nothing(mapping: dict[str, tuple[str, ...]], named: str):
    keymap, warnings = resolve_keymap(mapping, SOME)
    assert keymap == {one.id: one.keys for one in SOME}
    assert len(warnings) == 1
    assert named in warnings[0]
    assert "\x1b" not in warnings[0]


def test_keymap_several_keys_and_empty_list():
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
def test_key_name_converts_written_keys(written: str, name: str | None):
    assert key_name(written) == name


def test_display_key_default_keys_parse_back():
    for one in COMMANDS:
        for key in one.keys:
            assert key_name(key) == key
