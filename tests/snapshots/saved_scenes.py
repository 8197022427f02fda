"""Scenes on saved sessions: every session kind, the panes and dialogs of the replay screen, unreadable files."""

from __future__ import annotations

import json
from pathlib import Path

from replay_tui.archive.library.library import Library
from tests.archive.library.libraries import PSQL, add
from tests.snapshots.stage import ALL_MODES, DARK, LARGE, Scene, Stage
from tests.support.fixtures import FIXTURES, SESSIONS
from tests.ui.driver import Driver
from tests.ui.sessions import DEMO, HOTFIX, PSYCOPG, TABLE, write


async def _show_session_panels(ui: Driver) -> None:
    """Give the whole side column to session and review; in a narrow terminal it covers the recording."""
    await ui.press("b" if ui.app.size.width < 100 else "a")


async def _show_risk_panels(ui: Driver) -> None:
    await ui.press("a" if ui.app.size.width < 100 else "b")


async def _scroll_from_start(ui: Driver) -> None:
    """Scroll down to the playhead's row, because its position in the view depends on the previous scroll offset."""
    await ui.press("g", "G", "left_square_bracket")


async def terminal(stage: Stage) -> None:
    async with stage.replay(HOTFIX) as ui:
        await stage.shot(ui, "terminal-start")
        await ui.press("G", "left_square_bracket")
        await stage.shot(ui, "terminal", "rm -rf /srv/shop/cache")
        await ui.press("O")
        await ui.until(lambda: "history -c" not in ui.pane("#terminal"), "the output is hidden")
        await stage.shot(ui, "terminal-hidden-output", "output events are hidden")
        await ui.press("O", "slash")
        await ui.type("timeout=")
        await ui.press("enter")
        await ui.until(lambda: "history -c" in ui.pane("#terminal"), "the output is shown again")
        await stage.shot(ui, "terminal-search", "5 matches")
        if stage.mode != DARK:  # the rest has no colours of its own
            return
        await ui.press("escape", "escape")
        await _show_session_panels(ui)
        await stage.shot(ui, "terminal-session", "the session ran")
        await _show_session_panels(ui)
        await _show_risk_panels(ui)
        await stage.shot(ui, "terminal-risk", "findings · ! HIGH")
        await _show_risk_panels(ui)
        await ui.press("K")
        await stage.shot(ui, "terminal-keystrokes", "rm -rf")
        await ui.press("K", "t")
        await ui.sees("00:01:07.0 │")
        await _scroll_from_start(ui)
        await stage.shot(ui, "terminal-transcript", "transcript")
        await ui.press("escape", "r")
        await ui.sees("00000000  ")
        await _scroll_from_start(ui)
        await stage.shot(ui, "terminal-raw", "00000000  ")


async def uncertain(stage: Stage) -> None:
    """Return a truncated recording that writes to the clipboard and may not have ended."""
    metrics = {
        "truncated": True,
        "event_size": 99,
        "data_masking": {"total_redact_count": 4, "info_types": {"EMAIL": 4}},
    }
    events = (0.0, "o", "$ "), (5.0, "o", "\x1b]52;c;eA==\x07"), (9.0, "o", "done\r\n$ ")
    async with stage.replay(write(stage.folder, *events, metrics=metrics, end_date=None)) as ui:
        await ui.press("G")
        await stage.shot(ui, "terminal-uncertain", "done")


async def dialogs(stage: Stage) -> None:
    async with stage.replay(HOTFIX) as ui:
        await ui.press("question_mark")
        await stage.shot(ui, "help")
        await ui.press("escape", "colon")
        await stage.shot(ui, "go-to")
        await ui.type("soon")
        await ui.press("enter")
        await ui.until(lambda: ui.app.screen.query(".wrong"), "the mistake is told")
        await stage.shot(ui, "go-to-wrong")
        await ui.press("escape", "Z")
        await stage.shot(ui, "size")
        await ui.press("escape", "x")
        await stage.shot(ui, "export")
        await ui.press("enter")
        await stage.shot(ui, "export-file")
        await ui.press("escape", "m")
        await stage.shot(ui, "bookmark")
        await ui.type("start")
        await ui.press("enter", "M")
        await stage.shot(ui, "bookmarks")
        await ui.press("escape", "t")
        await ui.sees("00:00:15.2 ")  # wait before the dialog opens: screens below one have no layout
        await ui.press("backslash")
        await stage.shot(ui, "filter")
        await ui.press("escape", "escape", "ctrl+p")
        await stage.shot(ui, "palette", "Back to normal speed")


async def session_list(stage: Stage) -> None:
    async with stage.replay(DEMO / "payments-cleanup.json", HOTFIX, DEMO / "drop-blocked.json") as ui:
        await ui.press("F")
        await stage.shot(ui, "list-findings", "3 of 3 sessions")


async def statements(stage: Stage) -> None:
    async with stage.replay(DEMO / "payments-cleanup.json") as ui:
        await stage.shot(ui, "statements-start")
        await ui.press("right_square_bracket", "right_square_bracket")
        await stage.shot(ui, "statements", "finding 2 of 3")


async def parameters(stage: Stage) -> None:
    async with stage.replay(PSYCOPG) as ui:
        await ui.press("s", "s", "s")
        await stage.shot(ui, "statements-parameters")


