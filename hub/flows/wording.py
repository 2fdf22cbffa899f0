"""The engine's own few sentences, and filling slots into the flow's."""

import re
from collections.abc import Mapping

from hub.flows.runs import Slot
from hub.flows.schema import Language, Text

UNSET = "—"
MAX_SENTENCE = 4000

PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")

HANDING_OVER: Text = {
    "en": "I will bring in a colleague. They can read everything you wrote here.",
    "zh-Hans": "我请一位同事来帮您。您写的内容同事都能看到。",
    "zh-Hant": "我請一位同事來幫您。您寫的內容同事都能看到。",
}
AGAIN: Text = {
    "en": "Sorry, I did not understand that.",
    "zh-Hans": "抱歉，我没有看懂。",
    "zh-Hant": "抱歉，我沒有看懂。",
}
TOO_MANY_TRIES: Text = {
    "en": "The bot could not use the answers to “{label}”",
    "zh-Hans": "机器人看不懂对“{label}”的回答",
    "zh-Hant": "機器人看不懂對「{label}」的回答",
}
CANNOT_ANSWER: Text = {
    "en": "The customer cannot give “{label}”",
    "zh-Hans": "客户无法提供“{label}”",
    "zh-Hant": "客戶無法提供「{label}」",
}
BOT_FAILED: Text = {
    "en": "The bot could not go on",
    "zh-Hans": "机器人无法继续",
    "zh-Hant": "機器人無法繼續",
}
COLON: Mapping[Language, str] = {"en": ": ", "zh-Hans": "：", "zh-Hant": "："}
SEMICOLON: Mapping[Language, str] = {"en": "; ", "zh-Hans": "；", "zh-Hant": "；"}


def fill(template: str, slots: Mapping[str, Slot]) -> str:
    """Put what the customer gave in place of `{slot}`; a slot without value becomes a dash.

    Only names are looked up, once: braces inside a value stay as they are.
    """
    return PLACE.sub(lambda place: _label(slots, place.group(1)), template)[:MAX_SENTENCE]


def _label(slots: Mapping[str, Slot], name: str) -> str:
    return slots[name].label if name in slots else UNSET
