"""Pages and browser code: policies, frames, caches, languages."""

import json
import re

import httpx
import pytest

from tests.support.site import Site
from web.pages import build_demo_host


def config_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="config">(.*?)</script>', page, re.DOTALL)
    assert found
    config: dict[str, object] = json.loads(found[1])
    return config


async def test_the_console_allows_only_our_own_code_and_no_frame(sqlite_site: Site) -> None:
    asker = await sqlite_site.client()

    for path in ("/console", "/console/", "/console/conversations/cnv_x"):
        page = await asker.get(path)

        policy = page.headers["content-security-policy"]
        assert page.status_code == 200
        assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]{44}';", policy)
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "connect-src 'self' ws://hub.test" in policy
        assert page.headers["cache-control"] == "no-cache"
        assert config_of(page.text)["assets"]


async def test_the_widget_may_be_framed_by_its_own_sites_only(site: Site) -> None:
    asker = await site.client()

    page = await asker.get("/widget", params={"key": site.bank.webchat.key, "locale": "zh-TW", "brand": "#1d5b4f"})
    unknown = await asker.get("/widget", params={"key": "wk_other"})

    assert "frame-ancestors 'self' https://bank.example" in page.headers["content-security-policy"]
    assert config_of(page.text) == {
        "key": site.bank.webchat.key,
        "locale": "zh-Hant",
        "brand": "#1d5b4f",
        "link": None,
        "full_page": False,
        "parents": ["https://bank.example"],
        "assets": config_of(page.text)["assets"],
    }
    assert (unknown.status_code, config_of(unknown.text)["parents"]) == (404, [])


async def test_a_link_opens_the_chat_as_a_page_of_its_own(site: Site) -> None:
    asker = await site.client()
    link = site.bank.links[1]

    page = await asker.get(f"/q/{link.code}")
    forged = await asker.get("/q/AAAAAAAAAAAAAA")

    config = config_of(page.text)
    assert (page.status_code, forged.status_code) == (200, 404)
    assert (config["key"], config["link"], config["full_page"]) == (site.bank.webchat.key, link.code, True)
    assert config["locale"] == "zh-Hans"
    assert '<html lang="zh-Hans">' in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_all_that_a_page_names_is_there_and_cached_for_ever(sqlite_site: Site) -> None:
    asker = await sqlite_site.client()

    for path in ("/console", f"/widget?key={sqlite_site.bank.webchat.key}"):
        page = await asker.get(path)
        named = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text))
        imports = json.loads(re.findall(r'<script type="importmap">(.*?)</script>', page.text)[0])["imports"]

        assert len(named) > 5
        for url in named | set(imports.values()):
            answer = await asker.get(url)
            assert answer.status_code == 200, url
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_browser_code_is_compressed_for_who_can_read_it(sqlite_site: Site) -> None:
    asker = await sqlite_site.client()
    url = re.findall(r'"(/assets/[^"]+/vendor/preact.mjs)"', (await asker.get("/console")).text)[0]

    packed = await asker.get(url, headers={"Accept-Encoding": "gzip"})
    plain = await asker.get(url, headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["content-type"].startswith("text/javascript")
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])


@pytest.mark.parametrize(
    "path",
    [
        "0000000000000000/vendor/preact.mjs",
        "{}/vendor/VENDOR.toml",
        "{}/%2e%2e/app.py",
        "{}/vendor/%2e%2e/%2e%2e/app.py",
        "{}/console/index.html",
    ],
)
async def test_nothing_else_of_the_tree_is_served(sqlite_site: Site, path: str) -> None:
    asker = await sqlite_site.client()
    digest = re.findall(r'"/assets/([0-9a-f]{16})/', (await asker.get("/console")).text)[0]

    assert (await asker.get(f"/assets/{path.format(digest)}")).status_code == 404


async def test_the_embed_may_be_loaded_by_any_site(sqlite_site: Site) -> None:
    answer = await (await sqlite_site.client()).get("/widget.js", headers={"Origin": "https://bank.example"})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "customElements.define" in answer.text


async def test_other_sites_read_nothing_else_of_ours(sqlite_site: Site) -> None:
    amy = await sqlite_site.by_token("amy")

    for path in ("/api/v1/me", "/console", "/api/openapi.json", "/metrics"):
        answer = await amy.get(path, headers={"Origin": "https://evil.example"})

        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_the_demos_own_site_shows_the_widget() -> None:
    host = build_demo_host("http://127.0.0.1:8400", "wk_demo")
    asker = httpx.AsyncClient(transport=httpx.ASGITransport(host), base_url="http://bank.test")

    page = await asker.get("/")

    assert page.status_code == 200
    assert "http://127.0.0.1:8400/widget.js" in page.text
    assert "wk_demo" in page.text
    assert "{{" not in page.text
    await asker.aclose()
