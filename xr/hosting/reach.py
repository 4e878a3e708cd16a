"""The findings about how people reach the server: port, certificate, proxy, public URL."""

import http.client
import json
import socket
import ssl
import time
import urllib.error
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from xr import __version__
from xr.admin import local_opener
from xr.errors import SettingsError
from xr.hosting.files import may_read, service_user
from xr.hosting.findings import Findings, fault, good, warning
from xr.serving.certificate import end_of, fault_of, load
from xr.settings import Settings, redirect_origin
from xr.store.lock import holder
from xr.store.ownership import name_of

_PATIENCE = 5.0  # seconds
_PRIVILEGED = 1024
_NO_UPGRADE = 426
_HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "eHIgY2hlY2ssIDE2IGJ5dA==",
}


def look_at_port(settings: Settings) -> Findings:
    """The server of this database answers; or, if none runs, its ports are free."""
    server = holder(settings.database)
    if server is None:
        yield from _try_port(settings, settings.port, "XR_PORT")
        yield from _try_redirect(settings)
    elif server.url is None:
        yield warning("port", f"the database is in use by {server}, which serves nothing")
    else:
        yield from _ask_server(settings, server.url, str(server))


def _try_port(settings: Settings, port: int, name: str) -> Findings:
    where = f"{settings.host}:{port}"
    user = service_user(settings)
    try:
        family = socket.getaddrinfo(settings.host, None, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((settings.host, port))
    except OSError as error:
        cure = f"ss -ltnp 'sport = :{port}' names who listens there; or set {name}"
        yield fault("port", f"cannot listen on {where}: {error.strerror or error}", cure)
        return
    if 0 < port < _PRIVILEGED and user != 0:
        cure = "the unit needs CAP_NET_BIND_SERVICE (docs/hosting.md); xr init puts it in"
        yield warning("port", f"{where} is free, and below 1024: not for {name_of(user)}", cure)
    else:
        yield good("port", f"{where} is free, and no server runs")


def _try_redirect(settings: Settings) -> Findings:
    try:
        if redirect_origin(settings) is not None:
            yield from _try_port(settings, settings.redirect_port, "XR_REDIRECT_PORT")
    except SettingsError as error:
        yield fault("port", str(error))


def _ask_server(settings: Settings, url: str, server: str) -> Findings:
    try:
        with local_opener().open(f"{url}/healthz", timeout=_PATIENCE) as response:
            health = json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            yield fault("port", f"{server} answers {error.code}", "its log says why")
        return
    except (OSError, ValueError) as error:
        yield fault("port", f"{server} does not answer: {error}", "its log says why")
        return
    port = urlsplit(url).port
    if health["status"] != "ok":
        yield fault("health", f"{server} is {health['status']}: {'; '.join(health['reasons'])}")
    elif settings.port not in (0, port):
        cure = (
            "after a change: systemctl restart xr; else let this command read the same settings "
            "as the server: --config, XR_CONFIG"
        )
        yield warning("port", f"{server}, where the setting says {settings.port}", cure)
    else:
        yield good("port", f"{server} answers")
    if health["version"] != __version__:
        text = f"the server is xr {health['version']}, and this command is {__version__}"
        yield warning("version", text, "restart the server: systemctl restart xr")
    for hint in health["hints"]:
        yield warning("hint", hint)


def look_at_certificate(settings: Settings) -> Findings:
    """The certificate can be loaded by the server, is for the public name, and lasts."""
    chain, key = settings.tls_certificate, settings.tls_key
    if chain is None or key is None:
        return
    user = service_user(settings)
    for path in (chain, key):
        if path.exists() and not may_read(path, user):
            cure = "copy both files and change their owner (docs/https.md)"
            yield fault("certificate", f"{name_of(user)} may not read {path}", cure)
            return
    try:
        context = load(chain, key)
    except SettingsError as error:
        yield fault("certificate", str(error))
        return
    host = urlsplit(settings.public_url).hostname if settings.public_url else None
    cure = "renew it; the server takes it up by itself"
    try:
        end = end_of(context, chain, host)
    except ssl.SSLCertVerificationError as error:
        yield fault("certificate", f"browsers refuse {chain}: {error.verify_message}", cure)
        return
    until = time.strftime("%Y-%m-%d", time.gmtime(end))
    doubt = fault_of(context, chain)
    if doubt is None:
        yield good("certificate", f"{chain} is valid until {until}")
    else:
        yield warning("certificate", f"{chain}, until {until}: {doubt}", cure)


def look_at_proxy(settings: Settings) -> Findings:
    """A proxy that must be there, by the other settings, is trusted."""
    https = (settings.public_url or "").startswith("https:")
    if settings.trusted_proxies:
        yield good("proxy", f"trusted: {', '.join(map(str, settings.trusted_proxies))}")
    elif https and settings.tls_certificate is None:
        cure = "set XR_TRUSTED_PROXIES=127.0.0.1, or the address from which the proxy comes"
        text = "the public URL is https, so a proxy does TLS, and it is not trusted: everybody "
        yield warning("proxy", f"{text}counts as one address", cure)


def look_at_public_url(settings: Settings) -> Findings:
    """The public URL leads to this server, websockets included."""
    if settings.public_url is None:
        if not _is_loopback(settings.host):
            cure = "set XR_PUBLIC_URL to the address that browsers show"
            yield warning("public URL", "none: only literal addresses work, no name", cure)
        return
    if holder(settings.database) is None:
        yield good("public URL", f"{settings.public_url}, not tried: no server runs")
        return
    url = urlsplit(settings.public_url)
    try:
        status, body = _get(url, "/healthz", {})
        upgraded, _ = _get(url, "/socket/websocket?vsn=2.0.0", _HANDSHAKE)
    except ssl.SSLCertVerificationError as error:
        cure = (
            "browsers warn of this certificate: let it be made for this name by an authority that "
            "they know, such as Let's Encrypt, and serve the whole chain (docs/https.md)"
        )
        yield fault("public URL", f"{settings.public_url}: {error.verify_message}", cure)
    except socket.gaierror as error:
        cure = "let the name point to this machine (an A or AAAA record), or wait until it does"
        yield fault("public URL", f"there is no address of {url.hostname}: {error.strerror}", cure)
    except (OSError, http.client.HTTPException) as error:
        cure = (
            "does the proxy run, and does the firewall let it through? Some routers do not lead "
            "back from inside: then try it from a phone"
        )
        yield warning("public URL", f"{settings.public_url} does not answer: {error}", cure)
    else:
        yield _judge(settings.public_url, status, body, upgraded)


def _judge(url: str, status: int, body: Any, upgraded: int) -> Any:
    if not isinstance(body, dict) or "status" not in body:
        cure = "let the proxy pass this name on to the server's port"
        return fault("public URL", f"{url} is answered by something else, with {status}", cure)
    if upgraded == _NO_UPGRADE:
        cure = "let the proxy pass on Upgrade and Connection (docs/https.md)"
        return fault("public URL", f"{url} answers, but lets no websockets through", cure)
    return good("public URL", f"{url} answers, websockets too")


def _get(url: SplitResult, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    """Status and JSON of an answer; None for what is no JSON."""
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.netloc, timeout=_PATIENCE)
    try:
        connection.request("GET", url.path + path, headers=headers)
        with connection.getresponse() as response:
            text = response.read(64 * 1024)
    finally:
        connection.close()
    try:
        return response.status, json.loads(text)
    except ValueError:
        return response.status, None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
