"""`python -m tests.torture [r1|r2|r8|r9|r19|all] [--size ci|full]`: run, judge, print; status 1 when it broke.

The figures belong into docs/reliability.md, with the machine they were measured on.
"""

import argparse
import asyncio
import logging
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.support.servers import running_servers
from tests.torture.report import Report
from tests.torture.runs import GROWN, RUNS, Run
from tests.torture.sizes import Size


def main() -> int:
    """Run what was asked for, one after another."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Kill the hub and look for losses.")
    single = {run.__name__: [run] for runs in RUNS.values() for run in runs}
    known = single | RUNS | {"all": [run for runs in RUNS.values() for run in runs]}
    parser.add_argument("what", nargs="?", default="all", choices=known, metavar="WHAT", help=", ".join(known))
    parser.add_argument("--size", choices=["ci", "full"], default="full")
    parser.add_argument("--keep", type=Path, help="folder for histories, databases and logs")
    options = parser.parse_args()
    home = options.keep or Path(tempfile.mkdtemp(prefix="onethread-torture-"))
    print(
        f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"
    )
    for noisy in ("engineio.client", "socketio.client", "asyncio"):  # they complain of every cut, as they should
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    reports = [_run(run, options.size, home) for run in known[options.what]]
    return 1 if any(report.faults for report in reports) else 0


def _run(run: Run, size: Size, home: Path) -> Report:
    begun = time.monotonic()
    place = home / f"{run.__name__}-{int(time.time())}"
    if run in GROWN:
        with running_servers(durable=True) as servers:
            report = asyncio.run(run(size, place, servers.database_url, servers.redis.url))
    else:
        report = asyncio.run(run(size, place, "", ""))
    report.figures["took"] = f"{time.monotonic() - begun:.0f} s"
    print(f"\n{report}", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
