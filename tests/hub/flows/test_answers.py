"""One answer is read: picked or typed, in any of three languages, or not at all."""

import pytest

from hub.flows.answers import Answer, mask, read
from hub.flows.schema import AskNode, ChoiceNode
from tests.hub.flows.samples import ask, message, texts

PAY = ChoiceNode.model_validate(
    {
        "kind": "choice",
        "slot": "pay_from",
        "label": texts("Pay from"),
        "text": texts("From where?"),
        "options": [
            {
                "value": "account",
                "label": {"en": "My bank account", "zh-Hans": "我的银行账户", "zh-Hant": "我的銀行帳戶"},
                "also": {"en": ["bank"]},
            },
            {"value": "card", "label": {"en": "My card", "zh-Hans": "我的银行卡", "zh-Hant": "我的信用卡"}},
            {"value": "other", "label": {"en": "Another way", "zh-Hans": "其他方式", "zh-Hant": "其他方式"}},
        ],
    }
)
SURE = ChoiceNode.model_validate(
    {
        "kind": "choice",
        "slot": "sure",
        "label": texts("Sure"),
        "text": texts("Is that right?"),
        "options": [{"value": "yes", "label": texts("Correct")}, {"value": "no", "label": texts("Start over")}],
    }
)


def question(**more: object) -> AskNode:
    return AskNode.model_validate(ask("it", "end", **more))


def value(node: AskNode | ChoiceNode, text: str) -> str:
    """The value read, or why there is none."""
    found = read(node, message(text), "en")
    return found.value if isinstance(found, Answer) else found


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("card", "card"),
        ("MY CARD!", "card"),
        ("2", "card"),
        ("２", "card"),
        ("Option 2.", "card"),
        ("②", "card"),
        ("第二个", "card"),
        ("选1", "account"),
        ("bank", "account"),
        ("from my bank account please", "account"),
        ("my bank acount", "account"),
        ("我的银行账户", "account"),
        ("用我的信用卡付", "card"),
        ("其他方式吧", "other"),
        ("not my card", "unusable"),
        ("9", "unusable"),
        ("my card or my bank account", "unusable"),
        ("purple", "unusable"),
        ("I don't know", "cannot"),
        ("跳过", "cannot"),
        ("", "unusable"),
    ],
)
def test_a_choice_is_made_by_number_words_or_likeness(text: str, picked: str) -> None:
    assert value(PAY, text) == picked


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("yes", "yes"),
        ("Yes, please go on", "yes"),
        ("好的", "yes"),
        ("對，沒錯", "yes"),
        ("no", "no"),
        ("No, that's not right", "no"),
        ("不是的", "no"),
        ("不对", "no"),
        ("maybe", "unusable"),
    ],
)
def test_yes_and_no_are_known_in_every_language(text: str, picked: str) -> None:
    assert value(SURE, text) == picked


def test_what_was_picked_on_the_screen_counts_before_what_was_typed() -> None:
    found = read(PAY, message("My bank account", pay_from="card"), "zh-Hant")

    assert found == Answer("card", "我的信用卡")


def test_a_forged_pick_is_checked_like_anything_typed() -> None:
    assert read(PAY, message("", pay_from="gold"), "en") == "unusable"
    assert read(question(type="number", max=10), message("", it="11"), "en") == "unusable"
    assert read(question(type="date", min="today"), message("", it="2026-11-20"), "en") == "unusable"


@pytest.mark.parametrize(
    ("rules", "text", "expected"),
    [
        ({"type": "text"}, "  Amy\n Smith\x00 ", "Amy Smith"),
        ({"type": "text"}, "…", "unusable"),
        ({"type": "text", "max": 5}, "too long", "unusable"),
        ({"type": "text", "min": 3}, "ab", "unusable"),
        ({"type": "text"}, "skip", "cannot"),
        ({"type": "text"}, "I can't swim", "I can't swim"),
        ({"type": "text", "pattern": "A-9999"}, "it is p-1234.", "P-1234"),
        ({"type": "text", "pattern": "A-9999"}, "p-123", "unusable"),
        ({"type": "number", "min": 1, "max": 100}, "一百", "100"),
        ({"type": "number", "min": 1, "max": 100}, "101", "unusable"),
        ({"type": "number"}, "I can't say", "cannot"),
        ({"type": "digits", "digits": 4}, "1 2 3 4", "1234"),
        ({"type": "digits", "digits": 4}, "12345", "unusable"),
        ({"type": "digits", "digits": 4, "last": True}, "4111 1111 1111 1234", "1234"),
        ({"type": "digits", "digits": 4}, "1234 and 5678", "unusable"),
        ({"type": "date", "min": "today"}, "明天", "2026-11-22"),
        ({"type": "date", "min": "today"}, "yesterday", "unusable"),
        ({"type": "date", "max": "today"}, "5 Nov", "2026-11-05"),
        ({"type": "date", "min": "2026-12-01"}, "30 November 2026", "unusable"),
        ({"type": "phone"}, "call +1 (555) 010-0123 please", "+15550100123"),
        ({"type": "phone"}, "0044 20 7946 0000", "+442079460000"),
        ({"type": "phone"}, "12345", "unusable"),
        ({"type": "email"}, "我的邮箱是Amy@Example.ORG，谢谢", "Amy@example.org"),
        ({"type": "email"}, "amy at example", "unusable"),
    ],
)
def test_a_typed_answer_is_valid_or_not(rules: dict[str, object], text: str, expected: str) -> None:
    assert value(question(**rules), text) == expected


def test_a_photo_is_a_picture_and_nothing_else() -> None:
    node = question(type="photo")

    found = read(node, message("here", photo="att_1"), "zh-Hans")

    assert found == Answer("att_1", "照片", attachment_id="att_1")
    assert read(node, message("here it is"), "en") == "unusable"
    assert read(node, message("I can't take a photo now"), "en") == "cannot"


@pytest.mark.parametrize(
    ("text", "keep", "masked"), [("12345678", 4, "••••5678"), ("1234", 4, "1234"), ("secret", 0, "••••••")]
)
def test_a_mask_keeps_only_the_last_signs(text: str, keep: int, masked: str) -> None:
    assert mask(text, keep) == masked


def test_a_huge_message_is_read_at_once() -> None:
    for kind in ("number", "date", "digits", "phone", "email", "text"):
        read(question(type=kind), message("1 a,@.-" * 10_000), "en")

    assert read(PAY, message("c" * 65_536), "en") == "unusable"
