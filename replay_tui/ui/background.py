"""Long work in a thread that the end of the program does not wait for, and how its failures reach the application."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump


class WorkFailed(Message):
    """An exception ended or interrupted an `operation` in the background (a noun phrase, capitalised).

    It bubbles to the application, which logs it and notifies the user.
    """

    def __init__(self, operation: str, error: Exception) -> None:
        self.operation, self.error = operation, error
        super().__init__()


def in_background(owner: MessagePump, work: Callable[[], None], name: str) -> None:
    """Run `work`, which posts messages to `owner`, in a thread of its own. An exception is posted as `WorkFailed`.

    Textual's thread workers are waited for when the program ends; this is for what cannot be stopped in its middle.
    """

    def run() -> None:
        try:
            work()
        except Exception as error:  # logged by the application
            # Without a running owner the program has ended, and with it the loop that would have taken the message.
            if owner.is_running:
                owner.post_message(WorkFailed(f"Background task '{name}'", error))

    threading.Thread(target=run, name=name, daemon=True).start()
