"""Bank lines, files, accounts, rules and claims, read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers.rules import account_key
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.store import Beside
from huikuan.kit.errors import Missing
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.trail.store import among
from huikuan.receivables.cash.models import (
    Advice,
    BankLine,
    Claim,
    Difference,
    HouseBank,
    Lesson,
    Proposal,
    QuarantinedLine,
    RuleSet,
    StatementFile,
)
from huikuan.receivables.cash.rules import AdviceLine, Limits
from huikuan.receivables.cash.rules.tolerance import RuleBook, read_rules

UNIDENTIFIED = "224101"
# Accounts with a ledger of their own: unknown money, drafts, drafts passed on, deposits. No line is charged to them.
KEPT = (UNIDENTIFIED, "1121", "224102", "224103")
ALL_FROM = 400  # from this many lines on, all open items are read at once rather than by the numbers that are named


def rules_live(company: int) -> RuleSet | None:
    """The rules of matching that count now, None while the company keeps to those delivered."""
    return RuleSet.objects.filter(company_id=company, state="live").first()


def rule_sets(company: int) -> QuerySet[RuleSet]:
    """All versions, newest first."""
    return RuleSet.objects.filter(company_id=company).order_by("-number")


def limits(company: int) -> Limits:
    """The thresholds of matching, as this company has set them, with the version they come from."""
    live = rules_live(company)
    stored = (live.values.get("limits") if live else None) or {}
    known = {k: int(v) for k, v in stored.items() if k in Limits.__dataclass_fields__}
    return Limits(**{**known, "version": live.number if live else 0})


def rule_book(company: int) -> RuleBook:
    """Tolerances by group and user, and reason codes, as this company has set them."""
    live = rules_live(company)
    return read_rules(live.values if live else {})


def differences(company: int, *, line: int | None = None, state: str = "") -> QuerySet[Difference]:
    """What was paid too little or too much, newest first, with what became of it."""
    found = Difference.objects.filter(company_id=company).select_related(
        "line", "item", "customer", "entry", "residual"
    )
    if line is not None:
        found = found.filter(line_id=line)
    return (found.filter(state=state) if state else found).order_by("-pk")


def advice_of(company: int, line_id: int) -> Advice | None:
    """The remittance advice that came with a receipt."""
    return Advice.objects.filter(company_id=company, line_id=line_id, state="live").first()


def advices(company: int, line_ids: Sequence[int]) -> dict[int, tuple[AdviceLine, ...]]:
    """What payers say of these receipts, line by line."""
    out: dict[int, tuple[AdviceLine, ...]] = {}
    rows = Advice.objects.filter(company_id=company, line_id__in=among(line_ids), state="live")
    for pk, lines in rows.values_list("line_id", "lines"):
        out[pk or 0] = tuple(AdviceLine(*x) for x in lines)
    return out


def rate(company: int, currency: str, on: date | None = None) -> int | None:
    """Company currency for one of `currency` (10^-8) on a day, None when nobody has entered one (catalogue)."""
    return catalog.exchange_rate(company, currency, on)


@dataclass(frozen=True, slots=True)
class Waits:
    """Lines of one currency and day that cannot be posted: no rate is known up to that day."""

    currency: str
    on: date
    lines: int
    amount: Money


def waits_for_rate(company: int) -> list[Waits]:
    """What waits for which rate, oldest first."""
    rows = (
        BankLine.objects.filter(company_id=company, state="waiting")
        .values_list("currency", "date")
        .annotate(n=Count("id"), total=Sum("amount"))
        .order_by("date", "currency")
    )
    return [Waits(currency, on, n, Money(total or 0, currency)) for currency, on, n, total in rows[:200]]


# ---- accounts, files, lines ----------------------------------------------------------------------------------


def house_banks(company: int) -> QuerySet[HouseBank]:
    return HouseBank.objects.filter(company_id=company).order_by("number")


def house_bank(company: int, number: str) -> HouseBank | None:
    """By its number, however it is spaced."""
    wanted = account_key(number)
    for bank in house_banks(company):
        if bank.number == number or account_key(bank.number) == wanted:
            return bank
    return None


def files(company: int) -> QuerySet[StatementFile]:
    return StatementFile.objects.filter(company_id=company).select_related("bank")


def quarantined(company: int) -> QuerySet[QuarantinedLine]:
    return QuarantinedLine.objects.filter(company_id=company).select_related("bank", "statement__file")


_LEFT = Case(
    When(amount__lt=0, then=Value(0)),
    When(state__in=("ignored", "waiting", "out", "charged"), then=Value(0)),
    When(item__isnull=True, then=F("amount")),
    default=Value(0) - F("item__remaining"),
    output_field=BigIntegerField(),
)
_STAND = Case(
    When(state="out", then=Value("out")),
    When(state="ignored", then=Value("ignored")),
    When(state="charged", then=Value("charged")),
    When(state="waiting", then=Value("waiting")),
    When(amount__lt=0, then=Value("reversal")),
    When(item__isnull=True, then=Value("unknown")),
    When(item__remaining=0, then=Value("applied")),
    When(state="account", then=Value("account")),
    When(~Q(item__remaining=F("item__amount")), then=Value("partly")),
    default=Value("unapplied"),
    output_field=CharField(),
)


def lines(company: int) -> QuerySet[BankLine]:
    """All lines with `left` (minor units not yet applied) and `stand`: unknown, unapplied, partly, applied, account, out,
    ignored, waiting, reversal. Both are asked of the ledger, never stored."""
    return BankLine.objects.filter(company_id=company).annotate(left=_LEFT, stand=_STAND)


def work(company: int) -> QuerySet[BankLine]:
    """Lines that someone has to explain: money came in, some of it is left, nobody has put it on account.

    They are found by what is open in the ledger and by what has no item: a line that is paid off stays open by its state,
    and most lines are that."""
    some = BankLine.objects.filter(company_id=company, state="open", amount__gt=0).order_by()
    if (
        connection.vendor == "postgresql"
    ):  # all of them at once: it hashes the items rather than look each of them up twice
        return lines(company).filter(state="open", amount__gt=0).exclude(item__remaining=0, item__isnull=False)
    known_, unknown_ = _halves(some)
    return lines(company).filter(pk__in=known_.values("pk").union(unknown_.values("pk"), all=True))


def _halves(rows: QuerySet[Any]) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Of these lines, those with something left on their item, and those without one: each has its index. Asked in one
    question, PostgreSQL reads all items there are, or all lines that were ever paid off."""
    some = rows.filter(state="open", amount__gt=0)
    # "Not nothing" beside "less than nothing": the words of the index of what is open.
    return some.filter(item__remaining__lt=0).exclude(item__remaining=0), some.filter(item__isnull=True)


