"""Readers for session sources, read in chunks: gateway responses and downloads, asciicasts, other tools' recordings."""

from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.source_reader import open_source, read_all, read_stream

__all__ = ["LoadedSession", "open_source", "read_all", "read_stream"]
