"""Client of a Hoop gateway: credentials, sessions, live events, reviews. Prints nothing and needs no interface."""
