"""Entry point of the interface: builds the list of sessions and the launch options, and runs the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from replay_tui.domain.terminal_size import SizeSource, TerminalSize
from replay_tui.domain.text_encoding import UTF8
from replay_tui.settings.config import Settings
from replay_tui.ui.app import ReplayApp
from replay_tui.ui.gc_control import freeze_loaded_objects
from replay_tui.ui.launch_options import LaunchOptions
from replay_tui.ui.session_ref import SessionRef

if TYPE_CHECKING:
    from replay_tui.gateway.client import GatewayClient
    from replay_tui.sources import LoadedSession


def run_replay(
    source: str | None,
    *,
    demo: bool = False,
    opened: Iterator[LoadedSession] | None = None,
    at: str | None = None,
    play: bool = False,
    speed: float = 1.0,
    idle: str | None = None,
    size: tuple[int, int] | None = None,
    times: str = "s",
    encoding: str = UTF8,
    follow: bool = False,
    read_only: bool = False,
    session: int = 0,
    client: GatewayClient | None = None,
    settings: Settings | None = None,
    flagged: bool = False,
    more: Sequence[str] = (),
    batch: bool = False,
    timing: str | None = None,
    on_opened: Callable[[SessionRef], object] = lambda _ref: None,
    archive: Path | None = None,
) -> int:
    """Run the interface on a saved session, a gateway's session, a gateway's list, or the demo; return the exit code.

    With a `client`, `source` is a session id, or None for the list of sessions. `opened` continues a source that has
    been opened already. `more` sessions follow `source` in the list; `batch` replaces the list by the batch of
    `source`. `timing` is the timing file of the typescript `source`. `on_opened` is called for each session that is
    opened, except those of the demo. `archive` is the folder of the library (None: the user's own). Raises the
    exception that ended the application, if any.
    """
    freeze_loaded_objects()
    refs: list[SessionRef] = []
    if client is not None:
        ids = [one for one in (source, *more) if one is not None]
        refs = [SessionRef(one, times=times, client=client, encoding=encoding) for one in ids]
    elif demo or source is None:
        from replay_tui.demo import demo_sessions

        refs = [SessionRef(str(path), title) for title, path in demo_sessions()]
    else:
        refs = [SessionRef(one, times=times, encoding=encoding) for one in (source, *more)]
        refs[0] = replace(refs[0], preloaded=opened, timing=timing)
    given = TerminalSize.clamped(*size, SizeSource.GIVEN) if size else None
    chosen = settings or Settings()
    rules: tuple[Any, ...] = ()
    if chosen.rules or chosen.sigma_rules:
        from replay_tui.findings.user_rules import user_rules

        rules = user_rules(chosen.rules, chosen.sigma_rules)
    options = LaunchOptions(
        at, play, speed, idle, given, follow, read_only, chosen.sidebar, flagged, rules, batch, encoding,
        (lambda _ref: None) if demo else on_opened, archive=archive,
    )  # fmt: skip
    number = max(0, min(session, len(refs) - 1))
    app = ReplayApp(refs, options, at=number, client=client, theme=chosen.theme, keys=chosen.keys)
    result = app.run()
    if app._exception is not None:
        raise app._exception  # the command line reports it as one sentence
    return result if result is not None else app.return_code or 0
