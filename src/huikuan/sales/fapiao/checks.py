"""What `verify` asks of VAT invoice numbers: each stands on a bill that was posted, and is one payer's."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count, F, Q

from huikuan.kit.words import _
from huikuan.office.trail.hands import Broken, Check, Finding
from huikuan.office.trail.queries import records
from huikuan.office.trail.store import among
from huikuan.sales.fapiao import queries, rules

NAMED = 200


def on_bills(company: int) -> Finding:
    """I11: a live number stands on a bill that is posted, or was until it was cancelled, and not before its date."""
    rows = queries.fapiaos(company).order_by().filter(live=True)
    off = rows.filter(
        ~Q(document__state__in=("posted", "cancelled")) | Q(document__kind="cancellation") | Q(issued_on__lt=F("document__date"))
    )  # fmt: skip
    why = _("stands on what was never billed, or before its date.")
    broken = [
        Broken(f"billing.document:{doc}", f"{bill} {rules.name(code, number)}", "document", why)
        for doc, bill, code, number in off.values_list("document_id", "document__number", "code", "number")[:NAMED]
    ]
    return Finding(rows.count(), tuple(broken), off.count() if broken else 0)


def one_payer(company: int) -> Finding:
    """I11: all bills of one number have one payer, and the last digits by which payers call it are its own."""
    rows = queries.fapiaos(company).order_by().filter(live=True)
    payers: dict[tuple[str, str], set[int]] = defaultdict(set)
    seen = 0
    broken = []
    columns = ("code", "number", "tail", "document_id", "document__payer_id", "document__number")
    for code, number, tail, doc, payer, bill in rows.order_by("pk").values_list(*columns).iterator(5000):
        seen += 1
        payers[code, number].add(payer)
        name = f"{bill} {rules.name(code, number)}"
        if tail != rules.tail(number) or rules.form(code, number):
            broken.append(Broken(f"billing.document:{doc}", name, "number", _("is no number of an invoice.")))
        elif len(payers[code, number]) > 1:
            broken.append(Broken(f"billing.document:{doc}", name, "number", _("stands on bills of several payers.")))
    return Finding(seen, tuple(broken[:NAMED]), len(broken))


def refused_rows(company: int) -> Finding:
    """I09: each row of a register that was refused stands, with its reasons or with what became of it."""
    rows = queries.sheets(company).order_by("pk").annotate(there=Count("rows"))
    why = _("does not have each row that was refused.")
    broken = [
        Broken(f"fapiao.sheet:{pk}", f"register {pk}", "refused", why)
        for pk in rows.exclude(refused=F("there")).values_list("pk", flat=True)[:NAMED]
    ]
    return Finding(rows.count(), tuple(broken))


def struck_out(company: int) -> Finding:
    """I03: a number is struck out by the act that says so, with its reason, and by nothing else."""
    acts = records(company).filter(name="fapiao.strike", outcome="done")
    said = {
        given.get("pk"): (by, at, facts.get("reason"))
        for given, by, at, facts in acts.values_list("input", "by", "at", "facts")
    }
    rows = (
        queries.fapiaos(company)
        .order_by("pk")
        .filter(Q(live=False) | Q(pk__in=among([pk for pk in said if isinstance(pk, int)])))
    )
    columns = (
        "pk",
        "document_id",
        "document__number",
        "code",
        "number",
        "live",
        "struck_by",
        "struck_at",
        "struck_reason",
    )
    checked, broken = 0, list[Broken]()
    why = _("is struck out, or is not, otherwise than an act says.")
    for pk, doc, bill, code, number, live, *facts in rows.values_list(*columns).iterator(2000):
        checked += 1
        if live or said.get(pk) != tuple(facts):
            broken.append(Broken(f"billing.document:{doc}", f"{bill} {rules.name(code, number)}", "live", why))
    return Finding(checked, tuple(broken[:NAMED]), len(broken))


CHECKS = (
    Check("I11", _("Every e-invoice number stands on a bill that was posted"), on_bills),
    Check("I11", _("Every e-invoice number is one payer's"), one_payer),
    Check("I03", _("E-invoice numbers are struck out as acts say"), struck_out),
    Check("I09", _("Every row of a register is noted, known, or set aside"), refused_rows),
)
