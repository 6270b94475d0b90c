"""What was paid too little or too much on an item: charged to the account of its reason, or kept as a new item in dispute.

Within the caps of group, user and reason a clerk or the bot may charge it; above them the receipt is applied all the same,
the item stays partly open, and a second person decides. A difference is undone with its clearing, by reversal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.queries.days import Days
from huikuan.books.ledger.types import ClearDraft, EntryDraft, Item, LineDraft
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals import actions as approvals
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.office.work.actions import open_order
from huikuan.receivables.cash import queries, witness
from huikuan.receivables.cash.actions.common import CONTROL, KIND, KLASS, held, moved
from huikuan.receivables.cash.models import BankLine, Difference
from huikuan.receivables.cash.rules.tolerance import Band, Code, RuleBook, Verdict, may_charge

DIFFERENCE = "cash.difference"
UNASKED = {"terms", "tolerance"}  # differences that nobody needs to be asked about
APPROVAL = "cash.difference"


@dataclass(frozen=True, slots=True)
class Wish:
    """A difference that someone wants settled: item, minor units (+ less was paid), reason, charged or residual."""

    item: int
    amount: int
    code: str
    how: str = "charged"
    note: str = ""
    by: str = "person"  # person, terms, tolerance


def wishes(given: Sequence[Any]) -> list[Wish]:
    """(item, minor units, code[, charged|residual[, note]]) as a page or REST gives them."""
    out = []
    for n, one in enumerate(given, 1):
        some = list(one)
        if len(some) < 3 or isinstance(some[1], bool) or not isinstance(some[1], int) or some[1] == 0:
            raise Invalid.one("deductions", str(one), _("names an item, an amount and a reason"), row=n)
        how = str(some[3]) if len(some) > 3 and some[3] else "charged"
        if how not in {"charged", "residual"}:
            raise Invalid.one("deductions", how, _("is charged, or a residual item"), row=n)
        out.append(Wish(int(some[0]), some[1], str(some[2]), how, str(some[4])[:300] if len(some) > 4 else ""))
    return out


def _group(company_id: int, customer: int) -> str:
    known = customers.by_id(company_id, customer)
    if known.group is None:
        return ""
    return str(customers.group_rows(company_id).filter(pk=known.group).values_list("number", flat=True).first() or "")


def bands(company_id: int, book: RuleBook, customer: int, user: str) -> tuple[Band, Band]:
    return book.bands(_group(company_id, customer), user)


def judge(act: Act, book: RuleBook, wish: Wish, item: Item, charged: int) -> tuple[Code, Verdict]:
    """Whether this difference may be charged now. `charged` has been charged on the item before: the caps are held against
    all of it, or slices would each slip under them."""
    code = book.codes.get(wish.code)
    if code is None:
        raise Invalid.one("code", wish.code, _("There is no such reason."))
    if wish.by == "terms":
        return code, Verdict(bool(code.account), not code.account, _("The terms allow it."))
    if wish.by == "tolerance":  # the run has just held it against the bands
        return code, Verdict(
            True, False, _("The difference lies within the tolerance of the customer and of the user.")
        )
    all_of_it = wish.amount + (charged if wish.amount > 0 else 0)
    return code, may_charge(all_of_it, item.amount, code, bands(act.company, book, item.customer_id, act.by))


def charged_before(company_id: int, items: Sequence[int]) -> dict[int, int]:
    rows = Difference.objects.filter(
        company_id=company_id, item_id__in=items, state="done", how="charged", amount__gt=0
    )
    return dict(rows.values_list("item_id").annotate(s=Sum("amount")).values_list("item_id", "s"))


def charge_draft(row: BankLine, item: Item, wish: Wish, code: Code, on: date, own: str) -> EntryDraft:
    """Dr the account of the reason, Cr the customer (or the other way round when too much came)."""
    amount = Money(wish.amount, item.currency)
    base = None if item.currency == own else _base(item, wish.amount)
    text = f"{code.name} {item.document}"[:200]
    other = LineDraft(
        CONTROL, -amount, party=item.customer_id, due=on, kind="other", document=item.document, document_date=on, text=text,
        reference=row.document, base_amount=None if base is None else -base,
    )  # fmt: skip
    return EntryDraft(
        KLASS, on, text, (LineDraft(code.account, amount, text=text, reference=row.document, base_amount=base), other),
        document_date=on, reference=row.document, source=ref(KIND, row.pk),
    )  # fmt: skip


def residual_draft(row: BankLine, item: Item, wish: Wish, code: Code, on: date, own: str) -> EntryDraft:
    """A new item of what is missing, with its reason, against the item that was paid short: the old one is settled."""
    amount = Money(wish.amount, item.currency)
    base = None if item.currency == own else _base(item, wish.amount)
    text = f"{code.name} {item.document} {wish.note}".strip()[:200]
    made = LineDraft(
        CONTROL, amount, party=item.customer_id, due=item.due_date or on, base=item.base_date, kind="debit",
        document=f"{item.document[:34]}-{code.code[:5]}", document_date=item.document_date, text=text, reference=item.document,
        base_amount=base,
    )  # fmt: skip
    settled = LineDraft(
        CONTROL, -amount, party=item.customer_id, due=on, kind="other", document=item.document, document_date=on, text=text,
        reference=row.document, base_amount=None if base is None else -base,
    )  # fmt: skip
    return EntryDraft(
        KLASS, on, text, (made, settled), document_date=on, reference=row.document, source=ref(KIND, row.pk)
    )


def _base(item: Item, amount: int) -> int:
    return item.base_remaining * amount // item.remaining


@dataclass(slots=True)
class Settled:
    """Differences that were posted for one application: their legs join the clearing, their rows are kept with it."""

    legs: dict[int, list[tuple[int, int]]]  # by the item they belong to
    rows: list[Difference]
    asked: list[Difference]


def settle(
    act: Act, row: BankLine, wanted: Sequence[Wish], items: Mapping[int, Item], on: date, version: int
) -> Settled:
    """Post what may be charged now and what becomes a residual item; the rest is asked of a second person.

    The legs that come back clear the items by the differences: (item, difference) and (counter item, -difference).
    """
    return settle_many(act, [(row, wanted, on)], items, version)[0]


def settle_many(
    act: Act, jobs: Sequence[tuple[BankLine, Sequence[Wish], date]], items: Mapping[int, Item], version: int
) -> list[Settled]:
    """The same for many receipts, in one posting."""
    wishes_ = [w for _row, wanted, _on in jobs for w in wanted]
    out = [Settled({}, [], []) for _job in jobs]
    if not wishes_:
        return out
    book = queries.rule_book(act.company)
    own = company.by_id(act.company).currency
    drafts: list[EntryDraft] = []
    made: list[tuple[int, BankLine, Wish, Verdict]] = []
    before = charged_before(act.company, [w.item for w in wishes_])
    for n, (row, wanted, on) in enumerate(jobs):
        for wish in wanted:
            item = items.get(wish.item)
            if item is None:
                raise Invalid.one("deductions", str(wish.item), _("A difference belongs to an item that is paid."))
            code, verdict = judge(act, book, wish, item, before.get(item.id, 0))
            if wish.how == "residual":
                if wish.amount < 0:
                    raise Invalid.one("deductions", str(wish.amount), _("What was paid too much is no claim."))
                drafts.append(residual_draft(row, item, wish, code, on, own))
            elif verdict.may:
                drafts.append(charge_draft(row, item, wish, code, on, own))
            else:
                out[n].asked.append(_row(act, row, item, wish, "asked", version, verdict.why))
                continue
            made.append((n, row, wish, verdict))
    posted = ledger_actions.post(act, drafts)
    for (n, row, wish, verdict), p in zip(made, posted, strict=True):
        kept = _row(act, row, items[wish.item], wish, "done", version, verdict.why)
        kept.entry_id = p.entry_id
        counter = p.items[0]
        if wish.how == "residual":
            kept.residual_id, counter = p.items
        legs = out[n].legs.setdefault(wish.item, [])
        # too much came: the counter item is a debit that takes the surplus of the receipt
        legs += [(wish.item, wish.amount), (counter, -wish.amount)] if wish.amount > 0 else [(counter, -wish.amount)]
        out[n].rows.append(kept)
    return out


def _row(act: Act, row: BankLine, item: Item, wish: Wish, state: str, version: int, why: Say) -> Difference:
    return Difference(
        company_id=act.company, line=row, item_id=item.id, customer_id=item.customer_id, code=wish.code, how=wish.how,
        amount=wish.amount, currency=item.currency, state=state, rules=version, why=why.pack(), note=wish.note, by=act.by, at=act.at,
        act=act.id,
    )  # fmt: skip


def keep(act: Act, settled: Settled, clearings: Mapping[int, int]) -> None:
    """Store the rows with the clearing of their customer, open disputes for residual items, ask for what is above the caps."""
    for d in (*settled.rows, *settled.asked):
        d.clearing, d.act = clearings.get(d.customer_id), act.id
    Difference.objects.bulk_create(settled.rows)
    for d in settled.rows:
        act.subject(ref(DIFFERENCE, d.pk))
        if d.residual_id is not None:
            _dispute(act, d)
    for d in settled.asked:
        d.save(force_insert=True)
        act.subject(ref(DIFFERENCE, d.pk))
        _ask(act, d)
    act.keeps("cash_difference", [witness.difference(d) for d in (*settled.rows, *settled.asked)])


def _dispute(act: Act, d: Difference) -> None:
    assert d.residual_id is not None
    day = Days(act).today
    code = queries.rule_book(act.company).codes.get(d.code)
    ledger_actions.change_item(act, [d.residual_id], {"reason_code": "disputed"}, f"{d.code} {d.note}".strip(), day)
    title = _(
        "Dispute: %(amount)s of %(document)s not paid (%(reason)s)", amount=Money(d.amount, d.currency),
        document=d.item.document, reason=code.name if code else d.code,
    )  # fmt: skip
    open_order(
        act, "dispute", ref("ledger.item", d.residual_id), title, role="COL",
        data={"difference": d.pk, "line": d.line_id, "item": d.item_id, "residual": d.residual_id, "code": d.code, "note": d.note,
              "customer": d.customer_id}, key=f"dispute:{d.pk}",
    )  # fmt: skip


def _ask(act: Act, d: Difference) -> None:
    item = ledger.item(act.company, d.item_id)
    assert item is not None
    shown = {
        "line": d.line.document, "document": item.document, "customer": d.customer_id, "code": d.code, "amount": d.amount,
        "currency": d.currency, "of": item.amount, "note": d.note, "rules": d.rules, "item": d.item_id,
    }  # fmt: skip
    title = _(
        "Charge off %(amount)s of %(document)s (%(reason)s)", amount=Money(d.amount, d.currency), document=item.document,
        reason=d.code,
    )  # fmt: skip
    approvals.ask(act, APPROVAL, ref(DIFFERENCE, d.pk), Money(d.amount, d.currency), shown, title)


def _asked(act: Act, approval: Any) -> Difference:
    subject = read(approval.subject)
    row = (
        Difference.objects.select_for_update(no_key=True)
        .filter(company_id=act.company, pk=subject.pk if subject else 0)
        .first()
    )
    if row is None:
        raise Missing(_("There is no such difference."))
    if row.state != "asked":
        raise Refused(_("This difference has been decided already."))
    return row


def granted(act: Act, approval: Any) -> None:
    """The second person said yes: charge exactly what was shown, in a clearing of its own."""
    d = _asked(act, approval)
    line = held(act, d.line_id)
    _charge(act, line, d)


@action("cash.charge", needs=None)
def _charge(act: Act, line: BankLine, d: Difference) -> int:
    item = ledger.item(act.company, d.item_id)
    code = queries.rule_book(act.company).codes.get(d.code)
    if item is None or code is None:
        raise Missing(_("There is no such open item (%(item)s).", item=d.item_id))
    if not code.account:
        raise Refused(_("%(code)s is charged to no account: it stays a claim.", code=code.name))
    if d.amount < 0 or item.remaining < d.amount:
        raise Refused(
            _("%(document)s has %(left)s left; %(asked)s cannot be cleared.", document=item.document, left=item.open,
              asked=Money(d.amount, d.currency))
        )  # fmt: skip
    days = Days(act)
    on = days.open(max(days.today, item.posting_date))
    own = company.by_id(act.company).currency
    [posted] = ledger_actions.post(act, [charge_draft(line, item, Wish(d.item_id, d.amount, d.code), code, on, own)])
    legs = ((d.item_id, d.amount), (posted.items[0], -d.amount))
    [clearing] = ledger_actions.clear(act, [ClearDraft(on, legs, reason=code.name, source=ref(KIND, line.pk))])
    act.changed(ref(DIFFERENCE, d.pk), "state", d.state, "done")
    d.state, d.entry_id, d.clearing = "done", posted.entry_id, clearing
    d.save(update_fields=["state", "entry", "clearing"])
    act.subject(ref(DIFFERENCE, d.pk), ref(KIND, line.pk))
    return clearing


def refused(act: Act, approval: Any) -> None:
    """The second person said no: the item stays open by the difference."""
    d = _asked(act, approval)
    d.state = "refused"
    d.save(update_fields=["state"])


@action("cash.charge_off", needs="cash.apply")
def charge_off(
    act: Act,
    line_id: int,
    item_id: int,
    amount: int,
    code: str,
    how: str = "charged",
    note: str = "",
    version: int | None = None,
) -> Difference:
    """Settle what a receipt left open on an item it paid: charge it for a reason, or make it a residual item in dispute."""
    row = held(act, line_id, version)
    item = ledger.item(act.company, item_id)
    if item is None or item.remaining == 0:
        raise Refused(_("What was to be paid is not open any more (%(items)s).", items=[item_id]))
    if not any(a.item == item_id and not a.undone for a in queries.applied(act.company, row)):
        raise Refused(_("Bank line %(number)s has not paid %(document)s.", number=row.document, document=item.document))
    if not 0 < amount <= item.remaining:
        raise Invalid.one("amount", str(amount), _("is more than is open"))
    days = Days(act)
    on = days.open(max(days.today, item.posting_date))
    [wish] = wishes([(item_id, amount, code, how, note)])
    settled = settle(act, row, [wish], {item_id: item}, on, queries.limits(act.company).version)
    done: list[int] = []
    if settled.legs:
        done = ledger_actions.clear(
            act, [ClearDraft(on, tuple(settled.legs[item_id]), reason=code, source=ref(KIND, row.pk))]
        )
    keep(act, settled, dict.fromkeys([item.customer_id], done[0]) if done else {})
    moved(row)
    return (settled.rows or settled.asked)[0]


def reversed_with(act: Act, clearing: int, on: date, reason: str) -> None:
    """The clearing is undone: what was charged in it is reversed, what is still asked is void."""
    for d in Difference.objects.select_for_update(no_key=True).filter(company_id=act.company, clearing=clearing):
        if d.state == "asked":
            approvals.void(act, ref(DIFFERENCE, d.pk), _("The clearing was undone."), APPROVAL)
            d.state = "refused"
        elif d.state == "done" and d.entry_id is not None:
            ledger_actions.reverse(act, d.entry_id, on, reason)
            d.state = "undone"
        else:
            continue
        d.save(update_fields=["state"])
        act.subject(ref(DIFFERENCE, d.pk))
