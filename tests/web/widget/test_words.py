"""Every word the chat shows is in every catalogue, and nothing in them is left over."""

import json
import re
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[3] / "web" / "widget"
LOCALES = ("en", "zh-Hans", "zh-Hant")
EMBED = (WIDGET / "embed.js").read_text("utf-8")
SOURCES = [path.read_text("utf-8") for path in sorted(WIDGET.rglob("*.js")) if path.name != "embed.js"]

LITERAL = re.compile(r"""["'`]([a-z]+(?:\.[a-zA-Z_.-]+)*)["'`]""")
CALLED = re.compile(r"""\bt\(\s*"([^"]+)\"""")
PREFIX = re.compile(r"`([a-z]+(?:\.[a-z_]+)*\.)\$\{")
AVOIDED = re.compile(r"\b(contacts?|tickets?|sessions?|users?|leads?)\b", re.IGNORECASE)


def catalogue(locale: str) -> dict[str, str]:
    """What is loaded at once and what the parts loaded later add."""
    first = json.loads((WIDGET / "locales" / f"{locale}.json").read_text("utf-8"))
    later = json.loads((WIDGET / "locales" / f"{locale}.later.json").read_text("utf-8"))
    assert not first.keys() & later.keys()
    return {**first, **later}


def holes(message: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", message))


def test_every_key_the_chat_asks_for_is_there() -> None:
    asked = {key for text in SOURCES for key in CALLED.findall(text)}

    assert asked - catalogue("en").keys() == set()


def test_no_key_is_left_over() -> None:
    named = {key for text in SOURCES for key in LITERAL.findall(text)}
    prefixes = ("launcher.", *{prefix for text in SOURCES for prefix in PREFIX.findall(text)})

    left = {key for key in catalogue("en") if key.removesuffix(".one") not in named and not key.startswith(prefixes)}

    assert left == set()


def test_what_is_shown_at_once_does_not_wait_for_later_words() -> None:
    late = json.loads((WIDGET / "locales" / "en.later.json").read_text("utf-8")).keys()
    at_once = ("main.js", "views/panel.js", "views/entry.js", "views/thread.js", "views/answers.js")

    asked = {key for name in at_once for key in CALLED.findall((WIDGET / name).read_text("utf-8"))}

    assert asked & late == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_the_same_keys_and_fills_the_same_holes(locale: str) -> None:
    english, other = catalogue("en"), catalogue(locale)

    assert other.keys() == english.keys()
    may_differ = {"queue.place": {"n", "ahead"}}
    strange = {key for key in english if holes(other[key]) - holes(english[key]) - may_differ.get(key, set())}
    assert strange == set()
    assert all(message.strip() for message in other.values())


@pytest.mark.parametrize("locale", LOCALES)
def test_the_launcher_says_what_the_catalogue_says(locale: str) -> None:
    words = catalogue(locale)
    listed = [words[f"launcher.{name}"] for name in ("title", "unread", "hide")]

    assert json.dumps(listed, ensure_ascii=False) in EMBED


def test_the_words_keep_to_the_vocabulary() -> None:
    assert {key: text for key, text in catalogue("en").items() if AVOIDED.search(text)} == {}


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_chinese_uses_chinese_punctuation(locale: str) -> None:
    half = re.compile(r"[\u4e00-\u9fff][,;:!?]")

    assert {key: text for key, text in catalogue(locale).items() if half.search(text)} == {}
