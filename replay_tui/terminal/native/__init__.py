"""Native terminal: everything that knows the emulator's library (pyghostty). Only `ghostty_emulator` and the control
functions that it carries out use this package, so that the library can be replaced in one place."""
