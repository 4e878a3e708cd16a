"""The container's files: no engine is here to run them, so they are read for what would fail."""

import re

from tools.build_deb import PACKAGING, ROOT
from xr.setting_sources import load_settings

IGNORED = (PACKAGING / "Dockerfile.dockerignore").read_text().splitlines()
DOCKERFILE = (PACKAGING / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE = (PACKAGING / "compose.yaml").read_text()
INSTRUCTION = re.compile(r"^([A-Z]+) (.+)$", re.MULTILINE)


def instructions(name: str) -> list[str]:
    return [rest for found, rest in INSTRUCTION.findall(DOCKERFILE) if found == name]


def test_all_that_is_copied_is_sent_to_the_engine() -> None:
    copied = [words.split() for words in instructions("COPY")]
    sources = {word for *words, _ in copied for word in words if not word.startswith(("/", "--"))}
    assert sources == {"requirements.lock", "dist/xr_rooms-*.whl"}
    assert IGNORED == ["*", "!dist/*.whl", "!requirements.lock"]
    assert (ROOT / "requirements.lock").is_file()


def test_its_settings_are_settings() -> None:
    of_image = re.findall(r"\b(XR_\w+)=(\S+)", DOCKERFILE)
    of_service = re.findall(r"^ +(XR_\w+): (.+)$", COMPOSE, re.MULTILINE)
    filled = [(name, re.sub(r"\$\{.*?\}", "rooms.example.org", text)) for name, text in of_service]
    settings = load_settings(dict([*of_image, *filled]))
    assert settings.host == "0.0.0.0"
    assert settings.public_url == "https://rooms.example.org"
    assert [f"XR_{name.upper()}" for name in ("host", "database")] == [name for name, _ in of_image]
    (volume,) = instructions("VOLUME")
    assert settings.database.is_relative_to(volume)
    assert f"rooms:{volume}\n" in COMPOSE
    (subnet,) = re.findall(r"subnet: (\S+)", COMPOSE)
    assert [str(network) for network in settings.trusted_proxies] == [subnet]


def test_the_paths_in_the_compose_file_lead_to_the_checkout() -> None:
    (context,) = re.findall(r"context: (\S+)", COMPOSE)
    (dockerfile,) = re.findall(r"dockerfile: (\S+)", COMPOSE)
    assert (PACKAGING / context).resolve() == ROOT
    assert (ROOT / dockerfile).resolve() == PACKAGING / "Dockerfile"


def test_nobody_in_it_is_root_and_it_stops_by_the_signal_that_drains() -> None:
    assert instructions("USER") == ["xr"]
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert "read_only: true" in COMPOSE
