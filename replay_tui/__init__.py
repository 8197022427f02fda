"""Replay recorded sessions of the Hoop access gateway in a terminal."""

__version__ = "0.1.0"
