"""Import table: which package may import which, read from the source and checked in a process that loads a package."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.effort import sampled

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "replay_tui"

ALLOWED: dict[str, set[str]] = {
    "domain": set(),
    "sources": {"domain"},
    "gateway": {"domain", "sources"},
    "terminal": {"domain"},
    "decoders": {"domain"},
    "redaction": {"domain", "terminal"},
    "shell": {"domain", "terminal", "decoders", "redaction"},  # hidden input is detected while commands are read
    "search": {"domain", "terminal"},
    "findings": {"domain", "decoders", "shell"},
    "kinds": {"domain", "decoders"},
    "analysis": {"domain", "terminal", "decoders", "kinds", "redaction", "shell", "findings"},
    # Gateway: a session id is a source. Settings: worker processes write to the same log file.
    # Search and terminal: a stored text is searched as in a recording. Decoders: shapes of statements.
    "archive": {
        "domain",
        "sources",
        "terminal",
        "decoders",
        "search",
        "findings",
        "recording",
        "gateway",
        "settings",
    },
    "settings": {"domain"},
    "player": {"domain"},
    "export": {"domain", "terminal", "decoders", "redaction", "presenters"},
    "recording": {
        "domain",
        "sources",
        "terminal",
        "decoders",
        "redaction",
        "shell",
        "search",
        "findings",
        "kinds",
        "analysis",
        "settings",
        "player",
        "export",
        "gateway",
    },
    "load_recording": {"domain", "sources", "recording"},
    "demo": set(),
    "presenters": {"domain"},
}
ALLOWED["ui"] = {*ALLOWED}
ALLOWED["cli"] = {*ALLOWED, "ui"}
WITHOUT_INTERFACE = sorted(set(ALLOWED) - {"ui", "cli"})
ONLY_IN: dict[str, tuple[str, ...]] = {
    "pyghostty": ("terminal/native/ghostty.py",),
    "avt": ("terminal/avt_emulator.py",),
    "textual": ("ui/",),
    "rich": ("ui/",),
    "jinja2": ("export/",),
    "httpx": ("gateway/",),
    "httpx_sse": ("gateway/",),
    "click": ("cli/",),
    "textual_serve": ("cli/web_server.py",),
    "aiohttp": ("cli/web_server.py",),
    "fsspec": ("archive/object_store.py",),
    "distributed": ("archive/dask_engine.py",),
    "pyarrow": ("archive/library/parquet.py",),
    "sqlite3": ("archive/library/",),
}
"""The only place that may import a library, so that the library can be replaced."""


def files(part: str) -> list[Path]:
    path = PACKAGE / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


SHARED = pytest.mark.xdist_group("imports")
"""Tests that read all files, in one worker: each file is parsed once, which takes longer than the tests themselves."""


def imports(path: Path) -> frozenset[str]:
    """Return the full names of the modules that a file imports at run time, at its top or inside functions."""
    return _read(path)[0]


def imported_names(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the imports of a file as (module, full name), without those for type checkers only."""
    return _read(path)[1]


@cache
def _read(path: Path) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    tree = ast.parse(path.read_text())
    return frozenset(_imports(tree)), tuple(_imported_names(tree))


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        for other in node.orelse:
            yield from _imports(other)
        return
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, "imports are absolute here"
        # `from replay_tui import recording` imports a top-level module by name.
        yield from (
            [f"replay_tui.{name.name}" for name in node.names] if node.module == "replay_tui" else [node.module or ""]
        )
    for child in ast.iter_child_nodes(node):
        yield from _imports(child)


def part_of(module: str) -> str | None:
    names = module.split(".")
    return names[1] if names[0] == "replay_tui" and len(names) > 1 and names[1] in ALLOWED else None


def test_import_table_has_a_row_per_package() -> None:
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__", "__main__"} == set(ALLOWED)


@SHARED
@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_packages_import_only_allowed_packages(part: str) -> None:
    for path in files(part):
        wrong = {other for name in imports(path) if (other := part_of(name)) and other not in {part, *ALLOWED[part]}}
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


@SHARED
@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_libraries_are_imported_in_one_place(library: str) -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if any(name.split(".")[0] == library for name in imports(path)):
            assert place.startswith(ONLY_IN[library]), f"{place} imports {library}"


