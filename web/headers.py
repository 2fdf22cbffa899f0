"""Headers that every answer carries, and the content security policies of our pages."""

from collections.abc import Iterable
from email.utils import formatdate

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.settings import Settings

DATA_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
FILE_CSP = "sandbox; default-src 'none'; style-src 'none'; frame-ancestors 'none'"
_DEFAULTS = {
    "Content-Security-Policy": DATA_CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"


def page_csp(settings: Settings, script_hashes: Iterable[str], frame_ancestors: str) -> str:
    """The policy of a page of ours: own modules, own styles, own sockets, nothing inline but what is hashed."""
    socket = settings.base_url.replace("http", "ws", 1)  # older Safari does not count ws: as 'self'
    files = f" {settings.files_url}" if settings.files_url else ""
    hashes = "".join(f" '{each}'" for each in script_hashes)
    return (
        f"default-src 'none'; script-src 'self'{hashes}; style-src 'self'; "
        f"img-src 'self'{files} blob: data:; media-src 'self'{files} blob:; font-src 'self'; "
        f"connect-src 'self' {socket}{files}; manifest-src 'self'; "
        f"base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors {frame_ancestors}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


class SafeHeaders:
    """Adds the defaults to whatever has not set its own."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.defaults = {**_DEFAULTS, **({"Strict-Transport-Security": _HSTS} if is_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding headers to the start of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.defaults.items():
                    headers.setdefault(name, value)
                headers.setdefault("Date", formatdate(usegmt=True))  # screens correct their clocks by it
            await send(message)

        await self.app(scope, receive, add)
