"""What the list of sessions is made of: its rows and their order, and how a row is drawn."""
