"""Patterns that are compiled at their first use: the same results, no cost before."""

from __future__ import annotations

import pickle
import pkgutil
import re
from importlib import import_module

import pytest

import replay_tui
from replay_tui.domain.lazy_regex import LazyPattern, lazy_compile


@pytest.mark.parametrize(("pattern", "text"), [(r"(?P<word>b+)", "abbc"), (rb"(b+)", b"abbc")])
def test_lazy_pattern_used_equals_compiled_pattern(pattern, text):
    lazy, compiled = lazy_compile(pattern), re.compile(pattern)
    assert lazy.search(text)[0] == compiled.search(text)[0]
    assert lazy.sub(text[:1], text) == compiled.sub(text[:1], text)
    assert lazy.split(text) == compiled.split(text)
    assert (lazy.groups, lazy.groupindex, lazy.pattern) == (compiled.groups, compiled.groupindex, pattern)


def test_lazy_pattern_invalid_fails_at_first_use():
    lazy = lazy_compile("(")
    with pytest.raises(re.error):
        lazy.search("x")


def test_lazy_pattern_used_can_be_pickled():
    lazy = lazy_compile("B+", re.IGNORECASE)
    assert lazy.search("abbc")
    assert pickle.loads(pickle.dumps(lazy)).search("abbc")[0] == "bb"


def test_every_lazy_pattern_of_the_package_compiles():
    names = [found.name for found in pkgutil.walk_packages(replay_tui.__path__, "replay_tui.")]
    modules = [import_module(name) for name in names if not name.endswith("__main__")]
    patterns = [value for module in modules for value in vars(module).values() if isinstance(value, LazyPattern)]
    assert len(patterns) > 100
    for pattern in patterns:
        re.compile(pattern.pattern, pattern._flags)
