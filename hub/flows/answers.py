"""Reading one answer: from what the customer wrote, picked or sent to a canonical value."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from hub.flows.dates import Lean, read_date, show_date
from hub.flows.numerals import read_cjk, read_digits, read_number, show
from hub.flows.runs import InboundFact, Slot
from hub.flows.schema import AskNode, Bound, ChoiceNode, Language, Option, text_in
from hub.flows.words import (
    MAX_READ,
    NO,
    YES,
    contains_phrase,
    has_han,
    normalise,
    plain,
    says_cannot,
    tidy,
)

DEFAULT_TEXT_LENGTH = 500
_ALIKE = 0.8  # how like a label a mistyped answer must be

_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ ()./-]{0,3}\d){6,16}(?!\d)")
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_ORDINAL = re.compile(r"^(?:option|number|no\.?|第|选|選|选择|選擇)? ?(\d{1,2}|[一二三四五六])"
                      r"[.)]?(?:个|個|项|項|号|號|种|種)?(?: please)?$")  # fmt: skip
_NOT = re.compile(r"\b(?:no|not|never|none|neither|nor|dont|cannot)\b|n't\b|[不没沒别別勿]")
_PHOTO_WORD: dict[Language, str] = {"en": "photo", "zh-Hans": "照片", "zh-Hant": "照片"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A usable answer: canonical value, words for people, and where the choice leads."""

    value: str
    label: str
    attachment_id: str | None = None
    next: str | None = None


Reading: TypeAlias = Answer | Literal["cannot", "unusable"]


def read(node: AskNode | ChoiceNode, message: InboundFact, language: Language) -> Reading:
    """Give the answer in the message, or why there is none.

    What was picked on the screen counts first, then what was typed; both are checked alike.
    """
    if isinstance(node, ChoiceNode) or node.type == "choice":
        found = _choice(node.options, node.slot, message, language)
        return found or _no_answer(message.text, whole=False)
    if node.type == "photo":
        return _photo(message, language) or _no_answer(message.text, whole=False)
    if node.type == "text" and node.pattern is None and says_cannot(message.text, whole=True):
        return "cannot"
    picked = message.answers.get(node.slot)
    for text in (picked, message.text):
        if isinstance(text, str) and (answer := _typed(node, text, message.today, language)):
            return answer
    return _no_answer(message.text, whole=node.type == "text" and node.pattern is None)


def photo_of(message: InboundFact, language: Language) -> Slot | None:
    """Give the first picture of the message as a slot, if there is one."""
    answer = _photo(message, language)
    if answer is None:
        return None
    return Slot(
        value=answer.value,
        label=answer.label,
        entry_id=message.entry_id,
        attachment_id=answer.attachment_id,
    )


def display(node: AskNode | ChoiceNode, slot: Slot, language: Language) -> str:
    """Give the slot's value in words of a language; a masked value stays as it is."""
    if isinstance(node, AskNode) and node.sensitive:
        return slot.label
    if isinstance(node, ChoiceNode) or node.type == "choice":
        labels = {option.value: text_in(option.label, language) for option in node.options}
        return labels.get(slot.value) or slot.label
    if node.type == "photo":
        return _PHOTO_WORD[language]
    if node.type == "date" and (day := _iso(slot.value)):
        return show_date(day, language)
    return slot.label


def mask(value: str, keep: int) -> str:
    """Hide all but the last `keep` signs; nothing of a value that is no longer than that..."""
    shown = value[len(value) - keep :] if keep else ""
    return "•" * min(len(value) - len(shown), 8) + shown


def _no_answer(text: str, *, whole: bool) -> Reading:
    return "cannot" if says_cannot(text, whole=whole) else "unusable"


def _photo(message: InboundFact, language: Language) -> Answer | None:
    for file in message.attachments:
        if file.media_type.startswith("image/"):
            return Answer(file.id, _PHOTO_WORD[language], attachment_id=file.id)
    return None


def _typed(node: AskNode, text: str, today: date, language: Language) -> Answer | None:
    if node.pattern is not None:
        return _shaped(node.pattern, text)
    reader = _READERS.get(node.type)
    if reader is not None:
        return reader(node, text)
    return _date(node, text, today, language)


def _text(node: AskNode, text: str) -> Answer | None:
    said = tidy(text)
    low = _decimal(node.min) or Decimal(1)
    high = _decimal(node.max) or Decimal(DEFAULT_TEXT_LENGTH)
    if not any(sign.isalnum() for sign in said) or not low <= len(said) <= high:
        return None
    return Answer(said, said)


def _shaped(pattern: str, text: str) -> Answer | None:
    """The one part of the text that has the shape: 9 digit, A letter, * either."""
    said = plain(text[:MAX_READ]).upper().strip()
    squeezed = re.sub(r"\s+", "", said)
    parts = [squeezed, *re.split(r"[\s,;:!?。,、]+", said)]
    found = {part.strip(".") for part in parts if _fits(pattern.upper(), part.strip("."))}
    return Answer(value := found.pop(), value) if len(found) == 1 else None


def _fits(pattern: str, text: str) -> bool:
    if len(pattern) != len(text):
        return False
    kinds: dict[str, Callable[[str], bool]] = {
        "9": lambda c: c.isascii() and c.isdigit(),
        "A": lambda c: c.isascii() and c.isalpha(),
        "*": lambda c: c.isascii() and c.isalnum(),
    }
    return all(kinds[want](have) if want in kinds else want == have for want, have in zip(pattern, text, strict=True))


