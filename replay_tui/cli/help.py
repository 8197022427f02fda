"""`help`: prints the keys of the interface, the formats that open, or the help of a command."""

from __future__ import annotations

import difflib

import click
from click.shell_completion import CompletionItem

from replay_tui.cli.options import examples
from replay_tui.cli.output import print_status, style, write, write_json
from replay_tui.cli.text_page import page_width, wrap
from replay_tui.domain.display_text import sanitize, text_width
from replay_tui.domain.errors import UsageError

_TOPICS = ("keys", "formats")


def _complete_topic(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    group = ctx.parent.command if ctx.parent else None
    names = group.list_commands(ctx) if isinstance(group, click.Group) else []
    return [CompletionItem(one) for one in (*_TOPICS, *names) if one.startswith(incomplete)]


@click.command(
    "help", epilog=examples("help keys", "help formats", "help export", "help keys --json | jq -r '.[].keys[0]'")
)
@click.argument("topic", metavar="[keys|formats|COMMAND]", required=False, shell_complete=_complete_topic)
@click.option("--json", "as_json", is_flag=True, help="With keys: JSON for scripts.")
@click.pass_context
def command(ctx: click.Context, topic: str | None, as_json: bool) -> None:
    """Print the current keys of the interface, the formats of sessions, or the help of a command."""
    if topic == "keys":
        _keys(as_json)
        return
    if topic == "formats":
        _formats()
        return
    if as_json:
        raise UsageError("--json applies to `help keys` only.")
    parent = ctx.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    if topic is None:
        write(parent.get_help())
        return
    found = parent.command.get_command(parent, topic)
    if found is None:
        near = difflib.get_close_matches(topic, [*parent.command.list_commands(parent), *_TOPICS], 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else "`replay-tui -h` lists the commands."
        raise UsageError(f"Unknown command '{sanitize(topic)[:40]}'; {hint}")
    write(found.get_help(click.Context(found, info_name=topic, parent=parent)))


def _formats() -> None:
    from replay_tui.sources.recorders.registry import FORMATS, OWN_FORMATS

    for number, (title, how) in enumerate([*OWN_FORMATS, *((one.title, one.how) for one in FORMATS)]):
        write(("\n" if number else "") + style(title, "bold", "cyan"))
        for line in wrap(how, page_width() - 2):
            write(f"  {line}")
    write("\nEvery file may be compressed with gzip. The format is detected from the first bytes, not from the name.")


def _keys(as_json: bool) -> None:
    from replay_tui.settings.config import load_settings
    from replay_tui.settings.keymap import resolve_keymap
    from replay_tui.ui.command_table import COMMANDS, Group, commands_with_keys

    settings, warnings = load_settings()
    keymap, conflicts = resolve_keymap(settings.keys, COMMANDS)
    for warning in [*warnings, *conflicts]:
        print_status(warning)
    if as_json:
        write_json(
            [
                {"id": one.id, "keys": list(keymap[one.id]), "group": one.group.value, "help": one.help}
                for one in COMMANDS
            ]
        )
        return
    shown = {one.id: one.shown for one in commands_with_keys(keymap)}
    wide = max(map(text_width, shown.values()))
    for number, group in enumerate(Group):
        write(("\n" if number else "") + style(group.value, "bold", "cyan"))
        for one in COMMANDS:
            if one.group is group:
                key = shown[one.id] or "-"
                for line in wrap(one.help, page_width() - wide - 4):
                    write(f"  {style(key, 'bold')}{' ' * (wide - text_width(key))}  {line}")
                    key = ""
    write("\nTo change keys, see `replay-tui config keys`.")
