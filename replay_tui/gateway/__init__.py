"""Talking to a Hoop gateway: credentials, sessions, live events, reviews. Knows no screen and prints nothing."""
