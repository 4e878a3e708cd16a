import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.app_under_test import Parts, make_parts
from xr.pages.guard import is_foreign_origin, is_forged
from xr.settings import Settings

OWN = "http://rooms.example:8000"
HOST = {"Host": "rooms.example:8000"}

origins = st.sampled_from(
    [
        None,
        OWN,
        OWN.upper(),
        "null",
        "",
        "http://rooms.example",
        "https://rooms.example:8000",
        "http://rooms.example:8000.evil.example",
        "http://evil.example",
    ]
)
sites = st.sampled_from([None, "same-origin", "none", "same-site", "cross-site", "", "x"])


@given(sites, origins)
def test_a_request_passes_only_if_nothing_speaks_against_it(
    site: str | None, origin: str | None
) -> None:
    site_is_ours = site in (None, "same-origin", "none")
    origin_is_ours = origin is None or origin.lower() == OWN
    assert is_forged(site, origin, OWN) == (not (site_is_ours and origin_is_ours))


@given(st.text())
def test_no_other_text_is_our_origin(text: str) -> None:
    assert is_foreign_origin(text, OWN) == (text.lower() != OWN)


async def post(parts: Parts, **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await parts.app.test_client().post("/rooms", form={"name": "New"}, headers=given)
    rooms = await parts.store.list_rooms()
    assert len(rooms) == (1 if response.status_code == 303 else 0)
    return response.status_code


async def test_a_program_without_either_header_is_let_in() -> None:
    assert await post(make_parts()) == 303


async def test_our_own_page_is_let_in() -> None:
    assert await post(make_parts(), Host="127.0.0.1:80", Origin="http://127.0.0.1") == 303
    assert await post(make_parts(), Sec_Fetch_Site="same-origin", Origin="http://localhost") == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_is_refused(site: str) -> None:
    assert await post(make_parts(), Sec_Fetch_Site=site) == 403
    assert await post(make_parts(), Sec_Fetch_Site=site, Origin="http://localhost") == 403


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://localhost"])
async def test_another_origin_is_refused(origin: str) -> None:
    assert await post(make_parts(), Origin=origin) == 403


async def test_the_public_url_is_the_only_origin_where_it_is_set() -> None:
    settings = Settings(public_url="https://rooms.example:443")
    assert await post(make_parts(settings), Origin="https://rooms.example") == 303
    assert await post(make_parts(settings), Origin="http://localhost") == 403


async def test_a_refusal_says_what_to_do() -> None:
    response = await make_parts().app.test_client().post("/rooms", headers={"Origin": "null"})
    assert "XR_PUBLIC_URL" in await response.get_data(as_text=True)


async def test_every_method_that_changes_something_is_guarded() -> None:
    client = make_parts().app.test_client()
    for ask in (client.post, client.put, client.patch, client.delete):
        assert (await ask("/rooms/x", headers={"Origin": "null"})).status_code == 403


async def test_reading_is_free() -> None:
    client = make_parts().app.test_client()
    response = await client.get("/", headers={"Sec-Fetch-Site": "cross-site", "Origin": "null"})
    assert response.status_code == 200
