"""Numbers of VAT invoices as people write them.

数电票: 20 digits, which end in a serial; older invoices of the tax-control system: a code of 10 or 12 digits and a number of 8.
No check digit is known of either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date

from huikuan.kit.dates import read_date
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import Say, _

DIGITAL, OLD, CODES, TAIL = 20, 8, (10, 12), 8
MOST_TYPED = 200
STYLES = ("iso", "yyyy/mm/dd", "yyyy.mm.dd", "yyyymmdd", "yyyy年mm月dd日")
_DIGITS = re.compile(r"[0-9]+")
_SIGNS = re.compile(r"[\s\-_/.#:·]+")
_DAY = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def tail(number: str) -> str:
    return number[-TAIL:]


def name(code: str, number: str) -> str:
    """As it is shown: the code before the number of an older invoice."""
    return f"{code} {number}".strip()


def split(text: str) -> tuple[str, str]:
    """(code, number) of what someone wrote: "26312000000012345678", or "044001900111 12345678" with a sign between."""
    parts = [p for p in _SIGNS.split(unicodedata.normalize("NFKC", text)) if p]
    if len(parts) == 2 and len(parts[0]) in CODES and len(parts[1]) == OLD:
        return parts[0], parts[1]
    return "", "".join(parts)


def form(code: str, number: str) -> tuple[str, str, Say, Say] | None:
    """What is wrong with how a number is written: (field, value, why, what to do); None when nothing is."""
    if code and not (_DIGITS.fullmatch(code) and len(code) in CODES):
        return (
            "code", code, _("An invoice code has 10 or 12 digits."),
            _("A 数电票 has none; Excel may have dropped a 0 in front: keep the column as text."),
        )  # fmt: skip
    if code and not (_DIGITS.fullmatch(number) and len(number) == OLD):
        return (
            "number",
            number,
            _("Beside an invoice code stands a number of 8 digits."),
            _("Copy it from the invoice."),
        )
    if not code and not (_DIGITS.fullmatch(number) and len(number) == DIGITAL):
        return (
            "number", number, _("The number of an e-invoice has 20 digits."),
            _("Copy it whole; of an older invoice give code and number."),
        )  # fmt: skip
    return None


def day(text: str) -> date | None:
    """A date as people and the tax bureau's register write it; None when it is none."""
    clean = unicodedata.normalize("NFKC", text).strip()
    for style in STYLES:
        try:
            return read_date(clean, style)
        except ValueError:
            continue
    return None


def typed(text: str, today: date) -> list[tuple[str, str, date]]:
    """Numbers that were typed one a line, with a date behind them or today's. Raises Invalid with a fault for each bad line."""
    found, faults = [], []
    for n, line in enumerate(text.splitlines(), 1):
        words = unicodedata.normalize("NFKC", line).replace(",", " ").split()
        if not words:
            continue
        on = day(words[-1]) if len(words) > 1 else None
        code, number = split(" ".join(words[:-1] if on else words))
        if wrong := form(code, number):
            faults.append(Fault("numbers", line.strip()[:60], wrong[2], wrong[3], n))
        else:
            found.append((code, number, on or today))
    if len(found) > MOST_TYPED:
        faults.append(Fault("numbers", str(len(found)), _("At most %(most)s at a time.", most=MOST_TYPED)))
    if not found and not faults:
        faults.append(Fault("numbers", "", _("Name at least one number.")))
    if faults:
        raise Invalid(_("Some lines can't be read."), faults=tuple(faults))
    return found


def asked(written: Collection[str]) -> dict[str, str]:
    """What may be a number of an invoice among the numbers that a payer wrote -> its digits: all 20 of them, an older
    invoice's code and number, or the last 8. Eight digits that are a date are the date."""
    out = {}
    for text in written:
        digits = _SIGNS.sub("", text)
        whole = len(digits) in (DIGITAL, CODES[0] + OLD)
        if _DIGITS.fullmatch(digits) and (whole or (len(digits) == TAIL and not _DAY.fullmatch(digits))):
            out[text] = digits
    return out
