"""Page with a message, shown when there is no recording to replay or it is still loading."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from replay_tui.decoders.exec_decoder import script_language
from replay_tui.domain.display_text import sanitize
from replay_tui.presenters.session import empty_text
from replay_tui.recording import Recording
from replay_tui.ui.widgets.highlight import highlight_code

BAR_CELLS = 40


class MessagePage(Container):
    """A message in the middle of the main pane."""

    def compose(self) -> ComposeResult:
        yield Static(id="page-text", markup=False)

    def show_loading(self, name: str, progress: str = "", part: float | None = None) -> None:
        """Show that a session is being opened, with the progress: a text, and the finished part (0 to 1) as a bar."""
        text = Text(f"Opening {sanitize(name)} …\n\n", "dim")
        if part is not None:
            done = int(min(1.0, part) * BAR_CELLS)
            text.append("━" * done).append("─" * (BAR_CELLS - done), "dim")
            text.append("\n")
        text.append(f"{progress or 'loading…'}\n\nKeys pressed now take effect once the session is loaded.", "dim")
        self._show(text)

    def show_message(self, title: str, message: str) -> None:
        """Show a message under a title."""
        text = Text(f"{sanitize(title)}\n\n", "bold")
        text.append(sanitize(message, keep_newlines=True), "not bold")
        self._show(text)

    def show_empty(self, recording: Recording) -> None:
        """Show why there is no recording to replay, and the script if there is one."""
        text = Text("Nothing to replay\n\n", "bold")
        text.append(empty_text(recording), "not bold")
        if script := recording.session.script_text:
            text.append("\n\n")
            text.append_text(highlight_code(script, script_language(recording.session), self.app.current_theme.dark))
        self._show(text)

    def _show(self, text: Text) -> None:
        self.query_one("#page-text", Static).update(text)
