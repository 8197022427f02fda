"""Where sessions come from: saved files, gateway answers, asciicasts, standard input; read in chunks as they arrive."""

from replay_tui.sources.loaded_session import LoadedSession
from replay_tui.sources.source_reader import open_source, read_all, read_stream

__all__ = ["LoadedSession", "open_source", "read_all", "read_stream"]
