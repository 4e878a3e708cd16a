import gzip
import os
import struct
from pathlib import Path

import pytest

from tests.pages.app_under_test import Parts, make_parts

SCRIPT = b"export const answer = 42;\n" * 100
IMAGE = bytes(range(256))


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    assets = tmp_path / "web" / "assets"
    assets.mkdir(parents=True)
    (assets / "app-1.js").write_bytes(SCRIPT)
    (assets / "tiny.js").write_bytes(b"1")
    (assets / "sky.png").write_bytes(IMAGE)
    (assets / "deep").mkdir()
    (assets / "deep" / "app.css").write_bytes(b"body{}")
    (tmp_path / "web" / "secret.txt").write_text("secret")
    return make_parts(web=tmp_path / "web")


async def test_an_asset_is_kept_for_ever(parts: Parts) -> None:
    response = await parts.app.test_client().get("/assets/app-1.js")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "javascript" in response.headers["Content-Type"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert await response.get_data() == SCRIPT


async def test_an_asset_travels_compressed_where_that_helps(parts: Parts) -> None:
    client = parts.app.test_client()
    accepting = {"Accept-Encoding": "gzip, deflate, br"}
    response = await client.get("/assets/app-1.js", headers=accepting)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    body = await response.get_data(as_text=False)
    assert len(body) < len(SCRIPT) / 4
    assert gzip.decompress(body) == SCRIPT
    for path in ("/assets/sky.png", "/assets/tiny.js"):
        assert "Content-Encoding" not in (await client.get(path, headers=accepting)).headers
    refusing = {"Accept-Encoding": "gzip;q=0"}
    response = await client.get("/assets/app-1.js", headers=refusing)
    assert await response.get_data() == SCRIPT


async def test_brotli_goes_to_those_who_take_it_while_it_is_of_the_same_build(
    parts: Parts, tmp_path: Path
) -> None:
    client = parts.app.test_client()
    script = tmp_path / "web" / "assets" / "app-1.js"
    brotli = script.with_name("app-1.js.br")
    brotli.write_bytes(b"as brotli")

    async def coding(accepted: str) -> str | None:
        response = await client.get("/assets/app-1.js", headers={"Accept-Encoding": accepted})
        body = await response.get_data(as_text=False)
        found = response.headers.get("Content-Encoding")
        assert (body == b"as brotli") is (found == "br")
        return found

    assert await coding("gzip, deflate, br, zstd") == "br"
    assert await coding("gzip, br;q=0") == "gzip"
    assert await coding("identity") is None
    os.utime(script, ns=(brotli.stat().st_mtime_ns + 1,) * 2)  # built anew
    assert await coding("gzip, br") == "gzip"


async def test_what_the_browser_has_is_not_sent_again(parts: Parts) -> None:
    client = parts.app.test_client()
    etag = (await client.get("/static/pages.css")).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        response = await client.get("/static/pages.css", headers={"If-None-Match": known})
        assert response.status_code == 304
        assert await response.get_data() == b""
    response = await client.get("/static/pages.css", headers={"If-None-Match": '"other"'})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


async def test_a_changed_file_is_read_again(parts: Parts, tmp_path: Path) -> None:
    client = parts.app.test_client()
    file = tmp_path / "web" / "assets" / "tiny.js"
    assert await (await client.get("/assets/tiny.js")).get_data() == b"1"
    file.write_bytes(b"2")
    os.utime(file, ns=(1, 1))
    assert await (await client.get("/assets/tiny.js")).get_data() == b"2"


async def test_a_folder_below_is_served_too(parts: Parts) -> None:
    response = await parts.app.test_client().get("/assets/deep/app.css")
    assert response.content_type == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/deep",
        "/assets/none.js",
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/..%5csecret.txt",
        "/assets/%2fetc/passwd",
        "/assets//etc/passwd",
        "/assets/%00",
        "/assets/" + "a" * 5000,
        "/static/../app.py",
    ],
)
async def test_nothing_else_is_served(parts: Parts, path: str) -> None:
    assert (await parts.app.test_client().get(path)).status_code == 404


async def test_the_icon_is_found_where_browsers_look() -> None:
    client = make_parts().app.test_client()
    for path in ("/favicon.ico", "/static/favicon.svg"):
        response = await client.get(path)
        assert response.content_type == "image/svg+xml; charset=utf-8"


async def test_the_pages_can_be_installed() -> None:
    """The manifest is linked from each page, and its icons are there, as large as it says."""
    client = make_parts().app.test_client()
    assert '<link rel="manifest" href="/static/manifest.json">' in await (
        await client.get("/no/such/page")
    ).get_data(as_text=True)
    manifest = await (await client.get("/static/manifest.json")).get_json()
    for icon in manifest["icons"]:
        response = await client.get(f"/static/{icon['src']}")
        assert response.content_type.partition(";")[0] == icon["type"]
        if icon["type"] == "image/png":
            size = struct.unpack(">II", (await response.get_data(as_text=False))[16:24])
            assert "x".join(map(str, size)) == icon["sizes"]