def _number(node: AskNode, text: str) -> Answer | None:
    number = read_number(text)
    if number is None:
        return None
    low, high = _decimal(node.min), _decimal(node.max)
    if (low is not None and number < low) or (high is not None and number > high):
        return None
    return Answer(show(number), show(number))


def _digits(node: AskNode, text: str) -> Answer | None:
    runs = read_digits(text)
    if node.digits is None:
        low, high = _decimal(node.min) or 1, _decimal(node.max) or 40
        fitting = [run for run in runs if low <= len(run) <= high]
    else:
        fitting = [run for run in runs if len(run) == node.digits]
        if not fitting and node.last:
            fitting = [run[-node.digits :] for run in runs if len(run) > node.digits]
    return Answer(fitting[0], fitting[0]) if len(set(fitting)) == 1 else None


def _phone(_: AskNode, text: str) -> Answer | None:
    found: set[str] = set()
    for match in _PHONE.findall(plain(text[:MAX_READ])):
        digits = re.sub(r"\D", "", match)
        plus = match.startswith("+") or digits.startswith("00")
        digits = digits.removeprefix("00")
        if 7 <= len(digits) <= 15:
            found.add(f"+{digits}" if plus else digits)
    return Answer(value := found.pop(), value) if len(found) == 1 else None


def _email(_: AskNode, text: str) -> Answer | None:
    found = set()
    for match in _EMAIL.findall(plain(text[:MAX_READ])):
        local, _at, domain = match.strip(".'").rpartition("@")
        found.add(f"{local}@{domain.lower()}")
    return Answer(value := found.pop(), value) if len(found) == 1 else None


def _date(node: AskNode, text: str, today: date, language: Language) -> Answer | None:
    low, high = _day(node.min, today), _day(node.max, today)
    lean: Lean = "past" if high is not None and high <= today else "future"
    day = read_date(text, today, language, lean)
    if day is None or (low is not None and day < low) or (high is not None and day > high):
        return None
    return Answer(day.isoformat(), show_date(day, language))


_READERS: dict[str, Callable[[AskNode, str], Answer | None]] = {
    "text": _text,
    "number": _number,
    "digits": _digits,
    "phone": _phone,
    "email": _email,
}


def _choice(options: Sequence[Option], slot: str, message: InboundFact, language: Language) -> Answer | None:
    picked = message.answers.get(slot)
    by_value = {option.value: option for option in options}
    option = by_value.get(picked) if isinstance(picked, str) else None
    option = option or pick(options, message.text)
    if option is None:
        return None
    return Answer(option.value, text_in(option.label, language) or option.value, next=option.next)


def pick(options: Sequence[Option], text: str) -> Option | None:
    """Give the one option the text means: by value, words of any language, number, likeness."""
    said = normalise(text[:MAX_READ])
    if not said:
        return None
    words = [(option, _words(option)) for option in options]
    for part in (said, re.split(r" ?[,.!;。、]", said, maxsplit=1)[0]):
        exact = [option for option, known in words if part in known]
        if exact:
            return exact[0] if len(exact) == 1 else None
    if (number := _ordinal(said)) is not None:
        return options[number - 1] if 1 <= number <= len(options) else None
    return _contained(words, said) or _alike(words, said)


def _words(option: Option) -> set[str]:
    words = {option.value, *option.label.values()}
    words |= {word for also in option.also.values() for word in also}
    own = {normalise(word) for word in words}
    return own | {"yes": YES, "no": NO}.get(option.value, frozenset())


def _contained(words: list[tuple[Option, set[str]]], said: str) -> Option | None:
    """The option named inside a sentence, unless another is too or the sentence denies it."""
    named: dict[str, str] = {}
    for option, known in words:
        long_enough = [w for w in known if len(w) >= (2 if has_han(w) else 3)]
        inside = [word for word in long_enough if contains_phrase(said, word)]
        if inside:
            named[option.value] = max(inside, key=len)
    longest = {
        value: word
        for value, word in named.items()
        if not any(word != other and word in other for other in named.values())
    }
    if len(longest) != 1:
        return None
    value, word = longest.popitem()
    if _NOT.search(said.replace(word, " ")):
        return None
    return next(option for option, _ in words if option.value == value)


def _alike(words: list[tuple[Option, set[str]]], said: str) -> Option | None:
    if not words or not 3 <= len(said) <= 60:
        return None
    scores = []
    for index, (_, known) in enumerate(words):
        near = (SequenceMatcher(None, said, w[:60]).ratio() for w in known if len(w) > 3)
        scores.append((max(near, default=0.0), -index))
    best = sorted(scores, reverse=True)[:2]
    if best[0][0] < _ALIKE or (len(best) > 1 and best[0][0] - best[1][0] < 0.1):
        return None
    return words[-best[0][1]][0]


def _ordinal(said: str) -> int | None:
    match = _ORDINAL.match(said)
    if match is None:
        return None
    found = match.group(1)
    value = int(found) if found.isdigit() else read_cjk(found)
    return int(value) if value is not None else None


def _decimal(bound: Bound | None) -> Decimal | None:
    if bound is None:
        return None
    try:
        number = Decimal(str(bound))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(bound: Bound | None, today: date) -> date | None:
    return today if bound == "today" else _iso(str(bound)) if bound is not None else None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
