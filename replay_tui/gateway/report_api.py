"""Requests for the gateway's reports about a session. Each has a short time limit, because none is necessary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from replay_tui.domain.errors import GatewayError
from replay_tui.domain.gateway_report import DesktopDetections, DesktopFrames, GatewayReport, MaskingReport
from replay_tui.domain.lenient_model import LenientModel, parse_lenient
from replay_tui.domain.session import Session
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.gateway.read_api import ReadApi, session_path

Model = TypeVar("Model", bound=LenientModel)
RDP = "rdp"


def read_report(read: ReadApi, session: Session, *, cancel: CancelToken | None = None) -> GatewayReport:
    """Return the reports about a session that has ended; a failed request becomes a sentence. Raises `Cancelled`."""
    fields, unread = session.fields, list[str]()

    def request(model: type[Model], path: str, params: Mapping[str, str | int], name: str) -> Model | None:
        try:
            return parse_lenient(model, read.side_request(path, cancel, params))[0]
        except GatewayError as failure:
            unread.append(f"{name}: {failure}")
            return None

    end, session_id = fields.end_date, fields.id
    if not isinstance(end, datetime) or not session_id:
        return GatewayReport()
    masking = request(MaskingReport, "/reports/sessions", {"id": session_id, **_days(end)}, "masking")
    if fields.connection_subtype != RDP:
        return GatewayReport(masking, unread=tuple(unread))
    path = session_path(session_id)
    frames = request(DesktopFrames, f"{path}/rdp-frames", {"limit": 1}, "bitmaps")
    detections = request(DesktopDetections, f"{path}/rdp-detections", {}, "detections")
    return GatewayReport(masking, frames, detections, tuple(unread))


def _days(end: datetime) -> dict[str, str]:
    """Return the days that contain a session's end. The last day counts until its midnight only, so it is the next."""
    day: date = end.astimezone(UTC).date()
    return {"start_date": day.isoformat(), "end_date": (day + timedelta(days=1)).isoformat()}
