"""Statements, read: one customer's, or those of many in a fixed handful of queries. Issued ones for their own pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from huikuan.books.customers import queries as customers
from huikuan.books.customers.queries import Known
from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Invalid, Missing
from huikuan.kit.words import _
from huikuan.office.company import queries as companies
from huikuan.receivables.statements import rules
from huikuan.receivables.statements.models import Statement as Issued
from huikuan.receivables.statements.rules import BOUNDS, Leg, Party, Piece, Section, Statement


def _text(field: str) -> Cast:
    return Cast(field, CharField())


# Days as text: a hundred thousand items name a few hundred days, and SQLite has each of them made by Python.
_FIELDS = (
    "id", "customer_id", "currency", "kind", "document", _text("document_date"), _text("posting_date"), _text("due_date"),
    "amount", "remaining", "text",
)  # fmt: skip


class _Days(dict[str, date]):
    """Text -> the day, made once."""

    def __missing__(self, text: str) -> date:
        return self.setdefault(text, date.fromisoformat(text))


def statement(company: int, customer_id: int, since: date, until: date, language: str = "") -> Statement:
    """One customer's statement; in the customer's language unless another is named.

    Raises Missing for an unknown customer, Invalid when the days are the wrong way round.
    """
    one = customers.by_id(company, customer_id)
    return next(iter(statements(company, since, until, [one], language)))


def statements(
    company: int, since: date, until: date, people: Collection[Known] | None = None, language: str = ""
) -> Iterator[Statement]:
    """Statements of these customers, or (None) of all that had something open or moving in the period, by number."""
    if until < since:
        raise Invalid.one("until", until, _("lies before the first day %(day)s", day=since), _("Swap the two dates."))
    sender = _sender(company)
    found = _sections(company, since, until, None if people is None else [p.id for p in people])
    some = customers.by_ids(company, found).values() if people is None else people
    for one in sorted(some, key=lambda p: p.number):
        sections = found.get(one.id) or [rules.section(one.currency, (), (), {}, since, until)]
        yield Statement(sender, _party(one), since, until, language or one.language, tuple(sections))


def _sections(company: int, since: date, until: date, people: Collection[int] | None) -> dict[int, list[Section]]:
    """{customer id: sections}, in four queries whatever the number of customers.

    What was open on a past day is what is open now plus what was cleared since, so all clearings from `since` on are
    read, each once.
    """
    ids = None if people is None else sorted(people)
    legs = ledger.legs(company, customers=ids, since=since)
    items = ledger.items(company).select_related(None).filter(posting_date__lte=until)
    cleared_since = ledger.items(company).filter(legs__date__gte=since)
    if ids is not None:
        items, cleared_since = items.filter(customer_id__in=ids), cleared_since.filter(customer_id__in=ids)
    items = items.filter(Q(posting_date__gte=since) | ~Q(remaining=0) | Q(pk__in=cleared_since.values("pk")))

    taken_since: dict[int, int] = defaultdict(int)
    mine: dict[int, list[Leg]] = defaultdict(list)
    named: dict[int, dict[str, None]] = defaultdict(dict)  # ordered, each document once
    others = (
        legs if ids is None else ledger.legs(company, clearings=sorted({x.clearing_id for x in legs if x.on <= until}))
    )
    for x in others:
        named[x.reverses_id or x.clearing_id][x.document] = None
    documents = {clearing: tuple(some) for clearing, some in named.items()}
    for x in legs:
        taken_since[x.item_id] += x.amount
        if x.on <= until:
            mine[x.item_id].append(Leg(x.reverses_id or x.clearing_id, x.item_id, x.on, x.amount))

    due_then = ledger.due_then(company, until)
    pieces: dict[tuple[int, str], list[Piece]] = defaultdict(list)
    day = _Days().__getitem__
    for pk, who, currency, kind, document, on_, posted_, due_, amount, remaining, text in items.values_list(*_FIELDS):
        on, posted, due = day(on_), day(posted_), day(due_) if due_ else None
        due = due_then.get(pk, due)
        carried = remaining + taken_since[pk] if posted < since else 0
        if posted >= since or carried or mine[pk]:  # a clearing undone in the period brings its items back
            due = due if amount > 0 else None  # a credit falls due to nobody: it is aged by its own day
            aged_from = due if amount > 0 else on
            pieces[who, currency].append(
                Piece(pk, currency, kind, document, on, posted, due, aged_from, amount, text, carried)
            )
    out: dict[int, list[Section]] = defaultdict(list)
    for (who, currency), some in sorted(pieces.items()):
        taken = [leg for p in some for leg in mine[p.id]]
        out[who].append(rules.section(currency, some, taken, documents, since, until, BOUNDS))
    return out


def _sender(company: int) -> Party:
    me, said = companies.by_id(company), companies.settings_of(company, "statements.")
    return Party(
        me.name,
        me.name_en,
        uscc=me.uscc,
        address=me.address,
        contact=str(said.get("statements.contact", "")),
        phone=str(said.get("statements.phone", "")),
    )


def _party(one: Known) -> Party:
    return Party(one.name, one.name_en, one.number, one.uscc, one.address, one.contact, one.phone)


def issued(company: int) -> QuerySet[Issued]:
    """For their own pages, newest first."""
    return Issued.objects.filter(company_id=company).select_related("customer", "file")


def issued_one(company: int, pk: int) -> Issued:
    """Raises Missing."""
    row = issued(company).filter(pk=pk).first()
    if row is None:
        raise Missing(_("There is no such statement."))
    return row


def of_numbers(company: int, numbers: Collection[str]) -> dict[str, set[str]]:
    """Statement numbers that a payer wrote -> the documents that each of them lists and that are still open."""
    found: dict[str, tuple[int, date]] = {}
    wanted = sorted(n for n in numbers if len(n) <= 20)
    for i in range(0, len(wanted), 800):
        rows = Issued.objects.filter(company_id=company, number__in=wanted[i : i + 800])
        found.update((n, (who, until)) for n, who, until in rows.values_list("number", "customer_id", "until"))
    if not found:
        return {}
    out: dict[str, set[str]] = {}
    people = sorted({who for who, _until in found.values()})
    for i in range(0, len(people), 800):
        some = set(people[i : i + 800])
        listed = ledger.items(company).select_related(None).filter(customer_id__in=some).exclude(remaining=0)
        for who, on, document in listed.values_list("customer_id", "posting_date", "document"):
            for number, (mine, until) in found.items():
                if mine == who and on <= until:
                    out.setdefault(number, set()).add(document)
    return out
