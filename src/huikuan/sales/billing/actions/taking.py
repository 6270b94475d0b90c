"""Billing documents taken over from the system that posted them: kept as they are there, never posted a second time.

Their claims come with the open items of that system; a document points to its entry by the accounting document's
number, whichever of the two comes first. A delivery stands as billed while a bill that is not cancelled names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from huikuan.kit.errors import Refused
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.trail.act import Act, action, subjects
from huikuan.office.trail.store import reserve
from huikuan.sales.billing.actions.posting import DOCUMENT
from huikuan.sales.billing.models import LEADS, Document, DocumentLine
from huikuan.sales.billing.rules import TakenBill, TakenBillLine
from huikuan.sales.orders import actions as order_actions
from huikuan.sales.orders.rules.taken import SAP, Took, differing, own_number


def _parts(keys: Iterable[Any], size: int = 900) -> Iterable[list[Any]]:
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


@action("billing.take_over", needs=None)
def take_over(act: Act, bills: list[TakenBill], led: str = SAP) -> Took:
    """Keep billing documents as the other system has them, and count their deliveries as billed or not.

    Refused for a document that Huikuan leads by now, and for a cancellation of a document that is not here.
    """
    there: dict[str, Document] = {}
    for part in _parts(k for b in bills for k in (b.external, b.cancels) if k):
        rows = Document.objects.select_for_update(no_key=True).filter(company_id=act.company, external__in=part)
        there.update({d.external: d for d in rows.order_by("pk")})
    old: dict[int, list[DocumentLine]] = {}
    for part in _parts(d.pk for d in there.values()):
        for line in DocumentLine.objects.filter(document_id__in=part).order_by("document_id", "n"):
            old.setdefault(line.document_id, []).append(line)
    desk = _Taking(act, led, old)
    # What is cancelled before what cancels it, so that the second finds the first.
    ordered = sorted(bills, key=lambda b: bool(b.cancels))
    fresh = [b for b in ordered if b.external not in there]
    numbers = _numbers(act, [b.number for b in fresh])
    for pk, told in zip(reserve(Document, len(fresh)), fresh, strict=True):
        there[told.external] = Document(
            id=pk, company_id=act.company, number=numbers[told.number], kind=told.kind, external=told.external, led=led, mode="net",
            tax=0, made_by=act.by, made_at=act.at,
        )  # fmt: skip
    new = {b.external for b in fresh}
    for told in ordered:
        row = there[told.external]
        if told.cancels:
            if told.cancels not in there:
                raise Refused(
                    _(
                        "%(number)s cancels %(key)s, which is not here.",
                        number=told.number,
                        key=told.cancels.partition(":")[2],
                    )
                )
            row.cancels = there[told.cancels]
        if told.external in new:
            desk.first(row, told)
        else:
            desk.again(row, told)
    cancelled = [there[b.cancels] for b in ordered if b.cancels]
    desk.write([there[b.external] for b in fresh], [d for d in cancelled if d.external not in new])
    _deliveries(act, desk, led)
    took = Took(len(fresh), len(desk.changed), len(bills) - len(fresh) - len(desk.changed))
    act.note(taken_over=took.made, changed=took.changed)
    return took


class _Taking:
    """One lot of bills being taken over: rows and lines to be written, deliveries that are touched."""

    def __init__(self, act: Act, led: str, old: Mapping[int, list[DocumentLine]]) -> None:
        self.act, self.led, self.old = act, led, old
        self.changed: dict[int, Document] = {}
        self.lines: list[DocumentLine] = []
        self.altered: list[DocumentLine] = []
        self.deliveries: set[int] = set()

    def facts(self, told: TakenBill) -> dict[str, object]:
        return {
            "customer_id": told.customer, "payer_id": told.payer, "order_id": told.order, "terms_id": told.terms, "date": told.date,
            "currency": told.currency, "entry_id": told.entry, "booked_as": told.booked_as[:60], "reference": told.reference[:60],
            "reason": told.reason[:200], "state": "cancelled" if told.cancelled else "posted",
        }  # fmt: skip

    def first(self, row: Document, told: TakenBill) -> None:
        for name, value in self.facts(told).items():
            setattr(row, name, value)
        mine = [self.line(row, x) for x in told.lines]
        row.net = row.gross = sum(x.net for x in mine)
        self.lines += mine

    def line(self, row: Document, x: TakenBillLine) -> DocumentLine:
        made = DocumentLine(company_id=self.act.company, document_id=row.pk, n=x.n, tax=0, tax_code="EXT", led=self.led)
        for name, value in _line_facts(x).items():
            setattr(made, name, value)
        self.deliveries |= {x.delivery} if x.delivery else set()
        return made

    def again(self, row: Document, told: TakenBill) -> None:
        """Bring a document to what is said of it now."""
        if row.led != self.led:
            raise Refused(_("Huikuan leads %(number)s by now: a load of it is refused.", number=row.number))
        subject = ref(DOCUMENT, row.pk)
        wanted = self.facts(told)
        if row.state == "cancelled" and not told.cancelled and row.kind != "cancellation":
            wanted["state"] = "cancelled"  # its cancellation came by itself; the old word does not take it back
        if told.entry is None:
            wanted["entry_id"] = row.entry_id
        found = differing(row, list(wanted.items()))
        for name, was, now in found:
            self.act.changed(subject, name.removesuffix("_id"), was, now)
            setattr(row, name, now)
        net = row.net
        moved = self._relines(row, told)
        self.act.changed(subject, "net", net, row.net)
        if found or moved:
            row.version += 1
            self.changed[row.pk] = row

    def _relines(self, row: Document, told: TakenBill) -> bool:
        mine = {x.n: x for x in self.old.get(row.pk, [])}
        self.deliveries |= {x.delivery_id for x in mine.values() if x.delivery_id}
        moved = False
        for x in told.lines:
            line = mine.pop(x.n, None)
            if line is None:
                self.lines.append(self.line(row, x))
                moved = True
                continue
            self.deliveries |= {x.delivery} if x.delivery else set()
            found = differing(line, list(_line_facts(x).items()))
            for name, was, now in found:
                self.act.changed(ref(DOCUMENT, row.pk), f"{x.n}.{name.removesuffix('_id')}", was, now)
                setattr(line, name, now)
            if found:
                self.altered.append(line)
                moved = True
        for line in mine.values():  # a line that is gone there comes to nothing here: rows of bills are never deleted
            if line.net or line.quantity:
                self.act.changed(ref(DOCUMENT, row.pk), f"{line.n}.net", line.net, 0)
                line.net = line.gross = line.quantity = 0
                line.delivery_id = None
                self.altered.append(line)
                moved = True
        row.net = row.gross = sum(x.net for x in told.lines)
        return moved

    def write(self, fresh: Sequence[Document], cancelled: Sequence[Document]) -> None:
        for row in (*fresh, *self.changed.values()):
            if row.cancels_id and row.cancels and row.cancels.state != "cancelled":
                self.act.changed(ref(DOCUMENT, row.cancels.pk), "state", row.cancels.state, "cancelled")
                row.cancels.state = "cancelled"
                if row.cancels in cancelled:
                    row.cancels.version += 1
                    self.changed[row.cancels.pk] = row.cancels
        for one in cancelled:
            self.deliveries |= {x.delivery_id for x in self.old.get(one.pk, []) if x.delivery_id}
        Document.objects.bulk_create(fresh, batch_size=300)
        fields = ["customer", "payer", "order", "terms", "date", "currency", "entry", "booked_as", "reference", "reason", "state", "net",
                  "gross", "cancels", "version"]  # fmt: skip
        Document.objects.bulk_update(self.changed.values(), fields, batch_size=100)
        DocumentLine.objects.bulk_create(self.lines, batch_size=300)
        DocumentLine.objects.bulk_update(self.altered, [*_LINE, "gross"], batch_size=100)
        subjects(self.act, DOCUMENT, [d.pk for d in (*fresh, *self.changed.values())])


_LINE = ("item", "text", "quantity", "unit", "price", "net", "order_line", "delivery")


def _line_facts(x: TakenBillLine) -> dict[str, object]:
    return {
        "item_id": x.item, "text": x.text[:200], "quantity": x.quantity, "unit": x.unit[:32], "price": x.price, "net": x.net,
        "gross": x.net, "order_line_id": x.order_line, "delivery_id": x.delivery,
    }  # fmt: skip


def _numbers(act: Act, wanted: Sequence[str]) -> dict[str, str]:
    """Number there -> number here; marked where a document of ours has it already."""
    own = {n: own_number(n) for n in wanted}
    taken: set[str] = set()
    for part in _parts(own.values()):
        taken.update(Document.objects.filter(company_id=act.company, number__in=part).values_list("number", flat=True))
    return {n: f"SAP-{n}"[:24] if mine in taken else mine for n, mine in own.items()}


def _deliveries(act: Act, desk: _Taking, led: str) -> None:
    """Count the touched deliveries as billed where a live bill names them."""
    live: set[int] = set()
    for part in _parts(desk.deliveries):
        rows = DocumentLine.objects.filter(delivery_id__in=part, document__kind="invoice", document__state="posted")
        live.update(pk for pk in rows.values_list("delivery_id", flat=True) if pk)
    if desk.deliveries:
        order_actions.take_over_billed(act, sorted(live), sorted(desk.deliveries - live), led)


@action("billing.point", needs=None)
def point(act: Act, entries: dict[str, int], led: str = SAP) -> int:
    """The claims of these accounting documents stand in these entries now. A document that points to an entry that
    stands keeps it. Returns how many point anew."""
    rows: list[Document] = []
    nowhere = Q(entry=None) | Q(entry__reversed_by__isnull=False)
    for part in _parts(entries):
        found = Document.objects.filter(nowhere, company_id=act.company, booked_as__in=part, led=led)
        rows += list(found.order_by("pk"))
    for d in rows:
        act.changed(ref(DOCUMENT, d.pk), "entry", d.entry_id, entries[d.booked_as])
        d.entry_id = entries[d.booked_as]
    Document.objects.bulk_update(rows, ["entry"], batch_size=300)
    subjects(act, DOCUMENT, [d.pk for d in rows])
    return len(rows)


@action("billing.hand_over", needs=None)
def hand_over(act: Act, led: str, system: str = SAP) -> int:
    """From now on `led` decides about the documents that came from there. Returns how many."""
    if led not in LEADS:
        raise ValueError(led)
    rows = Document.objects.filter(company_id=act.company, external__startswith=f"{system}:").exclude(led=led)
    ids = list(rows.values_list("pk", flat=True))
    for part in _parts(ids):
        DocumentLine.objects.filter(document_id__in=part).update(led=led)
        Document.objects.filter(pk__in=part).update(led=led)
    act.note(led=led, moved=len(ids))
    return len(ids)
