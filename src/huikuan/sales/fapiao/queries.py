"""Numbers of VAT invoices, read: what stands on a bill, which bills a payer means, what search finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q, QuerySet

from huikuan.kit.errors import Missing
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.trail.store import among
from huikuan.sales.billing import queries as billing
from huikuan.sales.fapiao import rules
from huikuan.sales.fapiao.models import Fapiao, Sheet, SheetRow
from huikuan.sales.fapiao.rules import Bill, There


def fapiaos(company: int) -> QuerySet[Fapiao]:
    """For this room's own pages and REST."""
    return Fapiao.objects.filter(company_id=company)


def fapiao(company: int, pk: int) -> Fapiao:
    """Raises Missing; a number of another company is missing too (I22)."""
    found = fapiaos(company).select_related("document").filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such e-invoice number."))
    return found


def sheets(company: int) -> QuerySet[Sheet]:
    return Sheet.objects.filter(company_id=company)


def sheet(company: int, pk: int) -> Sheet:
    """Raises Missing."""
    found = sheets(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such register."))
    return found


def rows(company: int) -> QuerySet[SheetRow]:
    """Rows of registers that were refused when these were fed."""
    return SheetRow.objects.filter(company_id=company)


_BILL = ("pk", "number", "kind", "state", "payer_id", "customer_id", "date", "gross", "currency")


def bills(company: int, ids: Collection[int]) -> dict[int, Bill]:
    rows = billing.documents(company).order_by().filter(pk__in=among(set(ids)))
    return {r[0]: Bill(*r) for r in rows.values_list(*_BILL)} if ids else {}


def bills_by_number(company: int, numbers: Collection[str]) -> dict[str, Bill]:
    rows = billing.documents(company).order_by().filter(number__in=among(set(numbers)))
    return {r[1]: Bill(*r) for r in rows.values_list(*_BILL)} if numbers else {}


_THERE = (
    "document_id", "document__number", "document__payer_id", "document__gross", "document__currency", "code", "number", "amount",
)  # fmt: skip


def there(company: int, documents: Collection[int], wanted: Collection[str]) -> list[There]:
    """What is noted on these bills or under these numbers, and whatever hangs together with that by other bills and numbers."""
    rows = fapiaos(company).order_by().filter(live=True)
    found: dict[tuple[int, str, str], There] = {}
    docs, numbers = set(documents), set(wanted)
    new_docs, new_numbers = set(docs), set(numbers)
    while new_docs or new_numbers:  # a round for each step of the way: two, where invoices are not merged
        some = [
            There(*r)
            for way in (Q(document_id__in=among(new_docs)), Q(number__in=among(new_numbers)))
            for r in rows.filter(way).values_list(*_THERE)
        ]
        found |= {(t.document, *t.key): t for t in some}
        new_docs, new_numbers = {t.document for t in some} - docs, {t.number for t in some} - numbers
        docs |= new_docs
        numbers |= new_numbers
    return list(found.values())


def of_numbers(company: int, numbers: Collection[str]) -> dict[str, set[str]]:
    """Numbers of VAT invoices that a payer wrote -> the numbers of the posted bills that they are of.

    A number may be written whole (an older invoice's with its code), or by its last 8 digits. Those that several invoices
    end in say nothing. Where they end one alone, on one bill, the invoice's whole number is given instead of them: to
    matching they are the end of a number then, which counts with an exact amount, and not a number in full."""
    asked = rules.asked(numbers)
    if not asked:
        return {}
    rows = fapiaos(company).order_by().filter(live=True, document__state="posted")
    ends = {rules.tail(digits) for digits in asked.values()}
    ending: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    columns = ("tail", "code", "number", "document__number")
    for end, code, number, bill in rows.filter(tail__in=among(ends)).values_list(*columns):
        ending[end][code, number].add(bill)
    out: dict[str, set[str]] = {}
    for text, digits in asked.items():
        short = len(digits) == rules.TAIL
        hits = [k for k in ending.get(rules.tail(digits), ()) if short or "".join(k) == digits]
        if len(hits) == 1:
            documents = ending[rules.tail(digits)][hits[0]]
            out["".join(hits[0]) if short and len(documents) == 1 else text] = documents
    return out


def find(company: int, text: str, limit: int) -> list[tuple[int, str, str, Money]]:
    """(bill's id, invoice number, bill's number, its gross) by a whole number, an older invoice's with or without its code,
    or the last 8 digits."""
    digits = "".join(rules.split(text))
    if not (rules.TAIL <= len(digits) <= 20 and digits.isascii() and digits.isdigit()):
        return []
    rows = fapiaos(company).filter(live=True, tail=rules.tail(digits)).select_related("document").order_by("-id")
    return [
        (f.document_id, str(f), f.document.number, Money(f.document.gross, f.document.currency))
        for f in rows[: limit * 4]
        if f"{f.code}{f.number}".endswith(digits)
    ][:limit]


def of_document(company: int, pk: int) -> list[Fapiao]:
    """Live ones first, as they were noted."""
    return list(fapiaos(company).filter(document_id=pk).order_by("-live", "id"))
