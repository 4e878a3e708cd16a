import json
from pathlib import Path
from typing import Any

import pytest

from tests.pages.app_under_test import make_parts
from xr.pages.bundle import Bundle, read_bundle

MANIFEST: dict[str, dict[str, Any]] = {
    "src/app.ts": {
        "file": "assets/app-1.js",
        "name": "app",
        "src": "src/app.ts",
        "isEntry": True,
        "css": ["assets/app-1.css"],
        "imports": ["_scene.js", "_shared.js"],
        "dynamicImports": ["src/xr.ts"],
    },
    "_scene.js": {
        "file": "assets/scene-2.js",
        "imports": ["_shared.js"],
        "css": ["assets/scene-2.css", "assets/app-1.css"],
    },
    "_shared.js": {"file": "assets/shared-3.js", "imports": ["_scene.js"]},
    "src/xr.ts": {"file": "assets/xr-4.js", "isDynamicEntry": True},
}


def write(web: Path, manifest: object) -> None:
    (web / ".vite").mkdir(parents=True, exist_ok=True)
    (web / ".vite" / "manifest.json").write_text(json.dumps(manifest))


def test_the_entry_comes_with_all_that_it_imports_at_once(tmp_path: Path) -> None:
    write(tmp_path, MANIFEST)
    assert read_bundle(tmp_path) == Bundle(
        script="assets/app-1.js",
        preloads=("assets/scene-2.js", "assets/shared-3.js"),
        styles=("assets/app-1.css", "assets/scene-2.css"),
    )


def test_a_new_build_is_seen(tmp_path: Path) -> None:
    assert read_bundle(tmp_path) is None
    write(tmp_path, {"src/app.ts": {"file": "assets/app-1.js"}})
    write(tmp_path, {"src/app.ts": {"file": "assets/app-2.js"}})
    assert read_bundle(tmp_path) == Bundle("assets/app-2.js", (), ())


@pytest.mark.parametrize(
    "manifest",
    [[], {}, {"src/app.ts": {}}, {"src/app.ts": {"file": "a.js", "imports": ["_lost.js"]}}],
)
def test_a_manifest_that_is_none_is_reported(
    manifest: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, manifest)
    assert read_bundle(tmp_path) is None
    assert "bundle.unreadable" in caplog.text


async def test_a_room_page_loads_the_bundle(tmp_path: Path) -> None:
    write(tmp_path, MANIFEST)
    parts = make_parts(web=tmp_path)
    room_id = await parts.store.create_room("Hall", {})
    response = await parts.app.test_client().get(f"/rooms/{room_id}")
    html = await response.get_data(as_text=True)
    assert '<script type="module" src="/assets/app-1.js"></script>' in html
    assert '<link rel="stylesheet" href="/assets/scene-2.css">' in html
    assert '<link rel="modulepreload" href="/assets/shared-3.js">' in html
    assert "xr-4.js" not in html
    assert "not built" not in html


async def test_a_room_page_without_a_bundle_says_so_and_is_whole_for_programs() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    response = await parts.app.test_client().get(f"/rooms/{room_id}")
    html = await response.get_data(as_text=True)
    assert response.status_code == 200
    assert "The browser side is not built" in html
    assert 'name="user-token"' in html
    assert "<script" not in html
