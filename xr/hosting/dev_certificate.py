"""``xr serve --dev-cert``: a certificate of this machine's own, for a headset in the same network.

It is made by the program ``openssl`` and kept beside the database, in one file with its key. Served
and reloaded it is as any other: ``xr.serving.certificate``.
"""

import fcntl
import io
import logging
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from xr.errors import SettingsError
from xr.serving.certificate import DAY, end_of, load
from xr.settings import Settings
from xr.store.faults import explained
from xr.store.ownership import give_to_folder

log = logging.getLogger(__name__)

DAYS = 365
NEAR_END = 30 * DAY
"""Seconds before its end from which a start of the server makes another certificate."""
_EVERYWHERE = ("0.0.0.0", "::")  # the second takes IPv4 too
_SIOCGIFADDR = 0x8915  # netdevice(7): the IPv4 address of an interface
_ELSEWHERE = ("198.51.100.1", 9)  # RFC 5737: it is nobody's, and nothing is sent to it
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.I)
_BEGIN = "-----BEGIN CERTIFICATE-----"
_REQUEST = """\
[req]
distinguished_name = subject
prompt = no
x509_extensions = extensions
[subject]
CN = xr
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""
_COMMAND = (
    *("openssl", "req", "-x509", "-config", "/dev/stdin", "-newkey", "ec"),
    *("-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(DAYS)),
    *("-keyout", "/dev/stdout"),
)
_WARNING = """\
The headset must be in the same network. Its browser does not know this certificate and shows a
warning: choose "Advanced", then "Proceed" or "Continue". The room then has the VR button."""
_WHITE_ON_BLACK, _AS_BEFORE = "\x1b[97;40m", "\x1b[0m"


def prepare(settings: Settings, chosen: Container[str]) -> Settings:
    """The settings with a certificate for this machine, which is made if there is no good one.

    ``chosen`` are the names of the settings that somebody set. Without ``host`` among them the
    server listens on all IPv4 addresses.

    Raises:
        SettingsError: there is a certificate already, a public URL without TLS, or no ``openssl``.
        StoreError: the file cannot be written.
    """
    if settings.tls_certificate is not None:
        raise SettingsError(
            f"there is a certificate already, {settings.tls_certificate}: leave out --dev-cert, or "
            "XR_TLS_CERTIFICATE and XR_TLS_KEY"
        )
    if (settings.public_url or "").startswith("http:"):
        raise SettingsError(
            f"--dev-cert serves https, and the public URL is {settings.public_url}: leave out one "
            "of them (XR_PUBLIC_URL= is none)"
        )
    host = settings.host if "host" in chosen else _EVERYWHERE[0]
    file = dev_certificate_file(settings.database)
    names = _names(host, settings.public_url)
    if not is_good(file, names):
        make(file, names)
    return replace(settings, host=host, tls_certificate=file, tls_key=file)


def invitation(settings: Settings, urls: Sequence[str]) -> str:
    """The addresses for the headset, and how to go on there; in a terminal with a QR code.

    ``urls`` are those that the server listens on.
    """
    shown = _addresses(settings, urls)
    lines = [f"xr serves {url}" for url in shown]
    if sys.stdout.isatty() and "utf" in sys.stdout.encoding.lower():
        lines.append(qr_code(shown[0]))
    return "\n".join([*lines, _WARNING])


def qr_code(text: str) -> str:
    """The text as a QR code of half blocks, light on dark in every terminal."""
    import segno  # most servers draw none

    drawn = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(drawn, compact=True)
    rows = drawn.getvalue().splitlines()
    return "\n".join(f"{_WHITE_ON_BLACK}{row}{_AS_BEFORE}" for row in rows)


def dev_certificate_file(database: Path) -> Path:
    """The file of the certificate and its key beside a database."""
    return Path(f"{database.resolve()}.dev-cert")


def is_good(file: Path, names: Sequence[str], now: float | None = None) -> bool:
    """Whether the certificate is for all names, lasts, and only its owner can read the key."""
    after = (time.time() if now is None else now) + NEAR_END
    try:
        context = load(file, file)
        private = not file.stat().st_mode & 0o077
        return private and all(end_of(context, file, name) > after for name in names)
    except (SettingsError, OSError, ValueError):  # there is none, or not for one of the names
        return False


def make(file: Path, names: Sequence[str]) -> None:
    """Make a certificate for these names and addresses, whole from the first moment.

    Raises:
        SettingsError: there is no ``openssl``, or it failed.
        StoreError: the file cannot be written.
    """
    pem = _sign(names)
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    with explained(file):
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as written:
                written.write(pem)
            give_to_folder(aside)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    log.info("certificate.made file=%s names=%s", file, ",".join(names))


def machine_addresses() -> list[str]:
    """The machine's IPv4 addresses that others may reach; first that of the way to the world."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # this interface has no address
                request = struct.pack("256s", os.fsencode(name))
                answer = fcntl.ioctl(probe, _SIOCGIFADDR, request)
                found.append(socket.inet_ntoa(answer[20:24]))
        with suppress(OSError):  # there is no such way
            probe.connect(_ELSEWHERE)
            found.insert(0, probe.getsockname()[0])
    return [address for address in dict.fromkeys(found) if not ip_address(address).is_loopback]


def _names(host: str, public_url: str | None) -> list[str]:
    """The names and addresses that the certificate is for."""
    public = urlsplit(public_url).hostname if public_url else None
    names = ["localhost", "127.0.0.1", "::1", *machine_addresses()]
    for name in (socket.gethostname(), host, public):
        if name and name not in _EVERYWHERE and (_is_address(name) or _NAME.fullmatch(name)):
            names.append(name.lower())
    return list(dict.fromkeys(names))


def _addresses(settings: Settings, urls: Sequence[str]) -> list[str]:
    """The addresses that a headset can open: without a public URL, literal ones alone."""
    if settings.public_url is not None:
        return [settings.public_url]
    if settings.host not in _EVERYWHERE:
        return list(urls)
    port = urlsplit(urls[0]).port
    return [f"https://{name}:{port}" for name in [*machine_addresses(), "localhost"]]


def _sign(names: Sequence[str]) -> str:
    """A new key and its certificate as PEM, the certificate first."""
    if shutil.which("openssl") is None:
        raise SettingsError(
            "--dev-cert needs the program openssl: install it (apt install openssl), or make a "
            "certificate elsewhere and set XR_TLS_CERTIFICATE and XR_TLS_KEY"
        )
    kinds = [f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names]
    request = _REQUEST.format(names=",".join(kinds))
    done = subprocess.run(_COMMAND, input=request, capture_output=True, text=True, check=False)
    key, mark, chain = done.stdout.partition(_BEGIN)
    if done.returncode or not mark:
        raise SettingsError(f"openssl made no certificate: {done.stderr.strip()}")
    return mark + chain + key


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
