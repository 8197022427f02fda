"""Formats of reports by name. Their modules are imported when a report is written."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct


class ReportFormat(Struct, frozen=True):
    """A format of reports.

    Attributes:
        module, writer: module of this package and its function that yields the report's pieces.
        description: noun phrase for the help.
        extensions: file name endings, the default first.
    """

    module: str
    writer: str
    description: str
    extensions: tuple[str, ...]

    @property
    def extension(self) -> str:
        """The default file name extension."""
        return self.extensions[0]


REPORT_FORMATS = {
    "report": ReportFormat("html", "report_html", "a review report to print or attach", (".html", ".htm")),
    "report-md": ReportFormat("markdown", "report_markdown", "a review report for a ticket", (".md", ".markdown")),
}
"""Formats by their name in the interface."""


def report_format_of(path: str | os.PathLike[str]) -> ReportFormat | None:
    """Return the format of a file by its ending; None for an unknown one."""
    ending = Path(path).suffix.lower()
    return next((one for one in REPORT_FORMATS.values() if ending in one.extensions), None)
