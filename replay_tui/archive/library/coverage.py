"""Why a stored session is not searched completely, as a phrase that fits after a number: `4 withheld`."""

from __future__ import annotations

from replay_tui.domain.completeness import Completeness, Searched

_PHRASES = {
    "withheld": "withheld",
    "no-events": "without events",
    "no-log": "without a log on the gateway's disk",
    "no-stream": "without a recording",
    "stream-undecodable": "undecodable by the gateway",
}
NOT_ADDED, NOT_REACHED, UNREADABLE, DAMAGED, LOST, TIMED_OUT = (
    "not added yet",
    "not reached",
    "unreadable",
    "damaged in the library",
    "not reached by a worker",
    "where the pattern exceeded its time limit",
)


def gap_of(completeness: Completeness) -> str:
    """Return the phrase of the most important gap; empty if everything was read and analysed."""
    codes = [one.code for one in completeness.gaps]
    for code in codes:
        if code in _PHRASES:
            return _PHRASES[code]
    if completeness.searched is Searched.FULLY:
        return ""
    if "truncated" in codes:
        return f"truncated at {_size(completeness.read_bytes)}"
    if completeness.searched is Searched.NOT:
        return UNREADABLE
    return "read in part" if completeness.is_unread else "analysed in part"


def _size(count: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.0f} {name}"
    return f"{count} bytes"
