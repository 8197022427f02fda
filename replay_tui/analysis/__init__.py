"""Results of one session: statements, findings, text, activity, and the warnings that belong to them."""
