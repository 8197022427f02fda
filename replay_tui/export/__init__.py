"""Writers: what a recording becomes outside this program, one file per format. `write` is the way in."""

from replay_tui.export.exporter import FORMATS, ExportResult, export_recording

__all__ = ["FORMATS", "ExportResult", "export_recording"]
