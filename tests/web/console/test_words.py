"""Every word on screen is in every catalogue, and nothing in them is left over."""

import json
import re
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[3] / "web" / "console"
LOCALES = ("en", "zh-Hans", "zh-Hant")
SOURCES = {path: path.read_text("utf-8") for path in sorted(CONSOLE.rglob("*.js"))}

LITERAL = re.compile(r"""["'`]([a-z]+(?:\.[a-zA-Z0-9_-]+)+)["'`]""")
PREFIX = re.compile(r"`([a-z]+(?:\.[a-z_]+)*\.)\$\{")
CALLED = re.compile(r"""\b(?:t|rich)\(\s*"([^"]+)\"""")
AVOIDED = re.compile(r"\b(contacts?|tickets?|sessions?|users?|leads?)\b", re.IGNORECASE)


def catalogue(locale: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((CONSOLE / "locales" / f"{locale}.json").read_text("utf-8"))
    return words


def names_in(message: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)(?=[},])", message))


def test_every_key_the_console_asks_for_is_there() -> None:
    asked = {key for text in SOURCES.values() for key in CALLED.findall(text)}

    assert asked - catalogue("en").keys() == set()


def test_every_prefix_the_console_builds_keys_from_leads_somewhere() -> None:
    prefixes = {prefix for text in SOURCES.values() for prefix in PREFIX.findall(text)}

    assert {p for p in prefixes if not any(key.startswith(p) for key in catalogue("en"))} == set()


def test_no_key_is_left_over() -> None:
    literals = {key for text in SOURCES.values() for key in LITERAL.findall(text)}
    prefixes = tuple({prefix for text in SOURCES.values() for prefix in PREFIX.findall(text)})

    unused = {key for key in catalogue("en") if key not in literals and not key.startswith(prefixes)}

    assert unused == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_the_same_keys_and_the_same_holes(locale: str) -> None:
    english, other = catalogue("en"), catalogue(locale)

    assert other.keys() == english.keys()
    assert {key for key in english if not names_in(other[key]) <= names_in(english[key])} == set()
    assert {key for key, message in other.items() if message.count("{") != message.count("}")} == set()


def test_the_words_keep_to_the_vocabulary() -> None:
    assert {key: text for key, text in catalogue("en").items() if AVOIDED.search(text)} == {}


def test_chinese_uses_chinese_punctuation() -> None:
    half = re.compile(r"[\u4e00-\u9fff][,;:!?]")

    for locale in LOCALES[1:]:
        assert {key: text for key, text in catalogue(locale).items() if half.search(text)} == {}
