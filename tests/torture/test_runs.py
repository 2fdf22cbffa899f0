"""Every torture run at its small size: the same code as `make torture`, the same judges."""

from pathlib import Path

import pytest

from tests.torture import runs
from tests.torture.runs import Run


@pytest.mark.parametrize("run", [runs.r1, runs.r1_widget, runs.r8, runs.r9, runs.r19], ids=lambda run: run.__name__)
async def test_nothing_is_lost_or_doubled_on_sqlite(run: Run, tmp_path: Path) -> None:
    report = await run("ci", tmp_path, "", "")

    assert not report.faults, str(report)


@pytest.mark.parametrize("run", [runs.r2, runs.r2_widget, runs.r8_grown], ids=lambda run: run.__name__)
async def test_nothing_is_lost_or_doubled_on_postgresql(
    run: Run, tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    report = await run("ci", tmp_path, postgres_url, redis_url)

    assert not report.faults, str(report)
