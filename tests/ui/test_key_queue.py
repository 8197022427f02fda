"""Key queue: each key is dispatched once the previous one has taken effect."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from replay_tui.ui.key_queue import KeyQueue


class Ask(ModalScreen[None]):
    BINDINGS = [("escape", "dismiss", "close")]  # noqa: RUF012  # as in Textual

    def compose(self) -> ComposeResult:
        yield Input()


class Host(App[None]):
    BINDINGS = [("a", "ask", "ask")]  # noqa: RUF012  # as in Textual

    def __init__(self) -> None:
        super().__init__()
        self.key_queue = KeyQueue(self)
        self.seen: list[str] = []
        self.values: list[str] = []

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_queue.put(event, super().on_event)
        else:
            await super().on_event(event)

    def action_ask(self) -> None:
        self.push_screen(Ask())

    def on_key(self, event: events.Key) -> None:
        self.seen.append(event.key)

    def on_input_changed(self, event: Input.Changed) -> None:
        self.values.append(event.value)


TYPED = "axy!zaw!z"
"""Opens a dialog, types into it, closes it with Escape, presses a key below it, and the same once more."""


def post(app: Host, key: str) -> None:
    event = events.Key({"!": "escape"}.get(key, key), key if key.isalpha() else None)
    event.set_sender(app)
    app.post_message(event)


async def test_keys_sent_together_reach_opened_dialogs() -> None:
    """Each key is dispatched to the screen that the previous keys opened."""
    async with Host().run_test() as pilot:
        app: Host = pilot.app  # type: ignore[assignment]
        for key in TYPED:
            post(app, key)
        while app.key_queue.handled < len(TYPED):
            await pilot.pause()
        assert app.values == ["x", "xy", "w"]
        assert [key for key in app.seen if key == "z"] == ["z", "z"]
        assert len(app.screen_stack) == 1


async def test_put_first_dispatches_before_waiting_keys() -> None:
    async with Host().run_test() as pilot:
        app: Host = pilot.app  # type: ignore[assignment]
        emptied: list[int] = []
        post(app, "1")
        post(app, "4")
        app.key_queue.put_first([events.Key("2", "2"), events.Key("3", "3")])
        app.key_queue.when_empty(lambda: emptied.append(app.key_queue.handled))
        while app.key_queue.handled < 2:
            await pilot.pause()
        assert app.seen == ["2", "3", "1", "4"]
        assert emptied == [2]  # keys typed before are counted once
        app.key_queue.when_empty(lambda: emptied.append(-1))
        assert emptied == [2, -1]


async def test_paused_queue_keeps_keys_in_order() -> None:
    async with Host().run_test() as pilot:
        app: Host = pilot.app  # type: ignore[assignment]
        app.key_queue.pause()
        for key in "123":
            post(app, key)
        await pilot.pause()
        assert app.seen == []
        app.key_queue.resume()
        while app.key_queue.handled < 3:
            await pilot.pause()
        assert app.seen == ["1", "2", "3"]


async def test_held_key_is_dispatched_when_it_is_released() -> None:
    async with Host().run_test() as pilot:
        app: Host = pilot.app  # type: ignore[assignment]
        held: list[events.Key] = []

        def hold(event: events.Key) -> bool:
            held.append(event)
            return event.key == "1"

        app.key_queue = KeyQueue(app, hold)
        for key in "12":
            post(app, key)
        while app.key_queue.handled < 2:
            await pilot.pause()
        assert app.seen == ["2"]
        app.key_queue.put_first(held[:1])
        while app.seen != ["2", "1"]:
            await pilot.pause()
        assert app.key_queue.handled == 2
