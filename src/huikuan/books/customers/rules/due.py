"""When money is due, and why: the one function for every payment term.

Due dates are decided here at billing and again when a later base date becomes known (invoice received, goods
signed for, next batch); the ledger keeps the result on its open items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from huikuan.books.customers.rules.terms import TermsData, percent
from huikuan.kit.dates import WorkCalendar, add_months, month_end
from huikuan.kit.errors import Invalid
from huikuan.kit.money import Money, split
from huikuan.kit.words import Say, _


@dataclass(frozen=True, slots=True)
class Bases:
    """The dates from which terms count. Only `invoice` is always known.

    `standing`: the customer's own base stock credit where it differs from the terms' (minor units); `standing_left`:
    how much of it older open invoices leave free (None = all of it). See rules.standing.
    """

    invoice: date
    order: date | None = None
    received: date | None = None
    signed_off: date | None = None
    next_batch: date | None = None
    contract_end: date | None = None
    standing_left: int | None = None
    standing: int | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of the total: when it is due, from which base date, and why.

    `awaiting` names the event that the due date still waits for; a `due` beside it is provisional.
    `discounts`: (paid by, rate 10^-8), best first.
    """

    amount: Money
    due: date | None
    base: date | None
    awaiting: str
    discounts: tuple[tuple[date, int], ...]
    why: Say
    warning: Say | None = field(default=None)

    @property
    def discount_until(self) -> date | None:
        return self.discounts[0][0] if self.discounts else None

    @property
    def discount_rate(self) -> int:
        return self.discounts[0][1] if self.discounts else 0


def _then(first: Say, second: Say) -> Say:
    return _("%(first)s %(second)s", first=first, second=second)


def prepay(terms: TermsData, total: Money) -> Money:
    """How much of the total must be covered before goods may go (款到发货, or the parts of it)."""
    if terms.kind == "cash_first":
        return total
    if terms.kind != "parts":
        return Money(0, total.currency)
    amounts = split(total.minor, [p.share for p in terms.parts])
    return Money(
        sum(a for a, p in zip(amounts, terms.parts, strict=True) if p.terms.kind == "cash_first"), total.currency
    )


def due_dates(terms: TermsData, bases: Bases, total: Money, calendar: WorkCalendar) -> list[Instalment]:
    """When `total` is due, in how many parts, and why. The parts add up to the total.

    A total of 0 or less (a credit note) is one part due on its own date: terms give time to pay, not to be paid.
    """
    if total.minor <= 0:
        why = _("A credit stands from its own date, %(date)s.", date=bases.invoice)
        return [Instalment(total, bases.invoice, bases.invoice, "", (), why)]
    if terms.kind == "parts":
        return _in_parts(terms, bases, total, calendar)
    if terms.kind == "base_stock":
        return _base_stock(terms, bases, total, calendar)
    return [_one(terms, bases, total, calendar)]


def _in_parts(terms: TermsData, bases: Bases, total: Money, calendar: WorkCalendar) -> list[Instalment]:
    amounts = split(total.minor, [p.share for p in terms.parts])
    found = []
    for n, (minor, part) in enumerate(zip(amounts, terms.parts, strict=True), 1):
        if not minor:  # a cent in three parts: no empty instalments
            continue
        one = _one(_inherit(part.terms, terms), bases, Money(minor, total.currency), calendar)
        head = _("Part %(n)s of %(count)s, %(percent)s.", n=n, count=len(terms.parts), percent=percent(part.share))
        found.append(replace(one, why=_then(head, one.why)))
    return found


def _inherit(inner: TermsData, outer: TermsData) -> TermsData:
    """Pay days and shift of the whole hold for a part that names none."""
    shift = inner.shift if inner.shift != "none" else outer.shift
    return replace(inner, pay_days=inner.pay_days or outer.pay_days, shift=shift)


def _base_stock(terms: TermsData, bases: Bases, total: Money, calendar: WorkCalendar) -> list[Instalment]:
    assert terms.standing and terms.rest
    if terms.standing.currency != total.currency:
        raise Invalid.one(
            "currency", total.currency, _("the base stock credit is in %(currency)s", currency=terms.standing.currency)
        )
    whole = Money(terms.standing.minor if bases.standing is None else bases.standing, total.currency)
    end = bases.contract_end
    over = end is not None and end < bases.invoice
    free = 0 if over else whole.minor if bases.standing_left is None else max(0, min(bases.standing_left, whole.minor))
    stands = Money(min(free, total.minor), total.currency)
    found = []
    if stands:
        found.append(Instalment(stands, end, end, "contract_end", (), stands_why(stands, whole, end)))
    if total.minor > stands.minor:
        rest = _one(rest_of(terms), bases, total - stands, calendar)
        if over:
            head = _("The contract ended on %(date)s: no base stock credit stands any more.", date=end)
        elif stands:
            head = _("The base stock credit of %(whole)s is used up by older invoices and this one.", whole=whole)
        else:
            head = _("The base stock credit of %(whole)s is used up by older open invoices.", whole=whole)
        found.append(replace(rest, why=_then(head, rest.why)))
    return found


def stands_why(amount: Money, whole: Money, end: date | None) -> Say:
    """Why an amount under base stock credit is not due yet."""
    if end is None:
        return _(
            "%(amount)s stands as base stock credit (up to %(whole)s, oldest invoices first) and is due when the contract ends; that date is not known.",
            amount=amount, whole=whole,
        )  # fmt: skip
    return _(
        "%(amount)s stands as base stock credit (up to %(whole)s, oldest invoices first) and is due when the contract ends, %(date)s.",
        amount=amount, whole=whole, date=end,
    )  # fmt: skip


