"""The certificate and key of the server's own TLS: loaded, watched, and renewed while it runs.

A renewed pair is for new handshakes; connections that are open keep theirs. A pair that cannot be
used leaves the one before in its place.
"""

import logging
import ssl
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

import trio

from xr.errors import SettingsError

log = logging.getLogger(__name__)

LOOK_EVERY = 60.0
DAY = 86_400.0
SOON = 14 * DAY
"""Seconds before its end in which a certificate should have been renewed: by then certbot has tried
for half a month."""
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""The ciphers of TLS 1.2; those of TLS 1.3 are all good."""
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_END = "-----END CERTIFICATE-----"


class Certificate:
    """The pair in use. Raises ``SettingsError``, with what to do, if it cannot be loaded."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain, self._key = chain, key
        self._seen = self._stamps()
        self.context = load(chain, key)

    def reload(self) -> None:
        """Use what the files hold now, for new handshakes. Failures are logged."""
        self._seen = self._stamps()
        try:
            context = load(self._chain, self._key)
        except SettingsError as error:
            log.warning(
                "certificate.kept error=%r: until then the one before is served", str(error)
            )
            return
        self.context = context
        log.info("certificate.loaded file=%s", self._chain)
        self.warn()

    def warn(self) -> None:
        """Log a warning if the certificate is not valid, or expires soon."""
        fault = fault_of(self.context, self._chain)
        if fault is not None:
            log.warning(
                "certificate.doubtful file=%s: %s; renew it, and the server takes it up by itself",
                self._chain,
                fault,
            )

    async def watch(self) -> None:
        """Check the files once a minute, and the expiry at once and daily."""
        while True:
            self.warn()
            for _ in range(round(DAY / LOOK_EVERY)):
                await trio.sleep(LOOK_EVERY)
                if self._stamps() != self._seen:
                    self.reload()

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        """Stamps that change when a file is written or replaced; None where there is none."""
        return [_stamp(path) for path in (self._chain, self._key)]


def load(chain: Path, key: Path) -> ssl.SSLContext:
    """Make a context for the server's side: TLS 1.2 and 1.3, HTTP/1.1, no renegotiation."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    _check_files(chain, key)
    try:
        context.load_cert_chain(chain, key, password=partial(_refuse_passphrase, key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise SettingsError(
                f"the key in {key} does not belong to the first certificate in {chain}: "
                "XR_TLS_CERTIFICATE and XR_TLS_KEY must be of one pair"
            ) from error
        raise SettingsError(f"cannot serve TLS with {chain} and {key}: {error}") from error
    return context


def fault_of(context: ssl.SSLContext, chain: Path, now: float | None = None) -> str | None:
    """Say why browsers refuse the certificate now (Unix time) or soon; None if they do not."""
    try:
        until = end_of(context, chain)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == _EXPIRED:
            return "it has expired, and browsers refuse it"
        return f"browsers may refuse it: {error.verify_message}"
    except (OSError, ValueError) as error:  # the file was changed or taken away meanwhile
        return f"it cannot be checked: {error}"
    left = until - (time.time() if now is None else now)
    return f"it expires in {left / DAY:.0f} days" if left < SOON else None


def end_of(context: ssl.SSLContext, chain: Path, host: str | None = None) -> float:
    """The end of the certificate in Unix time, if it is valid now (and for ``host``, if given).

    A client in memory shakes hands to find out: the ``ssl`` module reads no date otherwise.

    Raises:
        ssl.SSLCertVerificationError: it is not valid.
        OSError, ValueError: the file cannot be read, or holds no certificate.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = host is not None
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    text = chain.read_text()
    client.load_verify_locations(cadata=text[: text.index(_END) + len(_END)])
    return _shake_hands(context, client, host)


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str | None) -> float:
    """The end of the server's certificate, in Unix time, as a client sees it."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(down, up, server_hostname=host)
    answering = server.wrap_bio(up, down, server_side=True)
    for side in (asking, answering, asking):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    seen = asking.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(seen["notAfter"])))


def _check_files(chain: Path, key: Path) -> None:
    """Check that both can be read, and hold the kind of data that their setting needs."""
    for path, name, mark in (
        (chain, "XR_TLS_CERTIFICATE", "-----BEGIN CERTIFICATE-----"),
        (key, "XR_TLS_KEY", "PRIVATE KEY-----"),
    ):
        try:
            text = path.read_text(encoding="latin1")
        except OSError as error:
            raise SettingsError(f"cannot read {name} {path}: {error.strerror}") from error
        if mark not in text:
            what = "certificate" if path is chain else "private key"
            raise SettingsError(
                f"{path} holds no {what} in PEM form: set {name} to the file that has it"
            )


def _refuse_passphrase(key: Path) -> NoReturn:
    raise SettingsError(
        f"the key in {key} has a passphrase, and nobody is there to type it: "
        f"write it without one (openssl pkey -in {key} -out NEW, mode 0600) and set XR_TLS_KEY"
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
