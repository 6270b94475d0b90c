"""Drafts, written. Taking one clears the receivable into 1121; each later move is one act with its entry.

Money that comes for a draft (honoured, discounted) comes as a bank line: the move makes the claim and the line pays it, so
that no yuan is booked twice. Without a line the account is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from huikuan.books.customers import actions as credit
from huikuan.books.customers import queries as customers
from huikuan.books.ledger import actions as ledger_actions
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
from huikuan.kit.errors import Invalid, Missing, Refused, Stale
from huikuan.kit.failpoints import point
from huikuan.kit.money import RATE_SCALE, Money
from huikuan.kit.refs import read, ref
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.company import actions as company_actions
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action
from huikuan.office.work.actions import open_order
from huikuan.receivables.cash import actions as cash
from huikuan.receivables.drafts import queries, rules, witness
from huikuan.receivables.drafts.models import Draft, Move
from huikuan.receivables.drafts.rules import Paper

KIND = "drafts.draft"
KLASS = "BA"
NOTES, RECEIVABLE, BANK, CONTRA, COST, PAYABLE, OWED = "1121", "1122", "1002", "224102", "660305", "2202", "2241"


def _held(act: Act, pk: int, to: str, version: int | None = None) -> Draft:
    """The draft, locked, and allowed to become `to`. Raises Missing, Stale or Refused."""
    row = Draft.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=pk).first()
    if row is None:
        raise Missing(_("There is no such draft."))
    act.subject(ref(KIND, row.pk), ref("customers.customer", row.customer_id))
    if version is not None and version != row.version:
        raise Stale(_("Draft %(number)s has changed since it was read.", number=row.number))
    rules.check_move(row.number, row.state, to)
    point("drafts.move.allowed")
    return row


def _moved(act: Act, row: Draft, to: str, on: date, entry: int | None, *, note: str = "", cost: int = 0, line: int | None = None, **changes: Any) -> Draft:  # fmt: skip
    """Write the move and the new state; the version tells who was faster."""
    move = Move.objects.create(
        company_id=act.company, draft=row, to=to, on=on, amount=row.amount, cost=cost, entry=entry, line=line, note=note.strip()[:300],
        by=act.by, at=act.at, act=act.id,
    )  # fmt: skip
    act.keeps("drafts_move", [witness.move(move)])
    if not changes.get("exposed", row.exposed) and row.exposed:
        credit.move_exposure(act, [(row.customer_id, row.currency, "drafts", -row.exposed)])
    act.changed(ref(KIND, row.pk), "state", row.state, to)
    changed = Draft.objects.filter(pk=row.pk, version=row.version).update(state=to, version=row.version + 1, **changes)
    if changed != 1:
        raise Stale(_("Draft %(number)s has changed since it was read.", number=row.number))
    row.refresh_from_db()
    return row


def _post(act: Act, row: Draft, on: date, text: str, *lines: LineDraft) -> Any:
    if ledger.account(act.company, CONTRA) is None or ledger.account(act.company, COST) is None:
        ledger_actions.seed(act)  # a company that was opened before drafts came
    [posted] = ledger_actions.post(
        act, [EntryDraft(KLASS, on, f"{text} {row.number}"[:200], lines, document_date=on, source=ref(KIND, row.pk))]
    )
    return posted


def _claim(row: Draft, on: date, minor: int) -> LineDraft:
    """What the customer (or their acceptor's bank line) has to pay: an open item of the payer."""
    return LineDraft(
        RECEIVABLE, Money(minor, row.currency), party=row.customer_id, due=on, kind="debit", document=row.number,
        document_date=on, text=f"{row.acceptor} {row.due}"[:200], reference=f"{row.start}-{row.end}" if row.end else "",
    )  # fmt: skip


def _line(row: Draft, account: str, minor: int) -> LineDraft:
    return LineDraft(account, Money(minor, row.currency), text=row.acceptor[:200], reference=row.number)


@action("drafts.take", needs="drafts.take")
def take(act: Act, paper: Paper, customer_id: int, on: date, documents: Sequence[str] = (), reason: str = "") -> Draft:
    """A draft comes in from a customer. What the policy allows is booked at once (Dr 1121 / Cr 1122) and clears the named
    documents, oldest first; what it does not becomes an approval, and is booked with its grant. Raises Invalid, Refused.
    """
    rules.check(paper)
    payer = customers.payer_of(act.company, customer_id).id
    credit.lock_payers(act, [payer])
    # A draft of the old system (0-0) is all of its number, so it overlaps with every part of it.
    same = Draft.objects.filter(company_id=act.company, number=paper.number)
    if paper.end:
        same = same.filter(Q(end__gte=paper.start, start__lte=paper.end) | Q(end=0))
    overlap = same.exclude(state__in=(rules.RETURNED, rules.DECLINED, rules.SPLIT)).first()
    if overlap is not None:
        raise Refused(
            _("Draft %(draft)s is here already, received on %(day)s.", draft=str(overlap), day=overlap.received)
        )
    before, whole = queries.paid(act.company, payer, on)
    verdict = rules.judge(paper, queries.policy_for(act.company, customer_id, on), on, before, whole)
    row = Draft.objects.create(
        company_id=act.company, customer_id=payer, number=paper.number, start=paper.start, end=paper.end, amount=paper.amount,
        currency=paper.currency, issued=paper.issued, due=paper.due, acceptor=paper.acceptor.strip(), drawer=paper.drawer.strip(),
        kind=paper.kind, standing=verdict.standing, received=on, state=rules.ASKED, charge=verdict.charge, act=act.id,
        documents=list(documents),
    )  # fmt: skip
    act.subject(ref(KIND, row.pk), ref("customers.customer", payer))
    act.keeps("drafts_draft", [witness.draft(row)])
    act.note(standing=verdict.standing, concerns=[str(c) for c in verdict.concerns], charge=verdict.charge,
             agreed=[str(a) for a in verdict.agreed])  # fmt: skip
    if verdict.ok:
        return _book(act, row, on)
    name = customers.by_id(act.company, payer).name
    shown = {
        "number": str(row), "customer": name, "amount": Money(row.amount, row.currency).text(grouped=True), "acceptor": row.acceptor,
        "due": row.due, "on": on, "concerns": [c.pack() for c in verdict.concerns], "agreed": [a.pack() for a in verdict.agreed], "reason": reason.strip()[:300],
    }  # fmt: skip
    approvals.ask(
        act, "drafts.take", ref(KIND, row.pk), Money(row.amount, row.currency), shown,
        _("Take a draft of %(amount)s from %(name)s accepted by %(acceptor)s", amount=Money(row.amount, row.currency), name=name,
          acceptor=row.acceptor),
    )  # fmt: skip
    return row


def granted(act: Act, approval: Any) -> None:
    """What the grant of a "drafts.take" approval does."""
    subject = read(approval.subject)
    assert subject is not None
    row = _held(act, subject.pk, rules.HELD)
    _book(act, row, row.received)


def refused(act: Act, approval: Any) -> None:
    """What its refusal does: the draft goes back to the customer, and the row says so."""
    subject = read(approval.subject)
    assert subject is not None
    row = _held(act, subject.pk, rules.DECLINED)
    _moved(act, row, rules.DECLINED, row.received, None, note=str(approval.reason or ""))


def _book(act: Act, row: Draft, on: date) -> Draft:
    exposed = row.amount if rules.keeps_exposure(row.standing) else 0
    if exposed:
        credit.move_exposure(act, [(row.customer_id, row.currency, "drafts", exposed)])
    receipt = LineDraft(
        RECEIVABLE, Money(-row.amount, row.currency), party=row.customer_id, due=on, kind="receipt", document=row.number,
        document_date=on, text=f"{row.acceptor} {row.due}"[:200], reference=f"{row.start}-{row.end}" if row.end else "",
    )  # fmt: skip
    posted = _post(act, row, on, "收到承兑汇票", _line(row, NOTES, row.amount), receipt)
    Draft.objects.filter(pk=row.pk).update(exposed=exposed)
    row.exposed = exposed
    row = _moved(act, row, rules.HELD, on, posted.entry_id, booked=True, exposed=exposed, item=posted.items[0])
    if row.documents:
        _clear(act, row, on, posted.items[0])
    if row.charge:
        open_order(
            act, "drafts.charge", ref(KIND, row.pk),
            _("Bill %(amount)s for the days that draft %(number)s runs too long", amount=Money(row.charge, row.currency), number=row.number),
            role="BIL", key=f"drafts.charge:{row.pk}",
        )  # fmt: skip
    return row


def _clear(act: Act, row: Draft, on: date, receipt: int) -> None:
    """Clear the named documents with the draft, oldest due first, as far as it goes."""
    wanted = {str(d).strip() for d in row.documents if str(d).strip()}
    found = [
        i for i in ledger.open_items(act.company, customers=[row.customer_id], documents=sorted(wanted))
        if i.document in wanted and i.remaining > 0 and i.account == RECEIVABLE and i.currency == row.currency
    ]  # fmt: skip
    missing = wanted - {i.document for i in found}
    if missing:
        raise Invalid.one("documents", ", ".join(sorted(missing)), _("is not open for this customer"))
    legs: list[tuple[int, int]] = []
    left = row.amount
    for item in sorted(found, key=lambda i: (i.due_date or i.document_date, i.id)):
        part = min(left, item.remaining)
        if part:
            legs.append((item.id, part))
            left -= part
    if legs:
        ledger_actions.clear(
            act, [ClearDraft(on, (*legs, (receipt, left - row.amount)), reason="承兑汇票", source=ref(KIND, row.pk))]
        )


@action("drafts.split", needs="drafts.use")
def split(act: Act, pk: int, first: int, on: date, version: int | None = None) -> list[Draft]:
    """Two drafts of one: the first over `first` minor units. Nothing is posted: 1121 carries the same sum."""
    row = _held(act, pk, rules.SPLIT, version)
    ranges = rules.split_at(row.start, row.end, first)
    exposed = bool(row.exposed)
    if exposed:  # the layer is handed on, not left: taken here, given back with the parts below
        credit.move_exposure(act, [(row.customer_id, row.currency, "drafts", row.exposed)])
    _moved(act, row, rules.SPLIT, on, None, booked=False, exposed=0)
    made = []
    for start, end in ranges:
        part = Draft.objects.create(
            company_id=act.company, customer_id=row.customer_id, number=row.number, start=start, end=end, amount=end - start + 1,
            currency=row.currency, issued=row.issued, due=row.due, acceptor=row.acceptor, drawer=row.drawer, kind=row.kind,
            standing=row.standing, received=row.received, state=rules.HELD, booked=True, parent=row, act=act.id,
            exposed=end - start + 1 if exposed else 0,
        )  # fmt: skip
        act.subject(ref(KIND, part.pk))
        act.keeps("drafts_draft", [witness.draft(part)])
        made.append(part)
    return made


@action("drafts.endorse", needs="drafts.use")
def endorse(act: Act, pk: int, to: str, on: date, account: str = PAYABLE, version: int | None = None) -> Draft:
    """Pass the draft on to somebody we owe. A first bank's draft leaves the books; of another a liability stands until it
    is honoured."""
    if not to.strip():
        raise Invalid.one("to", to, _("is needed"))
    row = _held(act, pk, rules.ENDORSED, version)
    gone = rules.leaves_books(row.standing)
    posted = _post(
        act,
        row,
        on,
        f"背书转让 {to.strip()}",
        _line(row, account, row.amount),
        _line(row, NOTES if gone else CONTRA, -row.amount),
    )
    kept = {} if gone else {"contra": True}
    return _moved(
        act, row, rules.ENDORSED, on, posted.entry_id, note=to, holder=to.strip()[:200], booked=not gone,
        exposed=0 if gone else row.exposed, **kept,
    )  # fmt: skip


@action("drafts.discount", needs="drafts.use")
def discount(
    act: Act, pk: int, bank: str, rate: int, on: date, line_id: int | None = None, account: str = BANK, version: int | None = None
) -> Draft:  # fmt: skip
    """Sell the draft to a bank for its amount less interest at a yearly `rate` (10^-8), days by 360. The net comes with
    bank line `line_id`, or onto `account`."""
    if not bank.strip():
        raise Invalid.one("bank", bank, _("is needed"))
    if not 0 < rate < RATE_SCALE:
        raise Invalid.one("rate", rate, _("A yearly rate lies between 0 and 100 %."))
    row = _held(act, pk, rules.DISCOUNTED, version)
    cost, net, days = rules.discount(row.amount, rate, on, row.due, company.calendar(act.company))
    gone = rules.leaves_books(row.standing)
    lines = [_claim(row, on, net) if line_id else _line(row, account, net)]
    if cost:
        lines.append(_line(row, COST, cost))
    posted = _post(act, row, on, f"贴现 {bank.strip()}", *lines, _line(row, NOTES if gone else CONTRA, -row.amount))
    if line_id:
        cash.apply(act, line_id, [(posted.items[0], net)], None, f"贴现 {row.number}")
    act.note(days=days, interest=cost, net=net)
    kept = {} if gone else {"contra": True}
    return _moved(
        act, row, rules.DISCOUNTED, on, posted.entry_id, note=bank, cost=cost, line=line_id, holder=bank.strip()[:200],
        booked=not gone, exposed=0 if gone else row.exposed, **kept,
    )  # fmt: skip


@action("drafts.present", needs="drafts.use")
def present(act: Act, pk: int, on: date, version: int | None = None) -> Draft:
    """Ask the acceptor to pay. Refused before the due date, for it would be answered so."""
    row = _held(act, pk, rules.PRESENTED, version)
    if on < row.due:
        raise Refused(
            _("Draft %(number)s is due on %(day)s; it cannot be presented before.", number=row.number, day=row.due)
        )
    return _moved(act, row, rules.PRESENTED, on, None)


@action("drafts.honour", needs="drafts.use")
def honour(
    act: Act, pk: int, on: date, line_id: int | None = None, account: str = BANK, version: int | None = None
) -> Draft:
    """The acceptor has paid: us with bank line `line_id` (or onto `account`), or whoever holds it now."""
    row = _held(act, pk, rules.HONOURED, version)
    if on < row.due and row.state in {rules.ENDORSED, rules.DISCOUNTED}:
        raise Refused(_("Draft %(number)s is due on %(day)s.", number=row.number, day=row.due))
    entry = None
    if row.state in {rules.ENDORSED, rules.DISCOUNTED}:
        if row.contra:
            entry = _post(act, row, on, "承兑汇票终止确认", _line(row, CONTRA, row.amount), _line(row, NOTES, -row.amount)).entry_id  # fmt: skip
    else:
        money = _claim(row, on, row.amount) if line_id else _line(row, account, row.amount)
        posted = _post(act, row, on, "承兑汇票到期兑付", money, _line(row, NOTES, -row.amount))
        entry = posted.entry_id
        if line_id:
            cash.apply(act, line_id, [(posted.items[0], row.amount)], None, f"兑付 {row.number}")
    return _moved(act, row, rules.HONOURED, on, entry, line=line_id, booked=False, contra=False, exposed=0)


@action("drafts.refuse", needs="drafts.use")
def refuse(act: Act, pk: int, on: date, reason: str, version: int | None = None) -> Draft:
    """The acceptor did not pay: the customer owes again, due at once; a holder we passed it to is owed by us. Somebody
    gets the recourse to do."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    row = _held(act, pk, rules.REFUSED_BY_BANK, version)
    lines = [_claim(row, on, row.amount)]
    if row.state in {rules.ENDORSED, rules.DISCOUNTED}:
        lines.append(_line(row, OWED, -row.amount))
        if row.contra:
            lines += [_line(row, CONTRA, row.amount), _line(row, NOTES, -row.amount)]
    else:
        lines.append(_line(row, NOTES, -row.amount))
    posted = _post(act, row, on, "承兑汇票拒付追索", *lines)
    open_order(
        act, "drafts.recourse", ref(KIND, row.pk),
        _("Recourse for draft %(number)s of %(amount)s: %(reason)s", number=row.number, amount=Money(row.amount, row.currency),
          reason=reason.strip()[:200]),
        role="COL", due=on, key=f"drafts.recourse:{row.pk}",
    )  # fmt: skip
    return _moved(
        act,
        row,
        rules.REFUSED_BY_BANK,
        on,
        posted.entry_id,
        note=reason,
        booked=False,
        contra=False,
        exposed=0,
        item=posted.items[0],
    )


@action("drafts.give_back", needs="drafts.use")
def give_back(act: Act, pk: int, on: date, reason: str, version: int | None = None) -> Draft:
    """The draft goes back to the customer, who owes again. A receipt that cleared nothing is cleared by it."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    row = _held(act, pk, rules.RETURNED, version)
    posted = _post(act, row, on, "退回承兑汇票", _claim(row, on, row.amount), _line(row, NOTES, -row.amount))
    receipt = ledger.item(act.company, row.item) if row.item else None
    if receipt is not None and receipt.remaining == -row.amount:
        legs = ((posted.items[0], row.amount), (receipt.id, -row.amount))
        ledger_actions.clear(act, [ClearDraft(on, legs, reason="退回承兑汇票", source=ref(KIND, row.pk))])
    return _moved(act, row, rules.RETURNED, on, posted.entry_id, note=reason, booked=False, exposed=0)


@action("drafts.set_policy", needs="drafts.policy")
def set_policy(act: Act, policy: dict[str, Any]) -> dict[str, Any]:
    """Whose drafts are taken from now on (rules.Policy). Raises Invalid that names the key."""
    rules.read_policy(policy)
    company_actions.set_setting(act, "drafts.policy", policy)
    return policy
