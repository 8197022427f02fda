"""What the replay screen says around the recording: status line, panels, border, banner, timeline."""

from __future__ import annotations

from datetime import UTC, datetime

from replay_tui.analysis.activity import activity
from replay_tui.domain.finding import flagged
from replay_tui.domain.kind import Kind
from replay_tui.gateway.live import LiveState
from replay_tui.ui.actions.live import LiveActions
from replay_tui.ui.describe import Styles, badge, metadata, review_text, review_title, risk_text, status_mark, zone_name
from replay_tui.ui.describe.caption import caption, finding_caption, flagged_at, statement_caption
from replay_tui.ui.describe.clock import wall_clock
from replay_tui.ui.describe.hiding import banner
from replay_tui.ui.describe.writer import styles_of
from replay_tui.ui.marks import layers
from replay_tui.ui.session_ref import SessionRef
from replay_tui.ui.widgets.bars import FidelityBanner, KeyBar, Status, StatusLine
from replay_tui.ui.widgets.panels import RiskPanel, SidePanels
from replay_tui.ui.widgets.terminal_view import TerminalView
from replay_tui.ui.widgets.timeline import Timeline


class ReplayWords(LiveActions):
    """Writes each of them anew from the screen's state."""

    ref: SessionRef
    loaded: bool
    complete: bool
    progress: str

    def styles_of_roles(self) -> Styles:
        """The theme's styles for words of a role."""
        return styles_of(self.app.get_css_variables())

    def write_status(self) -> None:
        """The status line."""
        transport = self.transport
        self.query_one(StatusLine).put(
            Status(
                transport.state,
                transport.speed,
                transport.position,
                transport.duration,
                wall_clock(self.session.fields.start_date, transport.position, self.clock_mode),
                transport.idle,
                "".join(self.hidden),
                tuple(self._flags()),
                self.progress,
                *self._identity(),
            )
        )
        self.write_caption()

    def _identity(self) -> tuple[tuple[str, ...], str]:
        """Risk, review and whose session it is, where the terminal has no room for panels, or for a border."""
        session, badges = self.session, []
        if self.has_class("-narrow"):
            review = session.fields.review
            badges += [badge(session.severity)] if session.severity else []
            badges += [f"{status_mark(review.status)[0]} {review.status}"] if review and review.status else []
        return tuple(badges), f"{session.what} {session.who}" if self.has_class("-short") else ""

    def on_descendant_focus(self) -> None:
        """The focus goes where another pane is shown, which may be filtered."""
        if self.loaded and self.filters:
            self.call_after_refresh(self.write_status)

    def write_caption(self) -> None:
        """What was stepped to where that is not seen otherwise, or what is flagged at the playhead, for the keys."""
        bar, styles = self.query_one(KeyBar), self.styles_of_roles
        number = self.current_statement()
        if (flag := self.current_finding()) is not None and self.findings:
            finding = self.findings[flag]
            same = [at for at, one in enumerate(self.findings) if one.time == finding.time]
            place = f"{same.index(flag) + 1} of {len(same):,}  " if len(same) > 1 else ""
            bar.say((finding, place), lambda: finding_caption(finding, styles(), place))
        elif number is not None and self._is_to_be_told(number):
            told = self.recording.statements[number]
            place = f"{number + 1:,} of {len(self.recording.statements):,}  "
            bar.say(place, lambda: statement_caption(told, styles(), place))
        else:
            transport = self.transport
            # At the very start nobody has gone anywhere yet: the keys are what is wanted there.
            worth = flagged(self.findings or ()) if transport.position > 0 else []
            there = flagged_at(worth, transport.position, playing=transport.playing)
            bar.say(tuple(there), lambda: caption(there, styles()))

    def _is_to_be_told(self, statement: int) -> bool:
        """Whether neither the statements pane nor the recorded screen shows to which statement one has stepped."""
        times = self.stage.statement_times
        if self.kind in (Kind.STATEMENTS, Kind.HTTP) and self.pane == "main":
            return False
        shared = times[max(0, statement - 1) : statement + 2].count(times[statement]) > 1
        return shared or self.recording.kind is not Kind.TERMINAL

    def _flags(self) -> list[str]:
        flags = [self.live_pill()] if self.live else []
        if self.keystrokes_shown:
            flags.append("keys")
        if self.pane != "main":
            flags.append(self.pane)
        if self.unmasked:
            flags.append("unmasked")
        flags += [f"filter {text}" for listed, text in self.filters.items() if text and listed.region]
        if found := self.hits.found:
            flags.append(f"match {self.hits.number(self.transport.position)} of {len(found):,}")
        if self.has_class("-short") and self.kind is Kind.TERMINAL and (view := self.query_one(TerminalView)).shown:
            label = view.view_label.partition(" ")[0]  # there is no border to say it
            flags.append(f"{view.shown.cols}×{view.shown.rows} {label}")
        return flags

    def write_panels(self) -> None:
        """Metadata, review and risk."""
        self.write_session()
        styles, session = self.styles_of_roles(), self.session
        side, risk = self.query_one(SidePanels), self.query_one(RiskPanel)
        review = session.fields.review
        side.put_review(review_title(review), review_text(review, styles, datetime.now(UTC)))
        risk.put(f"Risk · {badge(session.severity)}", risk_text(session, styles))
        risk.put_findings(self.findings)

    def write_session(self) -> None:
        """The metadata, with the events as they are counted now."""
        styles, session = self.styles_of_roles(), self.session
        size = str(self.recording.sizes.first) if self.kind is Kind.TERMINAL or not self.loaded else ""
        zone = "utc" if self.clock_mode == "utc" else "local"
        words = metadata(session, styles, zone=zone, size=size, events=len(self.recording.stream))
        self.query_one(SidePanels).put_session(f"Session · {zone_name(zone)}", words)

    @property
    def title_line(self) -> str:
        """What is replayed, as the main pane's border says it."""
        return self.stage.title_of(self.recording, self.ref.title or self.ref.path, self.place_in_list)

    def write_labels(self) -> None:
        """The main pane's border: what is shown, its size and how it is known, how it stands in the pane."""
        self.stage.write_labels(self.recording, self.ref.title or self.ref.path, self.kind, self.place_in_list)

    def write_banner(self) -> None:
        """What to doubt."""
        known = self.findings is not None and self.recording.has_findings
        notes = self.recording.fidelity if known else self.recording.stream.log.notes
        if self.live not in (None, LiveState.ENDED):  # that it goes on is told, and seen
            notes = tuple(note for note in notes if note.code != "still-open")
        screen = self.kind is Kind.TERMINAL and self.pane == "main"
        self.query_one(FidelityBanner).put(notes, banner(self.missing, screen=screen))

    def collect_marks(self) -> None:
        """Put everything worth a tick on the timeline."""
        findings = self.findings if self.recording.read else None
        self.query_one(Timeline).set_marks(layers(self.recording, findings, self.hits.found, self.bookmarks.found))

    def draw_timeline(self) -> None:
        """Activity and idle stretches for the timeline's width."""
        timeline, stream = self.query_one(Timeline), self.recording.stream
        gaps = self.recording.gaps if self.complete else []
        timeline.set_activity(stream.duration, activity(stream, timeline.slots), gaps)
