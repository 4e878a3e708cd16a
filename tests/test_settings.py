import dataclasses
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from xr.errors import SettingsError
from xr.setting_sources import load_settings, load_with_origins, shown, unknown_names
from xr.settings import Settings

NAMES = [item.name for item in dataclasses.fields(Settings)]
SECRET = "correct horse battery"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "xr.toml"
    path.write_text('host = "from.toml"\nport = 1111\ntick = 0.1\nmax_clients = 7\n')
    return path


def test_defaults_are_those_that_other_programs_rely_on() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database == Path("xr.db")
    assert (settings.tick, settings.flush_interval) == (0.05, 5)
    assert (settings.grace, settings.room_idle) == (5, 30)
    assert (settings.max_clients, settings.max_per_room, settings.max_per_address) == (500, 100, 32)
    assert (settings.message_rate, settings.join_rate) == (60, 20)
    assert (settings.page_rate, settings.room_rate) == (20, 30)
    assert settings.max_rooms == 1000
    assert (settings.public_url, settings.secret_key, settings.trusted_proxies) == (None, None, ())


def test_the_strongest_comes_last(config: Path) -> None:
    environment = {"XR_PORT": "2222", "XR_TICK": "0.2"}
    flags = {"tick": 0.3, "host": None}
    settings = load_settings(environment, flags, config)
    assert settings.max_clients == 7  # TOML over the default
    assert settings.port == 2222  # the environment over TOML
    assert settings.tick == 0.3  # flags over the environment
    assert settings.host == "from.toml"  # a flag that was not given is none
    assert settings.grace == 5.0  # nobody said anything


def test_the_environment_may_name_the_file_and_a_flag_names_another(
    config: Path, tmp_path: Path
) -> None:
    assert load_settings({"XR_CONFIG": str(config)}).port == 1111
    other = tmp_path / "other.toml"
    other.write_text("port = 3333")
    assert load_settings({"XR_CONFIG": str(config)}, config=other).port == 3333
    assert load_settings({"XR_CONFIG": ""}).port == 8000


def test_names_that_look_like_settings_and_are_none_are_named() -> None:
    environment = {"XR_PROT": "1", "XR_PORT": "2", "XR_CONFIG": "", "PORT": "3", "XR_": "4"}
    assert unknown_names(environment) == ["XR_", "XR_PROT"]


