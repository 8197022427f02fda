"""Regular expressions that are compiled when they are first used.

Compiling the program's patterns takes a third of the CPU time of a short command, which needs few of them.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_METHODS = (
    "search",
    "match",
    "fullmatch",
    "finditer",
    "findall",
    "split",
    "sub",
    "subn",
    "groups",
    "groupindex",
    "flags",
)


def lazy_compile(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return an object with the attributes of a compiled pattern. The first use raises `re.error` if it is invalid."""
    return cast("re.Pattern[AnyStr]", LazyPattern(pattern, flags))


class LazyPattern:
    """Stands for a compiled pattern. After the first use its methods are attributes and cost nothing extra.

    A match has the compiled pattern as its `re`, not this object.
    """

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:  # also asked for by `copy` and `pickle`
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        self.__dict__.update((method, getattr(compiled, method)) for method in _METHODS)
        return self.__dict__[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return lazy_compile, (self.pattern, self._flags)
