"""The answers that ``xr init`` needs, and the file of settings that it writes of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Https(StrEnum):
    """The program that does HTTPS."""

    CADDY = "caddy"
    """Caddy on the same machine, which gets certificates by itself."""
    OWN = "own"
    """The server itself, with the files of a certificate."""
    NONE = "none"
    """Nobody: then headsets and microphones work on this machine only."""


PORTS = {Https.CADDY: 8000, Https.OWN: 443, Https.NONE: 8000}


@dataclass(frozen=True)
class Answers:
    """``domain`` is empty where people use the address of the machine; ``password`` is a hash."""

    domain: str
    https: Https
    makers: str
    database: Path
    password: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    redirect_port: int = 0

    @property
    def public_url(self) -> str | None:
        """The address that browsers show, or None without a domain."""
        if not self.domain:
            return None
        if self.https is Https.NONE:
            return f"http://{self.domain}:{PORTS[self.https]}"
        return f"https://{self.domain}"


_HEAD = """\
# The settings of the server, written by "xr init". docs/settings.md has all of them; "xr settings"
# shows what is in force, and "xr check" whether all is well. After a change: systemctl restart xr
"""


def config_text(answers: Answers) -> str:
    """The file, with a comment for each setting."""
    blocks = [_block(comment, values) for comment, values in _parts(answers)]
    return "\n".join([_HEAD, *blocks])


def _parts(answers: Answers) -> Iterator[tuple[str, dict[str, object]]]:
    yield (
        "The SQLite file with all that is kept; its key lies beside it.",
        {"database": answers.database},
    )
    if answers.public_url is not None:
        yield "The address that browsers show.", {"public_url": answers.public_url}
    port = PORTS[answers.https]
    if answers.https is Https.CADDY:
        yield (
            "Caddy on this machine does HTTPS, and is believed when it says for whom it asks.",
            {"host": "127.0.0.1", "port": port, "trusted_proxies": ["127.0.0.1"]},
        )
    elif answers.https is Https.OWN:
        yield (
            "The server does HTTPS itself; renewed files are taken up while it runs.",
            {
                "host": "0.0.0.0",
                "port": port,
                "tls_certificate": answers.certificate,
                "tls_key": answers.key,
            },
        )
        yield (
            "The port that leads http to https; 0: none.",
            {"redirect_port": answers.redirect_port},
        )
    else:
        yield (
            "No HTTPS: browsers give headsets and microphones to pages of this machine only.",
            {"host": "0.0.0.0", "port": port},
        )
    yield "People who may make rooms: anyone, members or operator.", {"makers": answers.makers}
    if answers.password is None:
        yield 'No password is asked for. To set one, run "xr init --replace" again.', {}
    else:
        yield "The hash of the password that is asked for.", {"password": answers.password}


def _block(comment: str, values: dict[str, object]) -> str:
    lines = [f"# {comment}", *(f"{name} = {_toml(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML; its text and lists are those of JSON."""
    return json.dumps(str(value) if isinstance(value, Path) else value)
