"""Lines of labelled words, in styles by role. Foreign text is cleaned here, once, on its way into a `IndentedLine`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from rich.text import Text

from replay_tui.domain.text import sanitize
from replay_tui.presenters.indented_text import INDENT_CELLS, LINE_BREAK_MARK, IndentedLine

LABEL, STRONG, MUTED, GOOD, BAD, WARN = "label", "strong", "muted", "good", "bad", "warn"
Styles = Mapping[str, str]
"""Rich style of each role (`label`, `strong`, `muted`, `good`, `bad`, `warn`), from the theme."""


MAX_VALUE_CHARS, MAX_TEXT_CHARS = 10_000, 50_000
"""Characters of one value, and of a whole text: laying out more would keep the interface waiting."""


def styles_of(theme: Mapping[str, str]) -> Styles:
    """The style of each role in a theme, given as its CSS variables."""
    return {
        LABEL: "dim",
        MUTED: "dim",
        STRONG: "bold",
        GOOD: theme.get("text-success", "green"),
        BAD: f"bold {theme.get('text-error', 'red')}",
        WARN: f"bold {theme.get('text-warning', 'yellow')}",
    }


class TextWriter:
    """Builds `lines`. Says where something is too long to be shown.

    At the first cell stand only the program's own words and who did what: all else hangs, and a line break in it shows.
    """

    def __init__(self, styles: Styles) -> None:
        self.lines: list[IndentedLine] = []
        self._styles = styles
        self._chars = 0

    def line(self, *parts: tuple[object, str] | str, lead: str = "", hang: int = INDENT_CELLS) -> None:
        """A line of parts, each with a style role, behind a `lead` of the program's own; all are cleaned."""
        if self._chars > MAX_TEXT_CHARS:
            return
        text = Text(end="")
        for part in parts:
            value, role = part if isinstance(part, tuple) else (part, "")
            self._append(text, value if isinstance(value, str) else str(value), self._styles.get(role, ""))
        self.lines.append(IndentedLine(Text(lead, self._styles.get(LABEL, ""), end=""), text, hang))
        self._chars += len(text) + 1
        if self._chars > MAX_TEXT_CHARS:
            more = Text("More than can be shown here; `replay-tui show` has all.", self._styles.get(WARN, ""))
            self.lines.append(IndentedLine(more))

    def _append(self, text: Text, value: str, style: str) -> None:
        for number, part in enumerate(sanitize(value[:MAX_VALUE_CHARS], keep_newlines=True).rstrip("\n").split("\n")):
            text.append(f"{LINE_BREAK_MARK}\n" if number else "", self._styles.get(MUTED, ""))
            text.append(part, style)
        if len(value) > MAX_VALUE_CHARS:
            more = f"\u2026 and {len(value) - MAX_VALUE_CHARS:,} characters more; `replay-tui show` has them."
            text.append(more, self._styles.get(WARN, ""))

    def field(self, label: str, value: object, role: str = "") -> None:
        """A labelled value; nothing where there is none."""
        if value not in (None, "", {}, []):
            self.line((value, role), lead=f"{label}  ", hang=0)

    def heading(self, title: str) -> None:
        """A heading after an empty line."""
        if self.lines:
            self.lines.append(IndentedLine())
        self.line((title, STRONG))

    def paragraph(self, value: object, role: str = "") -> None:
        """Running text of the server's, kept in its lines, none of which begins where the program's own do."""
        if value:
            self.line((value, role), lead=" " * INDENT_CELLS, hang=0)


def format_moment(value: datetime | None, zone: str) -> str:
    """A date and time in UTC (`zone` is `utc`) or local time; empty for what is none."""
    if not isinstance(value, datetime):
        return ""
    shown = value.astimezone(UTC if zone == "utc" else None)
    return shown.strftime("%d %b %Y %H:%M:%S")


def zone_name(zone: str) -> str:
    """The name of the zone in which times are shown."""
    return "UTC" if zone == "utc" else datetime.now().astimezone().tzname() or "local"