@SHARED
def test_functions_of_dataclasses_are_not_called_on_structs() -> None:
    """They raise TypeError for a `msgspec.Struct`, which is what most values are, and mypy does not report that."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        names = {name for module, name in imported_names(path) if module == "dataclasses"}
        if names - {"dataclasses.dataclass", "dataclasses.field"}:
            found.add(path.relative_to(PACKAGE).as_posix())
    assert found == {
        "analysis/session_analysis.py", "archive/library/library.py", "archive/library/record.py",
        "gateway/token_auth.py", "ui/themes.py",
    }  # fmt: skip


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Return the modules that a process has loaded when it ends."""
    code += "\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return set(json.loads(done.stdout.rpartition("\n[")[2].join(["[", ""])))


def tops(modules: set[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}


@pytest.mark.slow
@sampled("part", WITHOUT_INTERFACE, daily=5)
def test_package_loads_only_allowed_modules(part: str) -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files(part)]
    modules = loaded_by("\n".join(f"import {name.removesuffix('.__init__')}" for name in names))
    reach, before = {part}, set[str]()
    while reach != before:
        before, reach = reach, reach.union(*(ALLOWED[one] for one in reach))
    assert {one for name in modules if (one := part_of(name))} <= reach
    # httpx has its own command line, which loads click and rich if they are installed.
    assert not tops(modules) & ({"textual"} if part == "gateway" else {"textual", "rich", "click"})
    if part not in ("gateway", "recording", "load_recording"):
        assert "httpx" not in tops(modules)


@pytest.mark.slow
def test_interface_for_files_loads_only_what_it_needs() -> None:
    modules = loaded_by("import replay_tui.ui.app, replay_tui.ui.screens.replay, replay_tui.ui.screens.inbox")
    assert not tops(modules) & {"httpx", "httpx_sse", "jinja2", "multiprocessing"}


def test_the_package_itself_loads_nothing() -> None:
    assert {name for name in loaded_by("import replay_tui") if name.startswith("replay_tui.")} == set()


RUN = """
import json, sys
from replay_tui.cli.main import main
for words in json.loads(sys.argv[1]):
    try:
        assert not main(words), words
    except SystemExit as end:
        assert not end.code, end.code
"""
WITHOUT_SESSION = [["--version"], ["--help"]]
OF_A_SESSION = [
    ["show", "fixtures/sessions/shell-vim.json"],
    ["show", "--json", "fixtures/sessions/pg-psql.json"],
    ["screen", "fixtures/sessions/shell-vim.json", "--at", "50%"],
    ["statements", "fixtures/sessions/pg-psql.json"],
    ["search", "fixtures/sessions/shell-vim.json", "vim"],
    ["transcript", "fixtures/sessions/shell-vim.json"],
]


@pytest.mark.parametrize("commands", [WITHOUT_SESSION, OF_A_SESSION], ids=["without session", "of a session"])
def test_commands_that_print_never_load_the_interface(commands: list[list[str]]) -> None:
    """All `commands` run in one process, because a loaded module stays loaded."""
    modules = loaded_by(RUN, json.dumps(commands))
    # pydantic parses the metadata of a session and the settings; the owner chose it.
    assert not tops(modules) & {"textual", "rich", "jinja2", "pygments", "httpx"}
    assert not any(
        module.startswith(("replay_tui.ui", "replay_tui.gateway", "replay_tui.archive")) for module in modules
    )
    if commands is WITHOUT_SESSION:
        assert not tops(modules) & {"pyghostty", "msgspec"}


@pytest.mark.slow
def test_index_worker_loads_no_models() -> None:
    """Each worker process would take twice as long to start."""
    assert not tops(loaded_by("import replay_tui.search.index_worker")) & {"pydantic", "httpx", "click"}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def import_graph() -> dict[str, set[str]]:
    """Return the package's modules, each with the modules of the package that it imports at run time."""
    paths = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
    graph = {}
    for name, path in paths.items():
        found = set(imported_names(path))
        # `from package import name` imports the module `package.name` if it exists, else the package.
        graph[name] = {full if full in paths else package for package, full in found if {package, full} & set(paths)}
    return graph


def _imported_names(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each import as (module, full name), without those for type checkers only."""
    if isinstance(tree, ast.If) and ast.unparse(tree.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        return
    if isinstance(tree, ast.Import):
        yield from ((one.name, one.name) for one in tree.names)
    elif isinstance(tree, ast.ImportFrom) and tree.module:
        yield from ((tree.module, f"{tree.module}.{one.name}") for one in tree.names)
    for child in ast.iter_child_nodes(tree):
        yield from _imported_names(child)


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or indirectly."""
    reach = {name: _reachable(graph, name) for name in graph}
    groups = {
        frozenset(other for other in reach[name] if name in reach[other]) for name in graph if name in reach[name]
    }
    return sorted(sorted(group) for group in groups)


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found, left = set[str](), [start]
    while left:
        new = graph[left.pop()] - found
        found |= new
        left += new
    return found


@SHARED
def test_modules_import_form_no_cycle() -> None:
    assert cycles(import_graph()) == []


def test_cycles_finds_a_cycle_of_three() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert cycles(graph) == [["a", "b", "c"]]


def test_only_the_native_package_knows_the_emulator_library():
    """Replacing pyghostty touches one package, and that package imports nothing that is built on it."""
    known = [
        path.relative_to(PACKAGE / "terminal").parts[0]
        for path in PACKAGE.rglob("*.py")
        if re.search(
            r"\blib\.ghostty_|(?:import|from) (?:pyghostty|replay_tui\.terminal\.native\.ghostty)\b", path.read_text()
        )
    ]
    assert set(known) == {"native"}
    users = {"control_functions", "stateful_output", "ghostty_emulator"}
    names = re.findall(
        r"replay_tui\.terminal\.(\w+)", "".join(p.read_text() for p in (PACKAGE / "terminal/native").glob("*.py"))
    )
    assert "native" in names
    assert not users & set(names)


MAX_FILE_LINES = 400
GENERATED = "ghostty_types.py"


def test_files_are_short_enough_to_read() -> None:
    paths = [path for folder in (PACKAGE, ROOT / "tests") for path in folder.rglob("*.py") if path.name != GENERATED]
    long = [path.relative_to(ROOT).as_posix() for path in paths if len(path.read_bytes().splitlines()) > MAX_FILE_LINES]
    assert not long


def test_class_names_are_unique() -> None:
    names = Counter(
        name
        for path in PACKAGE.rglob("*.py")
        if path.name != GENERATED
        # Not messages within a widget, such as `LineList.Chosen`, which are indented.
        for name in re.findall(r"^class (\w+)", path.read_text(), re.MULTILINE)
    )
    assert len(names) > 300
    assert [name for name, count in names.items() if count > 1] == []
