"""What happened in a run, as JSON lines: written while it happens, judged afterwards by `checkers`."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Event = dict[str, Any]


class History:
    """Appends events with the microsecond of this process's steady clock."""

    def __init__(self, path: Path) -> None:
        """Begin a new file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("w", encoding="utf-8")

    def note(self, event: str, **facts: Any) -> None:
        """Write one event."""
        line = {"t": time.monotonic_ns() // 1000, "event": event, **facts}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def read(path: Path) -> list[Event]:
    """The events of a run, in order."""
    return list(_lines(path))


def _lines(path: Path) -> Iterator[Event]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
