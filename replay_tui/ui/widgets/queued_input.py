"""One line of input that loses nothing of what is typed fast."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class QueuedInput(Input):
    """An input that takes Enter in turn: as a binding it would be dealt with after what was typed behind it."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id, select_on_focus=False)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.submit()
        else:
            await super()._on_key(event)

    def submit(self) -> None:
        """Hand in what stands there now."""
        self.post_message(self.Submitted(self, self.value))

    def process_key(self, event: events.Key) -> None:
        """Take a key that was pressed before the box had the focus."""
        if event.key == "enter":
            self.submit()
        elif event.is_printable and event.character:
            self.replace(event.character, *sorted(self.selection))
