"""The tables of docs/protocol.md, and how they are put between its markers."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec
from msgspec import inspect

from tools.wire.catalogue import Alias, Catalogue, aliases
from tools.wire.docstrings import member_docs, summary
from tools.wire.typescript import fields, structs, type_text
from xr.errors import CloseCode
from xr.wire.messages import Join
from xr.wire.reasons import Reason

Row = tuple[str, ...]

_MARKED = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_MEMBER = re.compile(
    r"(?:(?P<places>[A-Z]\w+(?:, [A-Z]\w+)*): )?(?P<why>.+?)\. Then: (?P<then>.+)\."
)


def fill(document: str, tables: Mapping[str, str]) -> str:
    """The document with each table between ``<!-- generated: NAME -->`` and ``<!-- end -->``.

    Raises:
        ValueError: a table has no place in the document, or a place no table.
    """
    places = [match[2] for match in _MARKED.finditer(document)]
    if sorted(places) != sorted(tables):
        raise ValueError(f"the document has places for {places}, and there are {list(tables)}")
    return _MARKED.sub(lambda place: place[1] + tables[place[2]] + place[3], document)


def tables(catalogue: Catalogue, limits: Iterable[Row]) -> Mapping[str, str]:
    """Every table, by the name of its place."""
    return {
        "intents": _intents(catalogue),
        "events": _events(catalogue),
        "payloads": _payloads(catalogue),
        "keys of a join": table(("key", "type", "meaning"), _keys(Join)),
        "reasons of the door": _reasons("Door", ("reason", "meaning", "next step")),
        "reasons of joins": _reasons("Join", ("reason of a refused join", "because", "next step")),
        "reasons of pushes": _reasons("Push", ("reason", "because", "next step")),
        "reasons of ends": _reasons("End", ("reason", "because", "next step")),
        "close codes": table(
            ("code", "meaning", "come back?"),
            [(str(code.value), why, then) for code, _, why, then in members(CloseCode)],
        ),
        "limits": table(("what", "how much", "setting"), limits),
    }


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table of Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(_cell(text) for text in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`"


def _intents(catalogue: Catalogue) -> str:
    rows = [
        (
            _code(name),
            _code(asked.topic),
            _code(_payload(asked.payload)),
            "" if asked.reply is None else _code(_payload(asked.reply)),
            asked.means,
        )
        for name, asked in catalogue.intents.items()
    ]
    return table(("event", "topic", "payload", "response", "answer"), rows)


def _events(catalogue: Catalogue) -> str:
    rows = [
        (
            _code(name),
            "yes" if told.in_stoc else "",
            _code(_payload(told.payload)),
            told.to,
            told.means,
        )
        for name, told in catalogue.events.items()
    ]
    return table(("event", "in `stoc`", "payload", "goes to", "meaning"), rows)


def _payload(kind: object) -> str:
    return "bytes" if kind is bytes else type_text(inspect.type_info(kind))


def _payloads(catalogue: Catalogue) -> str:
    rows = [_alias_row(alias) for alias in aliases()]
    for struct in structs(catalogue):
        if struct is not Join:  # has a table of its own
            rows.append((_code(struct.__name__), "", "", summary(struct).rstrip(".")))
            rows += [("", *key) for key in _keys(struct)]
    return table(("payload", "key", "type", "meaning"), rows)


def _alias_row(alias: Alias) -> Row:
    text = type_text(inspect.type_info(alias.kind), but=alias.name)
    return (_code(alias.name), "", _code(text), alias.means.rstrip("."))


def _keys(struct: type[msgspec.Struct]) -> list[Row]:
    return [(_code(name), _code(kind), meaning) for name, kind, meaning in fields(struct)]


def _reasons(place: str, head: Row) -> str:
    rows = [
        (_code(reason.value), why, then)
        for reason, places, why, then in members(Reason)
        if place in places
    ]
    return table(head, rows)


def members(kind: type[Enum]) -> list[tuple[Enum, list[str], str, str]]:
    """Each member, where it is given, why, and what a client does then, from its docstring.

    Raises:
        ValueError: a docstring is missing or has another form.
    """
    rows = []
    for member in kind:
        match = _MEMBER.fullmatch(member_docs(kind).get(member.name, ""))
        if match is None or (kind is Reason and not match["places"]):
            raise ValueError(
                f"{kind.__name__}.{member.name} needs a docstring like its neighbours' below it: "
                f'"""Join, Push: why it is given. Then: what a client does."""'
            )
        rows.append((member, (match["places"] or "").split(", "), match["why"], match["then"]))
    return rows
