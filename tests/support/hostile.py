"""Hostile payloads: control sequences and texts that act on a terminal, hide text, or break a display."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"

SEQUENCES: dict[str, str] = {
    "title": f"{ESC}]0;owned{BEL}",
    "icon-title": f"{ESC}]1;owned{BEL}",
    "title-st": f"{ESC}]2;owned{ST}",
    "directory": f"{ESC}]7;file://evil/tmp{BEL}",
    "hyperlink": f"{ESC}]8;;https://evil.example{ST}link{ESC}]8;;{ST}",
    "notification-9": f"{ESC}]9;owned{BEL}",
    "palette": f"{ESC}]4;1;#ff0000{BEL}",
    "palette-query": f"{ESC}]4;1;?{BEL}",
    "foreground-query": f"{ESC}]10;?{BEL}",
    "font": f"{ESC}]50;huge{BEL}",
    "clipboard-write": f"{ESC}]52;c;cm0gLXJmIC8K{BEL}",
    "clipboard-read": f"{ESC}]52;c;?{BEL}",
    "prompt-mark": f"{ESC}]133;A{BEL}",
    "notification-777": f"{ESC}]777;notify;owned;owned{BEL}",
    "iterm-copy": f"{ESC}]1337;CopyToClipboard=general{BEL}",
    "iterm-file": f"{ESC}]1337;File=inline=1:AAAA{BEL}",
    "osc-unknown": f"{ESC}]31337;owned{BEL}",
    "dcs": f"{ESC}P1;2xowned{ST}",
    "decrqss": f"{ESC}P$qm{ST}",
    "xtgettcap": f"{ESC}P+q544e{ST}",
    "sixel": f"{ESC}Pq#0;2;0;0;0~~@@vv{ST}",
    "apc": f"{ESC}_owned{ST}",
    "kitty-graphics": f"{ESC}_Ga=T,t=d,f=24,s=1,v=1;AAAA{ST}",
    "kitty-file": f"{ESC}_Ga=T,t=f,f=24,s=1,v=1;L2V0Yy9wYXNzd2Q={ST}",
    "pm": f"{ESC}^owned{ST}",
    "sos": f"{ESC}Xowned{ST}",
    "da1": f"{ESC}[c",
    "da2": f"{ESC}[>c",
    "da3": f"{ESC}[=c",
    "dsr-theme": f"{ESC}[?996n",
    "enq": "\x05",
    "locking-shift": "\x0e",
    "drawing-letters": f"{ESC}(0qqq",
    "decaln": f"{ESC}#8",
    "synchronised": f"{ESC}[?2026h",
    "cursor-hidden": f"{ESC}[?25l",
    "wrap-off": f"{ESC}[?7l",
    "pointer": f"{ESC}]22;wait{BEL}",
    "decrqcra": f"{ESC}[1;1;1;1;999;999*y",
    "dsr": f"{ESC}[5n",
    "cpr": f"{ESC}[6n",
    "decxcpr": f"{ESC}[?6n",
    "xtversion": f"{ESC}[>q",
    "xtwinops-report": f"{ESC}[21t",
    "xtwinops-size": f"{ESC}[18t",
    "xtwinops-iconify": f"{ESC}[2t",
    "xtwinops-resize": f"{ESC}[8;500;1000t",
    "decrqm": f"{ESC}[?2026$p",
    "kitty-keyboard": f"{ESC}[>31u{ESC}[?u",
    "ris": f"{ESC}c",
    "decstr": f"{ESC}[!p",
    "deccolm": f"{ESC}[?40h{ESC}[?3h",
    "mouse": f"{ESC}[?1000h{ESC}[?1006h",
    "bracketed-paste": f"{ESC}[?2004h",
    "alternate-screen": f"{ESC}[?1049h",
    "hidden-text": f"{ESC}[8msecret{ESC}[0m",
    "c1-csi": "\x9b2J\x9b31m",
    "c1-osc": "\x9d0;owned\x9c",
    "c1-dcs": "\x90$qm\x9c",
    "bells": BEL * 100,
    "backspaces": "abc\b\b\bxyz",
    "carriage-return": "shown\rhidden",
    "nul": "a\0b",
    "delete": "a\x7fb",
    "rep": f"a{ESC}[1000000000b",
    "cursor-far": f"{ESC}[10000000C{ESC}[10000000B",
    "cursor-address": f"{ESC}[99999999;99999999H",
    "params-huge": f"{ESC}[{'9' * 2000}m",
    "params-many": f"{ESC}[{';'.join('1' * 500)}m",
    "osc-unterminated": f"{ESC}]2;never ends",
    "dcs-unterminated": f"{ESC}Pnever ends",
    "csi-unterminated": f"{ESC}[12;",
    "apc-unterminated": f"{ESC}_never ends",
    "pm-unterminated": f"{ESC}^never ends",
    "sos-unterminated": f"{ESC}Xnever ends",
    "esc-last": ESC,
}
"""Control sequences by name."""

TEXTS: dict[str, str] = {
    "bidi-override": "user\u202etxt.exe",
    "bidi-isolate": "\u2066abc\u2069",
    "bidi-mark": "a\u200fb\u200ec",
    "zero-width": "r\u200bo\u200co\u200dt",
    "word-joiner": "a\u2060b",
    "bom": "\ufeffname",
    "soft-hyphen": "pass\u00adword",
    "hangul-filler": "a\u3164b\u115fc\uffa0d",
    "line-separator": "one\u2028two\u2029three",
    "next-line": "one\x85two",
    "tags": "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    "interlinear": "\ufff9a\ufffab\ufffb",
    "variation": "a\ufe0fb\ufe00c\u180bd",
    "blank": "a\u2800b\U0001d159c\u00a0d",
    "surrogate": "a\ud800b",
    "combining": "e" + "\u0301" * 200,
    "wide": "漢字かな",
    "emoji-zwj": "👩\u200d👩\u200d👧",
    "skin-tone": "👍🏽",
    "flag": "🇩🇪",
    "markup-action": "[@click=app.quit]click[/]",
    "markup-unclosed": "[bold]never closed [/nope]",
    "markup-link": "[link=https://evil.example]x[/link]",
    "crlf": "one\r\ntwo\rthree\nfour",
    "tab": "a\tb",
    "long": "x" * 5000,
    "empty": "",
    "format": "%s %(x)s {0} {x}",
    "path": "../../../../etc/passwd",
}
"""Texts without control sequences that mislead, break markup or are hard to display."""

PAYLOADS: dict[str, str] = {**SEQUENCES, **TEXTS}
"""All payloads as text."""


WALKS: dict[str, frozenset[str]] = {
    "shell": frozenset((
        "AskScreen", "QueuedInput", "ChooseScreen", "FidelityBanner", "KeyBar", "KeystrokeOverlay", "LineList",
        "Palette", "Panel", "CommandList", "FindingList", "FindingText",
        "PanelText", "RawPane", "ReplayScreen", "RiskPanel", "SearchPanel", "ListFindingsScreen", "SideColumn",
        "SidePanels",
        "MainPane", "StatusLine", "TerminalView", "TranscriptPane",
    )),
    "exec": frozenset(("ExecPane", "ScriptPane", "TextPane")),
    "table": frozenset(("ExecPane", "RowDetailScreen", "TablePane")),
    "statements": frozenset(("StatementsPane",)),
    "unreadable": frozenset(("MessagePage",)),
    "gateway": frozenset(("ActionDetailsView", "ActionDialog", "InboxScreen")),
    "starting": frozenset(("SplashScreen",)),
    "find": frozenset(("FindScreen", "LineList", "Panel", "TerminalView", "ChooseScreen")),
    "run": frozenset(("ChooseScreen", "ActionDialog", "TextDialog")),
}  # fmt: skip
"""Widgets that display foreign text, by the walk on which each must be on the screen while it is checked.

