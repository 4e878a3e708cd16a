"""One table of what an operator can do to rooms, users and poses.

The command line is made of it (``xr.commands``), ``/admin`` obeys it, and the pages on which
people make, rename and delete rooms call the same functions. An operation is done by the server
that has the database, or to the store alone where none runs.
"""

from collections.abc import Mapping

from xr.operations.doors import (
    list_invites,
    make_invite,
    revoke_invite,
    say_invites,
    set_room,
)
from xr.operations.kinds import Operation
from xr.operations.moderation import (
    ban_user,
    kick_user,
    list_acts,
    list_bans,
    mute_user,
    say_acts,
    say_bans,
    unban_user,
)
from xr.operations.room_file import export_room, import_room, pretty, say_imported
from xr.operations.rooms import (
    announce,
    close_room,
    create_room,
    delete_rooms,
    list_present,
    list_roles,
    list_rooms,
    rename_room,
    say_deleted,
    say_roles,
    say_rooms,
    set_always_spawn,
    set_role,
)
from xr.operations.server import make_admin_link
from xr.operations.users import forget_poses, forget_user, list_users, say_users

OPERATIONS: Mapping[str, Operation] = {
    operation.typed.replace(" ", "-"): operation
    for operation in (
        Operation("rooms list", list_rooms, say_rooms),
        Operation(
            "rooms who",
            list_present,
            lambda answer: "\n".join(answer["users"]),
            "k3v9x2mq",
            needs_server=True,
        ),
        Operation("rooms create", create_room, "{id}", "'Tea house'", begins=True),
        Operation("rooms rename", rename_room, "renamed", "k3v9x2mq 'Coffee house'"),
        Operation("rooms role", set_role, "changed", "k3v9x2mq abcdefgh23456789 moderator"),
        Operation("rooms roles", list_roles, say_roles, "k3v9x2mq"),
        Operation("rooms set", set_room, "changed", "k3v9x2mq --listed on --password -"),
        Operation("rooms invite", make_invite, "{url}", "k3v9x2mq member --hours 24"),
        Operation("rooms invites", list_invites, say_invites, "k3v9x2mq"),
        Operation("rooms revoke", revoke_invite, "revoked", "k3v9x2mq 0a1b2c3d"),
        Operation("rooms bans", list_bans, say_bans, "k3v9x2mq"),
        Operation("rooms audit", list_acts, say_acts, "k3v9x2mq"),
        Operation("rooms delete", delete_rooms, say_deleted, "--never-entered --older-than 7"),
        Operation(
            "rooms export",
            export_room,
            lambda answer: pretty(answer["room"]),
            "k3v9x2mq tea-house.json",
            into_file=True,
        ),
        Operation(
            "rooms import", import_room, say_imported, "tea-house.json --as teahouse", begins=True
        ),
        Operation(
            "rooms announce",
            announce,
            "told to rooms: {rooms}",
            "'The server restarts at ten'",
            needs_server=True,
        ),
        Operation("rooms close", close_room, "closed", "k3v9x2mq"),
        Operation("rooms always-spawn", set_always_spawn, "changed", "k3v9x2mq on"),
        Operation("users list", list_users, say_users, "k3v9x2mq"),
        Operation(
            "users forget",
            forget_user,
            "poses forgotten: {forgotten}",
            "abcdefgh23456789 --room k3v9x2mq",
        ),
        Operation(
            "users kick",
            kick_user,
            "connections closed: {kicked}",
            "abcdefgh23456789 --room k3v9x2mq --minutes 30",
            needs_server=True,
        ),
        Operation("users ban", ban_user, "banned", "abcdefgh23456789 --room k3v9x2mq --hours 48"),
        Operation("users unban", unban_user, "let in again", "abcdefgh23456789 --room k3v9x2mq"),
        Operation("users mute", mute_user, "changed", "abcdefgh23456789 on --room k3v9x2mq"),
        Operation("admin-link", make_admin_link, "{path}", needs_server=True),
        Operation("poses forget", forget_poses, "poses forgotten: {forgotten}", "--days 365"),
    )
}
"""Every operation by its name below ``/admin/``."""
