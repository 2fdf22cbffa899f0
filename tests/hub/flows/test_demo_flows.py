"""The demo bank's flows, played through as customers would, in three languages."""

import json
import re

import pytest

from hub.flows.acts import Close, Escalate, Form, Say, Switch
from hub.flows.engine import start
from hub.flows.schema import DEMO, LANGUAGES, Flow, Language, load
from tests.hub.flows.samples import escalation, message, play, values

CARD, PREMIUM, WELCOME = (load(DEMO / f"{name}.json") for name in ("card-misspelt", "pay-premium", "welcome"))


@pytest.mark.parametrize(
    ("language", "printed", "correct", "last_four", "when"),
    [
        ("en", "JON SMIHT", "Jon Smith", "it ends in 1234", "next Friday"),
        ("zh-Hans", "陈小名", "陈小明", "１２３４", "11月27日"),
        ("zh-Hant", "陳小名", "陳小明", "一二三四", "下週五"),
    ],
)
def test_the_misspelt_card_reaches_the_cards_team_complete(
    language: Language, printed: str, correct: str, last_four: str, when: str
) -> None:
    photo = message("", "ent_3", photo="att_1")

    step = play(CARD, printed, correct, photo, last_four, when, language=language)

    given = {"printed_name": printed, "correct_name": correct, "card_photo": "att_1"}
    assert values(step.run) == {**given, "card_last_four": "1234", "needed_by": "2026-11-27"}
    handed = escalation(step)
    assert handed.queue == "cards"
    assert [(need.tag, need.entry_id) for need in handed.needs] == [("card_misprint", "ent_2"), ("needed_by", "ent_5")]
    assert printed in handed.reason
    assert correct in handed.reason


def test_a_whole_card_number_is_never_kept_in_the_run() -> None:
    step = play(CARD, "JON SMIHT", "Jon Smith", "skip", "4111 1111 1111 1234", "skip")

    assert values(step.run)["card_last_four"] == "1234"
    assert "4111" not in repr(step)


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        ("en", ["12345678", "$250", "my card", "yes"]),
        ("zh-Hans", ["12345678", "两百五", "银行卡", "对"]),
        ("zh-Hant", ["保單號 １２３４５６７８", "二百五十元", "信用卡", "對，謝謝"]),
    ],
)
def test_a_premium_is_paid(language: Language, answers: list[str]) -> None:
    step = play(PREMIUM, *answers, language=language)

    assert step.acts[-1] == Close("done")
    assert values(step.run) == {
        "policy_number": "••••5678",
        "amount": "250",
        "pay_from": "card",
        "confirmed": "yes",
    }


def test_a_wrong_premium_is_put_right() -> None:
    step = play(PREMIUM, "12345678", "250", "card", "no", "87654321", "300", "1", "yes")

    assert step.acts[-1] == Close("done")
    assert values(step.run)["amount"] == "300"


@pytest.mark.parametrize(
    "answers", [["skip"], ["12345678", "250", "another way"], ["12345678", "250", "card", "3"], ["x", "y", "z"]]
)
def test_a_premium_that_cannot_be_paid_goes_to_people(answers: list[str]) -> None:
    assert isinstance(play(PREMIUM, *answers).acts[-1], Escalate)


def test_the_welcome_leads_to_the_flows_and_to_people() -> None:
    assert play(WELCOME, "1").acts[-1] == Switch("card-misspelt")
    assert play(WELCOME, "我要缴保费").acts[-1] == Switch("pay-premium")
    assert escalation(play(WELCOME, "Talk to a person")).queue is None
    other = play(WELCOME, "something else", "My safe is locked")
    assert [need.value for need in escalation(other).needs] == ["My safe is locked"]
    assert any(isinstance(act, Form) for act in other.acts)


@pytest.mark.parametrize("told", [CARD, PREMIUM, WELCOME], ids=lambda told: told.id)
def test_nobody_reads_an_unfilled_place_or_a_foreign_script(told: Flow) -> None:
    for language in LANGUAGES:
        shown = [act.text for act in start(told, language).acts if isinstance(act, Say)]
        assert not any("{" in text or "—" in text for text in shown)
        assert all((re.search("[\u4e00-\u9fff]", text) is None) == (language == "en") for text in shown)


def test_the_words_are_those_of_the_glossary() -> None:
    avoided = re.compile(r"\b(?:contact|ticket|session|user|lead)s?\b|用户|用戶|工单|工單", re.IGNORECASE)

    for path in DEMO.glob("*.json"):
        assert avoided.findall(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)) == []


def test_pressing_the_buttons_works_like_typing() -> None:
    typed = play(PREMIUM, "12345678", "250", "card", "yes")
    pressed = play(
        PREMIUM,
        "12345678",
        "250",
        message("My card", "ent_3", pay_from="card"),
        message("Yes, that is right", "ent_4", confirmed="yes"),
    )

    assert pressed == typed
