"""Statements that closed only with a row which somebody dropped."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from huikuan.kit.money import Money
from huikuan.kit.words import _
from huikuan.office.trail.hands import Broken, Finding
from huikuan.receivables.cash.models import BankStatement, QuarantinedLine

NAMED = 200


def statements_unclosed(company: int) -> Finding:
    """I09: what a statement misses until it closes waits in a row of it that was set aside."""
    rows = BankStatement.objects.filter(company_id=company)
    still = QuarantinedLine.objects.filter(statement=OuterRef("pk"), state="waiting")
    broken = [
        Broken(
            f"cash.file:{s.file_id}", f"statement {s.pk}", "waiting",
            _("does not close: %(missing)s are missing, and no row of it waits.", missing=Money(s.waiting, s.currency)),
        )
        for s in rows.filter(~Exists(still)).exclude(waiting=0).order_by("pk")[:NAMED]
    ]  # fmt: skip
    return Finding(rows.count(), tuple(broken))
