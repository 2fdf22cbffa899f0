"""Plain words: one normal form for what people type, and the small words every flow needs."""

import re
import unicodedata
from collections.abc import Iterable

MAX_READ = 2000  # signs of a message that are looked at for a short value

_SPACE = re.compile(r"\s+")
_EDGE = " \t\n.,!?;:\"'`~()[]{}<>。、·…-_*#/\\|“”‘’「」『』《》〈〉"
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"'})


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split("|"))


YES = _set(
    "yes|y|yeah|yep|yup|sure|ok|okay|right|correct|fine|of course|yes please|confirm|confirmed|"
    "是|是的|对|對|好|好的|好啊|可以|行|没错|沒錯|确认|確認|确定|確定|嗯|对的|對的|同意|要"
)
NO = _set(
    "no|n|nope|nah|no thanks|no thank you|not now|cancel|wrong|not correct|that's wrong|"
    "不|不是|不是的|不好|不对|不對|不要|不用|不用了|不行|不可以|取消|错|错了|錯|錯了|否|算了"
)
_CANNOT = _set(
    "skip|skip it|skip this|pass|i can't|i cannot|can't|cannot|i cant|cant|i don't know|don't know|"
    "i dont know|dont know|no idea|not sure|i'm not sure|i don't have it|i dont have it|"
    "don't have it|i don't have one|i don't have that|i forgot|not available|not possible|"
    "i can not|can not|unable|i'm unable|no photo|not now|later|"
    "跳过|跳過|略过|略過|不知道|我不知道|不清楚|不确定|不確定|没有|沒有|我没有|我沒有|不能|我不能|"
    "忘了|忘记了|忘記了|不记得|不記得|不方便|没办法|沒辦法|做不到|无法|無法|没照片|沒照片|拍不了|"
    "提供不了|以后再说|以後再說|不行"
)
_CANNOT_OPENINGS = tuple(
    _set(
        "i can't |i cannot |i can not |i cant |can't |cannot |i'm unable |i am unable |"
        "i don't have |i dont have |i have no |i don't know |没有|沒有|我没有|我沒有|我不能|没办法|沒辦法|"
        "无法|無法|我无法|我無法|拍不了|不方便|不知道|我不知道"
    )
)


def plain(text: str) -> str:
    """Give the text in NFKC with every decimal digit as 0-9 and straight quotes."""
    folded = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    if folded.isascii():
        return folded
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)


def normalise(text: str) -> str:
    """Give the text for comparing: plain, casefolded, one space between words, bare edges."""
    return _SPACE.sub(" ", plain(text).casefold()).strip(_EDGE)


def tidy(text: str) -> str:
    """Give the text on one line without control characters; what people wrote otherwise stays."""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cs"})
    return _SPACE.sub(" ", "".join(kept)).strip()


def has_han(text: str) -> bool:
    """Whether there is a Han character in it."""
    return _HAN.search(text) is not None


def says_cannot(text: str, *, whole: bool) -> bool:
    """Whether the customer says "skip" or "I cannot".

    With `whole` only a message that is nothing else counts: for questions any text answers.
    """
    said = normalise(text[:MAX_READ])
    if said in _CANNOT:
        return True
    return not whole and len(said) <= 120 and said.startswith(_CANNOT_OPENINGS)


def contains_phrase(text: str, phrase: str) -> bool:
    """Whether a normalised phrase stands in a normalised text: at word edges unless it is Han."""
    if not phrase:
        return False
    if has_han(phrase):
        return phrase in text
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if not _is_word(text[at - 1 : at]) and not _is_word(text[end : end + 1]):
            return True
        at = text.find(phrase, at + 1)
    return False


def any_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of the phrases stands in the text."""
    return any(contains_phrase(text, phrase) for phrase in phrases)


def _is_word(sign: str) -> bool:
    return sign.isalnum() and not has_han(sign)
