"""A busy afternoon at the bank: conversations in every state, one of them the story of the misspelt card."""

from dataclasses import dataclass

from tests.screens.bank import Bank
from tests.web.live.screens import CustomerScreen

HELLO = {
    "en": "Hello Ms Pereira, I see the card says ANA PERERA and should read ANA PEREIRA. I am ordering a new one now.",
    "zh-Hans": "林女士您好，卡上印的是“林为”，应为“林薇”。我现在就为您补办新卡。",
}
TALK = {
    "en": (
        "Thank you! Can it come to the branch instead? I am not at home tomorrow.",
        "Of course. Harbour Road branch, from 9:00.",
    ),
    "zh-Hans": ("谢谢！能寄到支行吗？我明天不在家。", "可以，寄到海港路支行，明早九点后可取。"),
}
NOTE = {
    "en": "Branch confirmed by phone: they hold cards for 14 days.",
    "zh-Hans": "已电话确认：支行可代为保管 14 天。",
}
LAST = {"en": "Perfect, that helps a lot.", "zh-Hans": "太好了，帮大忙了。"}
EARLIER = {
    "en": ("What are your opening hours?", "We are open from 9:00 to 17:00 on weekdays."),
    "zh-Hans": ("你们几点开门？", "工作日上午九点到下午五点。"),
}
MINE = {
    "en": [
        ("Samuel Adeyemi", "And can it wait until Monday?", "Form 14-B. I can fill in what we know."),
        ("Lin Wei", "Good, I will look at it tonight.", "Here is the form, Ms Lin."),
    ],
    "zh-Hans": [
        ("王芳", "可以等到周一吗？", "请填 14-B 表，我先帮您填好已知部分。"),
        ("Samuel Adeyemi", "Thank you, I will look at it tonight.", "Here is the form."),
    ],
}
WAITING = {
    "en": [
        ("Petra Novak", "My card was kept by the machine at the station. I want to talk to a person!"),
        ("Arthur Holloway", "I need a person, please: a payment was taken twice"),
        ("黄小明", "我想找人工客服，转账没有到账"),
    ],
    "zh-Hans": [
        ("赵敏", "卡被车站的机器吞了，转人工！"),
        ("Arthur Holloway", "I need a person, please: a payment was taken twice"),
        ("黄小明", "我想找人工客服，转账没有到账"),
    ],
}
DONE = {
    "en": [("Maria Rossi", "I want to talk to a person about my PIN", "A new PIN letter is on its way.")],
    "zh-Hans": [("陈静", "人工客服，我忘了密码", "新的密码函已寄出。")],
}


@dataclass(frozen=True)
class Afternoon:
    """The customer on screen, and where the console shows her."""

    ana: CustomerScreen
    path: str


async def fill(bank: Bank, locale: str) -> Afternoon:
    """Everything one finds in the inbox. Nobody has room for more, so nothing rings but what a picture needs."""
    await bank.state("amy", "away", capacity=50)
    served = await bank.customer("Nikhil Rao", "I want to talk to a person")
    await bank.state("mia", "online", capacity=1)
    await bank.take(served, "mia")
    for name, text, answer in DONE[locale]:
        someone = await bank.customer(name, text, language=locale)
        await bank.take(someone)
        await bank.reply(someone, answer)
        await bank.resolve(someone)
        await bank.age(bank.conversation(someone), hours=5)
    for number, (name, text, answer) in enumerate(MINE[locale]):
        someone = await bank.customer(name, "I want to talk to a person", language=locale)
        await bank.take(someone)
        if number:
            await someone.says(text)
            await bank.reply(someone, answer)
        else:
            await bank.reply(someone, answer)
            await someone.says(text)
        await bank.age(bank.conversation(someone), hours=0.3 + number)
    for number, (name, text) in enumerate(WAITING[locale]):
        someone = await bank.customer(name, text, language=locale)
        await bank.age(bank.conversation(someone), hours=(4 - number) / 60, spread_minutes=0.2)
    day = await story(bank, locale)
    await bank.state("amy", "away", capacity=3)
    return day


async def story(bank: Bank, locale: str) -> Afternoon:
    """The misspelt card: a conversation of last week, and the one of today."""
    ana = await bank.misspelt_card(locale)
    one = await bank.take(ana)
    amy = await bank.agent("amy")
    await amy.do("PATCH", f"/customers/{one['log']}", tier="gold" if locale == "en" else "金卡")
    await bank.reply(ana, HELLO[locale])
    await ana.says(TALK[locale][0])
    await bank.reply(ana, TALK[locale][1])
    await bank.note(ana, NOTE[locale])
    await bank.age(one["id"], hours=0.02, spread_minutes=1)
    await ana.says(LAST[locale])
    return Afternoon(ana, f"/c/{one['log']}/{one['id']}")
