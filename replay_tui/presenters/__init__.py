"""Presenters: neutral labelled values about sessions, reviews, risk and findings, rendered by TUI, CLI and reports."""