def rest_of(terms: TermsData) -> TermsData:
    """The terms of what goes beyond a base stock credit."""
    assert terms.rest is not None
    return _inherit(terms.rest, terms)


def _one(terms: TermsData, bases: Bases, amount: Money, calendar: WorkCalendar) -> Instalment:
    if terms.kind == "cash_first":
        day = bases.order or bases.invoice
        return Instalment(amount, day, day, "", (), _("Cash before delivery: due with the order, %(date)s.", date=day))
    if terms.kind == "rolling":
        return _rolling(terms, bases, amount, calendar)
    base, awaiting, why = _base(terms, bases)
    if base is None:
        return Instalment(amount, None, None, awaiting, (), why)
    due = base + timedelta(days=terms.days)
    if terms.days:
        why = _then(why, _("%(days)s days later is %(due)s.", days=terms.days, due=due))
    due, why, warning = _settle(terms, base, due, why, calendar)
    discounts = []
    for d in terms.discounts:
        until = base + timedelta(days=d.days)
        discounts.append((until, d.rate))
        why = _then(why, _("Paid by %(until)s, %(rate)s is taken off.", until=until, rate=percent(d.rate)))
    return Instalment(amount, due, base, awaiting, tuple(discounts), why, warning)


def _base(terms: TermsData, bases: Bases) -> tuple[date | None, str, Say]:
    """The date from which days count, what it still waits for, and the first sentence of the why."""
    invoice = bases.invoice
    if terms.kind == "month_end":
        base = month_end(invoice)
        return (
            base,
            "",
            _("Invoiced on %(invoice)s; counted from the end of that month, %(base)s.", invoice=invoice, base=base),
        )
    if terms.kind == "next_month_end":
        base = month_end(add_months(invoice, 1))
        return (
            base,
            "",
            _(
                "Invoiced on %(invoice)s; counted from the end of the following month, %(base)s.",
                invoice=invoice,
                base=base,
            ),
        )
    if terms.kind == "invoice_receipt":
        if bases.received:
            return (
                bases.received,
                "",
                _("Counted from the day the invoice was received, %(base)s.", base=bases.received),
            )
        waits, say = "invoice_receipt", _("Counted from the day the invoice is received, which is not known yet.")
    elif terms.kind == "sign_off":
        if bases.signed_off:
            return (
                bases.signed_off,
                "",
                _("Counted from the day the goods were signed for, %(base)s.", base=bases.signed_off),
            )
        waits, say = "sign_off", _("Counted from the day the goods are signed for, which is not known yet.")
    else:
        return invoice, "", _("Counted from the invoice date, %(base)s.", base=invoice)
    if terms.deemed_days is None:
        return None, waits, say
    base = invoice + timedelta(days=terms.deemed_days)
    return (
        base,
        waits,
        _then(
            say,
            _(
                "Until then it is taken as %(days)s days after the invoice date, %(base)s.",
                days=terms.deemed_days,
                base=base,
            ),
        ),
    )


def _rolling(terms: TermsData, bases: Bases, amount: Money, calendar: WorkCalendar) -> Instalment:
    base, latest = bases.invoice, None
    if terms.latest_days is not None:
        latest = base + timedelta(days=terms.latest_days)
    if bases.next_batch:
        due, awaiting = max(bases.next_batch, base), ""
        why = _("Due when the next batch was delivered, %(due)s.", due=due)
        if latest and latest < due:
            due = latest
            why = _(
                "The next batch came later than agreed: due %(days)s days after %(base)s, %(due)s.",
                days=terms.latest_days,
                base=base,
                due=due,
            )
    elif latest:
        due, awaiting = latest, "next_batch"
        why = _("Due when the next batch is delivered, at the latest %(days)s days after %(base)s, %(due)s.",
                days=terms.latest_days, base=base, due=due)  # fmt: skip
    else:
        return Instalment(
            amount, None, base, "next_batch", (), _("Due when the next batch is delivered, which has not happened yet.")
        )
    due, why, warning = _settle(terms, base, due, why, calendar)
    return Instalment(amount, due, base, awaiting, (), why, warning)


def _settle(terms: TermsData, base: date, due: date, why: Say, calendar: WorkCalendar) -> tuple[date, Say, Say | None]:
    """Fixed pay days first, then the work-day shift; the result is never before the base date."""
    if terms.pay_days and (day := _next_pay_day(terms.pay_days, due)) != due:
        due = day
        why = _then(why, _("The next fixed pay day is %(due)s.", due=due))
    if terms.shift == "none":
        return due, why, None
    moved = calendar.shift(due, terms.shift)
    if moved < base:  # "previous" must not fall before the day from which one counts
        moved = calendar.shift(due, "next")
    if moved != due:
        why = _then(why, _("%(day)s is not a work day: moved to %(due)s.", day=due, due=moved))
    warning = None
    unknown = sorted({d.year for d in (due, moved) if not calendar.is_known(d)})
    if unknown:
        warning = _("The work calendar of %(year)s is not published yet: Monday to Friday is assumed.", year=unknown)
        why = _then(why, warning)
    return moved, why, warning


def _next_pay_day(pay_days: Sequence[int], day: date) -> date:
    """The first pay day on or after `day`; the 31st is the last day of a shorter month."""
    for month in (day, add_months(day.replace(day=1), 1)):
        last = month_end(month)
        for n in pay_days:
            found = last.replace(day=min(n, last.day))
            if found >= day:
                return found
    raise AssertionError("a month has a pay day")
