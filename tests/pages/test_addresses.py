from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, cast

import pytest
from hypercorn.typing import WWWScope
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.routing import Map

from xr.pages.addresses import Caller, caller_of, is_host, plain_origin
from xr.rates import UNKNOWN, counted, parse_address
from xr.settings import Settings

PROXY = "10.0.0.1"
TRUSTING = Settings(trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


def ask(
    settings: Settings = TRUSTING,
    peer: str | None = PROXY,
    scheme: str = "http",
    server: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: str,
) -> Caller:
    given: dict[str, Any] = {
        "type": "http",
        "scheme": scheme,
        "client": peer and (peer, 1234),
        "server": server and (server, 8000),
        "headers": [
            (name.replace("_", "-").encode(), value.encode("latin1"))
            for name, value in {**(headers or {}), **more}.items()
        ],
    }
    return caller_of(cast(WWWScope, given), settings)


def test_without_trusted_proxies_the_headers_are_hearsay() -> None:
    caller = ask(
        Settings(),
        host="Rooms.example:8000",
        x_forwarded_for="203.0.113.9",
        x_forwarded_proto="https",
        x_forwarded_host="evil.example",
    )
    assert caller == Caller(PROXY, "http", "rooms.example:8000", local=False)


def test_a_trusted_proxy_is_believed() -> None:
    caller = ask(
        host="127.0.0.1:8000",
        x_forwarded_for="203.0.113.9",
        x_forwarded_proto="https",
        x_forwarded_host="Rooms.example",
    )
    assert caller == Caller("203.0.113.9", "https", "rooms.example", local=False)
    assert caller.origin == "https://rooms.example"


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the left one is the client's own claim
        ("203.0.113.9, 10.9.9.9", "203.0.113.9"),  # two of our proxies in a row
        ("garbage, 203.0.113.9,10.9.9.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),  # all are ours: a client inside
        ("203.0.113.9, garbage", PROXY),
        ("203.0.113.9,", PROXY),
        ("", PROXY),
        ("unknown", PROXY),
    ],
)
def test_the_right_most_address_that_is_not_ours_counts(header: str, address: str) -> None:
    assert ask(x_forwarded_for=header).address == address


def test_headers_given_twice_are_one_list() -> None:
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (PROXY, 1),
        "headers": [(b"X-Forwarded-For", b"203.0.113.9"), (b"x-forwarded-for", b"10.3.3.3")],
    }
    assert caller_of(cast(WWWScope, scope), TRUSTING).address == "203.0.113.9"


@pytest.mark.parametrize("peer", [None, "<local>", "/run/xr.sock"])
def test_a_peer_without_an_address_is_unknown_and_not_local(peer: str | None) -> None:
    caller = ask(peer=peer, x_forwarded_for="203.0.113.9")
    assert (caller.address, caller.local) == (UNKNOWN, False)


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("WSS", "https"), ("ws", "http"), ("http, https", "https"), ("x", "http")],
)
def test_the_scheme_is_what_the_nearest_proxy_says(proto: str, scheme: str) -> None:
    assert ask(x_forwarded_proto=proto).scheme == scheme


def test_a_websocket_has_the_scheme_of_its_page() -> None:
    assert ask(scheme="wss", host="a.example").origin == "https://a.example"
    assert ask(scheme="ws", host="a.example:80").origin == "http://a.example"


def test_a_forwarded_host_that_is_none_is_ignored() -> None:
    assert ask(host="a.example", x_forwarded_host="b.example; x").host == "a.example"


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_local_unless_a_proxy_speaks(peer: str) -> None:
    assert ask(peer=peer).local
    for name in ("x_forwarded_for", "forwarded", "via", "x_real_ip"):
        assert not ask(peer=peer, headers={name: "127.0.0.1"}).local


def test_a_peer_with_the_servers_own_address_is_local() -> None:
    assert ask(peer="192.168.1.5", server="192.168.1.5").local
    assert not ask(peer="192.168.1.6", server="192.168.1.5").local


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_all_of_one_64_count_as_one(address: IPv6Address) -> None:
    neighbour = IPv6Address(int(address) ^ 1)
    stranger = IPv6Address(int(address) ^ 1 << 64)
    assert counted(address) == counted(neighbour) != counted(stranger)
    assert address in ip_network(counted(address))


@given(st.ip_addresses(), st.integers(0, 65535))
def test_an_address_is_read_with_and_without_its_port(address: Any, port: int) -> None:
    expected = getattr(address, "ipv4_mapped", None) or address
    shown = f"[{address}]" if address.version == 6 else f"{address}"
    assert parse_address(str(address)) == expected
    assert parse_address(f" {shown}:{port} ") == expected


@given(st.text(alphabet=st.characters(codec="latin1")))
def test_any_header_gives_an_address(header: str) -> None:
    address = ask(x_forwarded_for=header).address
    assert str(ip_network(address)).startswith(address)  # raises if it is none


@given(st.text(max_size=300) | st.from_regex(r"[a-zA-Z0-9_.:\[\]-]{1,80}", fullmatch=True))
@example("a..b")
@example("a" * 64)
@example(f"{'a' * 63}." * 4)
@example("[::1]:80")
@example("xn--a")
@example("host:123456")
def test_a_host_that_passes_can_be_routed(host: str) -> None:
    if is_host(host):
        Map().bind(host)
        assert plain_origin(f"http://{host}").isascii()


@pytest.mark.parametrize(
    "host",
    ["a", "rooms.example", "rooms.example.", "my_service:8000", "192.0.2.1:80", "[::1]", "[::1]:9"],
)
def test_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "a b",
        "a;b",
        "a/b",
        "a@b",
        "-a",
        "a..b",
        ".a",
        "[",
        "[::1",
        "[x]",
        "a:",
        "a:x",
        "ä",
        "a\n",
    ],
)
def test_no_hosts(host: str) -> None:
    assert not is_host(host)


@given(st.sampled_from(["http", "https"]), st.integers(0, 65535))
def test_only_the_schemes_own_port_is_left_out(scheme: str, port: int) -> None:
    plain = plain_origin(f"{scheme.upper()}://A.example:{port}")
    implied = {"http": 80, "https": 443}[scheme]
    assert plain == f"{scheme}://a.example" + ("" if port == implied else f":{port}")


def test_an_ipv4_address_counts_as_itself() -> None:
    assert counted(ip_address("192.0.2.7")) == "192.0.2.7"
    assert counted(None) == UNKNOWN
