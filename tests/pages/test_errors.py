import pytest

from tests.pages.app_under_test import LOCAL, BrokenStore, make_parts
from xr.errors import StoreError
from xr.pages.bodies import BODY_LIMIT


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/", 405),
        ("GET", "/rooms/x/", 404),
    ],
)
async def test_people_see_a_page(method: str, path: str, code: int) -> None:
    client = make_parts().app.test_client()
    response = await (client.delete(path) if method == "DELETE" else client.get(path))
    assert response.status_code == code
    assert response.content_type == "text/html; charset=utf-8"
    html = await response.get_data(as_text=True)
    assert str(code) in html
    assert 'href="/"' in html


async def test_what_is_allowed_is_said() -> None:
    response = await make_parts().app.test_client().delete("/rooms")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


@pytest.mark.parametrize("path", ["/api/nothing", "/admin/nothing", "/api/"])
async def test_programs_see_json(path: str) -> None:
    response = await make_parts().app.test_client().get(path)
    assert response.status_code == 404
    assert (await response.get_json()).keys() == {"error"}


async def test_a_body_over_the_limit_is_refused() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    response = await client.post("/rooms", form={"name": "x" * BODY_LIMIT})
    assert response.status_code == 413
    assert "larger" in await response.get_data(as_text=True)
    response = await client.post(
        "/admin/rooms-create",
        data=b" " * (BODY_LIMIT + 1),
        headers={"Authorization": f"Bearer {parts.identity.sign_admin()}"},
        scope_base=LOCAL,
    )
    assert response.status_code == 413
    assert (await response.get_json()).keys() == {"error"}
    assert await parts.store.list_rooms() == []


async def test_a_file_of_any_size_is_not_written_anywhere() -> None:
    client = make_parts().app.test_client()
    start = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
        b"Content-Type: text/plain\r\n\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    async with client.request("/rooms", method="POST", headers=kind) as upload:
        await upload.send(start)
        for _ in range(BODY_LIMIT // 4096 + 1):
            await upload.send(b"z" * 4096)
    assert (await upload.as_response()).status_code == 413


@pytest.mark.parametrize("error", [StoreError("locked"), OSError("disk full")])
async def test_a_store_that_fails_is_not_here_right_now(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    store = BrokenStore(error, "list_rooms", "load_room", "create_room")
    client = make_parts(store=store).app.test_client()
    for response in (
        await client.get("/"),
        await client.get("/rooms/x"),
        await client.post("/rooms", form={"name": "x"}),
        await client.get("/api/rooms"),
    ):
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert str(error) not in await response.get_data(as_text=True)
    assert f"store.failed path='/' reason={error!r}" in caplog.text


@pytest.mark.parametrize(
    "error", [ValueError("oops"), ExceptionGroup("several", [ValueError("oops")])]
)
async def test_a_mistake_of_ours_is_logged_and_not_shown(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_parts(store=BrokenStore(error, "list_rooms")).app.test_client()
    response = await client.get("/")
    assert response.status_code == 500
    html = await response.get_data(as_text=True)
    assert "It has been noted" in html
    assert "oops" not in html
    assert "page.failed path='/'" in caplog.text
    assert "ValueError: oops" in caplog.text
    response = await client.get("/api/rooms")
    assert response.status_code == 500
    assert (await response.get_json()).keys() == {"error"}


async def test_a_path_cannot_forge_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    store = BrokenStore(StoreError("locked"), "list_rooms")
    await make_parts(store=store).app.test_client().get("/rooms/x%0Aroom.deleted")
    assert "\nroom.deleted" not in caplog.text
    assert "store.failed" in caplog.text
