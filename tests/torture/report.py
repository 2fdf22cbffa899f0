"""What a run found: figures for people, faults for the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Report:
    """One run. No faults means that it held."""

    name: str
    history: Path
    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "held" if not self.faults else f"FAILED: {len(self.faults)} faults"
        lines = [f"{self.name}: {verdict}"]
        lines += [f"  {name}: {value}" for name, value in self.figures.items()]
        lines += [f"  FAULT {fault}" for fault in self.faults[:40]]
        return "\n".join([*lines, f"  history: {self.history}"])


def spread(values: Sequence[float], unit: str = "s", digits: int = 2) -> str:
    """Median, 99th percentile and largest of some measurements."""
    if not values:
        return "none"
    ordered = sorted(values)
    chosen = (ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], ordered[-1])
    median, high, largest = (f"{value:.{digits}f}" for value in chosen)
    return f"median {median} {unit}, p99 {high} {unit}, largest {largest} {unit}, of {len(values)}"
