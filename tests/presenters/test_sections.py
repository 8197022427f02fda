"""Presenters: the same texts in the TUI, `show` and the report."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from replay_tui import load
from replay_tui.cli.text_page import TextPage
from replay_tui.domain.review import Review
from replay_tui.domain.session import Session
from replay_tui.export.report.html import report_html
from replay_tui.export.report.markdown import plain, report_markdown
from replay_tui.export.report.model import Report, ReportSection
from replay_tui.presenters.decision import action_details
from replay_tui.presenters.document import MAX_PAIRS, Field, Item, Pairs, Paragraph, Section, Subheading
from replay_tui.presenters.findings import findings_section
from replay_tui.presenters.review import review_section
from replay_tui.presenters.risk import risk_section
from replay_tui.presenters.session import empty_text, recording_sections
from replay_tui.presenters.values import format_size, pairs_of
from replay_tui.ui.section_text import section_lines

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sections_of(name: str) -> list[Section]:
    recording = load(FIXTURES / name)
    session = recording.session
    review = review_section(session.fields.review, NOW)
    findings = findings_section(recording.findings, recording.completeness)
    return [*recording_sections(recording), review, risk_section(session), findings]


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", ["demo-src/deploy-hotfix.json", "sessions/exec-guardrail-blocked.json"])
def test_renderers_of_one_section_show_the_same_texts(name: str) -> None:
    for section in sections_of(name):
        panel = words("\n".join(line.body.plain for line in section_lines(section, {})).replace("↵", ""))
        page = TextPage(10_000)
        page.section(section)
        printed = words("\n".join(page.lines))
        report = Report("r", [ReportSection.of(section)])
        markdown, html = words("".join(report_markdown(report))), "".join(report_html(report))
        assert section.headline in printed
        for part in section.parts:
            match part:
                case Field(label, value) | Paragraph(value, _, label):
                    pass
                case Item(_, value) | Subheading(value):
                    label = ""
                case _:
                    continue
            text = words(value)
            assert text in panel
            assert text in printed
            assert words(plain(value, "<br>")) in markdown or words(plain(value)) in markdown
            assert label in html


def test_review_section_of_closed_window_says_when_it_opens() -> None:
    hours = {"start_time": "22:00", "end_time": "04:00"}
    review = Review.model_validate({"status": "PENDING", "time_window": {"type": "time_range", "configuration": hours}})
    field = next(part for part in review_section(review, NOW).parts if getattr(part, "label", "") == "time window")
    assert isinstance(field, Field)
    assert field.value == "22:00-04:00 UTC (the gateway runs it before midnight only), closed, opens in 10 h 00 min"


def test_risk_section_without_reports_says_so() -> None:
    section = risk_section(Session.parse({"id": "1"}))
    assert section.headline == "Risk · none"
    assert [type(part) for part in section.parts] == [Paragraph]


def test_risk_texts_mask_secrets_by_their_form() -> None:
    text = "it used --password hunter22"
    session = Session.parse(
        {
            "ai_analysis": {
                "risk_level": "high", "title": text, "explanation": text, "summary": text,
                "steps": [{"thinking": text, "tool_input": {"token": "hunter22"}, "tool_output": text}],
            },
            "guardrails_info": [{"rule_name": "r", "message": text}],
            "metrics": {"ai_analyzer": {"worst": {"risk_level": "high", "title": text, "explanation": text}}},
        }
    )  # fmt: skip
    shown = repr(risk_section(session).parts) + "\n".join(action_details(session, datetime.now(UTC)).lines)
    assert shown.count("it used --password ••••••••") == 9
    assert "hunter22" not in shown


def test_pairs_of_large_mapping_counts_omitted_pairs() -> None:
    (pairs,) = pairs_of("labels", {f"k{number}": "v" for number in range(MAX_PAIRS + 7)})
    assert isinstance(pairs, Pairs)
    assert (len(pairs.pairs), pairs.omitted) == (MAX_PAIRS, 7)
    assert pairs.text.endswith("and 7 more")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (2048, "2.0 KiB"),
        (14 << 10, "14 KiB"),
        ((1 << 20) - 1, "1024 KiB"),
        (3 << 30, "3.0 GiB"),
    ],
)
def test_format_size_fits_eight_cells(count: int | None, text: str) -> None:
    assert format_size(count) == text
    assert len(text) <= 8


@pytest.mark.parametrize(
    ("fields", "badge", "flagged"),
    [
        ({}, "none", False),
        ({"ai_analysis": {"risk_level": "low"}}, ". LOW", False),
        ({"ai_analysis": {"risk_level": "High "}}, "! HIGH", True),
        ({"ai_analysis": {"risk_level": "severe"}}, "~ SEVERE", True),
        ({"ai_analysis": {"risk_level": "catastrophic\x1b[2J beyond repair"}}, "~ CATASTROPHIC\u241b[2\u2026", True),
        ({"ai_analysis": {"risk_level": " "}}, "none", False),
        ({"ai_analysis": {"risk_level": "low"}, "guardrails_info": [{}]}, "~ BLOCKED", True),
        ({"ai_analysis": {"risk_level": "high"}, "guardrails_info": [{}]}, "! HIGH", True),
        ({"guardrails_info": [{"rule_name": "no-drop"}]}, "~ BLOCKED", True),
        ({"metrics": {"ai_analyzer": {"worst": {"risk_level": "high"}}}}, "! HIGH", True),
    ],
)
def test_risk_is_the_highest_that_was_reported(fields: dict[str, object], badge: str, flagged: bool) -> None:
    session = Session.parse({"id": "s", **fields})
    by = "" if badge == "none" else " by the gateway"
    assert (risk_section(session).headline, session.flagged) == (f"Risk \u00b7 {badge}{by}", flagged)


def test_rdp_session_names_bitmaps_and_canvas(tmp_path: Path) -> None:
    events = [[at / 2, "b", "e30="] for at in range(40)]
    metrics = {"event_size": 99, "bitmap_count": 41, "canvas_width": 1280, "canvas_height": 720}
    fields = {
        "type": "custom",
        "connection_subtype": "rdp",
        "verb": "connect",
        "end_date": "2026-11-20T10:00:00Z",
        "metrics": metrics,
    }
    (tmp_path / "rdp.json").write_text(json.dumps({"id": "s", **fields, "event_stream": events}))
    recording = load(tmp_path / "rdp.json")
    assert empty_text(recording).startswith("40 of 41 bitmaps in 19.5 s, canvas 1280\u00d7720. This is")
    assert [(note.code, note.count) for note in recording.fidelity] == [("bitmaps", 40)]
