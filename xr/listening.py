"""The settings of how the server is reached: address, ports and TLS."""

from dataclasses import dataclass
from pathlib import Path

from xr import setting_values as read
from xr.errors import SettingsError


@dataclass(frozen=True)
class Listening:
    """A part of ``Settings``, whose rules for docstrings hold for it too."""

    host: str = read.setting("127.0.0.1", read.not_empty, "address to listen on")
    """address to listen on; `0.0.0.0` or `::` for the world"""
    port: int = read.setting(8000, read.whole(0, 65535), "port to listen on; 0 takes a free one")
    """port; 0 takes a free one, which the first line of output names"""
    tls_certificate: Path | None = read.setting(
        None, read.path_or_none, "PEM file of a certificate chain, to serve https without a proxy"
    )
    """PEM file of a certificate chain, to serve https without a proxy. Renewed files are taken up
    while it runs: see [https.md](https.md)"""
    tls_key: Path | None = read.setting(
        None, read.path_or_none, "PEM file of the certificate's key"
    )
    """PEM file of the certificate's key, without a passphrase"""
    redirect_port: int = read.setting(
        0, read.whole(0, 65535), "port that leads http to the https public URL; 0: none"
    )
    """port of `xr serve` that leads those who come by http to the https `XR_PUBLIC_URL`, mostly 80;
    0: none. It needs a certificate: see [https.md](https.md#nothing-but-https)"""
    hsts_days: int = read.setting(
        0, read.whole(0, 3650), "days of Strict-Transport-Security; 0: none"
    )
    """days for which a browser that came by https takes nothing else from this name
    (`Strict-Transport-Security`); 0 does not ask for it. It cannot be taken back before"""

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise SettingsError("tls_certificate and tls_key go together: set both or none")
