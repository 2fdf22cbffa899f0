"""Numbers as people type them: full-width digits, grouping of both kinds, Chinese numerals."""

import re
from decimal import Decimal

from hub.flows.words import MAX_READ, plain

_CJK_DIGITS = {
    "零": 0, "〇": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "貳": 2, "两": 2, "兩": 2, "三": 3,
    "叁": 3, "參": 3, "四": 4, "肆": 4, "五": 5, "伍": 5, "六": 6, "陆": 6, "陸": 6, "七": 7,
    "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9,
}  # fmt: skip
_CJK_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CJK_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_CJK = "".join({**_CJK_DIGITS, **_CJK_SMALL, **_CJK_LARGE})
_ASCII_RUN = re.compile(r"\d(?:[\d,.']|(?<=\d) (?=\d{3}(?!\d)))*")
_CJK_RUN = re.compile(f"[{_CJK}]+")
_MIXED_RUN = re.compile(rf"\d[\d,.']*[{''.join(_CJK_SMALL)}{''.join(_CJK_LARGE)}][\d{_CJK}]*")
_FILL = re.compile(r"[\s.,!?。、;:¥$€£元块塊圆圓钱錢]+|人民币|人民幣|港币|港幣|港元|整")
_MAX_DIGITS = 15


def read_number(text: str) -> Decimal | None:
    """Give the one number in the text; None if there is none, or more than one."""
    said = plain(text[:MAX_READ])
    runs = _runs(said)
    if len(runs) != 1:
        return None
    return runs[0]


def read_cjk(run: str) -> Decimal | None:
    """Give the value of Chinese numerals ("一百二十", "三万五", "3万5千", "二〇二六")."""
    if run and all(sign in _CJK_DIGITS for sign in run):
        digits = "".join(str(_CJK_DIGITS[sign]) for sign in run)
        return Decimal(digits) if len(digits) <= _MAX_DIGITS else None
    total, section, pending = Decimal(0), Decimal(0), Decimal(0)
    last_unit = 1
    for part in re.findall(r"\d[\d.,']*|.", run):
        if part[0].isdigit():
            read = _read_ascii(part)
            if read is None:
                return None
            pending = read
        elif part in _CJK_DIGITS:
            pending = Decimal(_CJK_DIGITS[part])
            last_unit = 1 if pending == 0 else last_unit
        elif part in _CJK_SMALL:
            last_unit = _CJK_SMALL[part]
            section += (pending or 1) * last_unit
            pending = Decimal(0)
        elif part in _CJK_LARGE:
            last_unit = _CJK_LARGE[part]
            if last_unit > 10**4:  # 亿 multiplies all before it, 万 only what follows 亿
                total, section = Decimal(0), total + section
            total += (section + pending or 1) * last_unit
            section = pending = Decimal(0)
        else:
            return None
    colloquial = last_unit // 10 if 0 < pending < 10 and last_unit >= 100 else 1
    value = total + section + pending * colloquial
    return value if value < 10**_MAX_DIGITS else None


def show(number: Decimal) -> str:
    """Give the number in plain decimals, without an exponent or trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_digits(text: str) -> list[str]:
    """Give every run of digits, joined over single spaces and hyphens; "一二三四" is one too."""
    said = plain(text[:MAX_READ])
    runs = [re.sub(r"[ -]", "", run) for run in re.findall(r"\d(?:[ -]?\d)*", said)]
    if runs:
        return runs
    spelt = (run for run in _CJK_RUN.findall(said) if all(c in _CJK_DIGITS for c in run))
    return ["".join(str(_CJK_DIGITS[c]) for c in run) for run in spelt if len(run) > 1]


def _runs(said: str) -> list[Decimal]:
    """The numbers of the text; a run that cannot be read makes the whole unreadable."""
    found: list[Decimal | None] = [read_cjk(run) for run in _MIXED_RUN.findall(said)]
    rest = _MIXED_RUN.sub(" ", said)
    for match in _ASCII_RUN.finditer(rest):
        value = _read_ascii(match.group())
        before = rest[max(0, match.start() - 2) : match.start()]
        if value is not None and re.search(r"(?:^|[^\w.])[-−]$", before):
            value = -value
        if value is not None and re.match(r" ?k(?!\w)", rest[match.end() :][:3], re.IGNORECASE):
            value *= 1000
        found.append(value)
    if not found:
        alone = _FILL.sub("", said)
        spelt = _CJK_RUN.findall(said)
        found = [read_cjk(run) for run in spelt if len(run) > 1 or run == alone]
    return [] if None in found else [value for value in found if value is not None]


def _read_ascii(run: str) -> Decimal | None:
    """One number in ASCII signs; the last of two kinds of mark is the decimal one."""
    text = run.replace("'", "").replace(" ", "").strip(",.")
    if sum(sign.isdigit() for sign in text) > _MAX_DIGITS:
        return None
    commas, dots = text.count(","), text.count(".")
    if commas and dots:
        mark, group = (".", ",") if text.rfind(".") > text.rfind(",") else (",", ".")
        if text.count(mark) > 1:
            return None
        whole, _, part = text.rpartition(mark)
        return _joined(whole.split(group), part)
    if commas:
        whole, _, part = text.rpartition(",")
        if commas == 1 and len(part) in {1, 2}:
            return Decimal(f"{whole}.{part}")
        return _joined(text.split(","), "")
    if dots > 1:
        return _joined(text.split("."), "")
    return Decimal(text)


def _joined(groups: list[str], part: str) -> Decimal | None:
    if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
        return None
    return Decimal("".join(groups) + (f".{part}" if part else ""))
