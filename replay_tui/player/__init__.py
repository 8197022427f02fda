"""Playing: where the playhead is and how it moves. No files, no screens; the clock is handed in."""
