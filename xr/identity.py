"""The identity of a visitor: random user ids, and what is signed: cookies, tokens and invites.

Everything is signed with one secret under a salt of its own, so that a token is no cookie. The
cookie bears no time: how long it is kept is the browser's affair. The token does.
"""

import secrets
import time
from collections.abc import Callable

from itsdangerous import BadSignature, Signer, TimestampSigner

COOKIE = "xr_user"
ENTRY_COOKIE = "xr_entry"
COOKIE_SECONDS = 400 * 86400
"""The longest that browsers keep a cookie."""

TOKEN_SECONDS = 86400
ADMIN_SECONDS = 60
OPERATOR_COOKIE = "xr_operator"
OPERATOR_SECONDS = 12 * 3600
"""For so long a browser that was let in by ticket or password shows the operator's page."""

ADMIN_SALT = "xr.admin"

# Easy to read out and to type; never begins with a hyphen, which a command line takes for a flag.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 16  # of 32 characters: 80 random bits


class _ClockSigner(TimestampSigner):
    """A signer whose time comes from outside."""

    def __init__(self, secret: str, salt: str, clock: Callable[[], float]) -> None:
        super().__init__(secret, salt=salt)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())

    def read(self, value: str, seconds: int) -> str | None:
        """The signed value; None if the signature is wrong or not within ``seconds`` of now.

        On either side of now: a wall clock that was set back must not turn everybody away.
        """
        try:
            signed, when = self.unsign(_bytes(value), return_timestamp=True)
        except BadSignature:
            return None
        return signed.decode() if abs(self._clock() - when.timestamp()) <= seconds else None


class Identity:
    """Issues user ids and checks what comes back. Holds no state but the secret.

    ``password`` is the server's, or a hash of it. A token then shows that its bearer was told it:
    those of before, or of another password, are worth nothing. ``admin_password`` is likewise that
    of the operator's page.
    """

    def __init__(
        self,
        secret: str,
        clock: Callable[[], float] = time.time,
        password: str | None = None,
        admin_password: str | None = None,
    ) -> None:
        self._cookies = Signer(secret, salt="xr.cookie")
        mark = "" if password is None else _mark(secret, password)
        self._tokens = _ClockSigner(secret, f"xr.token{mark}", clock)
        self._entries = Signer(secret, salt=f"xr.entry{mark}")
        self._addresses = Signer(secret, salt="xr.address")
        self._admin = _ClockSigner(secret, ADMIN_SALT, clock)
        own = "" if admin_password is None else _mark(secret, admin_password)
        self._operators = _ClockSigner(secret, f"xr.operator{own}", clock)
        self._secret = secret

    def new_user(self) -> str:
        """A user id that nobody has: 16 lower-case letters and digits."""
        return "".join(_ALPHABET[byte % 32] for byte in secrets.token_bytes(_LENGTH))

    def sign_cookie(self, user_id: str) -> str:
        """The value of the cookie that makes a browser this user."""
        return self._cookies.sign(user_id).decode()

    def read_cookie(self, value: str | None) -> str | None:
        """The user whom the cookie names, or None if it is missing or forged."""
        try:
            return self._cookies.unsign(_bytes(value or "")).decode()
        except BadSignature:
            return None

    def sign_token(self, user_id: str) -> str:
        """A token for a websocket, good for 24 h; made of ``A-Za-z0-9_.-`` only."""
        return self._tokens.sign(user_id).decode()

    def read_token(self, value: str | None) -> str | None:
        """The user whom the token names, or None if it is missing, forged or expired."""
        return self._tokens.read(value or "", TOKEN_SECONDS)

    def sign_entry(self) -> str:
        """The value of the cookie that shows that its browser was told the password."""
        return self._entries.sign("in").decode()

    def is_entry(self, value: str | None) -> bool:
        """Whether this was signed when the server had the password that it has now."""
        return self._entries.validate(_bytes(value or ""))

    def sign_admin(self) -> str:
        """A proof of the command line for the server on the same machine; good for a minute."""
        return self._admin.sign("admin").decode()

    def sign_operator(self) -> str:
        """The value of the cookie of a browser that was let into the operator's page."""
        return self._operators.sign("operator").decode()

    def is_operator(self, value: str | None) -> bool:
        """Whether this was signed within the last twelve hours."""
        return self._operators.read(value or "", OPERATOR_SECONDS) is not None

    def mark_address(self, address: str) -> str:
        """A keyed hash of an address: the same for the same one, and nothing that can be undone."""
        return self._addresses.get_signature(address).decode()

    def sign_invite(self, room_id: str, invite_id: str) -> str:
        """The text of a room's invite in a link; made of ``A-Za-z0-9_.-`` only."""
        return self._invites(room_id).sign(invite_id).decode()

    def read_invite(self, room_id: str, text: str) -> str | None:
        """The id of the invite that the text stands for, or None if it is not one of this room."""
        try:
            return self._invites(room_id).unsign(_bytes(text)).decode()
        except BadSignature:
            return None

    def _invites(self, room_id: str) -> Signer:
        """A signer with the room in its salt: no other room's invite is good here."""
        return Signer(self._secret, salt=f"xr.invite.{room_id}")

    def is_admin(self, value: str) -> bool:
        """Whether somebody who knows the secret signed this within the last minute."""
        return self._admin.read(value, ADMIN_SECONDS) is not None


def cookie_header(
    name: str, value: str, secure: bool, path: str = "/", *, framed: bool = False
) -> str:
    """A ``Set-Cookie`` header; ``secure`` when the browser came by https.

    ``framed`` lets the browser send it in a frame of another site too, and keep it apart for each.
    """
    flags = f"HttpOnly; Path={path}; SameSite={'None' if framed else 'Lax'}"
    flags += "; Secure" if secure else ""
    flags += "; Partitioned" if framed else ""
    return f"{name}={value}; Max-Age={COOKIE_SECONDS}; {flags}"


def _mark(secret: str, password: str) -> str:
    return f".{Signer(secret, salt='xr.password').get_signature(_bytes(password)).decode()}"


def _bytes(value: str) -> bytes:
    return value.encode(errors="replace")  # half a surrogate pair is no signature of ours
