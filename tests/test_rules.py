"""A skipped test fails the run, and a warning fails its test."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _status(folder: Path, body: str) -> int:
    (folder / "test_it.py").write_text(f"import pytest, warnings\n\ndef test_it():\n    {body}\n", encoding="utf-8")
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "tests.support.rules"]
    command = [sys.executable, "-m", "pytest", *settings, "-p", "no:cacheprovider", str(folder / "test_it.py")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("body", "passes"),
    [("pass", True), ("pytest.skip('no server here')", False), ("warnings.warn('old', stacklevel=1)", False)],
)
def test_only_a_test_that_ran_without_complaint_counts(tmp_path: Path, body: str, passes: bool) -> None:
    assert (_status(tmp_path, body) == 0) is passes
