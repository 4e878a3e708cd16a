"""The wheel has all that a server needs: the client, the migrations, its types."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.serving.process import launched

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as pip does it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("xr_rooms-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


async def test_a_server_runs_from_the_wheel_alone(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(unpacked))
    monkeypatch.chdir(tmp_path)  # else the checkout would be imported
    with launched(tmp_path) as server:
        room_id = await server.make_room()
        head, body = await server.fetch(f"/rooms/{room_id}")
        assert head.status == 200
        script = body.decode().partition('<script type="module" src="')[2].partition('"')[0]
        head, _ = await server.fetch(script)
        assert head.status == 200
        assert (unpacked / "xr" / "_web" / "assets" / Path(script).name).is_file()


def test_its_name_is_its_own_and_it_is_typed(unpacked: Path) -> None:
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    assert "\nName: xr-rooms\n" in metadata.read_text()
    assert (unpacked / "xr" / "py.typed").is_file()
    names = {path.name for path in (unpacked / "xr" / "_migrations").iterdir()}
    assert names == {path.name for path in (ROOT / "migrations").glob("*.py")}
