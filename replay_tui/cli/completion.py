"""`completion`: prints the script with which a shell completes commands, options and session files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from replay_tui.cli.options import examples
from replay_tui.cli.output import write

COMPLETION_VARIABLE = "_REPLAY_TUI_COMPLETE"
_PLACES = {
    "bash": "replay-tui completion bash > ~/.local/share/bash-completion/completions/replay-tui",
    "zsh": "replay-tui completion zsh > ~/.zfunc/_replay-tui   # a folder of $fpath, before compinit",
    "fish": "replay-tui completion fish > ~/.config/fish/completions/replay-tui.fish",
}

_BASH = f"""\
_replay_tui_completion() {{
    local line type cur="${{COMP_WORDS[COMP_CWORD]}}"
    COMPREPLY=()
    while IFS= read -r line; do
        type="${{line%%,*}}"
        if [[ $type == plain ]]; then
            COMPREPLY+=("${{line#*,}}")
        else
            local name
            while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$cur")
            compopt -o filenames
        fi
    done < <(env COMP_WORDS="${{COMP_WORDS[*]}}" COMP_CWORD="$COMP_CWORD" {COMPLETION_VARIABLE}=bash_complete "$1")
}}
complete -o nosort -F _replay_tui_completion replay-tui"""


@click.command(
    "completion",
    epilog=examples(*(line.removeprefix("replay-tui ") for line in _PLACES.values())),
)
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(tuple(_PLACES)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell, for commands, options, values and session files."""
    if shell == "bash":  # click's own script offers files only if nothing else matches
        write(_BASH)
        return
    kind = get_completion_class(shell)
    assert kind is not None
    assert ctx.parent is not None
    made = kind(ctx.parent.command, {}, "replay-tui", COMPLETION_VARIABLE)
    write(made.source_template % made.source_vars())
