"""The app put together: blueprints, limits, guards and errors."""

from pathlib import Path

from quart import Blueprint, Response
from quart_trio import QuartTrio

from xr.pages.admin import admin
from xr.pages.api import api
from xr.pages.bodies import bounded
from xr.pages.counts import counts
from xr.pages.dashboard import dashboard
from xr.pages.door import door
from xr.pages.entrance import entrance
from xr.pages.errors import install_errors
from xr.pages.files import Folder
from xr.pages.gate import Gate
from xr.pages.guard import guard
from xr.pages.me import me
from xr.pages.retention import privacy
from xr.pages.room_settings import room_settings
from xr.pages.rooms import pages
from xr.pages.services import Services
from xr.pages.socket import socket
from xr.pages.upgrade import Upgrade

BODY_SECONDS = 15
RESPONSE_SECONDS = 60

_HERE = Path(__file__).parent
_REVALIDATED = "no-cache"
_IMMUTABLE = "public, max-age=31536000, immutable"  # Vite names a file after its content


def create_app(services: Services) -> QuartTrio:
    """Build the app. It starts no task and needs none of Quart's lifespan."""
    app = QuartTrio("xr.pages", root_path=str(_HERE), static_folder=None)
    app.extensions.update(services.install())
    app.request_class = bounded(services.settings)
    app.config.update(
        BODY_TIMEOUT=BODY_SECONDS,
        RESPONSE_TIMEOUT=RESPONSE_SECONDS,
    )
    app.url_map.merge_slashes = False  # a redirect would repeat a host that anybody can make up
    app.before_request(guard)
    install_errors(app)
    for path in ("/", "/api/rooms"):  # answered before the app, which only knows the method
        app.add_url_rule(path, f"front {path}", methods=["GET"])
    for blueprint in (
        pages,
        room_settings,
        me,
        privacy,
        api,
        counts,
        door,
        entrance,
        socket,
        admin,
        dashboard,
        _files(services.web / "assets"),
    ):
        app.register_blueprint(blueprint)
    app.asgi_app = Upgrade(Gate(app.asgi_app, services), services)  # type: ignore[method-assign]
    return app


def _files(assets: Path) -> Blueprint:
    """The files that browsers fetch: the bundle's, and those of the pages."""
    files = Blueprint("files", __name__)
    bundled = Folder(assets, _IMMUTABLE)
    own = Folder(_HERE / "static", _REVALIDATED)

    @files.get("/assets/<path:name>")
    async def asset(name: str) -> Response:
        return await bundled.answer(name)

    @files.get("/static/<path:name>")
    async def static(name: str) -> Response:
        return await own.answer(name)

    @files.get("/robots.txt")
    async def robots() -> Response:
        return await own.answer("robots.txt")

    @files.get("/favicon.ico")
    async def icon() -> Response:
        return await own.answer("favicon.svg")

    return files
