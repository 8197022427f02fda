"""A session in words: what sidebar, risk panel and list say."""

from replay_tui.presenters.review import review_title, status_mark
from replay_tui.presenters.risk import badge, risk_text
from replay_tui.presenters.session import session_text
from replay_tui.presenters.text_writer import Styles, zone_name

__all__ = ["Styles", "badge", "review_title", "risk_text", "session_text", "status_mark", "zone_name"]
