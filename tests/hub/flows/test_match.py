"""The first message finds its flow, or none rather than a wrong one."""

import pytest

from hub.flows.match import match
from hub.flows.schema import Language, load_all
from tests.hub.flows.samples import flow, hand_over


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("My card is misspelt", "en", "card-misspelt"),
        ("the NAME on my new card is wrong!!", "en", "card-misspelt"),
        ("there's a typo on the card", "en", "card-misspelt"),
        ("我的信用卡名字印错了", "zh-Hans", "card-misspelt"),
        ("卡片上的姓名錯了", "zh-Hant", "card-misspelt"),
        ("I would like to pay my premium", "en", "pay-premium"),
        ("ＰＡＹ my  Premium", "en", "pay-premium"),
        ("怎么交保费？", "zh-Hans", "pay-premium"),
        ("我要繳這個月的保費", "zh-Hant", "pay-premium"),
        ("我要繳保費", "en", "pay-premium"),
        ("card-misspelt", "en", "card-misspelt"),
        ("hello", "en", None),
        ("", "en", None),
        ("I lost my card", "en", None),
        ("please repay premium customers", "en", None),
        ("今天天气怎么样", "zh-Hans", None),
    ],
)
def test_a_first_message_finds_its_flow(text: str, language: Language, found: str | None) -> None:
    told = match(load_all(), text, language)

    assert (told.id if told else None) == found


def test_the_longer_phrase_wins_and_a_tie_is_nobodys() -> None:
    pay = flow(a=hand_over()).model_copy(update={"id": "pay", "triggers": {"en": ("pay",)}})
    bill = pay.model_copy(update={"id": "bill", "triggers": {"en": ("pay bill",)}})
    same = pay.model_copy(update={"id": "same"})

    assert match([pay, bill], "I want to pay a bill", "en") == bill
    assert match([pay, same], "I pay", "en") is None
    assert match([], "I pay", "en") is None


def test_a_huge_message_is_matched_at_once() -> None:
    assert match(load_all(), "pay " * 16_000, "en") is None
