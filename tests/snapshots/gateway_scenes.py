"""Scenes on a loopback gateway: session list, review decisions, a live session, rejected requests."""

from __future__ import annotations

import asyncio

from tests.snapshots.stage import ALL_MODES, DARK, LARGE, Scene, Stage, at_rest
from tests.support.gateway import OWNER, REVIEWER, Fault, LoopbackGateway

PENDING = "exec-review-pending"


async def inbox(stage: Stage) -> None:
    with LoopbackGateway() as gateway:
        async with stage.online(gateway) as ui:
            await ui.sees("pgdemo")
            await ui.press("down")
            await stage.shot(ui, "inbox")
            await ui.press("p")
            await ui.settle()
            await stage.shot(ui, "inbox-preview")
            await ui.press("p", "W")
            await stage.shot(ui, "inbox-mine", "oldest first")
            await ui.press("W", "question_mark")
            await stage.shot(ui, "inbox-help")
            await ui.press("escape", "m")
            await stage.shot(ui, "inbox-mark")
            if stage.mode != DARK:  # the rest has no colours of its own
                return
            await ui.type("seen with Ana")
            await ui.press("enter", "backslash")
            await stage.shot(ui, "inbox-filters")
            await ui.press("escape", "F", "T")
            await stage.shot(ui, "inbox-flagged", "flagged only", "riskiest first")
            await ui.press("slash")
            await ui.type("nobody")
            await stage.shot(ui, "inbox-text")
            await ui.press("enter")
            await stage.shot(ui, "inbox-empty", "esc shows all")


async def review(stage: Stage) -> None:
    with LoopbackGateway() as gateway:
        async with stage.online(gateway, PENDING) as ui:
            await at_rest(ui)
            await stage.shot(ui, "review", "review pending 1 of 2")
            await ui.press("A")
            await stage.shot(ui, "review-approve", "Approve Kim Owner's session")
            await ui.press("escape", "R")
            await stage.shot(ui, "review-reject")
            await ui.press("enter")
            await ui.until(lambda: ui.app.screen.query(".wrong"), "the mistake is told")
            await stage.shot(ui, "review-reject-wrong")
        if stage.mode != DARK:
            return
        async with stage.online(gateway, PENDING, REVIEWER) as ui:
            await at_rest(ui)
            await ui.press("exclamation_mark")
            await stage.shot(ui, "review-actions", "Actions")


async def run(stage: Stage) -> None:
    with LoopbackGateway() as gateway:
        gateway.session(PENDING)["review"].update(status="APPROVED", time_window=None)
        async with stage.online(gateway, PENDING, OWNER) as ui:
            await at_rest(ui)
            await ui.press("exclamation_mark")
            await ui.sees("Actions")
            await ui.press("down", "enter")  # its owner can reject, run, or edit the metadata
            await ui.sees("Run Kim Owner's session on pgdemo now")
            await ui.press("y")
            await ui.until(lambda: not ui.state.kind.is_empty and ui.state.findings is not None, "its recording")
            await stage.shot(ui, "review-run", "DELETE 12", "success, exit code 0")


async def live(stage: Stage) -> None:
    with LoopbackGateway() as gateway:
        session = gateway.session("open-shell")
        async with stage.online(gateway, "open-shell") as ui:
            await ui.sees("LIVE")
            await at_rest(ui)
            await asyncio.to_thread(gateway.live.wait_subscribed, session["id"])
            gateway.live.send(session, 20.0, "o", b"\r\nhello from now")
            await ui.until(lambda: len(ui.state.recording.stream) == 41, "the new event")
            await stage.shot(ui, "live", "hello from now")


async def refused(stage: Stage) -> None:
    with LoopbackGateway() as gateway:
        # Also for the request of what waits for the user.
        gateway.fault("/sessions", *[Fault(status=401, message="access denied")] * 2)
        async with stage.online(gateway) as ui:
            await stage.shot(ui, "refused-list", "replay-tui login")
        gateway.fault(f"/sessions/{gateway.store.names[PENDING]}", Fault(status=403, message="not today"))
        async with stage.online(gateway, PENDING) as ui:
            await stage.shot(ui, "refused-session", "not today")


SCENES = (
    Scene(
        (
            "inbox",
            "inbox-preview",
            "inbox-mine",
            "inbox-help",
            "inbox-mark",
            "inbox-filters",
            "inbox-flagged",
            "inbox-text",
            "inbox-empty",
        ),
        inbox,
        ALL_MODES,
        all_daily=True,
    ),
    Scene(("review", "review-approve", "review-reject", "review-reject-wrong", "review-actions"), review, ALL_MODES),
    Scene(("review-run",), run, sizes=LARGE),
    Scene(("live",), live, sizes=LARGE),
    Scene(("refused-list", "refused-session"), refused),
)
