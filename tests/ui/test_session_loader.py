"""Session loader: the order of its events."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

import replay_tui
from replay_tui.gateway.cancel_token import CancelToken
from replay_tui.settings.file_cache import IndexCache
from replay_tui.terminal import keyframe_codec
from replay_tui.ui import session_loader
from replay_tui.ui.session_loader import LoaderEvent, RecordingLoaded, SessionLoader
from replay_tui.ui.session_ref import SessionRef
from tests.ui.sessions import write


def opened(path: Path, encoding: str = "utf-8") -> list[RecordingLoaded]:
    said: list[LoaderEvent] = []
    SessionLoader(SessionRef(str(path), encoding=encoding), None, said.append, CancelToken(), cached=False).run()
    return [message for message in said if isinstance(message, RecordingLoaded)]


@pytest.mark.parametrize("seconds", [60.0, 0.0])
def test_loader_posts_start_of_slow_file_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    path = write(tmp_path, *((float(n), "o", f"line {n} {'x' * 4000}\r\n") for n in range(200)))
    monkeypatch.setattr(session_loader, "FIRST_DISPLAY_SECONDS", seconds)
    monkeypatch.setattr(session_loader, "MIN_PACE_SECONDS", seconds)
    beginnings, last = opened(path)[:-1], opened(path)[-1]
    assert len(beginnings) == (0 if seconds else 1)
    assert last.complete
    assert len(last.recording.stream) == 200


@pytest.mark.parametrize("is_hidden", [True, False])
def test_loader_caches_no_screens_with_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_hidden: bool
) -> None:
    """An index holds the screens as they were drawn; that of a session with hidden input is not written to the disk."""
    monkeypatch.setattr(keyframe_codec, "MIN_INDEX_BYTES", 0)
    echo = [] if is_hidden else [(0.6, "o", "hunter2secret")]
    typed = [
        (0.1, "o", "[sudo] password: " if is_hidden else "$ "),
        (0.5, "i", "hunter2secret"),
        *echo,
        (0.7, "i", "\r"),
        (0.8, "o", "\r\n$ "),
    ]
    path = write(tmp_path, *typed, *((1.0 + n, "o", f"line {n} {'x' * 4000}\r\n") for n in range(400)))
    recording = replay_tui.load(path)
    session_loader.prepare(recording, lambda event: None, lambda: False, IndexCache(tmp_path / "index"))
    assert recording.index.keyframes
    assert len([*tmp_path.rglob("*.index")]) == (0 if is_hidden else 1)


def test_loader_reads_the_encoding_of_the_reference(tmp_path: Path) -> None:
    path = write(tmp_path, (0.0, "o", "Gr\u00f6\u00dfe"))
    encoded = json.loads(path.read_text())
    encoded["event_stream"][0][2] = base64.b64encode("Gr\u00f6\u00dfe".encode("latin-1")).decode()
    path.write_text(json.dumps(encoded))
    assert opened(path, "iso8859-1")[-1].recording.stream.output.decode() == "Gr\u00f6\u00dfe"
