"""A review record as Markdown (CommonMark with tables), in which nothing foreign is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from replay_tui.domain.text import sanitize
from replay_tui.export.report.model import Code, Fact, Paragraph, Part, Report, ScreenExcerpt

_MARKUP = re.compile(
    r"[\\`*{}\[\]<>|~$]|&(?=[#\w]+;)|(?<![^\W_])_|_(?![^\W_])|:(?=//|[A-Za-z+-][\w+-]*:)|(?<=www)\.|^[-+=#]"
)
"""What may be markup, in CommonMark and where it is shown: also `$math$`, `:emoji:` and addresses that become links."""
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")


def report_markdown(report: Report) -> Iterator[str]:
    """The document, piece by piece."""
    yield f"# {plain(report.title)}\n"
    for section in report.sections:
        yield f"\n## {plain(section.title)}\n\n"
        last: type | None = None
        for part in section.parts:
            if last is Fact and not isinstance(part, Fact):
                yield "\n"
            if isinstance(part, Fact) and last is not Fact:
                yield "| | |\n| --- | --- |\n"
            yield _part(part)
            last = type(part)


def _part(part: Part) -> str:
    if isinstance(part, Fact):
        mark = f"**{part.severity.symbol}** " if part.severity and part.severity.symbol not in part.value else ""
        return f"| {plain(part.label)} | {mark}{plain(part.value, '<br>')} |\n"
    if isinstance(part, Code):
        return f"{fenced(part.text)}\n"
    if isinstance(part, Paragraph):
        return f"- {plain(part.mark)} {plain(part.text)}\n" if part.mark else f"{plain(part.text)}\n\n"
    return _moment(part)


def _moment(part: ScreenExcerpt) -> str:
    badge = f" **{plain(f'{part.severity.symbol} {part.severity.label.upper()}')}**" if part.severity else ""
    note = f" ({plain(part.note)})" if part.note else ""
    label = f" {plain(part.label)}" if part.label else ""
    lines = [f"- {plain(part.time)}{badge}{label}{note}\n"]
    blocks = [part.code, part.screen.text if part.screen else ""]
    lines += [f"\n{fenced(text, '  ')}\n" for text in blocks if text.strip()]
    return "".join(lines)


def plain(text: str, between: str = " ") -> str:
    """Foreign text as words: what could be markup is escaped."""
    lines = [line.strip() for line in sanitize(text, keep_newlines=True).strip("\n").split("\n")]
    return between.join(_NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", line)) for line in lines)


def fenced(text: str, indent: str = "") -> str:
    """Text as a block of code whose fence is longer than any in it."""
    lines = sanitize(text, keep_newlines=True).strip("\n").split("\n")
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join(f"{indent}{line}" for line in (f"{fence}text", *lines, fence)) + "\n"
