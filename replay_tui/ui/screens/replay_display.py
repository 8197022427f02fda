"""Display of the replay state: writes the aspects that changed to the widgets of the replay screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from rich.text import Text
from textual.screen import Screen
from textual.widgets import Static

from replay_tui.analysis.timeline import activity
from replay_tui.domain.finding import flagged, notable
from replay_tui.domain.times import format_time
from replay_tui.gateway.live_follower import LiveState
from replay_tui.presenters.completeness import findings_labels
from replay_tui.presenters.document import Field, Role, Section, Span
from replay_tui.presenters.findings import finding_caption, findings_at, moment_caption, statement_caption
from replay_tui.presenters.pane_text import filter_banner
from replay_tui.presenters.review import review_section
from replay_tui.presenters.risk import risk_badge, risk_section
from replay_tui.presenters.session import recording_text, session_section
from replay_tui.presenters.values import wall_clock, zone_name
from replay_tui.presenters.verdict import verdict_line
from replay_tui.ui.command_table import shown_keys
from replay_tui.ui.frame_renderer import FrameRequest
from replay_tui.ui.replay_state import Aspect, ReplayState
from replay_tui.ui.search_state import count_matches
from replay_tui.ui.section_text import Styles, section_lines, spans_text, styles_of
from replay_tui.ui.timeline_marks import layers
from replay_tui.ui.widgets.command_list import CommandList
from replay_tui.ui.widgets.indented_text import IndentedLine
from replay_tui.ui.widgets.key_bar import FooterContext, KeyBar, footer_ids
from replay_tui.ui.widgets.main_pane import MainPane
from replay_tui.ui.widgets.panels import RiskPanel, SidePanels
from replay_tui.ui.widgets.status_bars import FidelityBanner, StatusFields, StatusLine
from replay_tui.ui.widgets.timeline import Timeline

_IN_VERDICT = {Aspect.SESSION, Aspect.REVIEW, Aspect.FINDINGS, Aspect.WARNINGS, Aspect.ACTIVITY}
"""Aspects on which the verdict depends, and `ACTIVITY`, which is announced when the width changes."""
MIN_PLAYED_SECONDS = 1.0
"""Length from which playing a recording makes sense."""
MIN_HINT_COLUMNS = 100
"""Terminal width from which the status line has room for hints."""

SIDE_CELLS_WITH_COMMANDS = {"-wide": 40, "-vast": 52}
"""Width of the side column beside a list of commands by breakpoint, as in the style sheet."""
BORDER_CELLS = 2


class ReplayDisplay:
    """Reads the state and writes to the widgets of `screen`. `request_frame` requests a frame of the recording."""

    def __init__(
        self, state: ReplayState, screen: Screen[None], request_frame: Callable[[FrameRequest], object]
    ) -> None:
        self._state, self._screen, self._request_frame = state, screen, request_frame

    def update(self, changes: Set[Aspect]) -> None:
        """Redraw the aspects that changed, as far as the session is known."""
        if self._state.has_session:
            self._update(changes)
        elif self._state.load_failed:
            self._write_findings()
            self.show_unknown("not read")

    def _update(self, changes: Set[Aspect]) -> None:
        """Redraw the aspects that changed; until the recording is loaded, only those that do not need it."""
        ready = self._state.has_recording
        if Aspect.SESSION in changes:
            self._write_session()
        if Aspect.REVIEW in changes:
            self._write_review()
        if Aspect.FINDINGS in changes:
            self._write_findings()
        if changes & {Aspect.COMMANDS, Aspect.ACTIVITY} and ready:
            self._write_commands(changed=Aspect.COMMANDS in changes)
        if Aspect.ACTIVITY in changes:
            self._draw_activity()
        if changes & _IN_VERDICT:
            self._write_verdict()
            self._screen.query_one(KeyBar).show_keys(footer_ids(self._footer_context()), self._state.list_position)
        if Aspect.MARKS in changes and ready:
            self._collect_marks()
        if Aspect.PLAYHEAD in changes and ready:
            self._follow_playhead()
        if Aspect.WARNINGS in changes and ready:
            self._write_warnings()
        if Aspect.TITLE in changes:
            self._screen.query_one(MainPane).write_titles()
        if changes & {Aspect.PLAYHEAD, Aspect.STATUS} and ready:
            self._write_status()
            self._write_caption()

    def show_unknown(self, why: str) -> None:
        """Fill the panels while the session is not known, because it is `loading…` or was `not read`.

        Nothing may look like a fact about the session, such as that it has no review.
        """
        muted = self._styles().get(Role.MUTED, "")
        text = [IndentedLine(body=Text(why, muted))]
        panels, risk = self._screen.query_one(SidePanels), self._screen.query_one(RiskPanel)
        panels.put_session("Session", text)
        panels.put_review("Review", text)
        risk.put("Risk", text)
        self._screen.query_one("#verdict", Static).update(Text(why, muted))

    def _styles(self) -> Styles:
        return styles_of(self._screen.app.get_css_variables())

    # -- at the playhead ------------------------------------------------------------------------------------------

    def _follow_playhead(self) -> None:
        state, position = self._state, self._state.player.position
        if state.kind.has_screen:
            mask = None if state.findings is None else state.redactor
            self._request_frame(FrameRequest(state.shown_recording, state.player.count, position, mask))
        self._screen.query_one(Timeline).set_position(position)
        self._screen.query_one(RiskPanel).follow(position, state.current_finding)
        self._screen.query_one(MainPane).update_position()
        if state.has_commands:
            self._mark_command()
        if state.search.hits:
            self._screen.query_one(MainPane).search_panel.hits.mark(state.search.number(position) - 1, follow=False)

    def _write_status(self) -> None:
        state, player = self._state, self._state.player
        hint = f", {state.progress.hint}" if state.progress.hint and self._screen.size.width >= MIN_HINT_COLUMNS else ""
        start = state.session.fields.start_date
        self._screen.query_one(StatusLine).put(
            StatusFields(
                player.state,
                player.speed,
                player.position,
                player.duration,
                wall_clock(start, player.position, state.clock_mode),
                player.idle,
                "".join(state.hidden),
                tuple(self._flags()),
                state.progress.text + hint,
                self._whose(),
                dated_clock=wall_clock(start, player.position, state.clock_mode, dated=True),
                size=self._size_label(),
                idle_limit=player.idle_limit,
            )
        )

    def _whose(self) -> str:
        """Return the session's connection and user for the status line, if no border has room for them."""
        session = self._state.session
        is_short = self._screen.has_class("-short")
        return f"{session.display_connection} {session.display_user}" if is_short else ""

    def _flags(self) -> Iterator[Span]:
        state = self._state
        if state.live:
            yield live_badge(state.live, state.player.duration - state.player.position)
        yield from map(Span, self._plain_flags())

    def _plain_flags(self) -> Iterator[str]:
        state = self._state
        if state.keystrokes_shown:
            yield "keys"
        if state.pane != "main":
            yield state.pane
        if state.hidden_input_revealed:
            yield "unmasked"
        yield from (f"filter {text}" for listed, text in state.filters.items() if text and listed.region)
        if found := state.search.hits:
            number = state.search.number(state.player.position)
            yield f"match {number:,} of {len(found):,}" if number else count_matches(len(found))

    def _size_label(self) -> str:
        """Return the size of a recorded screen shown in part, for the status line if no border has room for it."""
        view = self._screen.query_one(MainPane).terminal
        mode = view.view_label.partition(" ")[0]
        if mode == "fit" or not (self._screen.has_class("-short") and self._state.kind.has_screen and view.shown):
            return ""
        return f"{view.shown.cols}×{view.shown.rows}{' pan' if mode == 'pan' else ''}"

    def _write_caption(self) -> None:
        """Show in the key bar the current statement or finding if no pane does, else the findings at the playhead."""
        state, bar, styles = self._state, self._screen.query_one(KeyBar), self._styles
        number = state.current_statement
        if (flag := state.current_finding) is not None and state.findings:
            finding, stops = state.findings[flag], notable(state.findings)
            number = next((number for number, one in enumerate(stops, start=1) if one is finding), 0)
            place = f"finding {number:,} of {len(stops):,}  " if number and len(stops) > 1 else ""
            bar.show_caption((finding, place), lambda: spans_text(finding_caption(finding, place), styles()))
        elif number is not None and self._needs_caption(number):
            statement = state.recording.statements[number]
            place = f"{number + 1:,} of {len(state.recording.statements):,}  "
            bar.show_caption(place, lambda: spans_text(statement_caption(statement, place), styles()))
        else:
            player = state.player
            # At the very start the key bar is more useful than the caption of a finding.
            worth = flagged(state.findings or ()) if player.position > 0 else []
            there = findings_at(worth, player.position, playing=player.playing)
            bar.show_caption(tuple(there), lambda: spans_text(moment_caption(there), styles()))

    def _needs_caption(self, statement: int) -> bool:
        """Return True if neither the statements pane nor the recorded screen shows the current statement."""
        state, times = self._state, self._state.statement_times
        if state.kind.lists_statements and state.pane == "main":
            return False
        shared = times[max(0, statement - 1) : statement + 2].count(times[statement]) > 1
        return shared or not state.recording.kind.has_screen

    # -- panels, banner and timeline ------------------------------------------------------------------------------

    def _write_session(self) -> None:
        """Write the metadata, with the current number of events."""
        state = self._state
        zone = "utc" if state.clock_mode == "utc" else "local"
        recorded = recording_text(state.recording) if state.has_recording else "loading…"
        section = session_section(state.session, recorded=recorded, zone=zone, report=state.gateway_report)
        section.note = zone_name(zone)
        self._screen.query_one(SidePanels).put_session(*self._panel(section))

    def _write_review(self) -> None:
        session = self._state.session
        zone = "utc" if self._state.clock_mode == "utc" else "local"
        review = review_section(
            session.fields.review,
            self._state.now,
            zone,
            self._state.approval_defaults,
            ran=session.ran_before_decision,
        )
        if session.fields.review is not None and session.fields.review.is_undecided and not self._can_decide:
            where = "read-only mode" if self._state.options.read_only else "a saved session"
            review.put_first(Field("note", f"{where}: decide on the gateway"))
        self._screen.query_one(SidePanels).put_review(*self._panel(review))
        self._screen.query_one(RiskPanel).put(*self._panel(risk_section(session)))

    def _panel(self, section: Section) -> tuple[str, list[IndentedLine], str]:
        """Return headline, lines and the hint of a panel: the key for its details."""
        folded, key = not self._state.details_shown, shown_keys(self._screen.app, "details")
        count = 0 if section.details_from is None else len(section.parts) - section.details_from
        hint = f"{key} {'details' if folded else 'fewer details'}" if count and key else ""
        return section.headline, section_lines(section, self._styles(), folded=folded), hint

    def _write_findings(self) -> None:
        state = self._state
        worth = flagged(state.findings or ())
        count = None if state.findings is None else len(worth)
        title, empty = findings_labels(count, state.completeness, failed=state.analysis_failed)
        worst = max((one.severity for one in worth), key=lambda severity: severity.rank, default=None)
        by = f"{risk_badge(worst).text} by rules" if worst else "by this program"
        self._screen.query_one(RiskPanel).put_findings(
            state.findings or [], f"{title} · {by}", empty, by_time=state.findings_by_time
        )

    def _write_commands(self, *, changed: bool) -> None:
        """Show the commands if there is room, in the cells that the recorded screen does not need."""
        state, screen, commands = self._state, self._screen, self._screen.query_one(CommandList)
        if state.has_commands and changed:
            commands.put(state.recording.analysis.summary.statements, state.findings or ())
            self._mark_command()
        side = next((cells for name, cells in SIDE_CELLS_WITH_COMMANDS.items() if screen.has_class(name)), 0)
        beside = side > 0 and state.commands_beside and state.has_commands
        screen.set_class(beside, "commands-beside")
        if not state.has_commands:
            screen.remove_class("over-commands")
        if screen.has_class("no-sidebar") and screen.has_class("no-risk"):
            side = 0
        recorded = state.recording.sizes.first.cols + BORDER_CELLS if beside else 0
        commands.fit(screen.size.width - side - recorded if beside else None)

    def _mark_command(self) -> None:
        commands, focused = self._screen.query_one(CommandList), self._screen.focused
        commands.mark(self._state.statement_at_playhead, follow=commands is not focused)

    def _write_verdict(self) -> None:
        state, line = self._state, self._screen.query_one("#verdict", Static)
        spans = verdict_line(
            state.session,
            state.findings,
            state.completeness,
            self._state.now,
            failed=state.analysis_failed,
            defaults=state.approval_defaults,
            width=line.size.width,
        )
        line.update(spans_text(spans, self._styles()), layout=False)  # the line has a fixed size

    @property
    def _can_decide(self) -> bool:
        return self._state.ref.client is not None and not self._state.options.read_only

    def _footer_context(self) -> FooterContext:
        state = self._state
        review = state.session.fields.review
        return FooterContext(
            is_pending=self._can_decide and review is not None and review.is_undecided,
            has_decided=state.has_decided,
            has_list=bool(state.list_position),
            is_empty=state.has_recording and state.kind.is_empty,
            lasts=not state.complete or state.player.duration >= MIN_PLAYED_SECONDS,
            has_statements=not state.has_recording or bool(state.statement_times),
            is_table=state.kind.may_have_table,
            is_narrow=self._screen.has_class("-narrow"),
        )

    def _write_warnings(self) -> None:
        state = self._state
        notes = state.completeness.warnings
        if state.recording.loaded_session.is_recorder_file:  # rarely has input, so that its absence is no alarm
            notes = tuple(note for note in notes if note.code != "no-input")
        if state.live not in (None, LiveState.ENDED, LiveState.LOST):  # the status line shows that the session is live
            notes = tuple(note for note in notes if note.code != "still-open")
        screen = state.kind.has_screen and state.pane == "main"
        self._screen.query_one(FidelityBanner).put(notes, filter_banner(state.missing_output, screen=screen))

    def _collect_marks(self) -> None:
        state = self._state
        findings = state.findings if state.recording.is_analysed else None
        marks = layers(state.recording, findings, state.search.hits, state.bookmarks.found)
        self._screen.query_one(Timeline).set_marks(marks)

    def _draw_activity(self) -> None:
        """Draw activity and idle gaps for the timeline's width."""
        state, timeline, stream = self._state, self._screen.query_one(Timeline), self._state.recording.stream
        gaps = state.recording.idle_gaps if state.complete else []
        timeline.set_known(state.known_part)
        timeline.set_activity(stream.duration, activity(stream, timeline.slots), gaps)


def live_badge(live: LiveState, behind: float) -> Span:
    """Return `LIVE`, `BEHIND 00:12` (seconds `behind` the end), `CONNECTION LOST` or `ENDED`."""
    if live is LiveState.RECONNECTING:
        return Span("CONNECTION LOST, retrying", Role.BAD)
    if live is LiveState.LOST:
        return Span("CONNECTION LOST", Role.BAD)
    if live is LiveState.ENDED:
        return Span("ENDED")
    if behind < 1:
        return Span("LIVE", Role.GOOD)
    return Span(f"BEHIND {format_time(behind, decimals=0).removeprefix('00:')}", Role.WARN)
