"""Receipts nobody can place, claimed by sales (认款): claimed with evidence, checked by the cash desk, given to the payer.

Who claims never decides. Two claims on one line stand side by side until one is accepted; the other is past then.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from huikuan.books.customers import queries as customers
from huikuan.kit.errors import Invalid, Missing, Refused
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import _
from huikuan.office.company import queries as company
from huikuan.office.files import actions as files
from huikuan.office.trail.act import Act, action
from huikuan.office.work import actions as work
from huikuan.office.work import queries as work_queries
from huikuan.office.work.rules import OPEN
from huikuan.receivables.cash import witness
from huikuan.receivables.cash.actions.apply import identify
from huikuan.receivables.cash.actions.common import KIND, held, receiving
from huikuan.receivables.cash.models import BankLine, Claim

CLAIM = "cash.claim"
SALES = ("SAL", "SMG")


def _claimable(row: BankLine) -> None:
    receiving(row)
    if row.item_id is not None:
        raise Refused(_("Bank line %(number)s has its payer already.", number=row.document))
    if row.state != "open":
        raise Refused(_("Bank line %(number)s is set aside; take it up again first.", number=row.document))


@action("cash.claim", needs="cash.claim")
def claim(
    act: Act, line_id: int, customer_id: int, evidence: str = "", content: bytes | None = None, name: str = ""
) -> Claim:
    """Say that this receipt is a customer's, and why: a text, a file (the payment slip, a message), or both.

    Refused when the payer is known, or when the same customer is claimed already.
    """
    row = held(act, line_id)
    _claimable(row)
    if not evidence.strip() and not content:
        raise Invalid.one("evidence", "", _("is needed: say how you know, or add the payment slip"))
    if len(evidence.strip()) > 1000:
        raise Invalid.one("evidence", evidence[:40], _("has more than %(most)s letters", most=1000))
    payer = customers.payer_of(act.company, customer_id).id
    file = files.keep(act, name or "evidence", content, "cash.claim", ref(KIND, row.pk)).pk if content else None
    made = Claim(
        company_id=act.company, line=row, customer_id=payer, evidence=evidence.strip(), file=file, by=act.by, at=act.at, act=act.id
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as e:
        raise Refused(_("Bank line %(number)s is claimed for this customer already.", number=row.document)) from e
    act.keeps("cash_claim", [witness.claim(made)])
    act.subject(ref(CLAIM, made.pk), ref("customers.customer", payer))
    work.open_order(
        act, "cash.check_claim", ref(KIND, row.pk),
        _("Check the claim on %(amount)s of %(date)s for %(customer)s", amount=Money(row.amount, row.currency), date=row.date,
          customer=made.customer.name),
        role="CSH", data={"claim": made.pk, "line": row.pk, "by": act.by}, key=f"cash.check_claim:{made.pk}",
    )  # fmt: skip
    return made


def _open_claim(act: Act, claim_id: int) -> Claim:
    found = Claim.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=claim_id).first()
    if found is None:
        raise Missing(_("There is no such claim."))
    act.subject(ref(CLAIM, found.pk), ref(KIND, found.line_id))
    if found.state != "asked":
        raise Refused(_("This claim has been decided already."))
    return found


def _line_of(act: Act, claim_id: int) -> int:
    """Cash locks lines before anything else; the line is read first, then locked, then the claim."""
    pk = Claim.objects.filter(company_id=act.company, pk=claim_id).values_list("line_id", flat=True).first()
    if pk is None:
        raise Missing(_("There is no such claim."))
    return pk


def _decide(act: Act, found: Claim, state: str, reason: str) -> None:
    act.changed(ref(CLAIM, found.pk), "state", found.state, state)
    found.state, found.decided_by, found.decided_at, found.reason = state, act.by, act.at, reason.strip()[:300]
    found.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    _finish(act, f"cash.check_claim:{found.pk}", state)


def _finish(act: Act, key: str, outcome: str) -> None:
    known = work_queries.by_key(act.company, key)
    if known is not None and known.state in OPEN:
        work.finish(act, known.id, outcome)


@action("cash.accept_claim", needs="cash.check_claim")
def accept_claim(act: Act, claim_id: int, reason: str = "") -> Claim:
    """The claim is right: the money goes to the payer, rival claims are past. Never by who claimed."""
    row = held(act, _line_of(act, claim_id))
    found = _open_claim(act, claim_id)
    if found.by == act.by:
        raise Refused(_("Who claims a receipt cannot check the claim."))
    _claimable(row)
    identify(act, row.pk, found.customer_id)
    _decide(act, found, "accepted", reason)
    for rival in Claim.objects.select_for_update(no_key=True).filter(line=row, state="asked").order_by("pk"):
        rival.state, rival.reason = "past", f"→ {found.pk}"
        rival.save(update_fields=["state", "reason"])
        act.subject(ref(CLAIM, rival.pk))
        _finish(act, f"cash.check_claim:{rival.pk}", "past")
    act.subject(ref("customers.customer", found.customer_id))
    act.note(payer=found.customer_id, claimed_by=found.by)
    return found


@action("cash.refuse_claim", needs="cash.check_claim")
def refuse_claim(act: Act, claim_id: int, reason: str) -> Claim:
    """The claim is not believed; who claimed gets the reason."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("is needed: the trail keeps it"))
    held(act, _line_of(act, claim_id))
    found = _open_claim(act, claim_id)
    if found.by == act.by:
        raise Refused(_("Who claims a receipt cannot check the claim."))
    _decide(act, found, "refused", reason)
    if company.roles(found.by, act.company):
        work.open_order(
            act, "cash.claim_refused", ref(KIND, found.line_id),
            _("Your claim on %(line)s was refused: %(reason)s", line=found.line.document, reason=reason.strip()[:200]),
            person=found.by, data={"claim": found.pk}, key=f"cash.claim_refused:{found.pk}",
        )  # fmt: skip
    return found


@action("cash.withdraw_claim", needs="cash.claim")
def withdraw_claim(act: Act, claim_id: int, reason: str = "") -> Claim:
    """Who claimed takes it back."""
    held(act, _line_of(act, claim_id))
    found = _open_claim(act, claim_id)
    if found.by != act.by:
        raise Refused(_("Only %(who)s can take this claim back.", who=found.by))
    found.state, found.reason = "withdrawn", reason.strip()[:300]
    found.save(update_fields=["state", "reason"])
    _finish(act, f"cash.check_claim:{found.pk}", "withdrawn")
    return found


@action("cash.ask_sales", needs="cash.apply")
def ask_sales(act: Act, line_id: int, note: str = "") -> int:
    """Ask sales whose money this is, or what it is for: work of who looks after the customer, else of all sales."""
    row = held(act, line_id)
    receiving(row)
    known = customers.rows(act.company).filter(pk=row.customer_id or 0).values_list("owner", flat=True)
    owner = known.first() or ""
    person = owner if owner and set(company.roles(owner, act.company)) & set(SALES) else ""
    order = work.open_order(
        act, "cash.ask_sales", ref(KIND, row.pk),
        _("Whose money is this, and for what? %(amount)s of %(date)s from %(payer)s", amount=Money(row.amount, row.currency),
          date=row.date, payer=row.payer_name or "?"),
        person=person or None, role=None if person else "SAL", data={"line": row.pk, "note": note.strip()[:300]},
        key=f"cash.ask_sales:{row.pk}:{row.version}",
    )  # fmt: skip
    return order.pk
