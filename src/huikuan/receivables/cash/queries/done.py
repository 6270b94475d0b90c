"""What was done with lines: what they paid, clearings, gaps between statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Count,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import Coalesce

from huikuan.books.ledger import queries as ledger
from huikuan.connectors.bank.types import follows
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _, unpack
from huikuan.receivables.cash.models import (
    BankLine,
    BankStatement,
)
from huikuan.receivables.cash.queries.lines import lines
from huikuan.receivables.cash.queries.matching import documents
from huikuan.receivables.cash.rules.undo import Side


@dataclass(frozen=True, slots=True)
class Applied:
    """One clearing of a line: what it paid. `undone`: the number of the reversal, "" while it stands."""

    clearing: int
    number: str
    on: date
    document: str
    item: int
    customer: int
    amount: Money
    undone: bool


def applied(company: int, row: BankLine) -> list[Applied]:
    """What a line pays, clearing by clearing, undone ones too; transfers to other customers are followed."""
    ids = [c.pk for c in ledger.clearings_of(company, ref("cash.line", row.pk)) if c.reverses_id is None]
    own = row.item_id
    if own is not None:
        ids += [leg.clearing_id for leg in ledger.legs(company, items=[own]) if leg.reverses_id is None]
    found = ledger.legs(company, clearings=sorted(set(ids))) if ids else []
    return [
        Applied(
            g.clearing_id,
            g.clearing_number,
            g.on,
            g.document,
            g.item_id,
            g.customer_id,
            Money(g.amount, g.currency),
            bool(g.reversed_by_id),
        )
        for g in found
        if g.item_id != own and g.kind not in {"receipt", "account"}
    ]


def sides(company: int, clearing: int) -> list[Side]:
    """The items of a clearing, as the rule on undoing sees them."""
    found = ledger.clearings(company).filter(pk=clearing).first()
    legs = {leg.item_id: leg for leg in ledger.legs(company, clearings=[clearing])}
    items = {i.id: i for i in ledger.items_by_ids(company, sorted(legs))}
    told = ledger.entries(company).filter(pk__in={i.entry_id for i in items.values()}).values_list("pk", "source")
    own = {pk for pk, source in told if found is not None and source and source == found.source}
    beside = {
        i.line.entry_id: i for i in ledger.items(company).filter(line__entry_id__in=own, amount__lt=0).exclude(pk__in=legs)
    }  # fmt: skip
    out = []
    for pk, leg in legs.items():
        partner = beside.get(items[pk].entry_id)
        out.append(
            Side(pk, leg.kind, leg.amount, items[pk].entry_id in own, partner.pk if partner else 0, not partner or partner.remaining == partner.amount)
        )  # fmt: skip
    return out


def transfers(company: int, row: BankLine) -> set[int]:
    """Clearings by which parts of a line stand on other customers' accounts now."""
    live = [c.pk for c in ledger.clearings_of(company, ref("cash.line", row.pk)) if c.reverses_id is None]
    legs = [g for g in ledger.legs(company, clearings=live) if not g.reversed_by_id] if live else []
    return {g.clearing_id for g in legs if g.kind == "account" and g.amount > 0} & {
        g.clearing_id for g in legs if g.item_id == row.item_id
    }


def made_by(company: int, some: Sequence[Side]) -> str:
    """What the posted side of a clearing is called, for whoever keeps it."""
    own = [s.item for s in some if s.own]
    return ", ".join(documents(company, own).values())


@dataclass(frozen=True, slots=True)
class Gap:
    """Two statements of one account that do not follow on each other."""

    account: str
    before: int
    after: int
    say: Say


def gaps(company: int, *, numbered: bool = False) -> tuple[int, list[Gap]]:
    """(pairs looked at, gaps): the opening of each statement against the closing of the one before (I09).

    Only statements whose spans do not overlap are compared: overlapping downloads open in the middle of each other.
    `numbered`: only pairs that follow on each other by their numbers, where a gap cannot be a file nobody imported yet.
    """
    rows = BankStatement.objects.filter(
        company_id=company, opening__isnull=False, closing__isnull=False, since__isnull=False
    )
    looked, out = 0, []
    last: dict[tuple[int, str], BankStatement] = {}
    for s in rows.order_by("bank_id", "account", "since", "until", "id").select_related("bank"):
        key = (s.bank_id, s.account)
        before = last.get(key)
        if (
            before is not None
            and before.until is not None
            and s.since is not None
            and before.until <= s.since
            and (follows(before.number, s.number) if numbered else before.until < s.since)
        ):
            looked += 1
            if before.closing != s.opening:
                out.append(
                    Gap(
                        s.bank.number,
                        before.pk,
                        s.pk,
                        _(
                            "%(account)s: the statement to %(until)s closes with %(closing)s, the next one opens on %(since)s with %(opening)s.",
                            account=s.bank.number, until=before.until, closing=Money(before.closing or 0, s.currency),
                            since=s.since, opening=Money(s.opening or 0, s.currency),
                        ),
                    )
                )  # fmt: skip
        if before is None or before.until is None or (s.until and s.until >= before.until):
            last[key] = s
    return looked, out


def says(stored: Any) -> Say:
    found = unpack(stored)
    return found if isinstance(found, Say) else Say(str(found).replace("%", "%%"))


def of_customer(company: int, customer: int) -> QuerySet[BankLine]:
    return lines(company).filter(customer_id=customer).order_by("-date", "-pk")


def receipts_between(company: int, customer: int, since: date, until: date) -> int:
    """What a customer paid in a span of days, minor units over all currencies of theirs; for credit and collections."""
    found = BankLine.objects.filter(company_id=company, customer_id=customer, date__range=(since, until), amount__gt=0)
    return int(found.aggregate(s=Coalesce(Sum("amount"), 0))["s"])


def clearings(company: int) -> QuerySet[Any]:
    """Clearings of receipts with what they paid: `applied`, `money`, `first` and `n` documents, `who`, `undone`."""
    paid = ~Q(legs__item__kind__in=["receipt", "account"])
    return (
        ledger.clearings(company)
        .filter(source__startswith="cash.line:", reverses=None)
        .annotate(
            applied=Sum("legs__amount", filter=paid),
            money=Max("legs__item__currency"),
            first=Min("legs__item__document", filter=paid),
            n=Count("legs", filter=paid),
            who=Min("legs__item__customer__name", filter=paid),
            undone=Max("reversed_by__id"),
        )
    )
