"""Playback state machine and idle compression. Independent of files and user interface; the clock is injected."""
