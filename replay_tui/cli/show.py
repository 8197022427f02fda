"""`show`: metadata, review, risk, findings and fidelity of a session, as text or JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from replay_tui.cli.open_session import is_remote, open_recording, print_gaps
from replay_tui.cli.options import examples, json_option, session_argument, size_option, source_options
from replay_tui.cli.output import write_json, write_lines
from replay_tui.cli.text_page import TextPage
from replay_tui.presenters.findings import fidelity_section, findings_section
from replay_tui.presenters.review import review_section
from replay_tui.presenters.risk import risk_section
from replay_tui.presenters.session import recording_sections
from replay_tui.sources.loaded_session import TimeUnit

if TYPE_CHECKING:
    from replay_tui.domain.gateway_report import GatewayReport
    from replay_tui.domain.review import ApprovalDefaults
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
    """Show a session: user, connection, times, review, risk, findings and fidelity warnings."""
    recording = open_recording(session, size=size, times=times, api_url=api_url)
    defaults, report = _gateway_details(session, recording, api_url)
    if as_json:
        write_json(session_object(recording, report))
    else:
        write_lines(page_of(recording, datetime.now(UTC), defaults, report).lines)
    print_gaps(recording)


def session_object(recording: Recording, report: GatewayReport | None = None) -> dict[str, Any]:
    """Return all fields as received, without the stream, and `replay` with what this program derives.

    `replay.gateway` has the gateway's reports about the session, if there are any.
    """
    size = recording.sizes.first
    return {
        **recording.displayed_session.raw,
        "replay": {
            "duration": recording.duration,
            "events": len(recording.stream),
            "kind": recording.kind.name,
            "size": {"cols": size.cols, "rows": size.rows, "source": size.source.value},
            "fidelity": [one.as_json() for one in recording.fidelity],
            "findings": [
                {
                    "time": finding.time,
                    "rule": finding.rule,
                    "severity": finding.level,
                    "message": finding.message,
                    "evidence": finding.evidence,
                }
                for finding in recording.findings
            ],
            **({"gateway": found} if report and (found := report.as_json()) else {}),
        },
    }


def _gateway_details(
    session: str, recording: Recording, api_url: str | None
) -> tuple[ApprovalDefaults | None, GatewayReport | None]:
    """Return what only the gateway knows about its session: approval settings of the connection, and its reports."""
    if not is_remote(session):
        return None, None
    from replay_tui.cli.gateway import connect_to_session
    from replay_tui.gateway.report_api import read_report

    client, _ = connect_to_session(session, api_url)
    with client:
        return client.read.approval_defaults(recording.session), read_report(client.read, recording.session)


def page_of(
    recording: Recording,
    now: datetime,
    defaults: ApprovalDefaults | None = None,
    report: GatewayReport | None = None,
) -> TextPage:
    """Return the session as a page for people. `now` is in UTC; `defaults` as for `review_section`."""
    session, page = recording.displayed_session, TextPage()
    page.heading(recording.redactor.text(recording.display_title))
    page.sections(recording_sections(recording, report))
    page.section(review_section(session.fields.review, now, defaults=defaults, ran=session.ran_before_decision))
    page.section(risk_section(session))
    page.section(findings_section(recording.findings, recording.completeness, recording.format_time))
    page.section(fidelity_section(recording.fidelity))
    return page
