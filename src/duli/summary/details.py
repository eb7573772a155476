"""Who, what amount and when a sentence names, by patterns, in English and Chinese; and whether it denies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from duli.summary.words import HAN, content

Kind: TypeAlias = Literal["name", "amount", "date"]
KINDS: tuple[Kind, ...] = ("name", "amount", "date")

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_DATE = re.compile(
    rf"\b(?:{_DAYS}),? (?=\d|(?:{_MONTHS})\b)|"
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTHS})\b\.?(?:,? \d{{4}}\b)?"
    rf"|\b(?:{_MONTHS})\b\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?!\d)(?:, ?\d{{4}}\b)?"
    rf"|\b(?:{_MONTHS}) \d{{4}}\b|\b(?:{_DAYS})\b|\b\d{{4}}-\d\d(?:-\d\d)?\b"
    r"|(?<![\d$£€.,])\b(?:1[5-9]|20)\d\d\b(?![.,]?\d|%| (?:people|million|billion))|\b(?:yesterday|today|tomorrow)\b"
    r"|\d{4}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{1,2}月(?:\d{1,2}[日号])?|(?<!\d)\d{1,2}[日号](?!元)"
    r"|(?:本|上|下)?(?:星期|周)[一二三四五六日天]|昨[天日]|今[天日]|明[天日]|去年|今年|明年",
    re.I,
)
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
    "十": 1e1,
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "亿": 1e8,
    "万亿": 1e12,
}
_TWO_TO_TWELVE = "two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: number for number, word in enumerate(_TWO_TO_TWELVE.split(), 2)}
_HAN_DIGITS = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_AMOUNT = re.compile(
    r"(?P<currency>US\$|[$£€¥])?\s?"
    r"(?:(?<![A-Za-z\d.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"|\b(?P<word>{'|'.join(_NUMBERS)})\b|(?<![一-十第])(?P<han>[一二两三四五六七八九](?=[十百千万亿]?[名人个位家次辆架座艘件成元]|[百千万亿])))"
    r"\s?(?P<scale>hundred|thousand|million|billion|trillion|bn\b|m\b|万亿|[十百千万亿])?"
    rf"\s?(?P<unit>%|per ?cent\b|percent\b|美元|欧元|英镑|日元|人民币|元|[{HAN}]|[A-Za-z]+)?",
    re.I,
)
_PERCENT = re.compile(r"%|per ?cent", re.I)
_HAN_PERCENT = re.compile(r"百分之(?P<digits>\d+(?:\.\d+)?)")
_MEASURES = "名|位|个|人"
_NAME = re.compile(r"[A-Z][\w&’'-]*(?:\.(?= [A-Z]))?(?:(?: (?:of|the|of the|de|van|von) | )[A-Z][\w&’'-]*)*")
_CAPITAL = re.compile(r"\b[A-Z][\w&’'-]*")
_NAME_HAN = re.compile(
    rf"《[^》]{{1,30}}》"
    rf"|(?:(?![在从向对和与由被将给让于是往送称说])[{HAN}A-Za-z]){{2,10}}?(?:公司|集团|银行|大学|医院|法院|政府|委员会|协会|研究所|警方|省|市|县)"
)
_DENIED = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|without|den(?:y|ies|ied)|refus(?:e|es|ed)|fail(?:s|ed)? to)\b|n[’']t\b"
    r"|不(?!仅|但|断|过|少|同|久|止)|没有|未(?!来)|否认|拒绝|并非|无(?:法|人)",
    re.I,
)


@dataclass(frozen=True)
class Detail:
    """Something that a sentence names.

    Args:
        kind: name, amount, date.
        text: as it stands there.
        value: an amount as a number; a date or name as text in lower case.
        unit: of an amount: a currency, %, or the word that follows, else the one before; of a date how fine it is: day,
            month, year, week, relative.
    """

    kind: Kind
    text: str
    value: float | str
    unit: str = ""


def details(text: str, known: frozenset[str] = frozenset()) -> tuple[Detail, ...]:
    """What a sentence names, in the order of the kinds.

    Args:
        text: of the sentence.
        known: words that are names also where they open a sentence.

    >>> [(d.kind, d.text) for d in details("He paid $1.2bn to the Bank of England on 3 May 2014.")]
    [('name', 'Bank of England'), ('amount', '$1.2bn'), ('date', '3 May 2014')]
    >>> [d.text for d in details("5月3日，华夏银行赔偿3.5亿元。")]
    ['华夏银行', '3.5亿元', '5月3日']
    """
    dates = list(_dates(text))
    rest = text
    for start, end, _ in dates:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    found = [*_names(rest, known), *_amounts(rest), *(date for _, _, date in dates)]
    return tuple({(d.kind, d.text): d for d in found}.values())


def capitals(texts: Iterable[str]) -> frozenset[str]:
    """The words that are written with a capital inside some sentence, not only where one opens."""
    return frozenset(
        match[0]
        for text in texts
        for match in _CAPITAL.finditer(text)
        if text[: match.start()].strip(" \"'“‘(")
    )


def denies(text: str) -> bool:
    """Whether a sentence has a word that denies, an odd number of times."""
    return len(_DENIED.findall(text)) % 2 == 1


def _dates(text: str) -> Iterator[tuple[int, int, Detail]]:
    for match in _DATE.finditer(text):
        said = match[0].strip(" ,.")
        yield match.start(), match.end(), Detail("date", said, _plain_date(said), _grain(said))


def _plain_date(text: str) -> str:
    """A date in lower case, months short, without endings: ``3 may 2014``."""
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text.lower())
    plain = re.sub(rf"\b({_MONTHS.lower()})\b\.?", lambda m: m[1][:3], plain).replace(",", "")
    turned = re.fullmatch(r"([a-z]{3}) (\d{1,2})( \d{4})?", plain)
    return f"{turned[2]} {turned[1]}{turned[3] or ''}" if turned else plain.replace("号", "日")


def _grain(text: str) -> str:
    plain = _plain_date(text)
    if re.fullmatch(r"\d{4}年?", plain):
        return "year"
    if re.search(rf"^(?:{_DAYS.lower()})|周|星期", plain):
        return "week"
    if re.search(r"\d{1,2} [a-z]{3}|\d-\d\d-|[日]$", plain):
        return "day"
    return "month" if re.search(r"\d", plain) else "relative"


def _amounts(text: str) -> Iterator[Detail]:
    for match in _HAN_PERCENT.finditer(text):
        yield Detail("amount", match[0], float(match["digits"]), "%")
    for match in _AMOUNT.finditer(_HAN_PERCENT.sub(lambda m: " " * len(m[0]), text)):
        digits, word, unit = match["digits"], match["word"], match["unit"] or ""
        if match["han"]:
            value: float = _HAN_DIGITS[match["han"]]
        else:
            value = float(digits.replace(",", "")) if digits else float(_NUMBERS[(word or "").lower()])
        value *= _SCALES[match["scale"].lower()] if match["scale"] else 1.0
        end = match.end()
        if match["currency"]:
            unit, end = match["currency"].upper().removeprefix("US"), match.start("unit") if unit else end
        elif _PERCENT.match(unit):
            unit = "%"
        elif re.fullmatch(_MEASURES, unit):
            unit = (re.match(f"[{HAN}]{{0,2}}", text[end:]) or [""])[0] or unit
        elif unit.isascii():
            end = end if content(unit) else match.start("unit") if match["unit"] else end
            before = re.search(r"([A-Za-z]+)\s*$", text[: match.start()])
            unit = next(iter(content(unit) or content(before[1] if before else "")), "")
        yield Detail("amount", text[match.start() : end].strip(), value, unit)


def _names(text: str, known: frozenset[str]) -> Iterator[Detail]:
    for match in _NAME.finditer(text):
        words = match[0]
        opens = not text[: match.start()].strip(" \"'“‘(")
        if opens and " " not in words and words not in known:
            continue
        if opens and " " in words and not content(words.split()[0]):
            words = words.split(" ", 1)[1]
        if content(words) and (words[1:2].islower() or words[1:2].isupper() or " " in words):
            yield Detail("name", words, words.lower())
    for match in _NAME_HAN.finditer(text):
        yield Detail("name", match[0], match[0])
