"""Sentences about a session that was not read or analysed completely. "No findings" alone is for complete sessions."""

from __future__ import annotations

from replay_tui.domain.completeness import Completeness
from replay_tui.domain.display_text import pluralize

NO_FINDINGS = "No findings. The rules are a best effort."
NO_MATCHES = "No matches."
ANALYSING = "analysing…"
NOT_ANALYSED = "not analysed"
NOT_READ = "not read"
INCOMPLETE = "incomplete recording"


def no_findings_text(completeness: Completeness) -> str:
    """Return the sentence for a session without findings."""
    if completeness.is_complete:
        return NO_FINDINGS
    if completeness.is_nothing_read:
        return f"Not analysed: {completeness.reasons}."
    return f"No findings {_in_part(completeness)}. Not analysed: {completeness.reasons}."


def findings_labels(count: int | None, completeness: Completeness, *, failed: bool = False) -> tuple[str, str]:
    """Return the title of a list of findings, and the text that stands in an empty one.

    `count` is None before the analysis has ended; `failed` says that it will not.
    """
    if count is None:
        return (NOT_ANALYSED, NOT_ANALYSED) if failed else (ANALYSING, "")
    return findings_count(count, completeness), no_findings_label(completeness)


def no_findings_label(completeness: Completeness) -> str:
    """Return the short form for an empty list of findings."""
    if completeness.is_complete:
        return "nothing flagged"
    return NOT_ANALYSED if completeness.is_nothing_read else f"no findings {_in_part(completeness)}"


def findings_count(count: int, completeness: Completeness) -> str:
    """Return `3 findings` for the title of a list, and whether there may be more."""
    if completeness.is_complete:
        return pluralize(count, "finding")
    return NOT_ANALYSED if not count and completeness.is_nothing_read else f"{pluralize(count, 'finding')}, incomplete"


def findings_note(count: int, informational: int, completeness: Completeness) -> str:
    """Return the note on a list of `count` findings and `informational` ones, and whether there may be more."""
    part = "" if completeness.is_complete else f", {_in_part(completeness)}"
    more = f", {informational:,} informational" if informational else ""
    return f"{count:,} by this program{more}, best effort{part}"


def no_statements_text(completeness: Completeness) -> str:
    """Return the sentence for a session without statements."""
    return "No statements were decoded." if completeness.is_complete else f"No statements {_in_part(completeness)}."


def no_statements_label(completeness: Completeness) -> str:
    """Return the short form for an empty list of statements."""
    return "no statements in this session" if completeness.is_complete else f"no statements {_in_part(completeness)}"


def no_flagged_text(completeness: Completeness) -> str:
    """Return the notice for a session without flagged moments."""
    if completeness.is_complete:
        return "No flagged moment in this session."
    return "Not analysed." if completeness.is_nothing_read else f"No flagged moment {_in_part(completeness)}."


def no_matches_text(completeness: Completeness) -> str:
    """Return the sentence for a search without matches."""
    if completeness.is_complete:
        return NO_MATCHES
    if completeness.is_nothing_read:
        return f"Not searched: {completeness.reasons}."
    return f"No matches {_in_part(completeness)}."


def incomplete_text(completeness: Completeness) -> str:
    """Return the sentence that an export of an incomplete session contains; empty for a complete one."""
    if completeness.is_complete:
        return ""
    if completeness.is_nothing_read:
        return f"This recording was {unread_label(completeness)}: {completeness.reasons}."
    if completeness.is_unread:
        return f"This recording is incomplete ({_extent(completeness)} read): {completeness.reasons}."
    return f"This recording was analysed in part: {completeness.reasons}."


def unread_label(completeness: Completeness) -> str:
    """Return the label of a recording of which nothing was searched."""
    return NOT_ANALYSED if completeness.is_empty else NOT_READ


def _in_part(completeness: Completeness) -> str:
    """Return `in what could be read (12 of 34 bytes)`."""
    part = f"read ({_extent(completeness)})" if completeness.is_unread else "analysed"
    return f"in what could be {part}"


def _extent(completeness: Completeness) -> str:
    read, stored = completeness.read_bytes, completeness.stored_bytes
    if stored is None:
        return f"{pluralize(read, 'byte')} of an unknown total"
    return f"all {read:,} stored bytes" if read == stored else f"{read:,} of {pluralize(stored, 'byte')}"
