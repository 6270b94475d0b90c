"""Dates, amounts and currencies as banks write them in a table's cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from huikuan.connectors.bank.columns import Map
from huikuan.connectors.bank.table import Row, fold
from huikuan.kit.dates import read_date
from huikuan.kit.errors import Invalid
from huikuan.kit.money import BIGGEST, exponent, read_number
from huikuan.kit.words import _

_CODES = {
    "人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "cnh": "CNY", "元": "CNY", "美元": "USD", "港币": "HKD", "港元": "HKD", "欧元": "EUR",
    "日元": "JPY", "英镑": "GBP", "01": "CNY", "156": "CNY", "001": "CNY", "840": "USD", "978": "EUR", "392": "JPY",
}  # fmt: skip


def cell_of(cells: Sequence[str], found: dict[str, list[int]], name: str) -> str:
    places = found.get(name)
    return cells[places[0]] if places and places[0] < len(cells) else ""


_YEAR_FIRST = re.compile(
    r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]?\s*\d{1,2}[:时]?\d{0,2}.*)?$"
)
_SHORT = re.compile(r"^(\d{4})(\d{2})(\d{2})(\d{2}:?\d{2}:?(\d{2})?)?$")
_STYLES = ("dd/mm/yyyy", "mm/dd/yyyy", "dd-mm-yyyy", "dd.mm.yyyy", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%m-%d-%Y")


_LIKE_DATE = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}|\d{8}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -][A-Za-z]{3}")


def looks_like_date(text: str) -> bool:
    return _LIKE_DATE.search(text) is not None


def date_style(rows: Sequence[Row], found: dict[str, list[int]], wanted: Map) -> str:
    """The one style that reads all the dates of the column, when they do not begin with the year."""
    if wanted.date != "auto":
        return wanted.date
    name = "date" if "date" in found else "value"
    texts = [t for _n, cells in rows if (t := cell_of(cells, found, name)) and looks_like_date(t)]
    odd = [t for t in texts if not (_YEAR_FIRST.match(t) or _SHORT.match(t))]
    if not odd or len(odd) * 2 < len(texts):
        return "auto"
    fits: list[tuple[int, str]] = []
    for style in _STYLES:
        n = 0
        for t in odd:
            try:
                read_date(_day_part(t), style)
                n += 1
            except ValueError:
                continue
        fits.append((n, style))
    most = max(n for n, _s in fits)
    best = [s for n, s in fits if n == most and n]
    if len(best) == 1:
        return best[0]
    if len(best) > 1:
        raise Invalid.one(
            "date",
            odd[0],
            _("Every date of this file can be read with the day first and with the month first."),
            _("Give a map with a line such as: date: dd/mm/yyyy"),
        )
    return "auto"


def _day_part(text: str) -> str:
    return re.sub(r"[ T]\d{1,2}:\d{2}.*$", "", text.strip())


@lru_cache(maxsize=4096)  # a file names few days, thousands of times
def date_of(text: str, style: str) -> date:
    if style != "auto":
        try:
            return read_date(text, style)
        except ValueError:
            return read_date(_day_part(text), style)
    if re.match(r"^[34]\d{4}(\.\d+)?$", text):  # a workbook's day number whose format was lost
        return date(1899, 12, 30) + timedelta(days=int(text.split(".")[0]))
    if not text.isascii():
        text = _plain_date(text)
    match = _SHORT.match(text.replace(" ", "")) or _YEAR_FIRST.match(text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    raise ValueError(text)


_HAN = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def _plain_date(text: str) -> str:
    """Full-width digits, 上午 and 下午, days in Han numerals (二〇二六年三月十二日) as other dates are written."""
    text = re.sub("[上下]午", " ", unicodedata.normalize("NFKC", text))
    match = re.match(
        r"^([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日?$", text
    )
    if not match:
        return text
    parts = []
    for part in match.groups():
        tens, ten, ones = part.partition("十")
        parts.append((tens.translate(_HAN) or "1") + (ones.translate(_HAN) or "0") if ten else part.translate(_HAN))
    return "-".join(parts)


def number_of(text: str, decimal: str) -> Decimal:
    clean = re.sub(
        r"^(CNY|RMB|USD|EUR|HKD|JPY|GBP|人民币)\s*|\s*(CNY|RMB|USD|EUR|HKD|JPY|GBP|元|笔)$",
        "",
        text.strip(),
        flags=re.IGNORECASE,
    )
    if decimal == ",":
        clean = clean.replace(".", "").replace("\u202f", "").replace(",", ".")
    return read_number(clean)


_MONEY = re.compile(r"CNY|RMB|USD|EUR|HKD|JPY|GBP|人民币|元|US\$|HK\$|[¥￥$€£]", re.IGNORECASE)
_SAYS = {
    "CNY": {"CNY"}, "RMB": {"CNY"}, "人民币": {"CNY"}, "元": {"CNY"}, "¥": {"CNY", "JPY"}, "￥": {"CNY", "JPY"}, "€": {"EUR"}, "£": {"GBP"},
    "US$": {"USD"}, "HK$": {"HKD"},
}  # fmt: skip
_NO_DOLLARS = {"CNY", "JPY", "EUR", "GBP"}


def other_money(text: str, currency: str) -> bool:
    """Whether an amount says a currency that is not the row's ("USD 5", "$5" on an account in yuan)."""
    if text[:1].isdigit() and text[-1:].isdigit():
        return False
    found = _MONEY.search(text)
    if not found:
        return False
    word = found[0].upper()
    return currency in _NO_DOLLARS if word == "$" else currency not in _SAYS.get(word, {word})


# What exports write into the cell of an amount that is not there.
NOTHING = frozenset(("", "-", "--", "—", "null", "none", "n/a", "\\n", "无"))

# An amount as most files write it: read without Decimal. All else is for `number_of` to judge.
_PLAIN = re.compile(r"(-?)(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,4}))?", re.ASCII)


def minor(text: str, currency: str, decimal: str = ".") -> int:
    """A written amount in minor units; ValueError when it is not one or has more decimals than the currency."""
    plain = _PLAIN.fullmatch(text) if decimal == "." else None
    places = exponent(currency)
    if plain is not None and len(cents := plain[3] or "") <= places:
        found = int(plain[2].replace(",", "") + cents.ljust(places, "0"))
        if found <= BIGGEST:
            return -found if plain[1] else found
    value = number_of(text, decimal) * 10**places
    whole = int(value)
    if whole != value or abs(whole) > BIGGEST:
        raise ValueError(text)
    return whole


def currency_of(text: str) -> str:
    """An ISO code from what a bank writes, "" when it is none."""
    found = _CODES.get(fold(text)) or text.strip().upper()
    match = re.search(r"[A-Z]{3}", found)
    if match:
        try:
            exponent(match[0])
            return match[0]
        except ValueError:
            pass
    for word, code in _CODES.items():
        if len(word) > 1 and not word.isdigit() and word in text.lower():
            return code
    return ""