def queue(company: int, order: Sequence[str], most: int, chosen: Q, but: int = 0) -> list[Any]:
    """The first `most` of the lines that someone has to explain, of those `chosen`, without the line `but`."""
    rows: Any = lines(company).filter(chosen)
    ids: list[int] = []
    for half in _halves(rows.exclude(pk=but) if but else rows):
        ids += half.order_by(*order).values_list("pk", flat=True)[:most]
    return list(lines(company).filter(pk__in=among(ids)).select_related("customer").order_by(*order)[:most])


def still(company: int, ids: Sequence[int]) -> QuerySet[BankLine]:
    """Those of these lines that someone has to explain, as `work`: found by their ids."""
    found = lines(company).filter(pk__in=among(ids), state="open", amount__gt=0)
    return found.exclude(item__remaining=0, item__isnull=False)


def line(company: int, pk: int) -> BankLine:
    found = lines(company).select_related("bank", "customer", "item", "statement__file").filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no bank line %(number)s.", number=pk))
    return found


def counts(company: int) -> dict[str, int]:
    """Lines by where they stand. Where that hangs on an item, only items with something left are looked at: of a line that
    has one and is not among those, nothing is left."""
    rows: Any = lines(company).order_by()  # untyped: the stubs do not see annotations
    left = rows.filter(amount__gt=0, item__remaining__lt=0).exclude(item__remaining=0)
    rest = left.filter(state__in=("open", "account")).values("stand").annotate(n=Count("id"))
    out = {r["stand"]: r["n"] for r in rest}
    out["applied"] = -sum(out.values())
    plain = BankLine.objects.filter(company_id=company).order_by()
    sided = plain.annotate(back=Q(amount__lt=0), bare=Q(item__isnull=True)).values("state", "back", "bare")
    for r in sided.annotate(n=Count("id")):
        own = r["state"] in ("out", "ignored", "charged", "waiting")
        stand = r["state"] if own else "reversal" if r["back"] else "unknown" if r["bare"] else "applied"
        out[stand] = out.get(stand, 0) + r["n"]
    return {stand: n for stand, n in out.items() if n}


def work_count(company: int, login: str) -> int:
    return work(company).order_by()[:10_001].count()


def claims(company: int, *, line: int | None = None, state: str = "") -> QuerySet[Claim]:
    """What sales say is their customers' money, newest first."""
    found = Claim.objects.filter(company_id=company).select_related("line", "customer")
    if line is not None:
        found = found.filter(line_id=line)
    return (found.filter(state=state) if state else found).order_by("-pk")


