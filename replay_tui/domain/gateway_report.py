"""The gateway's reports about a session that are not part of it: masked data, bitmaps of RDP recordings.

Source of the formats: `GET /reports/sessions`, `/sessions/{id}/rdp-frames` and `/sessions/{id}/rdp-detections` of
hoophq/hoop at e939597dc.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from replay_tui.domain.lenient_model import LenientModel, ObjectList


class MaskedType(LenientModel):
    """Masked values of one kind of data, such as `EMAIL_ADDRESS`."""

    info_type: str | None = None
    redact_total: int | None = None
    transformed_bytes: int | None = None


class MaskingReport(LenientModel):
    """What data masking replaced in a session, by kind of data."""

    items: ObjectList[MaskedType] | None = None
    total_redact_count: int | None = None
    total_transformed_bytes: int | None = None


class DesktopFrames(LenientModel):
    """Number of an RDP recording's bitmaps, and the time of the last one in seconds. The bitmaps are not kept."""

    total_frames: int | None = None
    total_duration: float | None = None


class DesktopDetection(LenientModel):
    """Sensitive data that the gateway recognised in a bitmap; `timestamp` in seconds."""

    timestamp: float | None = None
    entity_type: str | None = None


class DesktopAnalysis(LenientModel):
    """State of the analysis of the bitmaps; an empty `status` means that the gateway does not analyse them."""

    status: str | None = None
    attempt: int | None = None
    max_attempts: int | None = None
    last_error: str | None = None


class DesktopDetections(LenientModel):
    """Result of the analysis of an RDP recording's bitmaps."""

    detections: ObjectList[DesktopDetection] | None = None
    total: int | None = None
    analysis: DesktopAnalysis | None = None


class GatewayReport(Struct, frozen=True):
    """Reports about one session. None stands for a report that does not apply or could not be read.

    `unread` has a sentence for each report that could not be read.
    """

    masking: MaskingReport | None = None
    frames: DesktopFrames | None = None
    detections: DesktopDetections | None = None
    unread: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the reports that were read, as received."""
        found = {"masking": self.masking, "frames": self.frames, "detections": self.detections}
        return {name: one.model_dump(mode="json") for name, one in found.items() if one is not None}
