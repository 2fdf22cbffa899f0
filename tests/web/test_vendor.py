"""The vendored modules are upstream's, byte for byte, with their licences."""

import hashlib
import tomllib
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "web" / "vendor"
MODULES = tomllib.loads((VENDOR / "VENDOR.toml").read_text("utf-8"))["module"]


def test_every_vendored_module_is_what_upstream_published() -> None:
    for module in MODULES:
        digest = hashlib.sha256((VENDOR / module["file"]).read_bytes()).hexdigest()

        assert digest == module["sha256"], module["file"]


def test_every_vendored_module_carries_its_licence() -> None:
    for module in MODULES:
        text = (VENDOR / module["licence_file"]).read_text("utf-8")

        assert len(text) > 200, module["name"]
        assert module["licence"] in {"MIT", "Apache-2.0"}


def test_nothing_lies_in_the_vendor_folder_that_is_not_listed() -> None:
    listed = {module["file"] for module in MODULES} | {module["licence_file"] for module in MODULES}
    found = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}

    assert found - {"VENDOR.toml"} == listed
