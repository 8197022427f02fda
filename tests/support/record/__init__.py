"""Make the recordings under ``fixtures/``: real programs on a pseudo-terminal, in the gateway's JSON form.

Standard library only; Linux, root (each recording runs in its own host-name and process namespace).
Run a part from the project's root, for example ``python -m tests.support.record.programs vim less``.
The tests never run this: they read what it wrote.
"""
