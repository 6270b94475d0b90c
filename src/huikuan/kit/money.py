"""Money is an integer of minor units with a currency. Also scaled prices, quantities and rates, rounding, 大写.

Nothing here is ever a float. `Decimal` appears only while a text is read. Exponents come from ISO 4217
(py-moneyed's table): CNY 2, JPY 0, KWD 3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

PRICE_SCALE = 10**10  # a unit price is an integer of 10^-10 currency units (buyers ask for up to 13 decimals in all)
QUANTITY_SCALE = 10**6
RATE_SCALE = 10**8  # tax, discount and exchange rates
BIGGEST = 2**63 - 1

_AMOUNT = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$")


# The currencies most files are in, so that a process which reads one file need not load the table of all of them
# (0.1 s); a test holds these against it.
_USUAL = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "GBP": 2, "JPY": 0, "INR": 2}


@cache
def exponent(currency: str) -> int:
    """Decimals of a currency (ISO 4217). Raises ValueError for a code that does not exist."""
    if currency in _USUAL:
        return _USUAL[currency]
    import moneyed

    try:
        unit = moneyed.get_currency(currency).sub_unit
    except moneyed.CurrencyDoesNotExist as e:
        raise ValueError(f"no currency {currency!r}") from e
    return len(str(unit)) - 1


def currencies() -> tuple[str, ...]:
    import moneyed

    return tuple(sorted(moneyed.CURRENCIES))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (fen, cents) of `currency`. Adding two currencies is an error, never a guess."""

    minor: int
    currency: str

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def text(self, *, grouped: bool = False) -> str:
        """ "1234.50", or "1,234.50" when grouped."""
        return minor_text(self.minor, exponent(self.currency), grouped=grouped)

    def __str__(self) -> str:
        return f"{self.text()} {self.currency}"

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read "1,234.50", "(12.00)", "-3", full-width digits too. Raises ValueError if it is not exactly that."""
        return cls(parse_minor(text, currency), currency)


def minor_text(minor: int, places: int, *, grouped: bool = False) -> str:
    """An integer of minor units as decimal text with that many places."""
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    whole, part = divmod(minor, 10**places)
    head = f"{whole:,}" if grouped else str(whole)
    return f"{sign}{head}.{part:0{places}d}" if places else f"{sign}{head}"


def read_number(text: str) -> Decimal:
    """A written number, exactly; ValueError when the text is not one number. No exponents, no NaN, no formulas."""
    clean = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace(" ", "")
    clean = clean.lstrip("¥￥$€£")
    if clean.startswith("(") and clean.endswith(")"):
        clean = "-" + clean[1:-1]
    if clean.endswith("-"):  # SAP lists write 123.45-
        clean = "-" + clean[:-1]
    if len(clean) > 40 or not _AMOUNT.match(clean) or not any(c.isdigit() for c in clean):
        raise ValueError(f"{text!r} is not a number")
    try:
        return Decimal(clean.replace(",", ""))
    except InvalidOperation as e:
        raise ValueError(f"{text!r} is not a number") from e


def scaled(text: str, scale: int, *, rounding: bool = False) -> int:
    """A written number as an integer of 1/scale. More decimals than the scale holds: ValueError unless `rounding`."""
    value = read_number(text) * scale
    whole = int(value.to_integral_value(rounding="ROUND_HALF_UP"))
    if whole != value and not rounding:
        raise ValueError(f"{text!r} has more decimals than can be kept")
    if abs(whole) > BIGGEST:
        raise ValueError(f"{text!r} is too large")
    return whole


def parse_minor(text: str, currency: str, *, rounding: bool = False) -> int:
    return scaled(text, 10 ** exponent(currency), rounding=rounding)


def parse_price(text: str) -> int:
    return scaled(text, PRICE_SCALE)


def parse_quantity(text: str) -> int:
    return scaled(text, QUANTITY_SCALE)


def parse_rate(text: str) -> int:
    """ "0.13" or "13%" as 13_000_000 (units of 10^-8)."""
    clean = unicodedata.normalize("NFKC", text).strip()
    if clean.endswith("%"):
        return scaled(clean[:-1], RATE_SCALE // 100)
    return scaled(clean, RATE_SCALE)


def scaled_text(value: int, scale: int, *, least: int = 0) -> str:
    """A scaled integer as decimal text without needless zeros, but at least `least` places."""
    places = len(str(scale)) - 1
    text = minor_text(value, places)
    if "." not in text:
        return text
    head, tail = text.split(".")
    tail = tail.rstrip("0").ljust(least, "0")
    return f"{head}.{tail}" if tail else head


def divide(numerator: int, denominator: int) -> int:
    """Half-up (away from zero) integer division: the one rounding of this house."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    sign, n = (-1, -numerator) if numerator < 0 else (1, numerator)
    return sign * ((2 * n + denominator) // (2 * denominator))


def extend(quantity: int, price: int, currency: str) -> int:
    """Quantity (10^-6) x unit price (10^-10) in minor units, rounded once."""
    return divide(quantity * price * 10 ** exponent(currency), QUANTITY_SCALE * PRICE_SCALE)


def share(minor: int, rate: int) -> int:
    """A rate (10^-8) of an amount, in minor units, rounded half-up."""
    return divide(minor * rate, RATE_SCALE)


def convert(minor: int, source: str, target: str, rate: int) -> int:
    """Minor units of `source` in minor units of `target`; rate (10^-8) is target per one source."""
    return divide(minor * rate * 10 ** exponent(target), RATE_SCALE * 10 ** exponent(source))


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` out by weights so that the pieces add up to it: largest remainder, ties by position.

    Weights are >= 0 and not all zero (ValueError); the sign is the total's.
    """
    whole = sum(weights)
    if whole <= 0 or any(w < 0 for w in weights):
        raise ValueError("weights must not be negative and must not all be zero")
    sign, n = (-1, -total) if total < 0 else (1, total)
    pieces = [n * w // whole for w in weights]
    left = n - sum(pieces)
    order = sorted(range(len(weights)), key=lambda i: (-(n * weights[i] % whole), i))
    for i in order[:left]:
        pieces[i] += 1
    return [sign * p for p in pieces]


_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def _four(n: int) -> str:
    """0 < n < 10000 in capitals, inner zeros collapsed, no leading zero."""
    out, gap = "", False
    for unit, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        d = n // unit % 10
        if d:
            out += ("零" if gap and out else "") + _DIGITS[d] + name
            gap = False
        elif out:
            gap = True
    return out


def _whole(n: int) -> str:
    """Whole yuan in capitals: groups of 亿, then 万, then units, one 零 over any gap between them."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(n, size)
        if high:
            return _whole(high) + name + (("零" if low < size // 10 else "") + _whole(low) if low else "")
    return _four(n) if n else ""


def capitals(minor: int, *, yuan: str = "元", prefix: str = "") -> str:
    """A CNY amount (fen) in 大写 as 支付结算办法 wants it.

    Ends in 元 or 角: 整 is added; ends in 分: none; inner zeros collapse to one 零; 角 = 0 and 分 ≠ 0: 元零X分.
    `yuan` may be 圆 (invoice style); negative amounts begin with 负.
    """
    sign, minor = ("负", -minor) if minor < 0 else ("", minor)
    whole, jiao, fen = minor // 100, minor // 10 % 10, minor % 10
    text = _whole(whole)
    if whole:
        text += yuan
    if not jiao and not fen:
        return f"{prefix}{sign}{text or '零' + yuan}整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    text += _DIGITS[fen] + "分" if fen else "整"
    return f"{prefix}{sign}{text}"
