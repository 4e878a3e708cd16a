"""Make docs/commands.md of the commands themselves: ``python -m tools.generate_commands``.

A test fails when the file is not what comes out.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from xr.cli import commands
from xr.usage import EXIT_CODES, Command, SettingFlag

FILE = Path(__file__).parent.parent / "docs" / "commands.md"

_HEAD = """\
# The command line

Made by `make generate` from the commands; `xr COMMAND --help` says the same. In a checkout the
command is `.venv/bin/xr`.

<!-- no block of this page is run: tests/test_cli.py parses each line, and other tests run them -->

`xr rooms`, `xr users` and `xr poses` are done by the server that has the database, if one runs, and
else to the database. They find it by the same settings as the server: `/etc/xr/xr.toml` is read if
there is one, and `--config FILE`, `--database FILE` and all others of [settings.md](settings.md)
are flags of each command but `xr bots`.
"""


def commands_page() -> str:
    """The text of the page."""
    rows = [[f"`{code}`", text] for code, text in EXIT_CODES.items()]
    parts = [_HEAD, _table(["exit code", "means"], rows)]
    for context, command in _leaves(click.Context(commands, info_name="xr")):
        parts.append(_section(context, command))
    return "\n".join(parts)


def _leaves(context: click.Context) -> Iterator[tuple[click.Context, Command]]:
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from _leaves(click.Context(command, parent=context, info_name=name))
    elif isinstance(group, Command):
        yield context, group


def _section(context: click.Context, command: Command) -> str:
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    records = [
        item.get_help_record(context)
        for item in command.params
        if not isinstance(item, SettingFlag)
    ]
    rows = [[f"`{typed}`".replace("|", "\\|"), text] for typed, text in filter(None, records)]
    parts = [
        f"## `{' '.join([context.command_path, *pieces])}`\n",
        f"{' '.join((command.help or '').split())}\n",
        *([_table(["argument", "is"], rows)] if rows else []),
        "\n".join(["```sh", *command.examples, "```"]) + "\n",
    ]
    return "\n".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    FILE.write_text(commands_page())
