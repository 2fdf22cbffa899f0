"""Names that are kept in several languages, and the one the resources use."""

from collections.abc import Mapping
from typing import Any

BOT = "Assistant"
LOCALES = ("en", "zh-Hans", "zh-Hant")


def name_in(names: Mapping[str, Any], locale: str = "en") -> str:
    """The name in a language, else in English, else in whatever there is.

    Resources that go to several readers at once use English, so that an event equals a GET; lists for
    one reader (`GET /queues`, `GET /me`) use theirs.
    """
    return str(names.get(locale) or names.get("en") or next(iter(names.values()), ""))
