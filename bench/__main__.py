"""`python -m bench [NAME …]`: measure, and print the table."""

import argparse
import sys
from collections.abc import Callable

from bench import flatness, machine, memory, pipeline
from bench.table import Figure, render, say

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "sqlite": pipeline.on_sqlite,
    "postgres": pipeline.on_postgres,
    "histories": flatness.histories,
    "inboxes": flatness.inboxes,
    "memory": memory.memory,
}


def main() -> int:
    """Run the named benchmarks, all without a name; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures beside ceilings of the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all without it")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    say(machine.describe())
    figures = [figure for name in names for figure in BENCHMARKS[name]()]
    print(render(figures))
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
