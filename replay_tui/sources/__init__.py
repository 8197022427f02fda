"""Where sessions come from: saved files, gateway answers, asciicasts, standard input; read in chunks as they arrive."""

from replay_tui.sources.loaded import Loaded
from replay_tui.sources.reader import open_source, read_all, read_chunks

__all__ = ["Loaded", "open_source", "read_all", "read_chunks"]
