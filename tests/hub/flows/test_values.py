"""Numbers, digits and dates are read as people type them."""

from datetime import date
from decimal import Decimal

import pytest

from hub.flows.dates import Lean, read_date, show_date
from hub.flows.numerals import read_digits, read_number, show
from hub.flows.schema import Language
from tests.hub.flows.samples import TODAY


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500", "500"),
        ("５００", "500"),
        ("٥٠٠", "500"),
        ("about $500, please", "500"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1,234,567", "1234567"),
        ("12,50", "12.50"),
        ("１，２３４元", "1234"),
        ("500，谢谢", "500"),
        ("2k", "2000"),
        ("-5", "-5"),
        ("十", "10"),
        ("二十三", "23"),
        ("一百零二", "102"),
        ("一百二", "120"),
        ("两千块", "2000"),
        ("三万五", "35000"),
        ("3万5千", "35000"),
        ("3.5万", "35000"),
        ("一亿二千万", "120000000"),
        ("帮我付一下500", "500"),
    ],
)
def test_a_number_is_read_in_many_writings(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "none", "5 or 6", "5-6", "12.11.2026", "1,2,3", "1,234,56", "9" * 20, "一下"])
def test_what_is_not_exactly_one_number_is_none(text: str) -> None:
    assert read_number(text) is None


def test_a_number_is_shown_without_exponent_or_idle_zeros() -> None:
    assert [show(Decimal(text)) for text in ("35000.0", "1E+3", "12.50", "100")] == ["35000", "1000", "12.5", "100"]


def test_digits_are_joined_over_spaces_and_hyphens() -> None:
    assert read_digits("card 4111 1111-1111 1234, pin １２") == ["4111111111111234", "12"]
    assert read_digits("后四位是一二三四") == ["1234"]


MAY_4, APRIL_5 = date(2027, 5, 4), date(2027, 4, 5)
NOV_23 = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", NOV_23),
        ("20261123", NOV_23),
        ("2026/1/3", date(2026, 1, 3)),
        ("23/11", NOV_23),
        ("11/23", NOV_23),
        ("23.11.2026", NOV_23),
        ("23/11/26", NOV_23),
        ("23 Nov", NOV_23),
        ("the 23rd of November", NOV_23),
        ("I need it by Nov 23rd, 2026", NOV_23),
        ("November 5", date(2027, 11, 5)),
        ("the 3rd", date(2026, 12, 3)),
        ("11月23日", NOV_23),
        ("１１月２３号", NOV_23),
        ("十一月二十三", NOV_23),
        ("二〇二六年十一月二十三日", NOV_23),
        ("明年3月1日", date(2027, 3, 1)),
        ("23号之前", NOV_23),
        ("today", TODAY),
        ("ASAP", TODAY),
        ("tomorrow", date(2026, 11, 22)),
        ("the day after tomorrow", NOV_23),
        ("明天", date(2026, 11, 22)),
        ("後天", NOV_23),
        ("大后天", date(2026, 11, 24)),
        ("in 3 days", date(2026, 11, 24)),
        ("三天后", date(2026, 11, 24)),
        ("before Monday please", NOV_23),
        ("next Friday", date(2026, 11, 27)),
        ("周五", date(2026, 11, 27)),
        ("下周五", date(2026, 11, 27)),
        ("星期天", date(2026, 11, 22)),
        ("29 Feb", date(2028, 2, 29)),
    ],
)
def test_a_day_is_read_in_many_writings(text: str, day: date) -> None:
    assert read_date(text, TODAY, "en") == day


@pytest.mark.parametrize(
    "text", ["", "whenever", "today or tomorrow", "30 February", "31/11", "99/99/9999", "0/0", "1/2/3/4", "2 or 3"]
)
def test_what_is_not_exactly_one_day_is_none(text: str) -> None:
    assert read_date(text, TODAY, "en") is None


@pytest.mark.parametrize(("language", "day"), [("en", MAY_4), ("zh-Hans", APRIL_5), ("zh-Hant", APRIL_5)])
def test_an_ambiguous_day_follows_the_custom_of_the_language(language: Language, day: date) -> None:
    assert read_date("4/5", TODAY, language) == day


@pytest.mark.parametrize(("lean", "day"), [("future", date(2027, 11, 5)), ("past", date(2026, 11, 5))])
def test_a_day_without_year_leans_as_the_question_does(lean: Lean, day: date) -> None:
    assert read_date("5 November", TODAY, "en", lean) == day


def test_a_day_is_shown_so_that_no_reader_can_turn_it_round() -> None:
    assert show_date(MAY_4, "en") == "4 May 2027"
    assert show_date(MAY_4, "zh-Hant") == "2027年5月4日"
