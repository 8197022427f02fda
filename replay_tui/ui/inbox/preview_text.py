"""Lines of the preview: what decides comes first, then who and where, the script or last screen, and the activity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from rich.text import Text

from replay_tui.domain.display_text import pluralize, sanitize
from replay_tui.domain.known_secrets import mask_known_secrets
from replay_tui.domain.times import format_duration
from replay_tui.presenters.completeness import ANALYSING, findings_count, no_findings_text
from replay_tui.presenters.document import Field, Part, Role, Section, Span, Subheading
from replay_tui.presenters.findings import finding_row
from replay_tui.presenters.review import review_section
from replay_tui.presenters.risk import session_badge
from replay_tui.presenters.session import waiting_time
from replay_tui.presenters.values import format_date, format_size, with_detail
from replay_tui.ui.inbox.preview import Preview, is_previewed
from replay_tui.ui.inbox.rows import InboxRow
from replay_tui.ui.section_text import Styles, section_lines, spans_text
from replay_tui.ui.widgets.indented_text import IndentedLine
from replay_tui.ui.widgets.timeline_scale import levels

MAX_EXPLANATION_CHARS = 400
_LEVELS = " ▁▂▃▄▅▆▇█"
_FOLDED = frozenset(("review id", "requested", "other fields", "access duration"))
"""Fields of the review that decide nothing."""


def preview_title(row: InboxRow) -> str:
    """Return the title of the preview: connection and user, sanitised."""
    return sanitize(row.session.title)


def preview_lines(
    row: InboxRow, preview: Preview | None, width: int, styles: Styles, now: datetime
) -> list[IndentedLine]:
    """Return the lines for `width` cells; `preview` is None until the recording was read."""
    lines = _badge_lines(row, styles)
    lines += section_lines(Section("", parts=list(_facts(row, now))), styles)
    lines += [IndentedLine(), *_finding_lines(row, preview, width, styles)]
    if preview is not None and preview.duration > 0:
        lines += [IndentedLine(), *_heading(f"activity, {format_duration(preview.duration)}", styles)]
        lines.append(_cut_line(Text(_activity_text(preview.activity, width - 2)), width))
    if preview is not None and preview.lines:
        lines += [IndentedLine(), *_heading(preview.lines_title, styles)]
        lines += [_cut_line(Text(line), width) for line in preview.lines]
    return lines


def _badge_lines(row: InboxRow, styles: Styles) -> list[IndentedLine]:
    """Return the risk with the title and the explanation of the AI analysis, and the guardrail."""
    session, ai = row.session, row.session.fields.ai_analysis
    if session.severity:
        badge = session_badge(session)
    elif session.is_judged:
        badge = Span("no risk reported", Role.MUTED)
    else:
        badge = Span("? risk could not be read" if row.is_unreadable else "? risk not read yet", Role.WARN)
    lines = [IndentedLine(body=spans_text([badge], styles))]
    for text, role in ((ai.title, Role.STRONG), (ai.explanation, Role.PLAIN)) if ai else ():
        if text and text.strip():
            short = mask_known_secrets(" ".join(text.split())[:MAX_EXPLANATION_CHARS])
            lines.append(IndentedLine(Text("  "), Text(sanitize(short), styles.get(role, ""))))
    for hit in session.guardrails[:2]:
        text = mask_known_secrets(f"{hit.rule_name or 'guardrail'}: {hit.message or hit.direction or 'blocked'}")
        lines.append(IndentedLine(Text("# ", styles.get(Role.BAD, "")), Text(sanitize(text[:MAX_EXPLANATION_CHARS]))))
    return lines


def _facts(row: InboxRow, now: datetime) -> Iterator[Part]:
    """Yield review, user, connection, times and result, and what the library has."""
    session = row.session
    fields, review = session.fields, session.fields.review
    if review is not None:
        section = review_section(review, now, "local", ran=session.ran_before_decision)
        yield Subheading(section.headline)
        if review.is_undecided:
            yield Field("waiting", waiting_time(session, now).text)
        yield from (part for part in section.parts if getattr(part, "label", "") not in _FOLDED)
    yield Subheading("Session")
    yield Field("user", with_detail(fields.user_name, fields.user or fields.user_id) or session.display_user)
    kind = " ".join(filter(None, (fields.type, fields.connection_subtype)))
    yield Field("connection", with_detail(fields.connection, kind) or session.display_connection)
    started, seconds = format_date(fields.start_date, "local"), session.wall_clock_seconds
    yield Field("started", ", ".join(filter(None, (started, "" if seconds is None else format_duration(seconds)))))
    code = "" if fields.exit_code is None else f"exit {fields.exit_code}"
    size = format_size(session.stored_bytes) if session.stored_bytes else "nothing recorded"
    text = ", ".join(filter(None, (fields.verb, fields.status, code, size)))
    yield Field("status", text, Role.BAD if fields.exit_code else Role.PLAIN)
    if row.archived:
        findings, statements = row.archived
        yield Field("library", f"{pluralize(findings, 'finding')}, {pluralize(statements, 'statement')}")


def _finding_lines(row: InboxRow, preview: Preview | None, width: int, styles: Styles) -> list[IndentedLine]:
    if preview is None:
        why = ANALYSING
        if not is_previewed(row.session):
            why = (
                f"the recording of {format_size(row.session.stored_bytes)} is not read for the preview; enter opens it"
            )
        return [*_heading("findings", styles), IndentedLine(Text("  "), Text(why, styles.get(Role.MUTED, "")))]
    if preview.failure:
        return [
            *_heading("not analysed", styles),
            IndentedLine(Text("  "), Text(sanitize(preview.failure), styles.get(Role.WARN, ""))),
        ]
    if not preview.finding_count:
        none = Text(sanitize(no_findings_text(preview.completeness)), styles.get(Role.MUTED, ""))
        return [*_heading("findings", styles), IndentedLine(Text("  "), none)]
    title = findings_count(preview.finding_count, preview.completeness)
    lines = [_cut_line(spans_text(finding_row(one), styles), width) for one in preview.findings]
    more = preview.finding_count - len(preview.findings)
    if more > 0:
        lines.append(IndentedLine(Text("  "), Text(f"and {more:,} more", styles.get(Role.MUTED, ""))))
    return [*_heading(title, styles), *lines]


def _heading(text: str, styles: Styles) -> list[IndentedLine]:
    return [IndentedLine(body=Text(text[:1].upper() + text[1:], styles.get(Role.STRONG, "")))]


def _cut_line(text: Text, width: int) -> IndentedLine:
    """Return a line that is indented and not wrapped."""
    text.truncate(max(1, width - 2), overflow="ellipsis")
    return IndentedLine(Text("  "), text)


def _activity_text(activity: Sequence[tuple[int, int]], cells: int) -> str:
    """Return the activity in as many cells as there are, at most one for each slot."""
    count = max(1, min(cells, len(activity)))
    bounds = [len(activity) * cell // count for cell in range(count + 1)]
    slots = [
        (sum(out for out, _ in activity[start:end]), sum(typed for _, typed in activity[start:end]))
        for start, end in pairwise(bounds)
    ]
    return "".join(_LEVELS[level] if level else "╌" for level in levels(slots))
