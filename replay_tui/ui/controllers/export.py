"""Export command: asks for a format or a report and a file, writes it in the background, and says where it is."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from rich.text import Text

from replay_tui.domain.errors import UsageError
from replay_tui.export.atomic_file import validate_target
from replay_tui.export.exporter import FORMATS, Format, export_recording
from replay_tui.export.report.formats import REPORT_FORMATS, ReportFormat
from replay_tui.export.report.model import ReviewerNotes
from replay_tui.gateway.account import ServerInfo
from replay_tui.presenters.completeness import incomplete_text
from replay_tui.ui.background import DONE, ProgressReport, Task
from replay_tui.ui.controllers.loading import Loading
from replay_tui.ui.replay_state import ReplayState
from replay_tui.ui.screen_view import ScreenView
from replay_tui.ui.screens.action_dialog import ActionDialog
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen
from replay_tui.ui.widgets.choice_bar import Choice

CHOICES: dict[str, Format | ReportFormat] = {**REPORT_FORMATS, **FORMATS}
"""What can be chosen, by name: reports first, because reviewers keep them with their decision."""


class Exported(Struct, frozen=True):
    """A written export. `message` names the path; in a browser, the open `file` is downloaded as `name`."""

    message: str
    file: BinaryIO | None
    name: str


class Export:
    """Exports with hidden input masked unless it is revealed; unavailable if the gateway has disabled downloads."""

    def __init__(self, state: ReplayState, screen: ScreenView, loading: Loading) -> None:
        self._state, self._screen, self._loading = state, screen, loading

    def choose(self) -> None:
        """Ask for a format and a file."""
        server = self._state.server
        if server is None and self._state.ref.client is not None:
            self._loading.request_permissions(self._permitted)
        else:
            self._permitted(server)

    def _permitted(self, server: ServerInfo | None) -> None:
        if server and not server.downloads_allowed:
            why = "has disabled downloads"
            if server.downloads_unknown:
                why = "did not say whether downloads are allowed"
            self._screen.say(f"Export is unavailable: the gateway {why}.", severity="warning")
            return
        if self._state.findings is None:
            self._screen.say("Export is available once the session is analysed.")
            return
        names = list(CHOICES)
        lines = [Text.assemble((f"{name:<14}", "bold"), CHOICES[name].description) for name in names]

        def chosen(position: int | None) -> None:
            if position is None:
                return
            if self._screen.is_web:  # a browser downloads the file and names no path on this machine
                self._download(names[position])
            else:
                self._ask_where(names[position])

        self._screen.ask(ChooseScreen("Export as", lines), chosen)

    def _file_name(self, form: str) -> str:
        """Return connection, user, date and the start of the id, which a folder of reports sorts and tells apart."""
        session, start = self._state.session, self._state.session.fields.start_date
        parts = (
            session.display_connection[:24],
            (session.user or session.display_user).partition("@")[0][:24],
            f"{start:%Y-%m-%d}" if isinstance(start, datetime) else "",
            str(session.fields.id or "")[:8],
        )
        name = "-".join(filter(None, (re.sub(r"[^A-Za-z0-9_-]+", "-", part).strip("-") for part in parts)))
        return f"{name or 'session'}{CHOICES[form].extension}"

    def _download(self, form: str) -> None:
        self._export(form, Path(tempfile.mkdtemp(prefix="replay-tui-")) / self._file_name(form), download=True)

    def _ask_where(self, form: str) -> None:
        def go(text: str | None) -> None:
            if text is None:
                return
            path = _target(text)
            if path.exists():
                question = f"{path} exists and will be replaced."
                self._screen.ask(
                    ActionDialog("replace file", question, [Choice("y", "Replace file", destructive=True)]),
                    lambda key: self._export(form, path) if key else None,
                )
            else:
                self._export(form, path)

        value = self._file_name(form)
        is_revealed = self._state.hidden_input_revealed and form in FORMATS
        masked = "hidden input is included" if is_revealed else "hidden input is masked"
        self._screen.ask(
            AskScreen(
                f"Export as {form}",
                f"file name or path; {masked}",
                _target,
                value,
                confirm="Export",
            ),
            go,
        )

    def _export(self, form: str, path: Path, *, download: bool = False) -> None:
        state = self._state
        write = self._writer(form, path) if form in FORMATS else self._report_writer(REPORT_FORMATS[form], path)

        def work(task: Task) -> Exported:
            report = ProgressReport(lambda progress: task.deliver(state.show_progress, progress), "exporting")
            try:
                note = write(report, task)
                # The open file stays readable after its folder is removed.
                file = path.open("rb") if download else None
                size = path.stat().st_size
            finally:
                if download:
                    shutil.rmtree(path.parent, ignore_errors=True)
            saved = f"Exported to {'the browser' if download else path} ({size:,} bytes)."
            gaps = incomplete_text(state.recording.known_completeness)
            return Exported(" ".join(filter(None, (saved, note, gaps))), file, path.name)

        self._screen.background.start("exporting", work, done=self._finished, failed=self._failed)

    def _writer(self, form: str, path: Path) -> Callable[[ProgressReport, Task], str]:
        """Return a function that exports and returns a note for the user, from values that are taken now."""
        state = self._state
        recording, bookmarks, reveal = state.recording, state.bookmarks.found, state.hidden_input_revealed
        at = state.player.position if FORMATS[form].is_picture else None

        def write(report: ProgressReport, task: Task) -> str:
            return export_recording(
                recording, form, path, at=at, bookmarks=bookmarks, reveal=reveal, progress=report,
                is_cancelled=task.is_cancelled,
            ).withheld_note  # fmt: skip

        return write

    def _report_writer(self, form: ReportFormat, path: Path) -> Callable[[ProgressReport, Task], str]:
        """Return a function that writes a report, from values that are taken now."""
        state, recording = self._state, self._state.recording
        notes = ReviewerNotes(tuple(state.bookmarks.found), state.bookmarks.review_note)
        file = None if state.ref.client else Path(state.ref.path)

        def write(report: ProgressReport, task: Task) -> str:
            from replay_tui.export.report.writer import write_report  # it and its modules are needed only here

            write_report(
                recording, form, path, notes=notes, file=file, now=datetime.now(UTC), progress=report,
                is_cancelled=task.is_cancelled,
            )  # fmt: skip
            return ""

        return write

    def _finished(self, exported: Exported) -> None:
        self._state.progress = DONE
        if exported.file:
            self._screen.deliver_file(exported.file, exported.name)
        self._screen.say(exported.message)

    def _failed(self, message: str) -> None:
        self._state.progress = DONE
        self._screen.say(message, severity="error")


def _target(text: str) -> Path:
    """Return the absolute path of a typed file name. Raises `UsageError` if it cannot be written."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:  # `~name` of an unknown user
        raise UsageError("Unknown user after ~. Enter another file name.") from None
    if not text.strip():
        raise UsageError("No file name given. Enter one, or press Escape to cancel.")
    return validate_target(path).absolute()
