"""What every page of this program begins with: no script, nothing from elsewhere, and a sheet that prints well."""

from __future__ import annotations

from replay_tui.export.svg import escaped

_CSS = """
:root { color-scheme: light dark; --line: #8884; --faint: #777; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; border-bottom: 1px solid var(--line); margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .15rem .6rem .15rem 0; overflow-wrap: anywhere; }
th { font-weight: normal; color: var(--faint); white-space: nowrap; }
td.time, span.time { font-family: ui-monospace, monospace; white-space: nowrap; color: var(--faint); }
pre { font: 13px/1.35 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: 0; }
pre.screen { white-space: pre; overflow-x: auto; padding: .6rem; border-radius: 4px; margin: .4rem 0 1rem;
  overflow-wrap: normal; width: max-content; max-width: 100%; box-sizing: border-box; line-height: 1.2; }
a { color: inherit; }
.high { color: #c22; font-weight: bold; } .medium { color: #a60; } .low { color: #285; }
.faint { color: var(--faint); } :target { background: #fd06; }
@media (prefers-color-scheme: dark) { .high { color: #f77; } .medium { color: #fb4; } .low { color: #7d9; } }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; color: #000; background: #fff; }
  h2 { break-after: avoid; } tr, .finding { break-inside: avoid; }
  pre { font-size: 7.5pt; } pre.screen { print-color-adjust: exact; -webkit-print-color-adjust: exact;
    white-space: pre-wrap; max-width: 100%; min-width: 0 !important; break-inside: avoid; }
  thead { display: table-header-group; } a { text-decoration: none; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page_start(title: str) -> str:
    """A page up to the start of its body. The policy keeps a browser from running or loading anything."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
    )


PAGE_END = "</body>\n</html>\n"
