"""Every reason that a client can be given: for a refusal, and for an end.

The docstring of each says where it is given, why, and what a client does then; the tables of
docs/protocol.md are made from these (``make generate``). ``Door`` is the answer of ``/api/door``
after a websocket or a join that failed, ``Join`` and ``Push`` the reply to these, ``End`` a
``phx_close``, ``phx_error`` or close frame; ``Log`` reaches no client.
"""

from enum import StrEnum


class Reason(StrEnum):
    """The ``reason`` of an error reply, a ``phx_close``, a ``phx_error`` or a close frame, and of a
    refused websocket in ``/api/door``.

    A client may compare with it word for word; a sentence for people stands in ``detail``. Close
    frames with 1002, 1007 and 1009 describe the frame that was wrong instead.
    """

    __repr__ = str.__repr__  # as it stands in the log

    # Websockets
    RESTARTING = "the server is restarting"
    """Door, Join, End: the server drains, or has not begun. Then: try again by yourself."""
    FULL = "the server is full"
    """Door, End: there are as many websockets as the server takes. Then: try again later."""
    ADDRESS_FULL = "too many connections from this address"
    """Door, End: your address has as many websockets as the server takes of one. Then: try again
    later."""
    RESTING = "too much came from this address"
    """Door, End: a connection of your address was closed with 1008 just now. Then: try again after
    some seconds."""
    ORIGIN = "origin"
    """Door: the page was opened under an address that is not the server's; ``text`` names the right
    one, or the setting that the operator forgot. Then: stop."""
    TOKEN = "token"
    """Door: the token that came along is forged or expired, the cookie is good. Then: ``GET
    /api/token``, then try again."""
    COOKIE = "cookie"
    """Door: neither the token nor the cookie is good. Then: reload the page."""
    # Joins
    NO_SUCH_ROOM = "no such room"
    """Door, Join: the room was deleted, or was never there. Then: stop."""
    ROOM_IS_FULL = "room is full"
    """Door, Join: as many users are present as the room takes. Then: try again later."""
    PASSWORD_NEEDED = "password needed"
    """Door, Join: the room has a password, and you have not given it. Then: ask the visitor for it,
    and join with ``password``."""
    WRONG_PASSWORD = "wrong password"
    """Join: that is not the room's password. Then: ask again; after a few wrong ones of your
    address it is ``too fast``."""
    ROOM_IS_LOCKED = "room is locked"
    """Door, Join: only those with a role, with an invite or inside are let in. Then: wait until
    somebody unlocks it."""
    INVALID_JOIN = "invalid join"
    """Join: a field of the payload that cannot be; a colon and the fault follow. Then:
    stop."""
    TOO_MANY_TOPICS = "too many topics on one socket"
    """Join: the socket is in as many rooms as it may be. Then: try again later."""
    TOO_MANY_JOINS = "too many joins"
    """Join: more joins of your address in a second than the limit. Then: try again later."""
    DATABASE = "the database cannot be read now, try again"
    """Join: the room or your last pose could not be read. Then: try again."""
    ROOM_FAILED = "the room failed"
    """Join: the room ended by a fault while it opened. Then: try again."""
    JOINED_AGAIN = "joined again"
    """Join: another join of the same topic on this socket has taken its place. Then: nothing."""
    GONE = "the connection is gone"
    """Log: the connection had ended before its join was obeyed. Then: nothing."""
    # Pushes
    INVALID_POSE = "invalid pose"
    """Push: see ``i_moved``; ``detail`` says more. Then: repair it."""
    INVALID_PAYLOAD = "invalid payload"
    """Push: the payload is not that of the intent; ``detail`` says more. Then: repair it."""
    UNMATCHED_TOPIC = "unmatched topic"
    """Join, Push: the topic is not joined, or is no room's. Then: join a room first."""
    UNKNOWN_EVENT = "unknown event"
    """Push: rooms know no such event. Then: repair it."""
    TOO_EARLY = "too many messages before the join"
    """Push: more than the limit were sent while the join was on its way. Then: wait for its
    reply."""
    TOO_FAST = "too fast"
    """Join, Push: over the rate of the intent, of a connection's messages, or of your address's
    wrong passwords; ``retry_after`` gives the seconds. Then: try again after that."""
    INVALID_NAME = "invalid name"
    """Push: no name can be like that; ``detail`` says why. Then: ask for another."""
    INVALID_COLOR = "invalid color"
    """Push: no colour is written like that; ``detail`` says how. Then: repair it."""
    INVALID_AVATAR = "invalid avatar"
    """Push: there is no such kind of avatar; ``detail`` names them. Then: repair it."""
    NOT_ALLOWED = "not allowed"
    """Push: your role in this room lacks the capability, or does not reach the user whom you name.
    Then: stop."""
    NO_SUCH_USER = "no such user"
    """Push: the user whom you name is not there. Then: stop."""
    NO_SUCH_LINE = "no such line"
    """Push: the line of chat is not there, or no longer. Then: nothing."""
    NO_SUCH_INVITE = "no such invite"
    """Push: the invite was revoked, or has expired. Then: nothing."""
    LAST_OWNER = "last owner"
    """Push: the room would be without an owner. Then: make somebody else an owner first."""
    TOO_MANY = "too many"
    """Push: the room keeps no more of these; ``detail`` says how many. Then: remove one."""
    MUTED = "muted"
    """Push: a moderator has muted you in this room. Then: wait until they lift it."""
    # Ends of a membership or a connection
    CLOSED = "closed"
    """Join, Push: the membership was over before its join was answered, or the room is closing.
    Then: nothing."""
    KICKED = "kicked"
    """Door, Join, End: a moderator has sent you out: ``phx_close`` for each membership, then joins
    are refused for ``retry_after`` seconds; the operator closes the connection too, with 1000.
    Then: stop."""
    BANNED = "banned"
    """Door, Join, End: you are kept out of this room, or guests from your address are:
    ``phx_close`` for each membership, then joins are refused. Then: stop."""
    FORGOTTEN = "forgotten"
    """Join, End: you have had all about you deleted, on another page: ``phx_close`` for each
    membership, then the connection is closed with 1000. Then: stop."""
    CHANNEL_CRASH = "channel_crash"
    """Join, Push, End: the room failed: ``phx_error``. Then: try again, in a fresh room."""
    FAULT = "a fault of the server"
    """End: with 1011. Then: try again."""
    TOO_SLOW = "too slow"
    """End: you read too slowly, with 1013. Then: try again later."""
    SILENT = "nothing was heard for too long"
    """End: neither messages nor pongs came, with 1011. Then: try again."""
    TOO_MANY_MESSAGES = "too many messages"
    """End: more than the limits came for too long, with 1008. Then: try again, more slowly."""
    TOO_MANY_CONTROLS = "too many pings and pongs"
    """End: more than the limit in a second, with 1008. Then: try again, more slowly."""
    HEARTBEAT_TIMEOUT = "heartbeat timeout"
    """End: a client's own, with 1000: its heartbeat was not answered; that is no goodbye. Then: try
    again."""
