"""Export of recordings to files, with one module per format. `export_recording` is the entry point."""

from replay_tui.export.exporter import FORMATS, ExportResult, export_recording

__all__ = ["FORMATS", "ExportResult", "export_recording"]
