"""Talking to a Hoop gateway: credentials, reading sessions, live events, reviews. Knows no screen and prints nothing."""
