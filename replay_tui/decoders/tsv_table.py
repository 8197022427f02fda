"""Tab-separated tables, the format in which the gateway stores the results of `exec` on databases."""

from __future__ import annotations

from replay_tui.decoders.decode_result import Table
from replay_tui.domain.event_stream import EventStream

MAX_ROWS = 200_000
MAX_CELLS = 4_000_000
_SAMPLE_BYTES = 256 * 1024
_SAMPLE_LINES = 400


def looks_tabular(output: bytes, *, database: bool = False) -> bool:
    """Return True if `output` is a table: a header and rows with the same number (2 or more) of cells in most lines.

    `database` allows one deviating line in a short output: a note, or a truncated last line.
    """
    lines = [line for line in output[:_SAMPLE_BYTES].split(b"\n")[:_SAMPLE_LINES] if line.strip(b"\r")]
    if not lines or lines[0].count(b"\t") == 0 or b"\x1b[" in output[:_SAMPLE_BYTES]:
        return False
    tabs = lines[0].count(b"\t")
    deviating = sum(line.count(b"\t") != tabs for line in lines)
    if database:
        return deviating <= max(1, len(lines) // 10)
    return len(lines) >= 3 and deviating <= len(lines) // 50


def read_table(output: bytes) -> Table:
    """Return the table in tab-separated output. Short rows are padded; extra cells stay in the last cell."""
    text = output.decode("utf-8", "replace").replace("\r\n", "\n")
    lines = text.split("\n", MAX_ROWS + 1)
    truncated = len(lines) > MAX_ROWS + 1
    lines = [line for line in lines[: MAX_ROWS + 1] if line]
    if not lines:
        return Table((), [])
    columns = tuple(lines[0].split("\t"))
    width = len(columns)
    limit = max(1, MAX_CELLS // width)
    truncated = truncated or len(lines) - 1 > limit
    rows, malformed = [], 0
    for line in lines[1 : limit + 1]:
        cells = line.split("\t", width - 1)
        if len(cells) != width or "\t" in cells[-1]:
            malformed += 1
            cells += [""] * (width - len(cells))
        rows.append(tuple(cells))
    notes = [f"{malformed} rows have a different number of cells"] * bool(malformed)
    notes += ["some rows are not shown"] * truncated
    return Table(columns, rows, truncated, "; ".join(notes))


def output_bytes(stream: EventStream, kind: str = "o") -> bytes:
    """Return the joined output events without error events (`e`), which `stream.output` contains too."""
    if b"e" not in stream.kinds:
        return bytes(stream.output)
    return b"".join(event.data for event in stream.events(kinds=kind))
