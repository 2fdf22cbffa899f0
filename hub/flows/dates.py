"""Dates as people type them, in English and Chinese, relative to a given day."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, TypeAlias

from hub.flows.numerals import read_cjk
from hub.flows.schema import Language
from hub.flows.words import normalise

Lean: TypeAlias = Literal["future", "past"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH = "(" + "|".join(f"{name[:3].lower()}(?:{name[3:].lower()})?" for name in _FULL) + r"|sept)\b\.?"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_N = "[0-9零〇一二两兩三四五六七八九十]"
_YEAR = r"(?:[ ,]+(\d{4}|'?\d\d(?!\d)))?"

_ISO = re.compile(r"(?<!\d)(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_SHORT = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d\d))?(?![\d/-])")
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ?{_MONTH}{_YEAR}")
_MONTH_DAY = re.compile(rf"\b{_MONTH} ?(?:the )?(\d{{1,2}})(?!\d)(?:st|nd|rd|th)?{_YEAR}")
_CJK = re.compile(rf"(?:({_N}{{4}}|{_N}{{2}}|今|明|去)年)? ?({_N}{{1,3}})月 ?({_N}{{1,3}})(?:日|号|號|(?!{_N}))")
_CJK_DAY = re.compile(rf"(?<![月{_N[1:-1]}])({_N}{{1,3}})[日号號]")
_THE_DAY = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)\b")
_IN_DAYS = re.compile(r"\b(?:in|within) (\d{1,3}|an?|one|two|three|four|five|six|seven|ten) (day|week|month)s?\b")
_CJK_IN_DAYS = re.compile(rf"({_N}{{1,3}})个?個?(天|日|周|星期|礼拜|禮拜|月)(?:之?[后後]|[内內])")
_WEEKDAY = re.compile(
    r"\b(next |this |coming |last )?(mon|tue|wed|thu|fri|sat|sun)"
    r"(?:day|sday|nesday|rsday|urday|s|r|rs)?\b"
)
_CJK_WEEKDAY = re.compile("(下个?個?|这个?|這個?|本|上个?個?)?(?:星期|礼拜|禮拜|周|週)([一二三四五六日天末])")
_WORD_DAYS = {
    "day after tomorrow": 2, "tomorrow": 1, "tmr": 1, "tmrw": 1, "tonight": 0, "today": 0,
    "day before yesterday": -2, "yesterday": -1, "right now": 0, "as soon as possible": 0,
    "大后天": 3, "大後天": 3, "后天": 2, "後天": 2, "明天": 1, "明日": 1, "今天": 0, "今日": 0,
    "今晚": 0, "前天": -2, "昨天": -1, "昨日": -1, "聽日": 1, "而家": 0, "马上": 0, "馬上": 0,
    "尽快": 0, "儘快": 0, "盡快": 0, "越快越好": 0, "asap": 0, "now": 0,
}  # fmt: skip
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_COUNTS |= {"six": 6, "seven": 7, "ten": 10}


def read_date(text: str, today: date, language: Language, lean: Lean = "future") -> date | None:
    """Give the one day the text names; None if there is none, or several different ones.

    A day without its year is the nearest such day on the leaning side of `today`. Of 4/5 an
    English writer means 4 May, a Chinese writer 5 April; 23/11 and 11/23 are both 23 November.
    """
    said = normalise(text[:300])
    for reader in (_full, _by_month, _cjk, _relative, _weekday):
        days = set(reader(said, _Frame(today, language, lean)))
        if None in days or len(days) > 1:
            return None
        if days:
            return days.pop()
    return None


def show_date(day: date, language: Language) -> str:
    """Give the day in words no reader can turn round: 23 November 2026, 2026年11月23日."""
    if language == "en":
        return f"{day.day} {_FULL[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


class _Frame:
    """What a day without all its parts is measured against."""

    def __init__(self, today: date, language: Language, lean: Lean) -> None:
        self.today, self.language, self.lean = today, language, lean

    def day(self, year: str | int | None, month: int, day: int) -> date | None:
        if year is not None:
            number = int(str(year).lstrip("'"))
            return _date(number + 2000 if number < 100 else number, month, day)
        years = range(self.today.year - 8, self.today.year + 9)  # 29 February needs eight
        made = [found for y in years if (found := _date(y, month, day)) is not None]
        if self.lean == "past":
            return max((found for found in made if found <= self.today), default=None)
        return min((found for found in made if found >= self.today), default=None)

    def day_of_month(self, day: int) -> date | None:
        step = 1 if self.lean == "future" else -1
        for offset in range(0, 3 * step, step):
            month0 = self.today.year * 12 + self.today.month - 1 + offset
            found = _date(month0 // 12, month0 % 12 + 1, day)
            if found is not None and (found - self.today).days * step >= 0:
                return found
        return None

    def after(self, days: int) -> date | None:
        try:
            return self.today + timedelta(days=days)
        except OverflowError:
            return None


def _full(said: str, frame: _Frame) -> Iterator[date | None]:
    """Days written in figures."""
    for year, month, day in [*_ISO.findall(said), *_COMPACT.findall(said)]:
        yield _date(int(year), int(month), int(day))
    for first, _, second, year in _SHORT.findall(_ISO.sub(" ", said)):
        a, b = int(first), int(second)
        day_first = a > 12 or (b <= 12 and frame.language == "en")
        yield frame.day(year or None, b if day_first else a, a if day_first else b)


def _by_month(said: str, frame: _Frame) -> Iterator[date | None]:
    """Days with an English month name."""
    found = [(year, month, day) for day, month, year in _DAY_MONTH.findall(said)]
    if not found:
        found = [(year, month, day) for month, day, year in _MONTH_DAY.findall(said)]
    for year, month, day in found:
        yield frame.day(year or None, _MONTHS.index(month[:3]) + 1, int(day))
    if not found:
        for day in _THE_DAY.findall(said):
            yield frame.day_of_month(int(day))


def _cjk(said: str, frame: _Frame) -> Iterator[date | None]:
    """Days in Chinese: 2026年11月23日, 十一月二十三, 23号."""
    found = _CJK.findall(said)
    for year, month, day in found:
        named = {"今": 0, "明": 1, "去": -1}.get(year)
        number = frame.today.year + named if named is not None else _small(year)
        if (month_number := _small(month)) is None or (day_number := _small(day)) is None:
            yield None
        else:
            yield frame.day(number, month_number, day_number)
    if not found:
        for day in _CJK_DAY.findall(said):
            number = _small(day)
            yield frame.day_of_month(number) if number is not None else None


def _relative(said: str, frame: _Frame) -> Iterator[date | None]:
    """Words such as tomorrow, in 3 days, 三天后. Of overlapping words the longest counts."""
    for count, unit in _IN_DAYS.findall(said):
        number = _COUNTS.get(count) or int(count) if count.isdigit() or count in _COUNTS else 0
        yield frame.after(number * {"day": 1, "week": 7, "month": 30}[unit])
    for count, unit in _CJK_IN_DAYS.findall(said):
        number = _small(count) or 0
        yield frame.after(number * {"天": 1, "日": 1, "月": 30}.get(unit, 7))
    for word, offset in _WORD_DAYS.items():
        pattern = rf"\b{word}\b" if word.isascii() else word
        if re.search(pattern, said):
            said = re.sub(pattern, " ", said)
            yield frame.after(offset)


def _weekday(said: str, frame: _Frame) -> Iterator[date | None]:
    """Weekdays: the next such day; "next" and 下 mean the week after this one."""
    monday = -frame.today.weekday()
    for which, name in _WEEKDAY.findall(said):
        offset = (_WEEKDAYS.index(name) + monday) % 7
        if which == "last ":
            yield frame.after(offset - 7)
        elif which == "next ":
            yield frame.after(_WEEKDAYS.index(name) + monday + 7)
        else:
            yield frame.after(offset - 7 if frame.lean == "past" and offset else offset)
    for which, name in _CJK_WEEKDAY.findall(said):
        index = 5 if name == "末" else "一二三四五六日".find(name) % 7
        offset = index + monday
        weeks = {"下": 7, "上": -7}.get(which[:1], 0)
        yield frame.after(offset + weeks if which else offset % 7)


def _small(numerals: str) -> int | None:
    if numerals.isdigit() and numerals.isascii():
        return int(numerals)
    value = read_cjk(numerals) if numerals else None
    return int(value) if value is not None else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