The walks are in `tests/ui/test_hostile.py`, `tests/ui/screens/test_splash.py` and `tests/ui_gateway/test_hostile.py`.
"""


def payload_bytes(name: str) -> bytes:
    """Return a payload as bytes of a stream: lone surrogates as three bytes, C1 controls as single bytes."""
    if name.startswith("c1-"):
        return PAYLOADS[name].encode("latin-1")
    return PAYLOADS[name].encode("utf-8", "surrogatepass")


def everything(max_chars: int = 1000) -> str:
    """Return all payloads of at most `max_chars` characters in one text, each after its name."""
    return "".join(f"{name}{text}" for name, text in PAYLOADS.items() if len(text) <= max_chars)


def poisoned(value: Any, evil: str, keep: Iterable[str] = ()) -> Any:
    """Return a JSON value with `evil` appended to every text and key, except for the values of the keys `keep`."""
    kept = frozenset(keep)
    if isinstance(value, str):
        return value + evil
    if isinstance(value, dict):
        return {key: item if key in kept else poisoned(item, evil, kept) for key, item in value.items()}
    return [poisoned(item, evil, kept) for item in value] if isinstance(value, list) else value


FORM = (
    "id", "org_id", "type", "verb", "status", "connection_type", "connection_subtype", "start_date", "end_date",
    "event_stream", "exit_code", "created_at", "updated_at", "reviewed_at", "risk_level",
)  # fmt: skip
"""Fields that must stay unchanged, so that a session keeps its kind."""


def hostile_session(session: dict[str, Any], evil: str, stream: Iterable[str] = tuple(PAYLOADS)) -> dict[str, Any]:
    """Return a session object of a gateway with `evil` in every text and payloads at the end of its stream."""
    events = session.get("event_stream")
    events = list(events) if isinstance(events, list) else []
    end = float(events[-1][0]) if events and isinstance(events[-1], list) else 0.0
    for number, name in enumerate(stream):
        for kind in "oi" if number % 3 == 1 else "o":
            data = payload_bytes(name) + b"\r\nneedle " + name.encode() + b"\r\n"
            events.append([end + number / 10, kind, base64.b64encode(data).decode()])
    more = {
        "script": {"data": "select 1 -- script"}, "user": "ana@example.com", "user_name": "Ana", "user_id": "u",
        "connection": "orders", "connection_tags": {"team": "db"}, "labels": {"jira": "OPS-1", "note": "n"},
        "metadata": {"reason": "why", "deep": ["list", {"key": "text"}]}, "integrations_metadata": {"jira": "OPS-1"},
        "command": ["bash", "-c", "ls"], "jira_issue": "OPS-2", "session_batch_id": "batch",
        "correlation_id": "correlation", "identity_type": "machine", "unknown_field": {"text": ["more"]},
        "ai_analysis": {
            "risk_level": "high", "title": "title", "explanation": "explanation", "action": "block_execution",
            "summary": "summary", "model": "model",
            "steps": [{"type": "thinking", "thinking": "thought", "tool_name": "tool", "tool_input": {"q": "input"},
                       "tool_output": "output", "text": "text"}],
        },
        "guardrails_info": [{"rule_name": "rule", "direction": "input", "matched_words": ["drop"],
                             "rule": {"type": "deny_words_list", "pattern_regex": "x", "words": ["drop"]}}],
        "review": {
            "id": "r1", "type": "onetime", "status": "PENDING", "access_duration": 0, "rejection_reason": "no reason",
            "access_request_rule_name": "rule", "created_at": "2026-11-20T09:30:00Z",
            "review_groups_data": [
                {"id": "g1", "group": "dba", "status": "APPROVED", "reviewed_at": "2026-11-20T09:31:00Z",
                 "reviewed_by": {"id": "u1", "name": "John", "email": "john@example.com"}},
                {"id": "g2", "group": "admin", "status": "REJECTED", "rejection_reason": "reason"},
            ],
        },
    }  # fmt: skip
    for name, value in more.items():
        session = {**session, name: session.get(name) or value}
    return {**poisoned(session, evil, FORM), "event_stream": events, "field" + evil: evil}
