"""Approvals, written: ask, grant, refuse, void. A grant and what it sets in motion stand or fall together."""

from __future__ import annotations

from typing import Any

from huikuan.kit.errors import Denied, Invalid, Missing, Refused, Stale
from huikuan.kit.money import Money
from huikuan.kit.refs import ref
from huikuan.kit.words import Say, _
from huikuan.office.approvals import queries, rules, witness
from huikuan.office.approvals.models import Approval, Limit
from huikuan.office.company import queries as company
from huikuan.office.trail.act import Act, action, plain
from huikuan.office.work.actions import open_order

KIND = "approvals.approval"


@action("approvals.ask", needs="approvals.ask")
def ask(
    act: Act,
    kind: str,
    subject: str,
    amount: Money | None,
    shown: dict[str, Any],
    title: Say | str,
    maker: str | None = None,
    beneficiary: str = "",
) -> Approval:
    """Ask for four eyes. `amount` is what limits are held against; `shown` is what the checker decides on.

    `maker` is whose work it is when a robot asks for them (default: who acts). Asked again with the same facts,
    the open question is given back; with other facts the old one is void and a new one stands.
    """
    queries.kind(kind)
    facts = plain(shown)
    digest = rules.shown_hash(facts)
    old = (
        Approval.objects.select_for_update(no_key=True)
        .filter(company_id=act.company, kind=kind, subject=subject, state=rules.ASKED)
        .first()
    )
    money = (amount.minor, amount.currency) if amount else (None, "")
    if old is not None:
        if (old.shown_hash, old.amount, old.currency) == (digest, *money):
            act.subject(ref(KIND, old.pk), subject)
            return old
        _void(act, old, _("Asked again with other facts."))
    row = Approval.objects.create(
        company_id=act.company, kind=kind, subject=subject, title=title.pack() if isinstance(title, Say) else title,
        amount=money[0], currency=money[1], shown=facts, shown_hash=digest, beneficiary=beneficiary,
        asked_by=maker or act.by, asked_at=act.at, asked_act=act.id,
    )  # fmt: skip
    act.subject(ref(KIND, row.pk), subject)
    act.note(shown_hash=digest, amount=amount)
    act.keeps("approvals_approval", [witness.asked(row)])
    return row


def _hold(act: Act, approval_id: int) -> Approval:
    """The approval, locked and still open. Raises Missing or Refused, with who decided it and how."""
    row = Approval.objects.select_for_update(no_key=True).filter(company_id=act.company, pk=approval_id).first()
    if row is None:
        raise Missing(_("There is no approval %(number)s.", number=approval_id))
    act.subject(ref(KIND, row.pk), row.subject)
    if row.state != rules.ASKED:
        raise Refused(
            _(
                "Approval %(number)s is closed already: %(state)s (%(by)s).",
                number=row.pk,
                state=row.state_word,
                by=row.decided_by,
            )
        )
    return row


def _same(row: Approval, shown_hash: str) -> None:
    if shown_hash != row.shown_hash:
        raise Stale(_("What you saw of approval %(number)s is not what is asked. Look at it again.", number=row.pk))


@action("approvals.grant", needs="approvals.grant")
def grant(act: Act, approval_id: int, shown_hash: str, reason: str = "") -> Approval:
    """Say yes to exactly what was shown. What the kind sets in motion runs in this same transaction.

    Raises Denied (own request, role), Refused (limit, closed, or what it sets in motion refuses), Stale (other facts).
    Above every limit the first grant only stands as the first of two.
    """
    row = _hold(act, approval_id)
    _same(row, shown_hash)
    answer = queries.answer(act.company, row, act.by)
    if not answer.may:
        why = answer.why or _("You may not decide this.")
        raise Refused(why) if answer.passes_up else Denied(why)
    if answer.second:
        row.first_by, row.first_act = act.by, act.id
        row.version += 1
        row.save()
        act.note(first_of_two=True)
        act.keeps("approvals_approval.first", [witness.first(row)])
        return row
    _decide(act, row, rules.GRANTED, reason, granted_hash=shown_hash)
    queries.kind(row.kind).on_granted(act, row)
    return row


