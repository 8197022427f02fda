from collections.abc import Iterator

import pytest

from tests.cli.gateway_runs import Asking, asking
from tests.cli.runs import Runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path) -> Runner:
    """Return a function that runs the program in this process, without gateway and user settings."""
    for name in ("HOOP_APIURL", "HOOP_TOKEN", "HOOP_API_URL", "NO_COLOR", "REPLAY_TUI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Runner(capsys)


@pytest.fixture
def ask(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """Return a function that runs the program against a loopback gateway."""
    with asking(run, monkeypatch) as made:
        yield made
