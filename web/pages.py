"""Our pages: the console, the chat panel in its frame, the same panel as a page of its own, the embed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from hub import languages
from hub.errors import NotFound
from hub.runtime import Hub
from web.assets import WEB, Assets, send_asset
from web.auth import cookie_name
from web.headers import page_csp
from web.queries import link_by_code, widget_account

CONSOLE, PANEL = "console/index.html", "widget/panel.html"
DEMO_HOST = WEB / "widget" / "demo-host"


class Pages:
    """Pages of one hub. They hold no facts: what they show comes through the API."""

    def __init__(self, hub: Hub, assets: Assets) -> None:
        self.hub = hub
        self.assets = assets

    def routes(self) -> list[Route]:
        """Where the pages are."""
        return [
            Route("/", self.front, name="front"),
            Route("/console", self.console, name="console"),
            Route("/console/{path:path}", self.console, name="console"),
            Route("/widget", self.widget, name="widget"),
            Route("/widget.js", self.embed, name="embed"),
            Route("/q/{code}", self.link, name="link"),
            Route("/assets/{digest}/{path:path}", self.assets.serve, name="assets"),
        ]

    async def front(self, request: Request) -> Response:
        """There is no front page: staff want the console."""
        return RedirectResponse("/console", 302)

    async def console(self, request: Request) -> Response:
        """The agents' screen; its own router reads the rest of the address."""
        return self._page(
            request, CONSOLE, {"base": "", "signed_in": cookie_name(self.hub.settings) in request.cookies}, "'none'"
        )

    async def widget(self, request: Request) -> Response:
        """The panel inside the frame that `<hub-chat>` opens, for the sites of this widget only."""
        key = _short(request, "key")
        account = await self.hub.store.read(lambda tx: widget_account(tx, key))
        parents = origins(account.settings) if account else []
        config = {
            "key": key,
            "locale": languages.ui_language(_short(request, "locale")),
            "brand": _short(request, "brand") or None,
            "link": None,
            "full_page": False,
            "parents": parents,
        }
        allowed = " ".join(["'self'", *parents])
        return self._page(request, PANEL, config, allowed, status=200 if account else 404)

    async def link(self, request: Request) -> Response:
        """What a QR code opens: the panel as a page of its own."""
        code = request.path_params["code"][:100]
        found = await self.hub.store.read(lambda tx: link_by_code(tx, code))
        config = {
            "key": found.account_key if found else "",
            "locale": languages.ui_language(found.language) if found else None,
            "brand": None,
            "link": code,
            "full_page": True,
            "parents": [],
        }
        return self._page(request, PANEL, config, "'none'", status=200 if found else 404)

    async def embed(self, request: Request) -> Response:
        """The script that other sites load."""
        return send_asset(
            self.assets.files["widget/embed.js"],
            request,
            "public, max-age=300",
            **{"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"},
        )

    def _page(
        self, request: Request, template: str, config: Mapping[str, Any], ancestors: str, status: int = 200
    ) -> Response:
        lang = languages.ui_language(request.headers.get("accept-language")) or "en"
        settings = {**config, "assets": self.assets.prefix}
        body = self.assets.page(template, lang=settings.get("locale") or lang, config=settings)
        policy = page_csp(self.hub.settings, [self.assets.import_map_hash], ancestors)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return Response(body, status, headers, media_type="text/html")


def origins(settings: Mapping[str, Any]) -> list[str]:
    """The sites that may show a widget (`settings.origins` of its account)."""
    listed = settings.get("origins", [])
    return [origin for origin in listed if isinstance(origin, str) and _is_origin(origin)]


def build_demo_host(hub_base: str, widget_key: str, folder: Path = DEMO_HOST) -> Starlette:
    """A shop's or bank's page on an origin of its own, with the widget on it, as a customer meets it."""

    async def home(request: Request) -> Response:
        page = (folder / "index.html").read_text("utf-8")
        page = page.replace("{{hub}}", hub_base).replace("{{key}}", widget_key)
        policy = (
            f"default-src 'self'; script-src 'self' {hub_base}; frame-src {hub_base}; style-src 'self'; "
            "img-src 'self' data:; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
        return Response(page, headers=headers, media_type="text/html")

    app = Starlette(routes=[Route("/", home)])
    app.mount("/", StaticFiles(directory=folder))
    return app


def _short(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if len(text) > 200:
        raise NotFound("no such page")
    return text


def _is_origin(text: str) -> bool:
    scheme, _, rest = text.partition("://")
    return scheme in ("http", "https") and bool(rest) and not any(sign in rest for sign in " /;,'\"*?#@")
