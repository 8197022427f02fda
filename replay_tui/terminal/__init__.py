"""The recorded terminal: emulator, screens, size, and the index that reaches any moment at once. No Textual here."""
