"""Figures of the measurements: a quantity, mostly as a ratio to a baseline of the same run, with its spread and limit.

Machines differ, and one machine differs from minute to minute. So the quantity and its baseline are measured in turn,
several times, and each round yields one ratio.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Measured = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One row of the table. `limit` is the largest allowed value, `goal` a lower one for the future.

    `spread` are the first and the third quartile of the rounds; `value` is their median.
    """

    name: str
    value: float | None
    unit: str
    limit: float | None = None
    goal: float | None = None
    spread: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        """`ok`; `unclear` if the median is above the limit and the spread is not; `missed`; empty without a limit."""
        if self.value is None or self.limit is None:
            return ""
        if self.value <= self.limit:
            return "ok"
        return "unclear" if self.spread and self.spread[0] <= self.limit else "missed"

    def as_json(self) -> dict[str, Any]:
        """Return the figure with its verdict."""
        return asdict(self) | {"verdict": self.verdict}


def in_turn(works: Mapping[str, Callable[[], Measured]], rounds: int) -> dict[str, list[Measured]]:
    """Run all works in each round. Return the results of each by its name."""
    found: dict[str, list[Measured]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
    return found


def of_rounds(name: str, values: Sequence[float], unit: str = "x", limit: float | None = None) -> Figure:
    """Return the figure of one value per round."""
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [*values] * 3
    return Figure(name, statistics.median(values), unit, limit, spread=(quartiles[0], quartiles[2]))


def ratio(name: str, works: Sequence[float], baselines: Sequence[float], limit: float | None = None) -> Figure:
    """Return the figure of a quantity relative to its baseline in the same round."""
    return of_rounds(name, [work / baseline for work, baseline in zip(works, baselines, strict=True)], "x", limit)


def column(results: Sequence[Measured], key: str) -> list[float]:
    """Return one number of each result."""
    return [one[key] for one in results]


def table(found: Sequence[Figure]) -> str:
    """Return the figures as text."""
    wide = max(40, *(len(one.name) + 2 for one in found))
    rows = [("quantity", "value", "spread", "expected", "", "later")]
    rows.append(("-" * (wide - 2), "-" * 12, "-" * 11, "-" * 10, "", "-" * 10))
    for one in found:
        value = "n/a" if one.value is None else f"{_number(one.value)} {one.unit}"
        spread = "" if one.spread is None else f"{_number(one.spread[0])}-{_number(one.spread[1])}"
        limit = "" if one.limit is None else f"<= {_number(one.limit)}"
        goal = "" if one.goal is None else f"<= {_number(one.goal)}"
        rows.append((one.name, value.strip(), spread, limit, one.verdict, goal))
    return "\n".join(f"{a:<{wide}}{b:>14} {c:>12}  {d:>10}  {e:<7} {f:>10}".rstrip() for a, b, c, d, e, f in rows)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"
