"""`.ci/run` runs both halves whatever happens, fails when either does, and ends with pytest's closing line."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / ".ci/run"
CLOSING = "========= 3 passed in 0.10s ========="
PRETEND_MAKE = """#!/bin/sh
echo "made $1"
case $1 in
    check) exit {check} ;;
    test) echo "{closing}"; [ {test} = 0 ] || echo "make: *** [test] Error {test}" >&2; exit {test} ;;
esac
"""


def _run(folder: Path, *, check: int, test: int) -> tuple[int, list[str]]:
    make = folder / "make"
    make.write_text(PRETEND_MAKE.format(check=check, test=test, closing=CLOSING), encoding="utf-8")
    make.chmod(0o755)
    done = subprocess.run(
        ["bash", SCRIPT],
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(("check", "test", "passes"), [(0, 0, True), (2, 0, False), (0, 2, False), (2, 2, False)])
def test_both_always_run_and_either_may_fail_the_run(tmp_path: Path, check: int, test: int, passes: bool) -> None:
    status, lines = _run(tmp_path, check=check, test=test)

    assert (status == 0) is passes
    assert {"made check", "made test"} <= set(lines)
    assert lines[-1] == CLOSING
