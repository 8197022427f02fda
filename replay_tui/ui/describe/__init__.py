"""A session in words: what sidebar, risk panel and list say."""

from replay_tui.ui.describe.review import review_text, review_title, status_mark
from replay_tui.ui.describe.risk import badge, risk_text
from replay_tui.ui.describe.session import metadata
from replay_tui.ui.describe.writer import Styles, zone_name

__all__ = ["Styles", "badge", "metadata", "review_text", "review_title", "risk_text", "status_mark", "zone_name"]
