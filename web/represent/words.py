"""The few words the server itself puts into resources, and names that are kept in several languages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hub import queues
from hub.clock import SECOND

_WORDS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "words.json").read_text("utf-8"))
LOCALES = tuple(_WORDS)


def name_in(names: Mapping[str, Any], locale: str = "en") -> str:
    """The name in a language, else in English, else in whatever there is.

    Resources that go to several readers at once use English, so that an event equals a GET; lists for
    one reader (`GET /queues`, `GET /me`) use theirs.
    """
    return str(names.get(locale) or names.get("en") or next(iter(names.values()), ""))


def opening_hours(hours: Mapping[str, Any], locale: str = "en") -> str:
    """A week in a line: `Mon–Fri 09:00–18:00`."""
    words, weekly = _of(locale), hours.get("weekly")
    if not weekly:
        return str(words["always"])
    lines: list[tuple[int, int, str]] = []
    for number, day in enumerate(queues.DAYS):
        spans = words["between"].join(words["until"].join(span[:2]) for span in weekly.get(day, ()))
        if spans and lines and lines[-1][1] == number - 1 and lines[-1][2] == spans:
            lines[-1] = (lines[-1][0], number, spans)
        elif spans:
            lines.append((number, number, spans))
    texts = [words["line"].format(days=_days(words, first, last), hours=spans) for first, last, spans in lines]
    return str(words["between"].join(texts) or words["never"])


def when_back(hours: Mapping[str, Any], at: int, locale: str = "en") -> str:
    """When somebody is there again; the opening hours while open."""
    opens_at = queues.opens_at(hours, at)
    if opens_at is None:
        return opening_hours(hours, locale)
    words = _of(locale)
    local = datetime.fromtimestamp(opens_at / SECOND, UTC).astimezone(ZoneInfo(hours.get("zone", "UTC")))
    return str(words["opens"].format(day=words["days"][local.weekday()], time=local.strftime("%H:%M")))


def _of(locale: str) -> dict[str, Any]:
    return _WORDS.get(locale) or _WORDS["en"]


def _days(words: dict[str, Any], first: int, last: int) -> str:
    days = words["days"]
    return str(days[first] if first == last else f"{days[first]}{words['until']}{days[last]}")
