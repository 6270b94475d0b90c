"""Invoices without an order of ours: from another system, for a service, in thousands. The same engine as any bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from huikuan.books.customers import queries as customers
from huikuan.books.customers.rules import Bases
from huikuan.kit.errors import Fault, Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action
from huikuan.office.trail.store import among, fresh
from huikuan.sales.billing.actions.posting import Desk, Drawn, due_json, store
from huikuan.sales.billing.models import Document, DocumentLine
from huikuan.sales.billing.rules import Piece, totals
from huikuan.sales.billing.types import InvoiceDraft
from huikuan.sales.orders.queries import Shop
from huikuan.sales.orders.queries.goods import Good
from huikuan.sales.orders.rules.drafts import MOST, MOST_LINES, check_currency


@action("billing.issue", needs="billing.post")
def issue(act: Act, drafts: list[InvoiceDraft]) -> list[int]:
    """Invoice without an order, one or thousands: drawn up, numbered, booked. Returns the documents' ids.

    Raises Invalid naming the draft that is wrong, Refused for a closed account or a key that is here already.
    """
    if not drafts:
        return []
    people = _payers(act, drafts)
    _known(act, [d.external for d in drafts if d.external])
    goods = _Goods(act, drafts)
    terms = {d.terms for d in drafts} | {p.terms for p in people.values()}
    desk = Desk(act, {people[d.customer].payer for d in drafts}, {t for t in terms if t}, people)
    drawn = [_draw(act, desk, people, goods, d, n) for n, d in enumerate(drafts, 1)]
    return [d.pk for d in store(act, desk, drawn, post=True)]


def _payers(act: Act, drafts: Sequence[InvoiceDraft]) -> dict[int, customers.Known]:
    wanted = {d.customer for d in drafts}
    people = customers.by_ids(act.company, wanted)
    if lost := wanted - set(people):
        raise Missing(_("There is no such customer (%(ids)s).", ids=sorted(lost)))
    return people | customers.by_ids(act.company, {p.payer for p in people.values()} - set(people))


def _known(act: Act, keys: Sequence[str]) -> None:
    rows = Document.objects.filter(company_id=act.company, external__in=among(keys))
    known = list(rows.values_list("external", flat=True))
    if known or len(set(keys)) != len(keys):
        raise Refused(_("Invoices with these keys are here already: %(keys)s.", keys=sorted(known or set(keys))[:5]))


class _Goods:
    """Items with their tax on a day, each looked up once."""

    def __init__(self, act: Act, drafts: Sequence[InvoiceDraft]) -> None:
        self.shop = Shop(act.company, {line.item for d in drafts for line in d.lines}, set(), priced=False)
        self.seen: dict[tuple[int, date], Good] = {}

    def on(self, item: int, day: date) -> Good:
        if (item, day) not in self.seen:
            self.seen[item, day] = self.shop.good(item, day)
        return self.seen[item, day]


def _check(draft: InvoiceDraft, currency: str, n: int) -> None:
    faults = []
    if not 0 < len(draft.lines) <= MOST_LINES:
        faults.append(
            Fault("lines", str(len(draft.lines)), _("An invoice has 1 to %(most)s lines.", most=MOST_LINES), row=n)
        )
    for line in draft.lines:
        if not 0 < line.quantity <= MOST:
            faults.append(Fault("quantity", str(line.quantity), _("The quantity must be more than 0."), row=n))
        if not 0 <= line.price <= MOST:
            faults.append(Fault("price", str(line.price), _("The price must not be negative."), row=n))
        if not 0 <= line.discount <= 10**8:
            faults.append(Fault("discount", str(line.discount), _("The discount must be between 0 and 100 %%."), row=n))
    if draft.mode not in ("net", "gross"):
        faults.append(Fault("mode", draft.mode, _("must be net or gross"), row=n))
    if len(draft.reference) > 60 or len(draft.external) > 60:
        faults.append(Fault("reference", draft.reference, _("The text is too long."), row=n))
    if faults:
        raise Invalid(faults[0].reason, faults=tuple(faults))
    check_currency(currency)


def _draw(
    act: Act, desk: Desk, people: dict[int, customers.Known], goods: _Goods, draft: InvoiceDraft, n: int
) -> Drawn:
    one = people[draft.customer]
    payer = people[one.payer]
    if one.state == "closed":
        raise Refused(_("The account of %(customer)s is closed.", customer=one.name))
    currency = draft.currency or one.currency
    _check(draft, currency, n)
    found = [goods.on(line.item, draft.date) for line in draft.lines]
    pieces = [
        Piece(line.quantity, line.price, good.tax_rate, line.discount)
        for line, good in zip(draft.lines, found, strict=True)
    ]
    sums = totals(pieces, draft.mode, currency)
    if sums.gross > MOST:
        raise Invalid.one("lines", sums.gross, _("The amount is larger than can be booked."))
    lines = [
        fresh(
            DocumentLine, company_id=act.company, n=k, item_id=good.id, text=(line.text or good.name)[:200], quantity=line.quantity, unit=good.unit,
            price=line.price, discount=a.discount, net=a.net, tax_code=good.tax_code, tax_rate=good.tax_rate, tax=a.tax, gross=a.gross,
        )
        for k, (line, good, a) in enumerate(zip(draft.lines, found, sums.lines, strict=True), 1)
    ]  # fmt: skip
    terms = draft.terms or one.terms or payer.terms
    bases = Bases(invoice=draft.date, order=draft.date)
    parts = desk.instalments(payer.id, terms, bases, Money(sums.gross, currency)) if sums.gross else []
    row = fresh(
        Document, company_id=act.company, kind="invoice", customer_id=one.id, payer_id=payer.id, org_id=one.org, terms_id=terms, date=draft.date,
        currency=currency, mode=draft.mode, net=sums.net, tax=sums.tax, gross=sums.gross, reference=draft.reference,
        external=draft.external, due=due_json(parts), made_by=act.by, made_at=act.at,
    )  # fmt: skip
    return Drawn(row, lines, parts)
