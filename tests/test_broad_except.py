"""Every broad `except` in the package raises again or logs the traceback. Read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "replay_tui"
BROAD = {"Exception", "BaseException"}
NOT_LOGGED = {
    "cli/supervisor.py:_terminal_settings": "runs before the fork, where no logging may be loaded",
    "cli/main.py:_run": "_report logs it",
    "findings/findings.py:find_findings": "_Finder.failed logs it",
    "findings/findings.py:_all_matches": "_Finder.record_failure logs it",
    "findings/statement_matcher.py:_pattern": "_Finder.record_failure logs it",
    "findings/statement_matcher.py:_check": "_Finder.record_failure logs it",
    "settings/log_file.py:emit": "the log itself cannot be written",
    "settings/log_file.py:_message": "formats a record: an exception whose text cannot be read",
    "ui/frame_renderer.py:run": "ReplayApp logs the message that its callback posts",
    "ui/input_parser.py:_run_input_thread": "ends the application with the exception; cli.main logs it",
    "ui/app.py:_report_failure": "hands the exception to Textual in debug mode; cli.main logs it",
}
"""Handlers that neither raise nor log themselves, by file and function, with the reason."""


def broad_handlers(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.ExceptHandler]]:
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            yield name, node
        yield from broad_handlers(node, name)


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    named = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(one, ast.Name) and one.id in BROAD for one in named)


def is_reported(handler: ast.ExceptHandler) -> bool:
    """Whether the handler ends by raising again, or logs with a traceback."""
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return True
    return any(isinstance(node, ast.Call) and _logs_traceback(node) for node in ast.walk(handler))


def _logs_traceback(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    return function.attr == "exception" or any(
        keyword.arg == "exc_info" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in call.keywords
    )


def unreported(source: str, place: str) -> set[str]:
    return {f"{place}:{name}" for name, handler in broad_handlers(ast.parse(source)) if not is_reported(handler)}


def test_broad_except_logs_or_raises_again() -> None:
    found: set[str] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text()
        if re.search(r"\bexcept\s*:|Exception\b", text):  # parsing all files takes much longer
            found |= unreported(text, path.relative_to(PACKAGE).as_posix())
    assert found == set(NOT_LOGGED)


@pytest.mark.parametrize(
    ("handler", "is_found"),
    [
        ("except Exception: pass", True),
        ("except BaseException: pass", True),
        ("except: return None", True),
        ("except (ValueError, Exception): pass", True),
        ("except Exception: raise ValueError from None", True),
        ("except Exception: logger.warning('no traceback')", True),
        ("except Exception: logger.warning('none', exc_info=False)", True),
        ("except Exception: raise", False),
        ("except Exception: logger.exception('Reading failed')", False),
        ("except Exception: logger.warning('Reading failed', exc_info=True)", False),
        ("except ValueError: pass", False),
    ],
)
def test_unreported_handler_is_found(handler: str, is_found: bool) -> None:
    source = f"def read():\n    try:\n        work()\n    {handler}\n"
    assert unreported(source, "x.py") == ({"x.py:read"} if is_found else set())
