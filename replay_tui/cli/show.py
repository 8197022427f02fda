"""`show`: what is known about a session, as a page for a reviewer or as JSON for scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from replay_tui.cli.open_session import open_recording, print_analysis_warnings, title_of
from replay_tui.cli.options import examples, json_option, session_argument, size_option, source_options
from replay_tui.cli.output import write_json, write_lines
from replay_tui.cli.show_review import add_review
from replay_tui.cli.show_risk import SEVERITY_STYLES, add_risk
from replay_tui.cli.show_session import add_session
from replay_tui.cli.text_page import TextPage
from replay_tui.domain.time_format import format_time
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.recording import Recording


@click.command(
    "show",
    epilog=examples(
        "show session.json",
        "show session.json.gz --json | jq .replay.findings",
        "show 5a3c1b9e-2f4d-4e6a-8b7c-9d0e1f2a3b4c",
    ),
)
@session_argument
@json_option
@size_option
@source_options
def command(session: str, as_json: bool, size: tuple[int, int] | None, times: TimeUnit, api_url: str | None) -> None:
    """Who did what, where and when; the review, the risk, the findings, and how faithful the recording is."""
    recording = open_recording(session, size=size, times=times, api_url=api_url)
    if as_json:
        write_json(session_object(recording))
    else:
        write_lines(page_of(recording, datetime.now(UTC)).lines)
    print_analysis_warnings(recording.fidelity)


def session_object(recording: Recording) -> dict[str, Any]:
    """Every field as received, without the stream, plus `replay`: what this program derives."""
    size = recording.sizes.first
    return {
        **recording.session.raw,
        "replay": {
            "duration": recording.duration,
            "events": len(recording.stream),
            "kind": recording.kind.name,
            "size": {"cols": size.cols, "rows": size.rows, "source": size.source.value},
            "fidelity": [
                {"code": doubt.code, "message": doubt.message, "count": doubt.count} for doubt in recording.fidelity
            ],
            "findings": [
                {
                    "time": finding.time,
                    "rule": finding.rule,
                    "severity": finding.severity.value,
                    "message": finding.message,
                    "evidence": finding.evidence,
                }
                for finding in recording.findings
            ],
        },
    }


def page_of(recording: Recording, now: datetime) -> TextPage:
    """The same for people. `now` is in UTC."""
    page = TextPage()
    page.heading(title_of(recording))
    add_session(page, recording)
    add_review(page, recording.session, now)
    add_risk(page, recording.session)
    _add_findings(page, recording)
    _add_fidelity(page, recording)
    return page


def _add_findings(page: TextPage, recording: Recording) -> None:
    findings = recording.findings
    page.section(f"Findings ({len(findings)}, by this program, best effort)" if findings else "Findings")
    if not findings:
        page.text("Nothing was found by this program's own rules.")
    for finding in findings:
        mark = f"{finding.severity.symbol} {format_time(finding.time)}"
        page.item(mark, f"{finding.message} [{finding.rule}]", *SEVERITY_STYLES[finding.severity])
        if finding.evidence:
            page.text(" ".join(finding.evidence.split()), indent=4)


def _add_fidelity(page: TextPage, recording: Recording) -> None:
    doubts = recording.fidelity
    page.section("Fidelity")
    if not doubts:
        page.text("Nothing is missing or doubtful.")
    for doubt in doubts:
        page.item("-", doubt.sentence)
