"""Main screens equal their accepted pictures in dark, light, 16 colours and NO_COLOR.

`python -m pytest tests/snapshots --accept` accepts the current screens; `git diff` then shows the changes. Most scenes
run daily at their smallest size only; all run in the exhaustive tests, and with `--accept`. Some of them are not slow.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.snapshots import gateway_scenes, saved_scenes
from tests.snapshots.picture import compose, difference
from tests.snapshots.stage import FOLDER, Scene, take
from tests.support.effort import sampled
from tests.ui.conftest import _quiet  # noqa: F401 -- for these, too

RUNS = [(scene, size) for scene in (*saved_scenes.SCENES, *gateway_scenes.SCENES) for size in scene.sizes]
QUICK = ("text", "statements", "empty")
"""Scenes that also run without the slow tests: together they show most panels."""


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--accept"))


@sampled(
    ("scene", "size"),
    RUNS,
    daily=lambda run: run[1] in run[0].daily,
    quick=lambda run: run[0].name in QUICK,
    ids=[f"{one.name}-{size[0]}x{size[1]}" for one, size in RUNS],
)
async def test_screens_match_accepted_pictures(
    scene: Scene, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accept: bool
) -> None:
    captures = await take(scene, size, tmp_path, monkeypatch)
    assert sorted(captures) == sorted(scene.pictures), "a scene names all pictures that it takes"
    changes = []
    for picture, file in zip(scene.pictures, scene.files(size), strict=True):
        path = FOLDER / file
        accepted = path.read_text(encoding="utf-8") if path.exists() else ""
        drawn = compose(captures[picture], accepted)
        if accept:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(drawn, encoding="utf-8")
        elif change := difference(accepted, drawn):
            changes.append(f"{file}\n{change}")
    if changes:
        hint = "If this is meant: `python -m pytest tests/snapshots --accept`, then look at `git diff`."
        pytest.fail("\n\n".join([*changes, hint]), pytrace=False)


def test_folder_holds_no_unused_picture(accept: bool) -> None:
    used = {file for scene, size in RUNS for file in scene.files(size)}
    unused = [path for path in FOLDER.iterdir() if path.name not in used]
    if accept:
        for path in unused:
            path.unlink()
    else:
        assert not unused