@pytest.mark.parametrize("name", ["host", "database"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_address_and_a_file_are_not_empty(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} = .*must not be empty"):
        load_settings({f"XR_{name.upper()}": value})


def test_other_variables_are_left_alone() -> None:
    assert (
        load_settings({"PORT": "1", "XR_PORT_8000_TCP": "tcp://10.0.0.7:8000", "xr_port": "3"})
        == Settings()
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_can_be_set_from_the_environment(name: str, tmp_path: Path) -> None:
    given = {
        "host": "0.0.0.0",
        "database": str(tmp_path / "other.db"),
        "public_url": "https://rooms.example.org",
        "secret_key": SECRET,
        "admin_password": "open sesame",
        "metrics_token": SECRET,
        "tls_certificate": "chain.pem",
        "tls_key": "key.pem",
        "synchronous": "full",
        "log": "json",
        "voice": "off",
        "log_visits": "on",
        "makers": "members",
        "origins": "http://192.168.1.20:8000",
        "frame_ancestors": "https://example.org",
        "password": "open sesame",
        "trusted_proxies": "10.0.0.0/8",
    }.get(name, "1")
    environment = {f"XR_{name.upper()}": given}
    if name.startswith("tls"):
        environment |= {"XR_TLS_CERTIFICATE": "chain.pem", "XR_TLS_KEY": "key.pem"}
    assert getattr(load_settings(environment), name) != getattr(Settings(), name)


BOUNDS: dict[str, tuple[float, float]] = {
    "port": (0, 65535),
    "tick": (0.001, 1),
    "flush_interval": (0.05, 3600),
    "grace": (0, 3600),
    "room_idle": (0, 86400),
    "redirect_port": (0, 65535),
    "hsts_days": (0, 3650),
    "pose_age": (0, 36500),
    "audit_days": (0, 36500),
    "chat_hours": (0, 8760),
    "max_clients": (0, 100_000),
    "max_per_room": (0, 65535),
    "max_per_address": (0, 100_000),
    "max_rooms": (0, 1_000_000),
    "message_rate": (0, 100_000),
    "join_rate": (0, 100_000),
    "page_rate": (0, 100_000),
    "room_rate": (0, 100_000),
}


def test_every_number_has_bounds_that_are_tested() -> None:
    numbers = {name for name in NAMES if isinstance(getattr(Settings(), name), int | float)}
    assert numbers == set(BOUNDS)


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_a_number_is_taken_within_its_bounds_only(name: str, bounds: tuple[float, float]) -> None:
    whole = isinstance(getattr(Settings(), name), int)
    lowest, highest = bounds
    for value in bounds:
        settings = load_settings({f"XR_{name.upper()}": str(value)})
        assert getattr(settings, name) == value
        assert type(getattr(settings, name)) is (int if whole else float)
    step = 1 if whole else 0.0001
    for value in (lowest - step, highest + step):
        with pytest.raises(SettingsError, match=f"the environment: {name} = .*must be from"):
            load_settings({f"XR_{name.upper()}": str(value)})


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("value", ["", "many", "nan", "inf", "1e999", "0x10", "1,5"])
def test_what_is_no_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"the environment: {name} = {value!r}: "):
        load_settings({f"XR_{name.upper()}": value})


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("value", ["true", "[1]", "{}", '"1 or 2"', "1979-05-27", "nan", "inf"])
def test_what_is_no_number_in_toml_is_refused(name: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / "xr.toml"
    path.write_text(f"{name} = {value}")
    with pytest.raises(SettingsError, match=f"xr.toml: {name} = "):
        load_settings({}, config=path)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://rooms.example.org", "https://rooms.example.org"),
        ("HTTPS://Rooms.Example.ORG/", "https://rooms.example.org"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", None),
    ],
)
def test_a_public_url_is_kept_as_an_origin(given: str, kept: str | None) -> None:
    assert load_settings({"XR_PUBLIC_URL": given}).public_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "rooms.example.org",
        "ftp://rooms.example.org",
        "https://",
        "https://rooms.example.org//xr",
        "https://rooms.example.org?room=1",
        "https://rooms.example.org#top",
        "https://me@rooms.example.org",
        "https://rooms.example.org:port",
        "https://rooms.example.org:99999",
        "https://[::1",
    ],
)
def test_a_public_url_that_no_browser_sends_as_origin_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        load_settings({"XR_PUBLIC_URL": given})


def test_proxies_come_by_comma_or_as_a_list(tmp_path: Path) -> None:
    networks = (ip_network("10.0.0.0/8"), ip_network("::1/128"), ip_network("192.168.1.0/24"))
    settings = load_settings({"XR_TRUSTED_PROXIES": " 10.0.0.0/8, ::1 ,,192.168.1.7/24"})
    assert settings.trusted_proxies == networks
    path = tmp_path / "xr.toml"
    path.write_text('trusted_proxies = ["10.0.0.0/8", "::1", "192.168.1.7/24"]')
    assert load_settings({}, config=path).trusted_proxies == networks
    assert load_settings({"XR_TRUSTED_PROXIES": ""}).trusted_proxies == ()


@pytest.mark.parametrize("given", ["proxy.example.org", "10.0.0.0/33", "10.0.0.0/8;::1"])
def test_a_proxy_that_is_no_network_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load_settings({"XR_TRUSTED_PROXIES": given})


def test_synchronous_is_one_of_two() -> None:
    assert load_settings({"XR_SYNCHRONOUS": "Full"}).synchronous == "FULL"
    with pytest.raises(SettingsError, match="must be one of NORMAL, FULL"):
        load_settings({"XR_SYNCHRONOUS": "OFF"})


