"""Lone surrogates, which JSON can express and UTF-8 cannot encode."""

from __future__ import annotations

from replay_tui.domain.session import Session


def test_lenient_model_lone_surrogates_are_kept():
    session = Session.parse({"user_name": "Ana\ud800", "key\udfff": 1, "metadata": {"x\udc00": ["\ud83d"]}})
    assert session.fields.user_name == "Ana\ufffd"
    assert session.fields.metadata == {"x\ufffd": ["\ufffd"]}
    assert session.invalid_fields == ()
    assert session.raw["user_name"] == "Ana\ud800"
