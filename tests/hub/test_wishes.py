"""Asking for a person and saying goodbye are heard in many languages, and nothing else is."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wishes import wants_end, wants_person

CUSTOMERS = Path(__file__).parent.parent / "data/chat_zh/customers.txt"

PERSON = """
talk to a person | I want to talk to a human | agent | AGENT!!! | human please | a real person please | operator
Can I speak with someone? | let me talk to a real person | Why can't I talk to a person? | I can't reach a human
I don't want to talk to a bot, give me an agent | I don't want to talk to a bot but a human | not a bot, a human
I don't want to talk to a robot | no bots please | connect me with customer service | get me a supervisor
is there a human there? | Is anyone there | why don't you connect me to an agent | customer service | I need someone
I don't know how to speak to an agent | I'm trying to talk to a damn agent | Ｉ ｗａｎｔ ａ ｈｕｍａｎ
Hello. My card is wrong. I’d like to speak to a human agent now. | could you help me to speak to somebody?
人工 | 转人工 | 轉人工 | 请转人工客服 | 真人客服 | 找客服 | 我要找客服 | 我要人工服务 | 能不能转人工 | 可不可以找真人
为什么还不转人工 | 怎么不转人工 | 不要机器人，转人工 | 我不想跟机器人说话 | 我想和人说话 | 想跟真人聊聊 | 人工，谢谢
搵真人 | 有人吗 | 我要同真人傾 | 不想再等了转人工 | 要不要人工 | 我要找你们经理 | 請幫我轉真人客服
quiero hablar con un agente | Necesito hablar con una persona | agente por favor | je veux parler à un conseiller
je voudrais parler à quelqu'un | un humain s'il vous plaît | Ich möchte mit einem Menschen sprechen
Mitarbeiter bitte | kann ich mit einem Mitarbeiter sprechen | quero falar com um atendente
voglio parlare con un operatore | ik wil een medewerker spreken | соедините с оператором | оператор
хочу поговорить с живым человеком | tôi muốn nói chuyện với nhân viên | saya mau bicara dengan orang
オペレーターと話したい | 人と話したいです | 担当者につないでください | 상담원 연결해 주세요 | 상담원
사람이랑 통화하고 싶어요 | ขอคุยกับเจ้าหน้าที่ | أريد التحدث مع موظف | मुझे इंसान से बात करनी है
"""
NOBODY = """
I don't want to talk to an agent | I do not want an agent, I want a refund | travel agent fee | no agent please
My travel agent booked it | An agent told me to call back | I talked to an agent yesterday | are you a human?
I spoke with a representative | don't transfer me to an agent | I want to know which agent sold me the policy
what is the agent fee | the person on the card is my wife | my name is Person | I need help | I am only human
I'd rather not talk to an agent | please don't make me talk to a person | I no longer want to speak with a human
human resources phone number | he is an insurance agent | person to person transfer limit | JON SMITH
can i transfer money to a person in France | transfer 500 to another person | call option price | 12345678 | skip
人工智能是什么 | 人工费多少 | 我要人工费明细 | 不要转人工 | 不用人工 | 别转人工 | 我不想找客服 | 不需要人工客服
我昨天和客服说过了 | 客服电话是多少 | 我和家人说了 | 需要本人去吗 | 要本人签字吗 | 没有人接 | 这个产品适合老年人
两个人去吃饭 | 有没有人均五十元的餐馆 | 我的卡印错了 | no quiero hablar con un agente
je ne veux pas parler à un agent | ich will nicht mit einem Mitarbeiter sprechen | не хочу говорить с оператором
オペレーターと話したくない | 상담원 연결 필요 없어요
"""
END = """
bye | Goodbye! | thanks, bye | that's all, thank you | end chat | please end the chat | no, that's all | Bye bye 👋
I want to end this conversation | 再见 | 谢谢，再见 | 没事了，谢谢 | 结束对话 | 請結束對話 | 就这样吧 | 拜拜 | adiós
Tschüss | Auf Wiedersehen | до свидания | 안녕히 계세요 | さようなら | チャットを終了
"""
NO_END = """
don't end the chat | end of month | when does the chat end | the end date | why did you close the chat | thanks | no
stop | I want to close my account | pass on my goodbye to Amy | 不要结束对话 | 别结束聊天 | 谢谢
结束日期是哪天 | Byelaw
"""


def sentences(table: str) -> list[str]:
    return [text.strip() for line in table.splitlines() for text in line.split("|") if text.strip()]


@pytest.mark.parametrize("text", sentences(PERSON))
def test_the_wish_for_a_person_is_heard(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize("text", sentences(NOBODY))
def test_other_words_are_no_wish_for_a_person(text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize("text", sentences(END))
def test_the_wish_to_end_is_heard(text: str) -> None:
    assert wants_end(text)


@pytest.mark.parametrize("text", [*sentences(NO_END), *sentences(PERSON), *sentences(NOBODY)])
def test_other_words_are_no_goodbye(text: str) -> None:
    assert not wants_end(text)


def test_customers_who_ask_for_something_else_are_not_taken_for_callers_of_a_person() -> None:
    said = CUSTOMERS.read_text(encoding="utf-8").splitlines()

    assert [text for text in said if wants_person(text)] == []


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert wants_person(text) in {True, False}
    assert wants_end(text) in {True, False}


@pytest.mark.parametrize(
    "part",
    [
        *["talk to a ", "not ", "转", "和", "a", "'", "want to ", "人工", "sprechen mit ", "要转找", " ", "\u0301"],
        *["不", "customer ", "상담원", "人と", "คุย", "end the ", "thanks ", "结束", "\ud800", "quel'"],
    ],
)
def test_a_hostile_message_is_read_quickly(part: str) -> None:
    text = (part * 65_536)[:65_536]
    started = time.perf_counter()

    wants_person(text)
    wants_end(text)

    assert time.perf_counter() - started < 1
