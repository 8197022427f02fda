"""Readers for session sources: saved gateway responses, downloads, asciicasts and standard input, read in chunks."""

from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.source_reader import open_source, read_all, read_stream

__all__ = ["LoadedSession", "open_source", "read_all", "read_stream"]