async def documents(stage: Stage) -> None:
    async with stage.replay(SESSIONS / "mongo-connect.json") as ui:
        await ui.press("s", "s")
        await stage.shot(ui, "statements-mongodb")


async def http(stage: Stage) -> None:
    async with stage.replay(SESSIONS / "httpproxy-connect.json") as ui:
        await ui.press("s")
        await stage.shot(ui, "http", "200 OK")


async def mcp(stage: Stage) -> None:
    """Return a session of two MCP calls, written by hand because none was recorded."""
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate([("query", {"sql": "select 1"}), ("delete_file", {"path": "/srv"})])
    ]
    events = [(float(number), "i", json.dumps(call)) for number, call in enumerate(calls)]
    path = write(stage.folder, *events, type="mcp", connection="tools", connection_subtype="mcp")
    async with stage.replay(path) as ui:
        await ui.press("s", "s")
        await stage.shot(ui, "mcp")


async def table(stage: Stage) -> None:
    async with stage.replay(TABLE) as ui:
        await stage.shot(ui, "table")
        await ui.press("down", "enter")
        await stage.shot(ui, "table-row", "row 2 of 200")


async def text(stage: Stage) -> None:
    async with stage.replay(SESSIONS / "exec-bash-failed.json") as ui:
        await stage.shot(ui, "text")


async def blocked(stage: Stage) -> None:
    async with stage.replay(DEMO / "drop-blocked.json") as ui:
        await stage.shot(ui, "blocked")


async def empty(stage: Stage) -> None:
    for name in ("no-log", "no-stream"):
        async with stage.replay(SESSIONS / f"{name}.json") as ui:
            await stage.shot(ui, f"empty-{name}", "Nothing to replay")
    async with stage.replay(write(stage.folder, event_stream=None, event_size=5000)) as ui:
        await stage.shot(ui, "empty-withheld", "Nothing to replay")


async def unreadable(stage: Stage) -> None:
    other = stage.folder / "other.json"
    other.write_text('{"message": "session not found"}')
    for name, path in (("missing", Path("missing.json")), ("no-session", Path(other.name))):
        async with stage.replay(path, ready=False) as ui:
            await stage.shot(ui, f"unreadable-{name}", "Cannot open this session")


async def find(stage: Stage) -> None:
    with Library.open(stage.folder / "library", writes=True) as library:
        add(library, [HOTFIX, PSQL, FIXTURES / "incomplete" / "withheld.json"])
    Library.open(stage.folder / "none", writes=True).__exit__()
    async with stage.replay(HOTFIX, archive=stage.folder / "none") as ui:
        await ui.press("ctrl+f")
        await stage.shot(ui, "find-empty", "archive add FILES")
    async with stage.replay(HOTFIX, archive=stage.folder / "library") as ui:
        await ui.press("ctrl+f")
        await ui.type("rm -rf")
        await ui.press("enter")
        await ui.sees("not searched: 1 withheld")
        await ui.press("end", "home")
        await ui.until(lambda: "rm -rf" in ui.pane("#find-screen"), "the recorded screen")
        await stage.shot(ui, "find", "hits in 1 session")
        await ui.press("slash")
        await ui.type("payments")
        await ui.press("enter")
        state = ui.app.screen.state
        await ui.until(lambda: state.search.text == "payments" and state.coverage, "searched")
        await ui.press("f", "home", "j", "enter")
        await ui.until(lambda: state.search.chosen and state.coverage, "narrowed")
        await ui.press("f", "end", "home")
        await ui.until(lambda: "payments" in ui.pane("#find-text"), "the statement")
        await stage.shot(ui, "find-narrowed", "user ana@example.com")


async def tiny(stage: Stage) -> None:
    async with stage.replay(HOTFIX) as ui:
        await stage.shot(ui, "tiny")


SCENES = (
    Scene(
        ("terminal-start", "terminal", "terminal-session", "terminal-risk", "terminal-keystrokes",
         "terminal-transcript", "terminal-raw", "terminal-hidden-output", "terminal-search"),
        terminal,
        ALL_MODES,
        all_daily=True,
    ),
    Scene(("terminal-uncertain",), uncertain, sizes=LARGE),
    Scene(
        ("help", "go-to", "go-to-wrong", "size", "export", "export-file", "bookmark", "bookmarks", "filter", "palette"),
        dialogs,
    ),
    Scene(("list-findings",), session_list),
    Scene(("statements-start", "statements"), statements, ALL_MODES),
    Scene(("statements-parameters",), parameters, sizes=LARGE),
    Scene(("statements-mongodb",), documents, sizes=LARGE),
    Scene(("http",), http),
    Scene(("mcp",), mcp, sizes=LARGE),
    Scene(("table", "table-row"), table),
    Scene(("text",), text, sizes=LARGE),
    Scene(("blocked",), blocked, ALL_MODES),
    Scene(("empty-no-log", "empty-no-stream", "empty-withheld"), empty),
    Scene(("unreadable-missing", "unreadable-no-session"), unreadable),
    Scene(("find-empty", "find", "find-narrowed"), find, ALL_MODES),
    Scene(("tiny",), tiny, sizes=((38, 10),)),
)  # fmt: skip
