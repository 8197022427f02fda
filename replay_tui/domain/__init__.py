"""Domain models of a recorded session. They depend on no file, network or user interface code."""
