"""Figures and the table they are printed in."""

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, ours beside the ceiling of the same run, and the target for their ratio.

    `ours` and `ceiling` are samples; the table shows their median and range. A ratio is of medians. Without a
    ceiling of this run `ceiling` is the allowed value itself (a budget).
    """

    name: str
    unit: str
    ours: Sequence[float]
    ceiling: Sequence[float]
    target: float
    is_at_least: bool = False
    ceiling_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours by the ceiling's, of medians."""
        return median(self.ours) / max(median(self.ceiling), 1e-12)

    @property
    def is_met(self) -> bool:
        """Whether the target is reached."""
        return self.ratio >= self.target if self.is_at_least else self.ratio <= self.target


def median(values: Sequence[float]) -> float:
    """The middle of the samples."""
    return statistics.median(values)


def shown(values: Sequence[float]) -> str:
    """Median, and the range when there are several samples."""
    middle = number(median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({number(min(values))}-{number(max(values))})"


def number(value: float) -> str:
    """Three figures, no more than were measured."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def render(figures: Iterable[Figure]) -> str:
    """The table in Markdown."""
    lines = ["| figure | ours | ceiling | ratio | target | |", "|---|---|---|---|---|---|"]
    for each in figures:
        sign = "≥" if each.is_at_least else "≤"
        ceiling = f"{shown(each.ceiling)} {each.ceiling_name}".strip()
        lines.append(
            f"| {each.name} | {shown(each.ours)} {each.unit} | {ceiling} | {number(each.ratio)} "
            f"| {sign} {number(each.target)} | {'ok' if each.is_met else 'MISSED'}{_note(each.note)} |"
        )
    return "\n".join(lines)


def _note(note: str) -> str:
    return f" ({note})" if note else ""


def say(text: str) -> None:
    """Progress, beside the table."""
    print(text, file=sys.stderr, flush=True)
