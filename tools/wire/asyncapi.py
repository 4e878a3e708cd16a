"""The AsyncAPI 3.0 document: each topic a channel, each message with the schema of its frame.

https://www.asyncapi.com/docs/reference/specification/v3.0.0. Schemas are JSON Schema draft 7, in
which a tuple is an array of ``items``.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from tools.wire.catalogue import Catalogue
from tools.wire.docstrings import member_docs
from tools.wire.typescript import structs
from xr import __version__
from xr.wire.tables import Asked, Told

HEADER = "# Made by `make generate` from xr/wire, xr/events.py and xr/features: change it there.\n"
_DESCRIPTION = (
    "A room's websocket, by Phoenix Channels version 2: a text frame is a JSON array of join_ref, "
    "ref, topic, event and payload. docs/protocol.md says all that a schema cannot."
)
_REF = {"type": ["string", "number", "null"]}
_SERVER = {
    "host": "rooms.example.org",
    "pathname": "/socket/websocket",
    "protocol": "wss",
    "description": "Give the query parameter vsn=2.0.0.",
    "security": [{"$ref": "#/components/securitySchemes/token"}],
}
_TOKEN = {
    "type": "httpApiKey",
    "name": "user_token",
    "in": "query",
    "description": "The token of the room's page or of /api/token, as a query parameter.",
}
_ROOM = "room:<room_id>"
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Keys that some readers of YAML take for something else than text."""


def asyncapi(catalogue: Catalogue) -> dict[str, Any]:
    """The document as JSON objects."""
    messages = _messages(catalogue)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "xr", "version": __version__, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"server": _SERVER},
        "channels": _channels(catalogue),
        "operations": dict(_operations(catalogue)),
        "components": {
            "messages": messages,
            "schemas": _schemas(catalogue),
            "securitySchemes": {"token": _TOKEN},
        },
    }


def _channels(catalogue: Catalogue) -> dict[str, Any]:
    inside: dict[str, list[str]] = {
        "phoenix": [_sent("phx_reply")],
        _ROOM: [_sent(name) for name in catalogue.events],
    }
    for name, asked in catalogue.intents.items():
        inside[asked.topic].append(_received(name))
    channels: dict[str, Any] = {}
    for topic, keys in inside.items():
        messages = {key: {"$ref": f"#/components/messages/{key}"} for key in keys}
        channels[_channel(topic)] = {"address": _address(topic), "messages": messages}
    parameters = {"room_id": {"description": "The id of the room."}}
    channels[_channel(_ROOM)]["parameters"] = parameters
    return channels


def _received(intent: str) -> str:
    """The key of an intent's message and operation; an event may have the same name."""
    return f"receive_{intent}"


def _sent(event: str) -> str:
    return f"send_{event}"


def _channel(topic: str) -> str:
    return topic.partition(":")[0]


def _address(topic: str) -> str:
    return topic.replace("<", "{").replace(">", "}")


def _operations(catalogue: Catalogue) -> Iterator[tuple[str, Any]]:
    """The server receives what is asked, and sends what is told."""
    for name, asked in catalogue.intents.items():
        channel = _channel(asked.topic)
        operation = _operation("receive", channel, _received(name))
        if asked.payload is not bytes:
            operation["reply"] = {
                "channel": operation["channel"],
                "messages": [_on(channel, _sent("phx_reply"))],
            }
        yield _received(name), operation
    for name in catalogue.events:
        if name != "phx_reply":
            yield _sent(name), _operation("send", _channel(_ROOM), _sent(name))


def _operation(action: str, channel: str, key: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [_on(channel, key)],
    }


def _on(channel: str, key: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{key}"}


def _messages(catalogue: Catalogue) -> dict[str, Any]:
    asked = {
        _received(name): {"name": name, **_asked(name, intent)}
        for name, intent in catalogue.intents.items()
    }
    told = {
        _sent(name): {"name": name, **_told(name, event)}
        for name, event in catalogue.events.items()
    }
    return asked | told


def _asked(name: str, intent: Asked) -> dict[str, Any]:
    if intent.payload is bytes:
        return _binary(intent.means)
    return _message(name, intent.means, _schema(intent.payload))


def _binary(summary: str) -> dict[str, Any]:
    payload = {"type": "string", "format": "binary"}
    return {"summary": summary, "contentType": "application/octet-stream", "payload": payload}


def _told(name: str, event: Told) -> dict[str, Any]:
    summary = f"{event.means}. To {event.to}."
    if event.payload is bytes:
        return _binary(summary)
    schema = _schema(event.payload)
    if event.in_stoc:
        keys = {"event": {"const": name}, "payload": schema}
        schema = {"type": "object", "properties": keys, "required": ["event", "payload"]}
        return _message("stoc", summary, schema)
    return _message(name, summary, schema)


def _message(event: str, summary: str, payload: dict[str, Any]) -> dict[str, Any]:
    items = [_REF, _REF, {"type": "string"}, {"const": event}, payload]
    frame = {"type": "array", "minItems": len(items), "items": items}
    return {"summary": summary, "payload": frame}


def _schemas(catalogue: Catalogue) -> dict[str, Any]:
    kinds = structs(catalogue)
    _, found = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    for kind in kinds:
        for name, meaning in member_docs(kind).items():
            if name in found[kind.__name__]["properties"]:
                found[kind.__name__]["properties"][name]["description"] = meaning
    return {name: _draft_7(schema) for name, schema in found.items()}


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components(
        [kind], ref_template="#/components/schemas/{name}"
    )
    return dict(_draft_7(schema))


def _draft_7(schema: Any) -> Any:
    """A schema of draft 2020-12 as one of draft 7: only tuples are written in another way."""
    if isinstance(schema, list):
        return [_draft_7(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    keys = {key: _draft_7(value) for key, value in schema.items()}
    if "prefixItems" in keys:
        keys["items"] = keys.pop("prefixItems")
    return keys


def yaml(value: Any, indent: str = "") -> str:
    """JSON objects as YAML: blocks for objects and lists, and each string as JSON writes it."""
    lines = []
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            lines.append(f"{indent}{_key(key)}:{_inner(inner, indent)}")
    elif isinstance(value, list) and value:
        for inner in value:
            lines.append(f"{indent}-{_inner(inner, indent)}")
    return "".join(lines)


def _inner(value: Any, indent: str) -> str:
    if isinstance(value, dict | list) and value:
        return "\n" + yaml(value, indent + "  ")
    return f" {json.dumps(value, ensure_ascii=False)}\n"


def _key(key: str) -> str:
    return key if key.isidentifier() and key.lower() not in _WORDS else json.dumps(key)
