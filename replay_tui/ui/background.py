"""Long work in a thread that the end of the program does not wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message_pump import MessagePump


def in_background(owner: MessagePump, work: Callable[[], None], name: str) -> None:
    """Run `work`, which posts messages to `owner`, in a thread of its own.

    Textual's thread workers are waited for when the program ends; this is for what cannot be stopped in its middle.
    """

    def run() -> None:
        try:
            work()
        except RuntimeError:
            if owner.is_running:
                raise
            # The program has ended, and with it the loop that would have taken the message.

    threading.Thread(target=run, name=name, daemon=True).start()
