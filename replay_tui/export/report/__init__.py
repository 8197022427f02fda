"""Review report of a session, as HTML or Markdown."""
