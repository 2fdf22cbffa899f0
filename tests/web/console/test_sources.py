"""The console's own rules that a machine can see: bytes, icons, and no way for text to become code."""

import gzip
import re
from pathlib import Path

import pytest

from web.assets import Assets

WEB = Path(__file__).parents[3] / "web"
MODULES = sorted([*(WEB / "console").rglob("*.js"), *(WEB / "shared").glob("*.js")])
STYLES = sorted([*(WEB / "console").glob("*.css"), WEB / "shared" / "tokens.css"])
FIRST_PAINT_BYTES = 150 * 1024


def packed(assets: Assets, path: str) -> int:
    asset = assets.files[path]
    return len(asset.packed if asset.packed is not None else asset.data)


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "zh-Hant"])
def test_everything_the_console_loads_at_first_is_small(locale: str) -> None:
    assets = Assets()
    page = assets.page("console/index.html", lang=locale, config={"base": "", "assets": ""})
    loaded = [
        *assets.module_graph("console/main.js"),
        *[str(path.relative_to(WEB)) for path in STYLES],
        "shared/icons.svg",
        f"console/locales/{locale}.json",
    ]

    total = len(gzip.compress(page, 9)) + sum(packed(assets, path) for path in loaded)

    assert total <= FIRST_PAINT_BYTES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_text_never_becomes_code_or_style(path: Path) -> None:
    text = path.read_text("utf-8")
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerouslySet|\bsrcdoc\b"

    assert not re.search(sinks, text)
    assert not re.search(r'style="', text)


@pytest.mark.parametrize("path", [*MODULES, *STYLES], ids=lambda path: path.name)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_every_icon_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "shared" / "icons.svg").read_text("utf-8")))
    text = "\n".join(path.read_text("utf-8") for path in MODULES)
    asked = set(re.findall(r'icon="([^"]+)"', text)) | set(re.findall(r'<\$\{Icon\} name="([^"]+)"', text))

    assert len(asked) > 40
    assert asked <= sprite


def test_every_page_is_drawn_without_inline_style_or_script() -> None:
    page = (WEB / "console" / "index.html").read_text("utf-8")

    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page) == [' type="application/json" id="config"']
