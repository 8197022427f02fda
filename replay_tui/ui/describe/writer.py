"""Lines of labelled words, in styles by role. Foreign text is cleaned here, once, on its way into `Text`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from rich.text import Text

from replay_tui.domain.text import clean

LABEL, STRONG, MUTED, GOOD, BAD, WARN = "label", "strong", "muted", "good", "bad", "warn"
Styles = Mapping[str, str]
"""Rich style of each role (`label`, `strong`, `muted`, `good`, `bad`, `warn`), from the theme."""


LONGEST, MOST = 10_000, 50_000
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


class Writer:
    """Builds a `Text` of labelled lines. Says where something is too long to be shown."""

    def __init__(self, styles: Styles) -> None:
        self.text = Text(no_wrap=False, end="")
        self._styles = styles
        self._full = False

    def line(self, *parts: tuple[object, str] | str) -> None:
        """A line of parts, each with a style role; all are cleaned."""
        if self._full:
            return
        if self.text:
            self.text.append("\n")
        if len(self.text) > MOST:
            self._full = True
            parts = (("More than can be shown here; `replay-tui show` has all.", WARN),)
        for part in parts:
            value, role = part if isinstance(part, tuple) else (part, "")
            text = value if isinstance(value, str) else str(value)
            self.text.append(clean(text[:LONGEST], lines=True), self._styles.get(role, ""))
            if len(text) > LONGEST:
                more = f"\u2026 and {len(text) - LONGEST:,} characters more; `replay-tui show` has them."
                self.text.append(more, self._styles.get(WARN, ""))

    def field(self, label: str, value: object, role: str = "") -> None:
        """A labelled value; nothing where there is none."""
        if value not in (None, "", {}, []):
            self.line((f"{label}  ", LABEL), (value, role))

    def heading(self, title: str) -> None:
        """A heading after an empty line."""
        if self.text:
            self.text.append("\n")
        self.line((title, STRONG))

    def paragraph(self, value: object, role: str = "") -> None:
        """Running text of the server's, kept in its lines."""
        if value:
            self.line((value, role))


def moment(value: datetime | None, zone: str) -> str:
    """A date and time in UTC (`zone` is `utc`) or local time; empty for what is none."""
    if not isinstance(value, datetime):
        return ""
    shown = value.astimezone(UTC if zone == "utc" else None)
    return shown.strftime("%d %b %Y %H:%M:%S")


def zone_name(zone: str) -> str:
    """The name of the zone in which times are shown."""
    return "UTC" if zone == "utc" else datetime.now().astimezone().tzname() or "local"
