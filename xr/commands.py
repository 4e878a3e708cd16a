"""The commands about rooms, users and poses, made of the table of operations."""

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import click
import msgspec

from xr.operations import OPERATIONS
from xr.operations.kinds import Operation
from xr.text_files import NEW_FILE, read_text, refuse_to_replace, write_text
from xr.usage import CREATE, Command, Group, Number, read_settings

_PATH: click.ParamType[Path] = click.Path(path_type=Path)


class _OnOrOff(click.ParamType[bool]):
    name = "on|off"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        if value not in ("on", "off"):
            self.fail(f"on or off, not {value!r}", param, ctx)
        return bool(value == "on")


def group(noun: str, text: str) -> click.Group:
    """The commands of all operations whose first word is ``noun``."""
    made = Group(noun, help=text)
    for name, operation in OPERATIONS.items():
        first, _, verb = operation.typed.partition(" ")
        if first == noun:
            command = _command(name, operation, verb)
            made.add_command(command)
            made.examples += command.examples
    return made


def admin_link() -> Command:
    """The command that prints a link to the operator's page, as a whole address."""
    made = _command("admin-link", OPERATIONS["admin-link"], "admin-link")
    made.callback = _admin_link
    return made


def _admin_link(as_json: bool) -> int:
    settings, _ = read_settings()
    import trio

    from xr.admin import perform
    from xr.store.lock import holder

    answer: Mapping[str, Any] = trio.run(perform, "admin-link", {}, settings)
    found = holder(settings.database)
    url = settings.public_url or (found and found.url) or ""
    print(json.dumps({"url": url + answer["path"]}) if as_json else url + answer["path"])
    return 0


def _command(name: str, operation: Operation, verb: str) -> Command:
    own = [_parameter(field) for field in msgspec.structs.fields(operation.arguments)]
    if operation.begins:
        own.append(click.Option(["--create"], is_flag=True, help=CREATE))
    if operation.into_file:
        own.append(click.Argument(["file"], metavar="FILE", type=_PATH, help=NEW_FILE))
    else:
        own.append(click.Option(["--json", "as_json"], is_flag=True, help="answer in JSON"))
    return Command(
        verb,
        callback=partial(_run, name, operation),
        params=own,
        help=(operation.perform.__doc__ or "").partition("\n\n")[0],
        examples=[f"xr {operation.typed} {operation.example}".rstrip()],
    )


def _run(
    name: str,
    operation: Operation,
    /,
    as_json: bool = False,
    create: bool = False,
    file: Path | None = None,
    **given: object,
) -> int:
    arguments = {
        field: read_text(value) if isinstance(value, Path) else value
        for field, value in given.items()
        if value is not None
    }
    if file is not None:
        refuse_to_replace(file)
    try:
        msgspec.convert(arguments, operation.arguments)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from error
    settings, _ = read_settings()
    import trio

    from xr.admin import perform

    answer: Mapping[str, Any] = trio.run(perform, name, arguments, settings, create)
    text = json.dumps(answer) if as_json else operation.say(answer)
    if file is None:
        print(text)
    else:
        write_text(file, text)
    return 0


def _reader(base: type, meta: Any) -> click.ParamType[Any]:
    """The reader of a typed argument. A file is read when the command runs."""
    if (meta.extra or {}).get("file"):
        return _PATH
    if base is bool:
        return _OnOrOff()
    if base is float:
        return Number(float, meta.ge, meta.le)
    if issubclass(base, StrEnum):
        return click.Choice([each.value for each in base])
    return click.STRING


def _parameter(field: msgspec.structs.FieldInfo) -> click.Parameter:
    """The argument or flag that the title of a field's ``Meta`` shows."""
    # Of "X | None" it is X that carries the Meta.
    choices = (field.type, *get_args(field.type))
    kind = next(each for each in choices if get_origin(each) is Annotated)
    base, meta = get_args(kind)
    first, _, metavar = meta.title.partition(" ")
    reader = _reader(base, meta)
    if not first.startswith("--"):
        return click.Argument(
            [field.name],
            metavar=meta.title,
            type=reader,
            required=field.required,
            help=meta.description,
        )
    if base is bool and not metavar:
        return click.Option([first, field.name], is_flag=True, default=None, help=meta.description)
    secret = bool((meta.extra or {}).get("secret"))
    return click.Option(
        [first, field.name],
        metavar=metavar,
        type=reader,
        required=field.required,
        help=meta.description,
        callback=_read_secret if secret else None,
    )


def _read_secret(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The first line of standard input for "-": a command line can be read by others."""
    if value is None:
        return None
    if value != "-":
        raise click.UsageError(f"{option.opts[0]} takes only -: it is read from standard input")
    if sys.stdin.isatty():
        return getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
