"""Inbox: rows, columns, state and controllers of the session list."""
