"""Locked dependencies: exact, with hashes, from wherever the machine is set up to fetch them."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
ADDRESS = re.compile(r"--(extra-)?index-url|--find-links|://")


def _canonical(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _locked(lock: Path) -> dict[str, list[str]]:
    """Name to hashes of everything in a lock."""
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return {_canonical(entry): re.findall(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    assert not ADDRESS.search(lock.read_text(encoding="utf-8"))
    assert all(_locked(lock).values())


def test_everything_declared_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    runtime = {_canonical(each) for each in project["project"]["dependencies"]}
    development = {_canonical(each) for each in project["dependency-groups"]["dev"]}

    assert runtime <= set(_locked(ROOT / "requirements/base.txt"))
    assert runtime | development <= set(_locked(ROOT / "requirements/dev.txt"))


def test_what_tests_run_is_what_the_product_runs() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert versions("base.txt") <= versions("dev.txt")


def test_the_lock_of_the_type_checker_has_digests_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    installed = {name: package for name, package in packages.items() if name}

    assert all("integrity" in package and "resolved" not in package for package in installed.values())


def test_types_are_of_the_versions_we_serve() -> None:
    vendored = tomllib.loads((ROOT / "web/vendor/VENDOR.toml").read_text(encoding="utf-8"))["module"]
    typed = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    served = {module["name"]: module["version"] for module in vendored}

    assert {name: typed.get(name) for name in served} == served
