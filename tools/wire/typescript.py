"""The types of all messages for the client: ``web/src/wire.gen.ts``."""

import json
import textwrap
from collections.abc import Iterator

import msgspec
from msgspec import inspect

from tools.wire.catalogue import Alias, Catalogue, aliases
from tools.wire.docstrings import member_docs, summary
from xr import pose
from xr.wire import record
from xr.wire.reasons import Reason

HEADER = """/**
 * Every message that crosses the wire, and the numbers of the binary record.
 *
 * Made by `make generate` from xr/wire, xr/events.py and xr/features: change it there.
 * docs/protocol.md describes it. `wire.on` and `wire.push` are typed by `Events` and `Intents`.
 */
"""

WIDTH = 100


def typescript(catalogue: Catalogue) -> str:
    """The whole file."""
    parts = [HEADER, *_constants(), _reasons()]
    parts += [_alias(alias) for alias in aliases()]
    parts += [_interface(struct) for struct in structs(catalogue)]
    return "\n".join([*parts, _events(catalogue), _intents(catalogue)])


def structs(catalogue: Catalogue) -> list[type[msgspec.Struct]]:
    """The structs of all payloads, and those inside them, each once, by their names.

    Raises:
        ValueError: two have the same name.
    """
    found: dict[str, type[msgspec.Struct]] = {}
    for info in inspect.multi_type_info(catalogue.payloads()):
        for struct in _inside(info):
            if found.setdefault(struct.__name__, struct) is not struct:
                raise ValueError(f"two payloads have the same name: {struct.__name__}")
    return [found[name] for name in sorted(found)]


def _inside(info: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    match info:
        case inspect.Metadata(type=inner):
            yield from _inside(inner)
        case inspect.StructType(cls=cls, fields=fields):
            yield cls
            for field in fields:
                yield from _inside(field.type)
        case inspect.DictType(value_type=value):
            yield from _inside(value)
        case inspect.UnionType(types=inner_types):
            for inner in inner_types:
                yield from _inside(inner)
        case inspect.TupleType(item_types=inner_types):
            for inner in inner_types:
                yield from _inside(inner)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield from _inside(item)


_NAMED: dict[str, inspect.Type] = {a.name: inspect.type_info(a.kind) for a in aliases()}


def type_text(info: inspect.Type, but: str = "") -> str:
    """A type as TypeScript writes it; an alias by its name, if that is not ``but``.

    Raises:
        TypeError: there is no rule for it yet.
    """
    for name, named in _NAMED.items():
        if info == named and name != but:
            return name
    match info:
        case inspect.Metadata(type=inner):
            return type_text(inner)
        case inspect.StructType(cls=cls):
            return cls.__name__
        case inspect.LiteralType(values=values):
            return " | ".join(json.dumps(value) for value in values)
        case inspect.EnumType(cls=cls):
            if cls is Reason:
                return "Reason"
            return " | ".join(json.dumps(member.value) for member in cls)
        case inspect.UnionType(types=types):
            return " | ".join(type_text(one) for one in types)
        case inspect.DictType(value_type=value):
            return f"Readonly<Record<string, {type_text(value)}>>"
        case inspect.TupleType(item_types=types):
            return f"readonly [{', '.join(type_text(one) for one in types)}]"
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            text = type_text(item)
            return f"readonly ({text})[]" if " " in text else f"readonly {text}[]"
    plain = {
        inspect.AnyType: "unknown",
        inspect.NoneType: "null",
        inspect.BoolType: "boolean",
        inspect.IntType: "number",
        inspect.FloatType: "number",
        inspect.StrType: "string",
        inspect.BytesType: "ArrayBuffer",
    }
    if type(info) not in plain:
        raise TypeError(f"no TypeScript for {info}: add it to {__file__}")
    return plain[type(info)]


def fields(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    """Each field: its name (with ``?`` where it may be left out), type, and what it means."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    left_out = struct.__struct_config__.omit_defaults
    for field in info.fields:
        mark = "?" if left_out and not field.required else ""
        docs = (member_docs(struct).get(field.name, ""), bounds(field.type))
        yield f"{field.encode_name}{mark}", type_text(field.type), "; ".join(filter(None, docs))


def bounds(info: inspect.Type) -> str:
    """The bounds of a value of this type, in words."""
    match info:
        case inspect.Metadata(type=inner):
            return bounds(inner)
        case inspect.UnionType(types=types):
            return "; ".join(filter(None, map(bounds, types)))
        case inspect.StrType(max_length=int(most)):
            return f"at most {most} characters"
        case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high):
            if low is not None and high is not None:
                return f"{low:g} to {high}"
            return "" if low is None else f"at least {low:g}"
    return ""


def _constants() -> Iterator[str]:
    kinds = {
        "HANDS": "Bit of a record's kind: it has both hands.",
        "LEFT": "Bit of a record's kind: the left hand is tracked.",
        "RIGHT": "Bit of a record's kind: the right hand is tracked.",
    }
    docs = {
        **kinds,
        **{name: member_docs(record)[name] for name in ("PLACEMENT", "UNITS", "STEPS")},
    }
    for name, meaning in docs.items():
        yield f"/** {meaning} */\nexport const {name} = {getattr(record, name)};"
    yield f"/** {member_docs(pose)['LIMIT']} */\nexport const LIMIT = {pose.LIMIT:g};\n"


def _reasons() -> str:
    lines = ["/** The server's words for why something was refused, or is over. */"]
    lines += ["export type Reason =", *(f"  | {json.dumps(reason)}" for reason in Reason)]
    return "\n".join(lines) + ";\n"


def _doc(text: str, indent: str = "") -> list[str]:
    line = f"{indent}/** {text} */"
    if len(line) <= WIDTH:
        return [line]
    wrapped = textwrap.wrap(text, WIDTH - len(indent) - 3)
    return [f"{indent}/**", *(f"{indent} * {line}" for line in wrapped), f"{indent} */"]


def _alias(alias: Alias) -> str:
    text = type_text(_NAMED[alias.name], but=alias.name)
    return f"/** {alias.means} */\nexport type {alias.name} = {text};\n"


def _interface(struct: type[msgspec.Struct]) -> str:
    lines = [*_doc(summary(struct))]
    rows = list(fields(struct))
    if not rows:
        return "\n".join(
            [*lines, f"export type {struct.__name__} = Readonly<Record<string, never>>;\n"]
        )
    lines.append(f"export interface {struct.__name__} {{")
    for name, kind, meaning in rows:
        if meaning:
            lines += _doc(meaning, "  ")
        lines.append(f"  readonly {name}: {kind};")
    return "\n".join([*lines, "}\n"])


def _events(catalogue: Catalogue) -> str:
    lines = [
        "/** The payload of each event; what travels inside `stoc` has its own name here. */",
        "export interface Events {",
    ]
    for name, told in catalogue.events.items():
        if not told.of_phoenix and told.payload is not bytes:
            lines += _doc(told.means, "  ")
            lines.append(f"  readonly {name}: {type_text(inspect.type_info(told.payload))};")
    return "\n".join([*lines, "}\n"])


def _intents(catalogue: Catalogue) -> str:
    lines = [
        "/** The payload of each intent, and the response of its reply; null if there is none. */",
        "export interface Intents {",
    ]
    for name, asked in catalogue.intents.items():
        if not asked.of_phoenix:
            payload = type_text(inspect.type_info(asked.payload))
            reply = "null" if asked.reply is None else type_text(inspect.type_info(asked.reply))
            lines.append(
                f"  readonly {name}: {{ readonly payload: {payload}; readonly reply: {reply} }};"
            )
    return "\n".join([*lines, "}\n"])
