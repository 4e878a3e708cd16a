"""The questions of ``xr init``: a flag answers one, a terminal is asked, else it is the default."""

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

import click

from xr.errors import RequestRefused
from xr.hosting.answers import Answers, Https
from xr.hosting.install import DATABASE
from xr.passwords import LONGEST, SHORTEST, hash_password
from xr.setting_values import public_url

WAYS = tuple(way.value for way in Https)
MAKERS = ("anyone", "members", "operator")
PORT = click.IntRange(0, 65535)
_HTTP = 80


def ask(given: dict[str, Any], systemd: bool) -> Answers:
    """The answers; ``given`` are those that flags gave, by name, else None.

    Raises:
        RequestRefused: they do not fit together.
    """
    domain = _text(given["domain"], "Domain, such as rooms.example.org (empty: none)", "")
    _check_domain(domain)
    default = Https.CADDY if domain else Https.NONE
    https = Https(_choice(given["https"], "HTTPS is done by", WAYS, default))
    if https is not Https.NONE and not domain:
        raise RequestRefused("a certificate is for a name: give --domain, or --https none")
    certificate = key = None
    redirect_port = 0
    if https is Https.OWN:
        certificate = _file(given["certificate"], "Certificate chain (PEM)", "--certificate")
        key = _file(given["key"], "Its key (PEM)", "--key")
        redirect_port = _port(given["redirect_port"], "Port that leads http to https (0: none)")
    return Answers(
        domain=domain,
        https=https,
        makers=_choice(given["makers"], "Rooms are made by", MAKERS, "anyone"),
        database=DATABASE if systemd else Path("xr.db").resolve(),
        password=_password(given["password"]),
        certificate=certificate,
        key=key,
        redirect_port=redirect_port,
    )


def _check_domain(domain: str) -> None:
    try:
        public_url(f"https://{domain}" if domain else None)
    except ValueError as error:
        raise RequestRefused(f"{domain} is no domain: it must be like rooms.example.org") from error


def _password(given: str | None) -> str | None:
    """The hash of the password, if there shall be one: "-" reads it, "" is none."""
    if given == "-" and not sys.stdin.isatty():
        typed = sys.stdin.readline().rstrip("\n")
    elif given == "-" or (given is None and sys.stdin.isatty()):
        typed = getpass("Password of the server (empty: none): ")
    else:
        typed = ""
    if not typed and given != "-":
        return None
    if not SHORTEST <= len(typed) <= LONGEST:
        raise RequestRefused(f"the password must have {SHORTEST} to {LONGEST} characters")
    return hash_password(typed)


def _text(given: str | None, question: str, default: str) -> str:
    if given is None and sys.stdin.isatty():
        given = click.prompt(question, default=default, show_default=False)
    return (default if given is None else given).strip().lower()


def _choice(given: str | None, question: str, choices: tuple[str, ...], default: str) -> str:
    if given is None and sys.stdin.isatty():
        given = click.prompt(question, default=default, type=click.Choice(choices))
    return str(default if given is None else given)


def _port(given: int | None, question: str) -> int:
    if given is None and sys.stdin.isatty():
        given = click.prompt(question, default=_HTTP, type=PORT)
    return _HTTP if given is None else given


def _file(given: Path | None, question: str, flag: str) -> Path:
    if given is None and sys.stdin.isatty():
        given = Path(click.prompt(question))
    if given is None:
        raise RequestRefused(f"the server's own HTTPS needs {flag} FILE")
    return given.resolve()
