"""What a recorded session is: frozen models that know nothing of files, networks or screens."""
