"""The chat's own rules that a machine can see: bytes, tokens, icons, and no way for text to become code."""

import gzip
import re
from pathlib import Path

import pytest

from web.assets import Assets

WEB = Path(__file__).parents[3] / "web"
WIDGET = WEB / "widget"
MODULES = sorted(WIDGET.rglob("*.js"))
LAUNCHER_BYTES = 3 * 1024
PANEL_BYTES = 45 * 1024
CONFIG = {
    "key": "wgt_0000000000000000",
    "assets": "",
    "locale": "zh-Hant",
    "brand": "#1c5b50",
    "link": None,
    "full_page": False,
    "parents": ["https://bank.example"],
}


def packed(assets: Assets, path: str) -> int:
    asset = assets.files[path]
    return len(asset.packed if asset.packed is not None else asset.data)


def test_the_launcher_is_small() -> None:
    assert packed(Assets(), "widget/embed.js") <= LAUNCHER_BYTES


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "zh-Hant"])
def test_everything_the_panel_loads_at_first_is_small(locale: str) -> None:
    assets = Assets()
    page = assets.page("widget/panel.html", lang=locale, config=CONFIG)
    loaded = [
        *assets.module_graph("widget/main.js"),
        "widget/panel.css",
        "widget/icons.svg",
        f"widget/locales/{locale}.json",
    ]

    total = len(gzip.compress(page, 9)) + sum(packed(assets, path) for path in loaded)

    assert "vendor/socket.io.esm.min.js" not in loaded
    assert total <= PANEL_BYTES


def test_the_launcher_loads_nothing_else() -> None:
    assert Assets().module_graph("widget/embed.js") == ["widget/embed.js"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_text_never_becomes_code_or_style(path: Path) -> None:
    text = path.read_text("utf-8")
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerouslySet|\bsrcdoc\b"

    assert re.findall(sinks, text) == []
    assert re.findall(r"""\bstyle=["']""", text) == []


@pytest.mark.parametrize("page", ["panel.html", "demo-host/index.html"])
def test_pages_have_nothing_inline(page: str) -> None:
    text = (WIDGET / page).read_text("utf-8")

    assert re.findall(r"""\sstyle=|\son\w+=|<style|javascript:""", text) == []
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert all("src=" in each or "application/json" in each or "importmap" in each for each in scripts)


def test_tokens_are_those_of_the_product() -> None:
    token = re.compile(r"^\s*(--[\w-]+):\s*([^;]+);", re.MULTILINE)
    theirs = dict(token.findall((WEB / "shared" / "tokens.css").read_text("utf-8").split('[data-theme="light"]')[0]))
    ours = dict(token.findall((WIDGET / "panel.css").read_text("utf-8").split(":lang")[0]))

    different = {name: value for name, value in ours.items() if name in theirs and theirs[name] != value}

    assert different == {}
    assert len(ours.keys() & theirs.keys()) > 20


def test_icons_are_those_of_the_product_and_none_is_missing() -> None:
    symbol = re.compile(r'<symbol id="([\w-]+)".*?</symbol>', re.DOTALL)
    shared = {found[1]: found[0] for found in symbol.finditer((WEB / "shared" / "icons.svg").read_text("utf-8"))}
    ours = {found[1]: found[0] for found in symbol.finditer((WIDGET / "icons.svg").read_text("utf-8"))}
    source = "\n".join(path.read_text("utf-8") for path in MODULES)
    named = set(re.findall(r"""[\"']([a-z]+(?:-[a-z]+)*)[\"']""", source)) & shared.keys()
    drawn = set(re.findall(r"""<\$\{Icon\} name="([\w-]+)\"""", source)) | {"users", "bot", "check-check", "check"}

    assert {name for name in ours if ours[name] != shared.get(name)} == set()
    assert drawn <= ours.keys()
    assert ours.keys() <= named | drawn
