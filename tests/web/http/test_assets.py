"""Browser code: addresses by digest, compression, import map, preloads, safe templates."""

import gzip
import json
from pathlib import Path

import pytest

from web.assets import Assets, script_json

VENDORED = '[[module]]\nimport = "preact"\nfile = "preact.mjs"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, text in {
        "vendor/VENDOR.toml": VENDORED,
        "vendor/preact.mjs": "export const h = 1;",
        "shared/html.js": 'import { h } from "preact";\nexport const html = h;',
        "shared/lazy.js": "export const late = 1;" * 20,
        "shared/types.d.ts": "export type A = 1;",
        "console/main.js": 'import {\n  html,\n} from "../shared/html.js";\nimport "./side.js";\n'
        'import("../shared/lazy.js");',
        "console/side.js": 'export { html } from "../shared/html.js";',
        "console/index.html": '<html lang="{{lang}}">{{importmap}}{{preloads}}<script type="application/json" '
        'id="config">{{config}}</script><script type="module" src="{{assets}}/console/main.js"></script>',
        "widget/panel.html": '<script type="importmap">{{importmap}}</script>',
        "widget/demo-host/index.html": "not ours to serve",
        "widget/demo-host/site.js": "not ours to serve",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def test_only_browser_code_is_served(tree: Path) -> None:
    assets = Assets(tree)

    assert set(assets.files) == {
        "console/main.js",
        "console/side.js",
        "shared/html.js",
        "shared/lazy.js",
        "vendor/preact.mjs",
    }


def test_any_change_changes_every_address(tree: Path) -> None:
    before = Assets(tree).prefix

    (tree / "shared/html.js").write_text("export const html = 2;", "utf-8")

    assert Assets(tree).prefix != before


def test_a_page_preloads_what_its_entry_imports_and_nothing_lazy(tree: Path) -> None:
    assets = Assets(tree)

    assert assets.module_graph("console/main.js") == [
        "console/main.js",
        "shared/html.js",
        "console/side.js",
        "vendor/preact.mjs",
    ]
    page = assets.page("console/index.html", lang="zh-Hans", config={}).decode()
    assert page.count('rel="modulepreload"') == 4
    assert f'href="{assets.prefix}/vendor/preact.mjs"' in page
    assert '<html lang="zh-Hans">' in page


def test_the_import_map_is_the_one_the_policy_names(tree: Path) -> None:
    assets = Assets(tree)

    for template in ("console/index.html", "widget/panel.html"):
        page = assets.page(template, lang="en", config={}).decode()

        assert page.count('<script type="importmap">') == 1
        assert f'<script type="importmap">{assets.import_map}</script>' in page
    assert json.loads(assets.import_map)["imports"]["preact"] == f"{assets.prefix}/vendor/preact.mjs"


def test_configuration_cannot_break_out_of_its_script(tree: Path) -> None:
    value = {"name": "</script><script>alert(1)</script><!--\u2028"}

    page = Assets(tree).page("console/index.html", lang="en", config=value).decode()

    assert "alert(1)</script>" not in page
    assert json.loads(script_json(value)) == value


def test_a_configuration_cannot_fill_other_holes_of_the_template(tree: Path) -> None:
    page = Assets(tree).page("console/index.html", lang="en", config={"name": "{{assets}}{{preloads}}"}).decode()

    assert '"name":"{{assets}}{{preloads}}"' in page


def test_files_are_compressed_at_start_when_that_helps(tree: Path) -> None:
    assets = Assets(tree)

    packed = assets.files["shared/lazy.js"].packed
    assert packed is not None
    assert gzip.decompress(packed) == assets.files["shared/lazy.js"].data
    assert assets.files["vendor/preact.mjs"].packed is None


def test_our_own_tree_loads_and_every_import_is_found() -> None:
    assets = Assets()

    for entry in ("console/main.js", "widget/main.js"):
        if entry in assets.files:
            assert len(assets.module_graph(entry)) > 5
