"""Numbers that a payer wrote: whole, in lists, as ranges, shortened, or cut.

A number counts as written when it stands there letter for letter (signs between its parts do not count). A tail is
weaker evidence: "Invoice 150" for INV-00150, or the last digits of a longer number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_RUN = re.compile(r"[A-Z0-9]+")
_JOINS = re.compile(r"[\s\-_/.#:·]{1,2}")
_LIST = re.compile(r"[\s]*[、,;/&+和及][\s]*")
_RANGE = re.compile(r"[\s]*(?:-|~|—|–|至|到)[\s]*")
_USCC = re.compile(r"(?<![0-9A-Z])([0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10})(?![0-9A-Z])")
_SIGNS = {n: None for n in range(128) if not chr(n).isalnum()}
_SIGNS_IN_LINES = {n: None for n in _SIGNS if n != ord("\n")}
_TAIL = re.compile(r"(\d+)$")
MOST = 60  # numbers read from one text


@dataclass(frozen=True, slots=True)
class Mentions:
    """`whole`: numbers as keys; `tails`: digits that may end a number, without leading zeros; `months`: (year or 0, month)."""

    whole: frozenset[str] = frozenset()
    tails: frozenset[str] = frozenset()
    months: frozenset[tuple[int, int]] = frozenset()


def key(number: str) -> str:
    """A document number for comparing: NFKC, upper case, letters and digits only."""
    if number.isascii():
        return number.upper() if number.isalnum() else number.upper().translate(_SIGNS)
    return "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())


def all_keys(numbers: Sequence[str]) -> list[str]:
    """`key` of each."""
    joined = "\n".join(numbers)
    if numbers and joined.isascii() and joined.count("\n") == len(numbers) - 1:
        return joined.upper().translate(_SIGNS_IN_LINES).split("\n")
    return [key(n) for n in numbers]


@lru_cache(4096)  # asked of each line when its payer is sought, and again when they are identified
def usccs(text: str) -> tuple[str, ...]:
    """Tax numbers written in a text."""
    return tuple(_USCC.findall(unicodedata.normalize("NFKC", text).upper()))


_OF_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_uscc(number: str) -> bool:
    """Whether 18 signs are a tax number by their check digit: an e-invoice number of which two signs are cut has 18 too."""
    if not _USCC.fullmatch(number):
        return False
    total = sum(_OF_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(number[:17]))
    return number[17] == _OF_USCC[(31 - total % 31) % 31]


def tail(number: str) -> str:
    """The digits that end a number, without leading zeros; "" when there are fewer than three."""
    match = _TAIL.search(key(number))
    digits = match[1].lstrip("0") if match else ""
    return digits if len(digits) >= 3 else ""


@lru_cache(maxsize=25_000)  # a run asks three times of each of its lines
def mentions(text: str) -> Mentions:
    """What a remark names."""
    clean = unicodedata.normalize("NFKC", text).upper()[:2000]
    runs = list(_RUN.finditer(clean))[: MOST * 4]
    whole: set[str] = set()
    tails: set[str] = set()
    for i, run in enumerate(runs):
        joined = run[0]
        _note(joined, whole)
        if joined.isdigit() and len(joined.lstrip("0")) >= 3:
            tails.add(joined.lstrip("0"))
        for j in range(i + 1, min(i + 6, len(runs))):
            between = clean[runs[j - 1].end() : runs[j].start()]
            if not _JOINS.fullmatch(between):
                break
            joined += runs[j][0]
            _note(joined, whole)
        if i + 1 < len(runs):
            _shortened(run[0], runs[i + 1][0], clean[run.end() : runs[i + 1].start()], whole)
    # a list of shortened numbers goes on from the last whole one: 90001234/35/36
    base = ""
    for i, run in enumerate(runs):
        if (
            i
            and base
            and run[0].isdigit()
            and len(run[0]) < len(base)
            and _LIST.fullmatch(clean[runs[i - 1].end() : run.start()])
        ):
            _note(base[: -len(run[0])] + run[0], whole)
        elif len(run[0]) >= 6 and run[0][-4:].isdigit():
            base = run[0]
        else:
            base = ""
    return Mentions(frozenset(whole), frozenset(tails), frozenset(_months(clean)))


def _note(joined: str, whole: set[str]) -> None:
    if len(joined) >= 4 or (len(joined) >= 3 and not joined.isdigit() and not joined.isalpha()):
        whole.add(joined)


def _shortened(first: str, second: str, between: str, whole: set[str]) -> None:
    """90001234-36 and 90001234-90001236: every number of a short range."""
    if not _RANGE.fullmatch(between) or not second.isdigit() or len(first) < 5:
        return
    head = re.match(r"^(.*?)(\d{4,})$", first)
    if not head:
        return
    digits = head[2]
    last = digits[: -len(second)] + second if len(second) < len(digits) else second
    if len(last) != len(digits):
        return
    low, high = int(digits), int(last)
    if low < high <= low + 50:
        whole.update(f"{head[1]}{n:0{len(digits)}d}" for n in range(low, high + 1))


def _months(clean: str) -> set[tuple[int, int]]:
    """ "8月货款", "2026年8月", "202608": the period a payment is for."""
    found: set[tuple[int, int]] = set()
    for year, month in re.findall(
        r"(?:(20\d{2})\s*年?\s*[-./]?\s*)?(?<!\d)(1[0-2]|0?[1-9])\s*月(?!\d*日)(?:份|货款|账单|账款|款|对账)?", clean
    ):
        found.add((int(year or 0), int(month)))
    for first, last in re.findall(r"(?<!\d)(1[0-2]|0?[1-9])\s*[-~至到]\s*(1[0-2]|0?[1-9])\s*月", clean):
        found.update((0, m) for m in range(int(first), int(last) + 1))
    return found
