"""The customer's language is seen where it shows, and kept until it clearly changes."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flows.schema import LANGUAGES, Language
from hub.languages import choose, detect, ui_language

CUSTOMERS = Path(__file__).parent.parent / "data/chat_zh/customers.txt"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("My card is misspelt", "en"),
        ("Hello", "en"),
        ("hi there", "en"),
        ("I don't know how to cancel order 00123842", "en"),
        ("please write 陈 instead of 陳 on my card", "en"),
        ("see https://example.org/zh/ and amy@example.org, please help me", "en"),
        ("我的卡印错了", "zh-Hans"),
        ("请转人工客服", "zh-Hans"),
        ("iPhone 15 多少钱", "zh-Hans"),
        ("我的卡印錯了", "zh-Hant"),
        ("妳好嗎", "zh-Hant"),
        ("唔該，我想改名", "zh-Hant"),
        ("係咁先", "zh-Hant"),
        ("你好", "zh"),
        ("我要 cancel 我的 card", "zh"),
        ("カードの名前が間違っています", "ja"),
        ("カード", "ja"),
        ("안녕하세요", "ko"),
        ("สวัสดี", "th"),
        ("Γεια σας", "el"),
        ("Ich möchte meine Karte sperren lassen", "de"),
        ("Bonjour, je voudrais payer ma prime", "fr"),
        ("Hola, quiero pagar mi prima", "es"),
        ("Здравствуйте, помогите с картой", "ru"),
        ("أريد التحدث مع موظف من فضلك", "ar"),
        ("Xin chào, tôi muốn nói chuyện với nhân viên", "vi"),
        ("ＨＥＬＬＯ, how are you my friend", "en"),
    ],
)
def test_a_language_is_seen(text: str, tag: str) -> None:
    assert detect(text) == tag


@pytest.mark.parametrize(
    "text", ["", "   ", "12345", "😀👍", "ok", "JON SMIHT", "\ud800", "\x00", "amy@example.org", "..."]
)
def test_what_shows_no_language_is_none(text: str) -> None:
    assert detect(text) is None


def test_what_customers_really_write_in_chinese_is_chinese() -> None:
    said = CUSTOMERS.read_text(encoding="utf-8").splitlines()

    found = [detect(text) for text in said]

    assert set(found) <= {"zh-Hans", "zh"}
    assert found.count("zh-Hans") >= 190


@given(st.text(max_size=300))
def test_any_text_has_a_language_or_none_and_always_the_same(text: str) -> None:
    found = detect(text)

    assert found == detect(text)
    assert found is None or found


@pytest.mark.parametrize("text", ["a" * 65_536, "中 a" * 20_000, "http://" * 9_000, "a@" * 30_000, "\u0301" * 65_536])
def test_a_hostile_message_is_read_quickly(text: str) -> None:
    detect("The detector is loaded before the clock starts")
    started = time.perf_counter()

    detect(text)

    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
        ("yue", "zh-Hant"),
        ("de-CH, zh-HK;q=0.8, en;q=0.5", "zh-Hant"),
        ("de", None),
        ("", None),
        (None, None),
        (";;,,-", None),
    ],
)
def test_a_tag_names_one_of_our_languages_or_none(tag: str | None, language: Language | None) -> None:
    assert ui_language(tag) == language


@pytest.mark.parametrize(
    ("kept", "detected", "browser", "link", "answer"),
    [
        (None, [], None, None, "en"),
        (None, [], "zh-TW", None, "zh-Hant"),
        (None, [], "zh-TW", "zh-Hans", "zh-Hans"),
        (None, ["en"], "zh-TW", "zh-Hans", "en"),
        (None, ["de"], "fr", None, "en"),
        (None, ["zh"], "zh-HK", None, "zh-Hant"),
        (None, ["zh"], "en", "zh-Hant", "zh-Hant"),
        (None, ["zh"], None, None, "zh-Hans"),
        ("en", ["zh-Hans"], None, None, "en"),
        ("en", ["zh-Hans", "zh-Hans"], None, None, "zh-Hans"),
        ("en", ["zh-Hans", None, "zh-Hans"], None, None, "zh-Hans"),
        ("en", ["zh-Hans", "en", "zh-Hans"], None, None, "en"),
        ("en", ["zh-Hans", "zh-Hant"], None, None, "en"),
        ("en", ["de", "de"], None, None, "en"),
        ("zh-Hant", ["zh", "zh"], "zh-CN", None, "zh-Hant"),
        ("zh-Hant", ["zh-Hans", "zh-Hans"], None, None, "zh-Hans"),
        ("zh-Hans", ["zh-Hans", "en", "en"], None, None, "en"),
    ],
)
def test_a_language_is_kept_until_two_messages_clearly_differ(
    kept: Language | None, detected: list[str | None], browser: str | None, link: str | None, answer: Language
) -> None:
    assert choose(kept, detected, browser, link) == answer


@given(st.sampled_from([None, *LANGUAGES]), st.lists(st.one_of(st.none(), st.text(max_size=8))), st.text(), st.text())
def test_the_answer_is_always_one_of_ours(
    kept: Language | None, detected: list[str | None], browser: str, link: str
) -> None:
    assert choose(kept, detected, browser, link) in LANGUAGES
