"""The company's rules of matching: asked for by one person, granted by another, live from then on (A27)."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from huikuan.books.ledger import queries as ledger
from huikuan.kit.errors import Fault, Invalid, Missing, Refused
from huikuan.kit.refs import read, ref
from huikuan.kit.words import _
from huikuan.office.approvals import actions as approvals
from huikuan.office.trail.act import Act, action
from huikuan.receivables.cash.models import RuleSet
from huikuan.receivables.cash.rules import Limits
from huikuan.receivables.cash.rules.tolerance import read_rules

KIND = "cash.ruleset"
APPROVAL = "cash.rules"
PARTS = {"limits", "groups", "users", "codes"}


def check(company: int, values: dict[str, Any]) -> None:
    """Raises Invalid that names each value which cannot be used."""
    faults = [Fault(name, "", _("is no part of the rules")) for name in sorted(set(values) - PARTS)]
    limits = values.get("limits") or {}
    known = set(Limits.__dataclass_fields__) - {"version"}
    for name, value in limits.items():
        if name not in known or isinstance(value, bool) or not isinstance(value, int):
            faults.append(Fault(f"limits.{name}", str(value), _("There is no such threshold.")))
    if not faults:
        clear, propose = int(limits.get("clear", 90)), int(limits.get("propose", 40))
        if not 50 <= clear <= 101 or not 0 <= propose <= clear:
            why = _("clearing needs a score of 50 to 101, showing one no higher")
            faults.append(Fault("limits.clear", str(clear), why))
        if not 0 <= int(limits.get("subset", 18)) <= 24 or not 0 <= int(limits.get("most", 4)) <= 10:
            faults.append(
                Fault("limits.subset", str(limits), _("a search spans at most 24 items and keeps at most 10"))
            )
    if faults:
        raise Invalid(_("These rules cannot be used."), faults=tuple(faults))
    book = read_rules(values)
    for code in book.codes.values():
        if code.account:
            account = ledger.account(company, code.account)
            if account is None or account.control or account.blocked:
                why = _("There is no account to charge this to.")
                raise Invalid.one(f"codes.{code.code}.account", code.account, why)


@action("cash.ask_rules", needs="cash.rules")
def ask_rules(act: Act, values: dict[str, Any], note: str = "") -> RuleSet:
    """Propose a new version of the rules: {"limits", "groups", "users", "codes"}. It counts once another has granted it."""
    check(act.company, values)
    mine = RuleSet.objects.select_for_update(no_key=True).filter(company_id=act.company)
    last = RuleSet.objects.filter(company_id=act.company).aggregate(n=Max("number"))["n"] or 0
    for old in mine.filter(state="asked"):  # a newer proposal takes the place of one nobody has decided
        approvals.void(act, ref(KIND, old.pk), _("Asked again with other facts."), APPROVAL)
        old.state = "refused"
        old.save(update_fields=["state"])
    made = RuleSet.objects.create(
        company_id=act.company,
        number=last + 1,
        values=values,
        note=note.strip()[:300],
        by=act.by,
        at=act.at,
        act=act.id,
    )
    act.subject(ref(KIND, made.pk))
    live = RuleSet.objects.filter(company_id=act.company, state="live").first()
    shown = {"version": made.number, "values": values, "before": live.values if live else {}, "note": made.note}
    title = _("Rules of matching, version %(number)s", number=made.number)
    approvals.ask(act, APPROVAL, ref(KIND, made.pk), None, shown, title)
    return made


def _of(act: Act, approval: Any) -> RuleSet:
    subject = read(approval.subject)
    row = (
        RuleSet.objects.select_for_update(no_key=True)
        .filter(company_id=act.company, pk=subject.pk if subject else 0)
        .first()
    )
    if row is None:
        raise Missing(_("There is no such version of the rules."))
    if row.state != "asked":
        raise Refused(_("Version %(number)s of the rules has been decided already.", number=row.number))
    return row


def granted(act: Act, approval: Any) -> None:
    """The second person said yes: from now on these rules count."""
    row = _of(act, approval)
    check(act.company, row.values)
    RuleSet.objects.filter(company_id=act.company, state="live").update(state="past")
    act.changed(ref(KIND, row.pk), "state", row.state, "live")
    row.state, row.granted_by, row.granted_at = "live", act.by, act.at
    row.save(update_fields=["state", "granted_by", "granted_at"])
    act.subject(ref(KIND, row.pk))


def refused(act: Act, approval: Any) -> None:
    row = _of(act, approval)
    row.state = "refused"
    row.save(update_fields=["state"])
