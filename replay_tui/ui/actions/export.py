"""Exporting from the keyboard: a format, a file, progress in the status line, and the path at the end."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from rich.text import Text
from textual.message import Message
from textual.worker import get_current_worker

from replay_tui.domain.errors import ReplayError, UsageError
from replay_tui.domain.stop import Cancelled
from replay_tui.export.files import checked_target
from replay_tui.export.writer import FORMATS, write
from replay_tui.recording import Recording
from replay_tui.ui.actions.base import ReplayBase
from replay_tui.ui.loader import PROGRESS_SECONDS, Progress
from replay_tui.ui.screens.dialogs import AskScreen, ChooseScreen, ConfirmScreen


class Exported(Message):
    """An export ended: the `sentence` says where the file is, or why there is none; a browser is given a `file`."""

    def __init__(self, sentence: str, *, failed: bool = False, file: BinaryIO | None = None, name: str = "") -> None:
        self.sentence, self.failed, self.file, self.name = sentence, failed, file, name
        super().__init__()


class ExportActions(ReplayBase):
    """`x`: masked unless hidden input is shown; not where the gateway has switched downloads off."""

    def action_export(self) -> None:
        if self.server and not self.server.downloads_allowed:
            self.say("The gateway has switched downloads off.", severity="warning")
            return
        if self.findings is None:
            self.say("Still reading; export once the session is complete.")
            return
        names = list(FORMATS)
        lines = [Text.assemble((f"{name:<14}", "bold"), FORMATS[name].sentence) for name in names]

        def chosen(position: int | None) -> None:
            if position is None:
                return
            if self.app.is_web:  # whoever sits at the browser gets it there, and names no file on this machine
                self._download(names[position])
            else:
                self._ask_where(names[position])

        self.app.push_screen(ChooseScreen("Export as", lines), chosen)

    def _file_name(self, form: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", str(self.session.fields.id or self.session.what)).strip("-") or "session"
        return f"{name[:60]}{FORMATS[form].ending}"

    def _download(self, form: str) -> None:
        self._export(form, Path(tempfile.mkdtemp(prefix="replay-tui-")) / self._file_name(form), download=True)

    def _ask_where(self, form: str) -> None:
        def go(text: str | None) -> None:
            if text is None:
                return
            path = _target(text)
            if path.exists():
                question = f"{path} is there already and will be replaced."
                self.app.push_screen(
                    ConfirmScreen("replace it", question), lambda yes: self._export(form, path) if yes else None
                )
            else:
                self._export(form, path)

        value = self._file_name(form)
        masked = "hidden input goes with it" if self.unmasked else "hidden input stays masked"
        self.app.push_screen(AskScreen(f"Export as {form}", f"a file; {masked}", _target, value), go)

    def _export(self, form: str, path: Path, *, download: bool = False) -> None:
        recording, moment, reveal = self.recording, self.transport.position, self.unmasked

        def work() -> None:
            try:
                self._write(recording, form, path, moment, reveal=reveal, download=download)
            finally:
                if download:
                    shutil.rmtree(path.parent, ignore_errors=True)

        self.run_worker(work, thread=True, group="export")

    def _write(
        self, recording: Recording, form: str, path: Path, moment: float, *, reveal: bool, download: bool
    ) -> None:
        worker, said = get_current_worker(), 0.0

        def progress(done: float, total: float | None) -> None:
            nonlocal said
            if time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                self.post_message(Progress("exporting", done / total if total else None))

        at = moment if FORMATS[form].frame else None
        try:
            written = write(
                recording,
                form,
                path,
                at=at,
                bookmarks=self.bookmarks.found,
                reveal=reveal,
                progress=progress,
                stop=lambda: worker.is_cancelled,
            )
        except Cancelled:
            return
        except ReplayError as error:
            self.post_message(Exported(str(error), failed=True))
        else:
            where = "the browser" if download else str(written.path)
            # An open file outlives its folder.
            file = written.path.open("rb") if download else None
            self.post_message(Exported(f"Exported to {where} ({written.size:,} bytes).", file=file, name=path.name))

    def on_exported(self, event: Exported) -> None:
        self.post_message(Progress("", None))
        if event.file:
            self.app.deliver_binary(event.file, save_filename=event.name)
        self.say(event.sentence, severity="error" if event.failed else "information")


def _target(text: str) -> Path:
    """The file that was typed, from the root on. Raises `UsageError` for one that cannot be."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:  # the home of a user that there is not
        raise UsageError("There is no such user; name a file.") from None
    if not text.strip():
        raise UsageError("Name a file, or leave with Escape.")
    return checked_target(path).absolute()