def claims_count(company: int, login: str) -> int:
    return Claim.objects.filter(company_id=company, state="asked").count()


def unknown(company: int) -> QuerySet[BankLine]:
    """Receipts whose payer nobody knows yet, with `asked`: how many claims stand on each."""
    asked = Count("claims", filter=Q(claims__state="asked"))
    rows: Any = lines(company)  # untyped: the stubs do not see annotations
    return rows.filter(stand="unknown").annotate(asked=asked)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many lines wait: by where they stand ("all", "mine": asked of this person), and what they come to."""

    counts: dict[str, int]
    sums: list[Money]


def waiting(company: int, login: str) -> Waiting:
    mine = Count("id", filter=Q(assigned=login)) if login else Value(0)
    found: list[Any] = []
    for rows in _halves(lines(company).order_by()):
        found += rows.values("stand", "currency").annotate(n=Count("id"), total=Sum("left"), mine=mine)
    counts: dict[str, int] = defaultdict(int, all=0, mine=0)
    sums: dict[str, int] = defaultdict(int)
    for r in found:
        for name, n in ((r["stand"], r["n"]), ("all", r["n"]), ("mine", r["mine"])):
            counts[name] += n
        sums[r["currency"]] += r["total"] or 0
    return Waiting(dict(counts), [Money(total, c) for c, total in sorted(sums.items())])


def payable(
    company: int, customer_ids: Sequence[int], currency: str, most: int, named: Collection[int]
) -> tuple[list[Any], int]:
    """(the oldest `most` items that these owe or have with us, and those of these ids; how many there are beside them)."""
    rows = ledger.items(company).filter(customer_id__in=among(customer_ids), currency=currency).exclude(remaining=0)
    aged = rows.order_by("due_date", "id")
    # What they owe is found in the index alone; of what they have with us the kind must be looked at, but that is little.
    sided: Any = aged.alias(side=Beside("remaining"))  # untyped: the stubs do not see annotations
    debits, credits = sided.filter(side__gt=0), sided.filter(side__lt=0).exclude(kind="receipt")
    ids = [
        pk for x in (debits, credits) for pk in x.order_by(Beside("due_date"), "id").values_list("pk", flat=True)[:most]
    ]
    found = ledger.as_they_are(aged.filter(pk__in=among({*ids, *named})).exclude(kind="receipt"))
    shown = [i for n, i in enumerate(found) if n < most or i.id in named]
    return shown, max(0, debits.count() + credits.count() - len(shown))


def strong(company: int, least: int) -> QuerySet[Proposal]:
    """The first proposal of every line that waits, where it scores at least so much and no other does as well;
    oldest line first."""
    found = Proposal.objects.filter(
        company_id=company, state="live", rank=1, score__gte=least, line__in=work(company).values("pk")
    )
    rival = Proposal.objects.filter(line=OuterRef("line"), state="live", rank=2, score__gte=OuterRef("score"))
    return found.exclude(Exists(rival)).select_related("line", "customer").order_by("line__date", "line_id")


RECENT = 20_000  # so many clearings of the company back is what was done just now; all of them are not read for it


def last_clearing(company: int, login: str) -> Any:
    """The newest clearing of a receipt by this person that stands, None when there is none: what "undo" takes back."""
    newest = ledger.clearings(company).order_by("-pk").values_list("pk", flat=True).first() or 0
    found = ledger.clearings(company).filter(
        pk__gt=newest - RECENT, by=login, source__startswith="cash.line:", reverses=None, reversed_by=None
    )
    return found.order_by("-pk").first()


def unmatched(company: int) -> list[tuple[str, int, int]]:
    """(currency, lines, minor units) of what waits to be explained."""
    rows = work(company).values_list("currency").annotate(n=Count("id"), total=Sum("left")).order_by("currency")
    return [(c, n, total or 0) for c, n, total in rows]


def proposals(line_id: int) -> list[Proposal]:
    """The live explanations of a line, best first."""
    return list(Proposal.objects.filter(line_id=line_id, state="live").select_related("customer").order_by("rank"))


def decided(line_id: int) -> list[Proposal]:
    """The explanations that were taken, with their clearings."""
    return list(Proposal.objects.filter(line_id=line_id, state__in=["cleared", "accepted"]).order_by("id"))


def lessons(company: int) -> QuerySet[Lesson]:
    return Lesson.objects.filter(company_id=company).select_related("customer", "line")


def waiting_count(company: int) -> int:
    return QuarantinedLine.objects.filter(company_id=company, state="waiting").count()