@pytest.mark.parametrize("given", ["XR_TLS_CERTIFICATE", "XR_TLS_KEY"])
def test_a_certificate_and_its_key_go_together(given: str) -> None:
    with pytest.raises(SettingsError, match="go together"):
        load_settings({given: "file.pem"})
    both = load_settings({"XR_TLS_CERTIFICATE": "chain.pem", "XR_TLS_KEY": "key.pem"})
    assert (both.tls_certificate, both.tls_key) == (Path("chain.pem"), Path("key.pem"))


@pytest.mark.parametrize(
    ("name", "meant"), [("XR_PROT", "XR_PORT"), ("XR_TRUSTED_PROXY", "XR_TRUSTED_PROXIES")]
)
def test_a_misspelt_variable_is_refused_with_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=rf"no setting {name}: did you mean {meant}\?"):
        load_settings({name: "1"})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "host",
            "database",
            "public_url",
            "secret_key",
            "metrics_token",
            "tls_certificate",
            "tls_key",
        ),
        *("synchronous", "log", "voice", "trusted_proxies"),
    ],
)
@pytest.mark.parametrize("value", ["5", "true", "1979-05-27", "{}"])
def test_what_is_no_text_in_toml_is_refused(name: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / "xr.toml"
    path.write_text(f"{name} = {value}")
    with pytest.raises(SettingsError, match=rf"xr\.toml: {name} = .*must be text, in quotes"):
        load_settings({}, config=path)


def test_it_is_shown_where_each_setting_comes_from(config: Path) -> None:
    settings, origins = load_with_origins({"XR_PORT": "2222"}, {"tick": 0.3}, config)
    lines = dict(line.split(" = ", 1) for line in shown(settings, origins).splitlines())
    found = {name: line.split("  # ")[1] for name, line in lines.items()}
    assert found["host"] == str(config)
    assert (found["port"], found["tick"]) == ("the environment", "the flags")
    assert found["grace"] == "the default"


def test_an_unknown_name_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "xr.toml"
    path.write_text("prot = 80")
    with pytest.raises(SettingsError, match=r"xr\.toml: there is no setting 'prot'"):
        load_settings({}, config=path)
    with pytest.raises(SettingsError, match="the flags: there is no setting 'prot'"):
        load_settings({}, {"prot": 80})


@pytest.mark.parametrize("content", [b"port 80", b"\xff", None])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "xr.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"cannot read the settings in .*xr\.toml"):
        load_settings({}, config=path)


def test_a_wrong_value_says_where_it_came_from(config: Path) -> None:
    config.write_text("port = 70000")
    with pytest.raises(SettingsError, match=r"xr\.toml: port = 70000: must be from 0 to 65535"):
        load_settings({}, config=config)
    with pytest.raises(SettingsError, match="the flags: port = -1: "):
        load_settings({}, {"port": -1})


def test_shown_is_every_setting_with_secrets_hidden() -> None:
    settings = load_settings(
        {"XR_SECRET_KEY": SECRET, "XR_TRUSTED_PROXIES": "10.0.0.0/8,::1", "XR_TICK": "0.02"}
    )
    lines = dict(line.split(" = ", 1) for line in shown(settings).splitlines())
    assert list(lines) == NAMES
    assert lines["secret_key"] == "(hidden)"
    assert lines["trusted_proxies"] == "10.0.0.0/8,::1/128"
    assert lines["tick"] == "0.02"
    assert lines["public_url"] == ""
    assert SECRET not in shown(settings)


def test_a_secret_is_shown_nowhere() -> None:
    settings = load_settings({"XR_SECRET_KEY": SECRET})
    assert settings.secret_key == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("given", ["short", "fifteen letters"])
def test_a_secret_that_is_too_short_is_refused_without_being_told(given: str) -> None:
    with pytest.raises(SettingsError, match=r"secret_key.*at least 16 characters") as caught:
        load_settings({"XR_SECRET_KEY": given})
    assert given not in str(caught.value)


def test_settings_are_frozen() -> None:
    settings: Any = Settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1
