"""Possibly hidden input: redacted like hidden input, but checked by the rules, because it can be a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from replay_tui.domain.fidelity import FidelityWarning
from replay_tui.domain.finding import Finding
from replay_tui.domain.statement import Statement
from replay_tui.findings.findings import FindingsResult
from replay_tui.redaction.hidden_text import HiddenInput

Find = Callable[[Sequence[Statement]], FindingsResult]
"""Find the dangerous moments among a session's statements."""
HIDDEN_INPUT_RULE = "hidden-input"
_FINDING_MESSAGE = "Input possibly typed while echo was off."
_MESSAGE = "the echo of an input is unclear; it is possibly hidden input and is masked"


def uncertain_input_warnings(hidden_input: Sequence[HiddenInput]) -> list[FidelityWarning]:
    """Return one warning that counts the inputs about which it could not be decided whether they were echoed."""
    count = sum(not hidden.certain for hidden in hidden_input)
    return [FidelityWarning("hidden-input-uncertain", _MESSAGE, count)] if count else []


def find_in_uncertain_input(
    find: Find, statements: Sequence[Statement], hidden_input: Sequence[HiddenInput]
) -> FindingsResult:
    """Return the findings, also those in possibly hidden input, whose evidence is the placeholder of the input."""
    texts = _texts_by_statement(statements, hidden_input)
    if not texts:
        return find(statements)
    checked = list(statements)
    for at, text in texts.items():
        checked[at] = statements[at].changed(kind="shell", text=text)
    found = find(checked)
    findings = [_redacted(one, statements[one.statement]) if one.statement in texts else one for one in found.findings]
    return found._replace(findings=findings)


def _redacted(finding: Finding, placeholder: Statement) -> Finding:
    prompt = str(placeholder.details.get("prompt", ""))
    if finding.rule == HIDDEN_INPUT_RULE:
        return replace(finding, message=_FINDING_MESSAGE, evidence=prompt or placeholder.text)
    return replace(finding, evidence=placeholder.text)


def _texts_by_statement(statements: Sequence[Statement], hidden_input: Sequence[HiddenInput]) -> dict[int, str]:
    """Return the texts of possibly hidden inputs by the numbers of the statements that stand for them."""
    waiting: dict[tuple[float, str], list[str]] = {}
    for hidden in hidden_input:
        if not hidden.certain:
            waiting.setdefault((hidden.end, hidden.placeholder), []).append(hidden.text)
    if not waiting:
        return {}
    found = {}
    for at, row in enumerate(statements):
        texts = waiting.get((row.time, row.text)) if row.kind == "input" else None
        if texts:
            found[at] = texts.pop(0)
    return found
