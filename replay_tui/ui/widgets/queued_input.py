"""Input line that handles fast typing in order."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class QueuedInput(Input):
    """An input that handles Enter as a key: as a binding it would be processed after the keys typed later."""

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
        """Submit the current value."""
        self.post_message(self.Submitted(self, self.value))

    def process_key(self, event: events.Key) -> None:
        """Process a key that was pressed before the input had the focus."""
        if event.key == "enter":
            self.submit()
        elif event.is_printable and event.character:
            self.replace(event.character, *sorted(self.selection))
