"""Cash, read: lines with what is left of them, the directory of payers, customers' open items as matching sees them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from huikuan.books.catalog import queries as catalog
from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import fold, read_terms
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.store import Beside, open_rows
from huikuan.kit.errors import Missing
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import Say, _, unpack
from huikuan.office.trail.store import among
from huikuan.receivables.cash.models import (
    Advice,
    BankLine,
    BankStatement,
    Claim,
    Difference,
    HouseBank,
    Lesson,
    Proposal,
    QuarantinedLine,
    RuleSet,
    StatementFile,
)
from huikuan.receivables.cash.rules import AdviceLine, Book, Directory, Limits, Open, Receipt, Wanted
from huikuan.receivables.cash.rules.payer import account_key, head, words_key
from huikuan.receivables.cash.rules.payer import families as named_families
from huikuan.receivables.cash.rules.refs import key as number_key
from huikuan.receivables.cash.rules.refs import mentions, usccs
from huikuan.receivables.cash.rules.tolerance import Band, RuleBook, read_rules
from huikuan.receivables.cash.rules.undo import Side
from huikuan.sales.billing import queries as billing

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
    if connection.vendor == "postgresql":  # without statistics of lines that just came it joins them row by row
        return lines(company).filter(state="open", amount__gt=0).exclude(item__remaining=0, item__isnull=False)
    unknown_ = some.filter(item__isnull=True).values("pk")
    return lines(company).filter(
        pk__in=some.filter(item_id__in=_credits(company)).values("pk").union(unknown_, all=True)
    )


def _credits(company: int) -> QuerySet[Any]:
    """The items on which somebody has something left with us: receipts among them."""
    found = ledger.items(company).select_related(None).order_by().exclude(remaining=0)
    return found.filter(remaining__lt=0).values("pk")


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
    """Lines by where they stand."""
    rows: Any = lines(company)  # untyped: the stubs do not see annotations
    return {r["stand"]: r["n"] for r in rows.values("stand").annotate(n=Count("id")).order_by()}


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
    rows: Any = work(company)  # untyped: the stubs do not see annotations
    mine = Count("id", filter=Q(assigned=login)) if login else Value(0)
    found = rows.order_by().values("stand", "currency").annotate(n=Count("id"), total=Sum("left"), mine=mine)
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


# ---- payers --------------------------------------------------------------------------------------------------


def wanted(row: BankLine) -> Wanted:
    return Wanted(row.payer_name, row.payer_account, row.text)


def directory(company: int, asked: Sequence[Wanted], *, near: bool = True) -> Directory:
    """What is known for these payers; a fixed handful of queries however many they are."""
    numbers = {account_key(w.account) for w in asked if w.account} | {w.account.strip() for w in asked if w.account}
    folded = {fold(w.name) for w in asked if w.name}
    taxed = {n for w in asked for n in usccs(f"{w.name} {w.text}")}
    accounts: dict[str, tuple[int, ...]] = {}
    for number, ids in customers.by_account(company, numbers).items():
        accounts[account_key(number)] = tuple(sorted({*accounts.get(account_key(number), ()), *ids}))
    names = customers.by_folded(company, folded)
    taught: dict[str, dict[str, tuple[int, ...]]] = {"name": {}, "account": {}}
    rows = Lesson.objects.filter(company_id=company, live=True, key__in=among(folded | numbers))
    for kind, key, pk in rows.order_by("key", "customer_id").values_list("kind", "key", "customer_id"):
        taught[kind][key] = (*taught[kind].get(key, ()), pk)
    nobody = [w for w in asked if fold(w.name) not in names and account_key(w.account) not in accounts]
    everyone = customers.names(company) if near and nobody else []
    turned: dict[str, tuple[int, ...]] = defaultdict(tuple)
    if any(words_key(w.name) for w in nobody):
        for pk, name, name_en in customers.rows(company).values_list("pk", "name", "name_en"):
            for key in {words_key(name), words_key(name_en)} - {""}:
                turned[key] += (pk,)
    known = {i for m in (accounts, names, *taught.values(), turned) for some in m.values() for i in some} | {
        i for i, _n in everyone
    }
    return Directory(
        accounts=accounts,
        usccs=customers.by_uscc(company, taxed),
        names=names,
        taught_accounts=taught["account"],
        taught_names=taught["name"],
        sorted_names=turned,
        owes=customers.payers(company, known if len(known) < 2000 else None),
        near=everyone,
        shown=dict(customers.rows(company).values_list("pk", "name")) if everyone else {},
    )


def families(company: int) -> dict[int, tuple[int, ...]]:
    """Who belongs together by name and owes apart: a company and its branches (分公司). Customer id of who owes -> others."""
    branches = list(customers.rows(company).filter(folded__endswith="分公司").values_list("pk", "folded"))
    if not branches:
        return {}
    found = named_families(branches, customers.by_folded(company, {head(name) for _pk, name in branches}))
    owes = customers.payers(company, {pk for one, others in found.items() for pk in (one, *others)})
    out: dict[int, set[int]] = defaultdict(set)
    for one, others in found.items():
        out[owes.get(one, one)] |= {owes.get(x, x) for x in others}
    return {one: tuple(sorted(others - {one})) for one, others in out.items() if others - {one}}


# ---- open items as matching sees them ------------------------------------------------------------------------

_OPEN = (
    "id", "customer_id", "document", "reference", "kind", "document_date", "due_date", "remaining", "amount", "base_date",
)  # fmt: skip

# Who else knows our items by other numbers (order, contract, e-invoice, statement): find(company, written numbers) ->
# {number as it was written: the numbers of the documents it means}. Floors above hand theirs down in their apps.py.
NumbersOf = Callable[[int, Collection[str]], Mapping[str, Collection[str]]]
other_numbers: dict[str, NumbersOf] = {"orders": billing.of_order_numbers}


@dataclass(frozen=True, slots=True)
class Known:
    """What matching knows of items beside their own row: other numbers by document, early-payment discounts by payer."""

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    discounts: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


def known_beside(company: int, texts: Iterable[str]) -> Known:
    """Other numbers that these texts write, and who may take a discount for paying early."""
    written = {n for t in set(texts) for n in spans(t) if len(n) <= 80 and _DIGIT.search(n)}
    keys: dict[str, set[str]] = defaultdict(set)
    for find in other_numbers.values() if written else ():
        for number, documents_ in find(company, written).items():
            for document in documents_:
                keys[document].add(number_key(number))
    early = {
        t.pk: read_terms(t.rule).discounts for t in customers.terms_rows(company).filter(rule__has_key="discounts")
    }
    early = {pk: found for pk, found in early.items() if found}
    discounts = {}
    if early:
        rows = customers.rows(company).filter(terms_id__in=list(early)).values_list("pk", "terms_id")
        discounts = {pk: tuple((d.days, d.rate) for d in early[terms]) for pk, terms in rows}
    return Known({d: tuple(sorted(k)) for d, k in keys.items()}, discounts)


def _opens(rows: Iterable[Any], known: Known | None = None) -> list[Open]:
    if known is None or not (known.keys or known.discounts):
        return [Open(*r[:9]) for r in rows]
    out = []
    for r in rows:
        base = r[9] or r[5]
        early = tuple((base + timedelta(days=d), rate) for d, rate in known.discounts.get(r[1], ())) if r[7] > 0 else ()
        out.append(Open(*(*r[:9], known.keys.get(r[2], ()), early)))
    return out


def _payable(company: int, currency: str) -> QuerySet[Any]:
    """Open items a receipt may pay or be set off with: no receipts, nothing blocked for payment."""
    found = ledger.items(company).select_related(None).exclude(remaining=0).filter(currency=currency)
    return found.exclude(kind="receipt").exclude(kind="account", amount__lt=0)


def books(company: int, currency: str, customer_ids: Collection[int], known: Known | None = None) -> dict[int, Book]:
    found: dict[int, list[Open]] = defaultdict(list)
    rows = _payable(company, currency).filter(customer_id__in=among(set(customer_ids)))
    for item in _opens(rows.values_list(*_OPEN), known):
        found[item.customer].append(item)
    return {c: Book(some) for c, some in found.items()}


def everything(company: int, currency: str, known: Known | None = None) -> list[Open]:
    """All that is open, oldest first."""
    rows = open_rows(company, currency)
    some = [r for r in rows if r[4] != "receipt" and not (r[4] == "account" and r[8] < 0)]
    some.sort(key=lambda r: (r[6] or r[5], r[5], r[0]))  # as `Open.age`
    return _opens(some, known)


_DIGIT = re.compile(r"\d")
_RUN, _JOIN = re.compile(r"[A-Z0-9]+"), re.compile(r"[\s\-_/.#:·]{1,2}")


def spans(text: str) -> set[str]:
    """The numbers of a text as they may be stored: each run of letters and digits, and neighbours with the sign between."""
    clean = text.upper()[:2000]
    runs = list(_RUN.finditer(clean))[:120]
    out = set(mentions(text).whole)
    for i, run in enumerate(runs):
        for j in range(i, min(i + 5, len(runs))):
            if j > i and not _JOIN.fullmatch(clean, runs[j - 1].end(), runs[j].start()):
                break
            span = clean[run.start() : runs[j].end()]
            if len(span) >= 4:
                out.add(span)
    return out


def named(company: int, currency: str, texts: Iterable[str], known: Known | None = None) -> Book:
    """Open items whose number or reference is written in these texts, whoever owes them."""
    written = {s for t in texts for s in spans(t) if len(s) <= 80}
    numbers = sorted(written | set(known.keys if known else ()))
    found: dict[int, Open] = {}
    for i in range(0, len(numbers), 400):
        some = numbers[i : i + 400]
        rows = _payable(company, currency).filter(Q(document__in=some) | Q(reference__in=some))
        for item in _opens(rows.values_list(*_OPEN), known):
            found[item.id] = item
    return Book(found.values())


def receipt(
    row: BankLine,
    customer: int | None = None,
    advice: tuple[AdviceLine, ...] = (),
    band: Band | None = None,
    *,
    sure: bool = False,
) -> Receipt:
    """A line for matching; `row` comes from `lines`, so that what is left is known."""
    left: int = row.left  # type: ignore[attr-defined]
    return Receipt(row.pk, left, row.currency, row.date, row.text, customer, sure, advice, band)


def groups_of(company: int, customer_ids: Collection[int]) -> dict[int, str]:
    """customer id -> number of their group ("" for none)."""
    out: dict[int, str] = {}
    rows = customers.rows(company).filter(pk__in=among(set(customer_ids)))
    out.update({pk: number or "" for pk, number in rows.values_list("pk", "group__number")})
    return out


def documents(company: int, items: Collection[int]) -> dict[int, str]:
    """item id -> document number."""
    rows = ledger.items(company).select_related(None).order_by()
    return dict(rows.filter(pk__in=among(set(items))).values_list("pk", "document")) if items else {}


def line_of(company: int, clearing: int) -> int:
    """The bank line that a clearing applied. Raises Missing."""
    found = ledger.clearings(company).filter(pk=clearing).first()
    source = read(found.source) if found else None
    if source is None or source.kind != "cash.line":
        raise Missing(_("There is no such clearing."))
    return source.pk


# ---- what was done -------------------------------------------------------------------------------------------


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


def follows(before: str, after: str) -> bool:
    """Whether a statement's number ("7/1", "00160/001") comes right after another's."""
    a, b = ([int(x) for x in re.findall(r"\d+", n)[:2]] for n in (before, after))
    if not a or not b or not a[0] or not b[0]:
        return False
    return b[0] == a[0] + 1 or (len(a) == len(b) == 2 and b[0] == a[0] and b[1] == a[1] + 1)


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
