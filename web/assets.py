"""Browser code, served as written: one digest over the tree is in every address, so it is cached for ever."""

import base64
import gzip
import hashlib
import html
import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from hub.errors import NotFound

WEB = Path(__file__).parent
FOLDERS = ("shared", "console", "widget", "vendor")
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
_PACKED = frozenset({".png", ".woff2"})
_NOT_SERVED = ("widget/demo-host/",)
_IMPORT = re.compile(r"""(?:^|[\n;])\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*["']([^"'\n]+)["']""")
_ENTRY = re.compile(r"""<script\b[^>]*\btype="module"[^>]*\bsrc="\{\{assets\}\}/([^"]+)\"""")
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: its bytes, the same compressed when that is smaller, its media type."""

    data: bytes
    packed: bytes | None
    media_type: str


class Assets:
    """All browser code, read and compressed once, at start."""

    def __init__(self, root: Path = WEB) -> None:
        self.root = root
        self.files = {path: _load(root / path) for path in sorted(_find(root))}
        self.digest = _digest(self.files)
        self.prefix = f"/assets/{self.digest}"
        self.modules = _vendored(root)
        imports = {name: f"{self.prefix}/{path}" for name, path in self.modules.items()}
        self.import_map = json.dumps({"imports": imports}, separators=(",", ":"))
        digest = hashlib.sha256(self.import_map.encode()).digest()
        self.import_map_hash = f"sha256-{base64.b64encode(digest).decode()}"

    def url(self, path: str) -> str:
        """Where a file of `web/` is served: `shared/icons.svg`."""
        return f"{self.prefix}/{path}"

    def module_graph(self, entry: str) -> list[str]:
        """The entry module and all it imports statically, nearest first."""
        found, line = [entry], [entry]
        while line:
            module = line.pop(0)
            for name in _IMPORT.findall(self.files[module].data.decode()):
                path = self._resolve(module, name)
                if path in self.files and path not in found:
                    found.append(path)
                    line.append(path)
        return found

    def page(self, template: str, *, lang: str, config: Mapping[str, object], title: str = "") -> bytes:
        """A page of ours out of its template; the configuration is data, never code."""
        text = (self.root / template).read_text("utf-8")
        links = [
            f'<link rel="modulepreload" href="{self.url(path)}">'
            for entry in _ENTRY.findall(text)
            for path in self.module_graph(entry)
        ]
        own_tag = re.search(r"""<script[^>]*type="importmap"[^>]*>\s*\{\{importmap\}\}\s*</script>""", text)
        import_map = f'<script type="importmap">{self.import_map}</script>'
        text = text.replace(own_tag[0] if own_tag else "{{importmap}}", import_map)
        for name, value in (
            ("assets", self.prefix),
            ("preloads", "\n    ".join(links)),
            ("lang", html.escape(lang)),
            ("title", html.escape(title)),
            ("config", script_json(config)),
        ):
            text = text.replace("{{" + name + "}}", value)
        return text.encode()

    async def serve(self, request: Request) -> Response:
        """Answer `GET /assets/{digest}/{path}`; another digest is of another release."""
        asset = self.files.get(request.path_params["path"])
        if asset is None or request.path_params["digest"] != self.digest:
            raise NotFound("no such file in this release")
        return send_asset(asset, request, FOREVER)

    def _resolve(self, module: str, name: str) -> str:
        if name.startswith("."):
            return posixpath.normpath(posixpath.join(posixpath.dirname(module), name))
        return self.modules.get(name, "")


def send_asset(asset: Asset, request: Request, cache_control: str, **headers: str) -> Response:
    """A file, compressed when the browser can read that."""
    is_packed = asset.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
    more = {"Cache-Control": cache_control, "Vary": "Accept-Encoding", **headers}
    if is_packed:
        more["Content-Encoding"] = "gzip"
    return Response(asset.packed if is_packed else asset.data, headers=more, media_type=asset.media_type)


def script_json(value: object) -> str:
    """JSON that may stand inside a `<script type="application/json">`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _find(root: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root).as_posix()
            is_ours = path.suffix in MEDIA_TYPES and not name.startswith(_NOT_SERVED)
            if path.is_file() and is_ours:
                yield name


def _load(path: Path) -> Asset:
    data = path.read_bytes()
    packed = None if path.suffix in _PACKED else gzip.compress(data, 9, mtime=0)
    is_smaller = packed is not None and len(packed) < len(data)
    return Asset(data, packed if is_smaller else None, MEDIA_TYPES[path.suffix])


def _digest(files: Mapping[str, Asset]) -> str:
    total = hashlib.sha256()
    for name, asset in files.items():
        total.update(f"{name}\0{len(asset.data)}\0".encode())
        total.update(asset.data)
    return total.hexdigest()[:16]


def _vendored(root: Path) -> dict[str, str]:
    listed = tomllib.loads((root / "vendor" / "VENDOR.toml").read_text("utf-8"))["module"]
    return {module["import"]: f"vendor/{module['file']}" for module in listed}
