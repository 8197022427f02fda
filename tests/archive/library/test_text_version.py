"""The version of the stored text changes whenever the text of the same recording does."""

from __future__ import annotations

import hashlib

from replay_tui.archive.library.document import SessionDocument, hidden_copy
from replay_tui.archive.library.document_codec import encode_document
from replay_tui.archive.library.record import TEXT_VERSION
from replay_tui.load_recording import load
from tests.archive.library.libraries import FIXTURES, PSQL, VIM

EXPECTED = 1, "fdbca4eac5b17fad"
RECORDED = (VIM, PSQL, FIXTURES / "shells" / "bash-edit.json.gz")


def test_text_version_changes_with_the_text() -> None:
    """If this fails for good reasons, increase `TEXT_VERSION` and enter both here: libraries are then read again."""
    found = hashlib.sha256()
    for path in RECORDED:
        encoded = encode_document(SessionDocument.from_recording(hidden_copy(load(path))))
        found.update("\n".join(encoded.chunks).encode() + encoded.columns)
    assert (TEXT_VERSION, found.hexdigest()[:16]) == EXPECTED
