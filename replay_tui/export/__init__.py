"""Writers: what a recording becomes outside this program, one file per format. `write` is the way in."""

from replay_tui.export.writer import FORMATS, Written, write

__all__ = ["FORMATS", "Written", "write"]