@action("approvals.refuse", needs="approvals.refuse")
def refuse(act: Act, approval_id: int, reason: str, shown_hash: str = "") -> Approval:
    """Say no, and why. Whoever asked gets it as work, with the reason."""
    if not reason.strip():
        raise Invalid.one("reason", reason, _("Say why, the one who asked has to go on with it."))
    row = _hold(act, approval_id)
    if shown_hash:
        _same(row, shown_hash)
    answer = queries.answer(act.company, row, act.by)
    # Someone whose limit is too low may still say no; nobody says no to their own request: they withdraw it.
    if not answer.may and not answer.passes_up:
        raise Denied(answer.why or _("You may not decide this."))
    _decide(act, row, rules.REFUSED, reason)
    kind = queries.kind(row.kind)
    if kind.on_refused is not None:
        kind.on_refused(act, row)
    if (person := company.person(row.asked_by)) and person.kind == "person":
        title = _("Refused by %(by)s: %(what)s. Reason: %(reason)s", by=act.by, what=row.says, reason=reason.strip())
        open_order(act, "approvals.refused", row.subject, title, person=person.login, key=f"refused:{row.pk}")
    return row


@action("approvals.withdraw", needs="approvals.withdraw")
def withdraw(act: Act, approval_id: int, reason: str = "") -> Approval:
    """Take one's own question back."""
    row = _hold(act, approval_id)
    if row.asked_by != act.by:
        raise Denied(_("Only %(person)s can take this back.", person=row.asked_by))
    return _void(act, row, reason.strip() or _("Withdrawn."))


@action("approvals.void", needs="approvals.ask")
def void(act: Act, subject: str, reason: Say | str, kind: str = "") -> int:
    """The subject was changed or is gone: its open questions are no longer valid (I16). Returns how many."""
    rows = Approval.objects.select_for_update(no_key=True).filter(
        company_id=act.company, subject=subject, state=rules.ASKED
    )
    if kind:
        rows = rows.filter(kind=kind)
    found = list(rows.order_by("id"))
    for row in found:
        act.subject(subject, ref(KIND, row.pk))
        _void(act, row, reason)
    return len(found)


def _void(act: Act, row: Approval, reason: Say | str) -> Approval:
    return _decide(act, row, rules.VOID, str(reason))


def _decide(act: Act, row: Approval, state: str, reason: str, granted_hash: str = "") -> Approval:
    act.changed(ref(KIND, row.pk), "state", row.state, state)
    row.state, row.reason, row.granted_hash = state, reason.strip()[:1000], granted_hash
    row.decided_by, row.decided_at, row.decided_act = act.by, act.at, act.id
    row.version += 1
    row.save()
    act.keeps("approvals_approval.decided", [witness.decided(row)])
    return row


@action("approvals.set_limit", needs="approvals.limits")
def set_limit(act: Act, up_to: Money, role: str = "", person: str = "", duty: str = "") -> Limit:
    """Say how much a role, or one person, may grant: for one duty, or for all."""
    if bool(role) == bool(person):
        raise Invalid.one("role", role or person, _("Name either a person or a role."))
    if role and role not in {code for code, _en, _zh in company.role_names()}:
        raise Invalid.one("role", role, _("No such role."))
    if person and not company.roles(person, act.company):
        raise Invalid.one("person", person, _("No such person in this company."))
    if duty and duty not in company.duties():
        raise Invalid.one("duty", duty, _("No such duty."))
    if up_to.minor < 0:
        raise Invalid.one("up_to", up_to.text(), _("A limit is not negative."))
    if person and person == act.by:
        raise Refused(_("Nobody sets their own limit."))
    mine: dict[str, Any] = {
        "company_id": act.company,
        "role": role,
        "person": person,
        "duty": duty,
        "currency": up_to.currency,
    }
    old = Limit.objects.filter(**mine).first()
    row, _fresh = Limit.objects.update_or_create(
        **mine, defaults={"up_to": up_to.minor, "set_by": act.by, "set_at": act.at}
    )
    act.subject(ref("approvals.limit", row.pk))
    act.changed(ref("approvals.limit", row.pk), "up_to", Money(old.up_to, old.currency) if old else None, up_to)
    return row


SEEDED = (("CRE", 10_000), ("SMG", 100_000), ("APR", 1_000_000), ("CLO", 1_000_000))  # L1, L2, L3 of duties.md


def seed(act: Act) -> None:
    """The limits a company starts with, in its own currency; its to change (A27)."""
    currency = company.by_id(act.company).currency
    for role, whole in SEEDED:
        set_limit(act, Money.parse(str(whole), currency), role=role)
