"""Recorders of ``fixtures/``: real programs on a pseudo-terminal, in the gateway's JSON format.

Standard library only; Linux, root (each recording runs in its own host-name and process namespace). Run a part from the
project's root, for example ``python -m tests.support.record.programs vim less``. Tests only read the recorded files.
"""
