"""Numbers in a remark that are none of ours as they stand: one sign wrong, cut off, or only the end of one.

A bank cuts a remark at so many signs, a clerk mistypes a digit, a payer writes the last five. Such a number alone proves
nothing: of twenty open items two may be one digit apart. Together with an amount that is exact, and with one reading only, it
does; and where the amount is not exact it still says which item to look at first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from huikuan.kit.words import _
from huikuan.receivables.cash.rules.advice import one_slip
from huikuan.receivables.cash.rules.book import Book, Open, Receipt
from huikuan.receivables.cash.rules.found import Found, names_of, oldest_first, sum_of
from huikuan.receivables.cash.rules.refs import is_uscc, key

_NUMBER = re.compile(r"[A-Z0-9]*\d{4,}[A-Z0-9]*")
_LISTED = re.compile(r"[/、,;&+和及]\s*(\d{2,})(?![\d.月日年元%])")
_TWICE = re.compile(r"(?<![A-Z0-9])([A-Z0-9][A-Z0-9\-_.]*\d{4,}[A-Z0-9]*)\s*[、,;/&+和及]\s*\1(?![A-Z0-9])")
_DATE = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?")
_AMOUNT = re.compile(r"\d[\d,]*\.\d{1,2}(?!\d)")
CUT = 3  # so many signs at most are missing from a number that was cut off
LEAST = 4  # digits that a number needs to be read as the end of another
MOST = 3  # damaged numbers that are read in one remark
WAYS = 400  # readings of them that are tried


def keys_of(items: Sequence[Open]) -> set[str]:
    return {k for x in items for k in (key(x.document), key(x.reference), *x.keys) if k}


@lru_cache(maxsize=25_000)
def _written(text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Numbers of a remark that are no date, no amount, no tax number; those listed twice in a row; short ends in a list."""
    clean = _AMOUNT.sub(" ", unicodedata.normalize("NFKC", text).upper())
    runs = (r for r in _NUMBER.findall(clean) if not (_DATE.fullmatch(r) or (len(r) == 18 and is_uscc(r))))
    return tuple(runs), tuple(key(r) for r in _TWICE.findall(clean)), tuple(_LISTED.findall(clean))


def unknown_numbers(receipt: Receipt, named: Sequence[Open]) -> list[str]:
    """Numbers that the remark holds and that are none of those found, no date, no amount, no tax number: each may name one
    more item, which we do not know by it. So does a number that is listed twice in a row: one of the two was another."""
    runs, twice, listed = _written(receipt.text)
    if not (runs or twice or listed):
        return []
    ours = keys_of(named)
    # a piece of a number that stands there in one piece is another number; a piece of one that is written in parts is it
    pieces = [k for k in ours if k not in runs]
    out = [r for r in runs if r not in ours and not any(r in k for k in pieces) and not any(k in r for k in ours)]
    out += [r for r in twice if r in ours]
    return out + [r for r in listed if len(r) < 4 and not any(k.endswith(r) for k in ours)]


def readings(run: str, book: Book) -> list[Open]:
    """Items of this customer that a damaged number may mean: the end of theirs, theirs cut off, or theirs but for one slip."""
    digits = run.isdigit()
    if len(run) < LEAST:
        return []
    ids: set[int] = set()
    for size, some in book.spelt.items():
        if size < LEAST or size < len(run) - 1:
            continue
        if digits and size > len(run):
            ids.update(i for k, i in some if k.endswith(run))
        if len(run) < size <= len(run) + CUT:
            ids.update(i for k, i in some if k.startswith(run))
        if size <= len(run) + 1:
            ids.update(i for k, i in some if one_slip(run, k))
    return book.those(ids)


def damaged(run: str, number: str) -> bool:
    """Whether a number as it is written may be this one of ours: its end, cut off, or but for one slip."""
    if min(len(run), len(number)) < LEAST:
        return False
    if run.isdigit() and number.endswith(run):
        return True
    if len(run) < len(number) <= len(run) + CUT and number.startswith(run):
        return True
    return abs(len(run) - len(number)) <= 1 and one_slip(run, number)


def by_damaged(found: Found, book: Book, strong: list[Open], lost: list[str]) -> bool:
    """Read the numbers that are damaged, beside those that are whole. Returns whether they explain the amount exactly."""
    receipt, amount = found.receipt, found.receipt.amount
    if not 0 < len(lost) <= MOST:
        return False
    ids = {x.id for x in strong}
    choices = [[x for x in readings(run, book) if x.id not in ids and x.document_date <= receipt.on] for run in lost]
    if not all(choices):
        return False
    ways = 1
    for some in choices:
        ways *= len(some)
    if ways > WAYS:
        return False
    base = sum_of(strong)
    fitting = {
        tuple(sorted({x.id: x for x in way}.values(), key=lambda x: x.age))
        for way in product(*choices)
        if len({x.id for x in way}) == len(way) and base + sum_of(way) == amount
    }
    if len(fitting) == 1:
        chosen = sorted([*strong, *next(iter(fitting))], key=lambda x: x.age)
        found.add(
            chosen, 95, "reference_near",
            _("The remark names %(docs)s, though not letter for letter (%(written)s), and the amount is exactly what is open there.",
              docs=names_of(chosen), written=lost), sure=receipt.sure,
        )  # fmt: skip
        return True
    if fitting or ways > 1:
        return False
    chosen = sorted([*strong, *(some[0] for some in choices)], key=lambda x: x.age)
    debits = [x for x in chosen if x.remaining > 0]
    if debits:
        found.add(
            debits, 93 if strong else 73, "reference_near",
            _("The remark seems to name %(docs)s (%(written)s); the amount is another.", docs=names_of(debits), written=lost),
            legs=oldest_first(debits, amount),
        )  # fmt: skip
    return False
