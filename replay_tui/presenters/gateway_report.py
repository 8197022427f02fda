"""Texts of the gateway's reports about a session: masked values by kind, bitmaps and detections of RDP recordings."""

from __future__ import annotations

from collections import defaultdict

from replay_tui.domain.display_text import pluralize
from replay_tui.domain.gateway_report import DesktopDetections, GatewayReport, MaskingReport
from replay_tui.domain.session import Session
from replay_tui.domain.times import format_time
from replay_tui.presenters.document import MAX_PAIRS, Pairs, Role, Section

MAX_DETECTION_TIMES = 5
"""Times that are shown for one kind of detection."""


def add_report(out: Section, report: GatewayReport, session: Session) -> None:
    """Add the reports to the section of a session's metadata."""
    if report.masking is not None:
        _add_masking(out, report.masking, session)
    if (frames := report.frames) is not None:
        duration = f" in {format_time(frames.total_duration)}" if frames.total_duration else ""
        out.field("bitmaps", f"{pluralize(frames.total_frames or 0, 'bitmap')}{duration}")
    if report.detections is not None:
        _add_detections(out, report.detections)
    for sentence in report.unread:
        out.field("not read", sentence, Role.WARN)


def _add_masking(out: Section, masking: MaskingReport, session: Session) -> None:
    items = masking.items or []
    metrics = session.fields.metrics
    recorded = metrics.data_masking.total_redact_count if metrics and metrics.data_masking else None
    if not items and not masking.total_redact_count and not recorded:
        return
    total = masking.total_redact_count or 0
    out.field(
        "masking report", f"{pluralize(total, 'value')}, {pluralize(masking.total_transformed_bytes or 0, 'byte')}"
    )
    if total != (recorded or 0):
        out.field("masking note", f"the session itself counts {pluralize(recorded or 0, 'masked value')}", Role.WARN)
    counts = [(item.info_type or "unnamed type", pluralize(item.redact_total or 0, "value")) for item in items]
    if counts:
        out.parts.append(Pairs("reported types", tuple(counts[:MAX_PAIRS]), max(0, len(counts) - MAX_PAIRS)))


def _add_detections(out: Section, found: DesktopDetections) -> None:
    times: dict[str, list[float]] = defaultdict(list)
    for one in found.detections or []:
        times[one.entity_type or "unnamed type"].append(one.timestamp or 0.0)
    status = (found.analysis.status if found.analysis else None) or ""
    count = sum(map(len, times.values()))
    text = pluralize(max(count, found.total or 0), "detection")
    if status == "done" or count:
        out.field("detections", text, Role.WARN if count else Role.PLAIN)
    if status != "done":
        out.field("bitmap analysis", _analysis_text(found, status), Role.WARN)
    kinds = sorted(times.items(), key=lambda kind: (-len(kind[1]), kind[0]))
    pairs = tuple((kind, _times_text(sorted(moments))) for kind, moments in kinds[:MAX_PAIRS])
    if pairs:
        out.parts.append(Pairs("detected", pairs, len(kinds) - len(pairs)))


def _times_text(moments: list[float]) -> str:
    shown = ", ".join(format_time(moment) for moment in moments[:MAX_DETECTION_TIMES])
    more = len(moments) - MAX_DETECTION_TIMES
    return f"{len(moments)} at {shown}{f' and {more:,} more' if more > 0 else ''}"


def _analysis_text(found: DesktopDetections, status: str) -> str:
    """Return why there may be more detections than the gateway lists."""
    analysis = found.analysis
    if status == "failed" and analysis:
        attempts = f" after {analysis.attempt} of {analysis.max_attempts} attempts" if analysis.attempt else ""
        return f"failed{attempts}" + (f": {analysis.last_error}" if analysis.last_error else "")
    if status in ("", "not_analyzed"):
        return "not analysed by the gateway"
    return f"{status}, not complete"
