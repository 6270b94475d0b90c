"""What `verify` asks of drafts: what we hold is what 1121 carries, what may come back is what stands against it."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from huikuan.books.customers import checks as customers
from huikuan.books.ledger import queries as ledger
from huikuan.kit.words import _
from huikuan.office.approvals import queries as approvals
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.receivables.drafts import rules
from huikuan.receivables.drafts.models import Draft, Move

NAMED = 200


def carried(company: int) -> Finding:
    """I06: for each draft, the lines of its entries on 1121 (and 224102) are what it is carried at."""
    rows = list(
        Draft.objects.filter(company_id=company).values_list("pk", "number", "amount", "booked", "contra", "parent")
    )
    told = Move.objects.filter(company_id=company).values_list("entry", "draft_id")
    entries = {entry: draft for entry, draft in told if entry is not None}
    root: dict[int, int] = {}
    for pk, _number, _amount, _booked, _contra, parent in sorted(rows):
        root[pk] = root.get(parent, parent) if parent else pk
    books: dict[tuple[int, str], int] = defaultdict(int)
    found = (
        ledger.lines_of(company, list(entries))
        .filter(account__code__in=("1121", "224102"))
        .values_list("entry_id", "account__code")
        .annotate(total=Sum("doc_amount"))
        .order_by()
    )
    for entry, code, total in found:
        books[root[entries[entry]], code] += total
    want: dict[tuple[int, str], int] = defaultdict(int)
    names: dict[int, str] = {}
    for pk, number, amount, booked, contra, _parent in rows:
        names[pk] = number
        want[root[pk], "1121"] += amount if booked else 0
        want[root[pk], "224102"] -= amount if contra else 0
    why = _("is not what the entries of the draft come to.")
    broken = [Broken(f"drafts.draft:{pk}", names[pk], code, why) for (pk, code) in sorted({*books, *want}) if books[pk, code] != want[pk, code]]  # fmt: skip
    return Finding(len(rows), tuple(broken[:NAMED]), len(broken))


def exposed(company: int) -> Finding:
    """I15: the drafts layer of every payer's exposure is what of their drafts is not honoured yet."""
    rows = (
        Draft.objects.filter(company_id=company, exposed__gt=0).values_list("customer_id", "currency").annotate(total=Sum("exposed")).order_by()
    )  # fmt: skip
    return customers.compare(company, "drafts", {(customer, money): total for customer, money, total in rows})


def once(company: int) -> Finding:
    """No unit of a draft is here twice."""
    rows = Draft.objects.filter(company_id=company).exclude(state__in=(rules.RETURNED, rules.DECLINED, rules.SPLIT))
    twice = rows.values("number", "start").annotate(n=Count("pk")).filter(n__gt=1)
    broken = [Broken("drafts.draft", r["number"], "start", _("stands twice.")) for r in twice[:NAMED]]
    last: dict[str, tuple[int, int]] = {}
    for pk, number, start, end in rows.exclude(end=0).order_by("number", "start").values_list("pk", "number", "start", "end"):  # fmt: skip
        if number in last and start <= last[number][1]:
            broken.append(Broken(f"drafts.draft:{pk}", number, "start", _("overlaps another sub-range.")))
        last[number] = (start, max(end, last.get(number, (0, 0))[1]))
    return Finding(rows.count(), tuple(broken[:NAMED]), len(broken))


# What a draft in its state is, by whether a first bank's name stands on it: on 1121, a liability against it, exposure.
_ON = {
    rules.HELD: (True, False, True), rules.PRESENTED: (True, False, True), rules.ENDORSED: (True, True, True),
    rules.DISCOUNTED: (True, True, True),
}  # fmt: skip


def standing(company: int) -> Finding:
    """I06: a draft stands where its last move put it, and is carried, owed for and exposed as such a draft is."""
    last = Move.objects.filter(draft=OuterRef("pk")).order_by("-id").values("to")[:1]
    rows = Draft.objects.filter(company_id=company).order_by("pk").annotate(moved=Coalesce(Subquery(last), Value("")))
    fields = ("pk", "number", "state", "moved", "parent", "standing", "amount", "booked", "contra", "exposed")
    checked, broken = 0, list[Broken]()
    for pk, number, state, moved, parent, name, amount, *told in rows.values_list(*fields).iterator(2000):
        checked += 1
        if state != (moved or (rules.HELD if parent else rules.ASKED)):
            broken.append(Broken(f"drafts.draft:{pk}", number, "state", _("is not where its last move put it.")))
        booked, contra, exposed = _ON.get(state, (False, False, False))
        if state in (rules.ENDORSED, rules.DISCOUNTED) and rules.leaves_books(name):
            booked, contra, exposed = False, False, False
        should = (booked, contra, amount if exposed and rules.keeps_exposure(name) else 0)
        for field, there, wanted in zip(("booked", "contra", "exposed"), told, should, strict=True):
            if there != wanted:
                why = _("says %(told)s, counted %(real)s.", told=str(there), real=str(wanted))
                broken.append(Broken(f"drafts.draft:{pk}", number, field, why))
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


def answered(company: int) -> Finding:
    """I16: a draft that waits for a grant is asked about, and every question about one has its draft."""
    asked = approvals.approvals(company).filter(kind="drafts.take", subject__startswith="drafts.draft:").order_by("pk")
    newest = {int(s.rpartition(":")[2]): state for s, state in asked.values_list("subject", "state")}
    open_ = {pk for pk, state in newest.items() if state == "asked"}
    waits = dict(Draft.objects.filter(company_id=company, state=rules.ASKED).values_list("pk", "number"))
    why = _("waits for a grant that nobody was asked for.")
    broken = [  # a question that was taken back leaves it waiting
        Broken(f"drafts.draft:{pk}", number, "state", why)
        for pk, number in sorted(waits.items())
        if newest.get(pk) not in ("asked", "void")
    ]
    why = _("is asked about, and does not wait.")
    broken += [Broken(f"drafts.draft:{pk}", f"draft {pk}", "state", why) for pk in sorted(open_ - set(waits))]
    return Finding(len({*open_, *waits}), tuple(broken[:NAMED]), len(broken))


CHECKS = (
    Check("I06", _("Drafts that are held are what 1121 carries"), carried),
    Check("I06", _("Drafts stand where their last move put them, carried and exposed as such"), standing),
    Check("I08", _("No part of a draft is held twice"), once),
    Check("I16", _("Drafts that wait are asked about"), answered),
    Check("I15", _("The drafts layer of exposure is what is not honoured yet"), exposed),
)
