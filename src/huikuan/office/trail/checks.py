"""What `verify` asks of the trail: the chain is whole, the rows are as they were written, the guards stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q

from huikuan.kit.words import _
from huikuan.office.trail import guards
from huikuan.office.trail.act import row_digest
from huikuan.office.trail.actions import GENESIS, link, seal_all
from huikuan.office.trail.hands import Check, Finding
from huikuan.office.trail.models import Key, Record, Run, RunItem

_NAMED = 20


def chain(company: int) -> Finding:
    """Seal what waits, then walk the whole chain: digest of each row, link to the one before, no number left out."""
    seal_all()
    checked, broken, number, prev = 0, [], 0, GENESIS
    for row in Record.objects.filter(number__isnull=False).order_by("number").iterator(2000):
        checked += 1
        number += 1
        if row.number != number:
            broken.append(f"trail row {row.pk}: number {row.number}, expected {number}")
            number = row.number or number
        if row_digest(row) != row.digest:
            broken.append(f"trail row {row.pk}: digest differs from what is written")
        if row.prev != prev or row.hash != link(row.prev or "", row.digest):
            broken.append(f"trail row {row.pk}: link {row.number} is broken")
        prev = row.hash or ""
    stale = Record.objects.filter(number__isnull=True, at__lt=datetime.now(UTC) - timedelta(seconds=60)).count()
    if stale:
        broken.append(f"{stale} rows unsealed for over 60 s")
    return Finding(checked, tuple(broken[:_NAMED]), len(broken))


def manifest(company: int) -> Finding:
    wrong = guards.differences()
    return Finding(len(guards.manifest()), tuple(wrong[:_NAMED]), len(wrong))


def keys(company: int) -> Finding:
    """I12: every key's reply names an act that was done."""
    rows = Key.objects.filter(company__in=(0, company))
    acts = Record.objects.filter(outcome="done").values("id")
    lost = rows.exclude(record__in=acts)
    return Finding(rows.count(), tuple(f"key {k.key} of {k.client}" for k in lost[:_NAMED]), lost.count())


def runs(company: int) -> Finding:
    """I14: what a run counts is what its items say."""
    rows = RunItem.objects.filter(run__company=company)
    broken = []

    for run in Run.objects.filter(company=company).annotate(n=Count("items", filter=Q(items__outcome="done"))):
        if run.n != run.done:
            broken.append(f"run {run.pk}: says {run.done} done, has {run.n}")
    return Finding(rows.count(), tuple(broken[:_NAMED]), len(broken))


CHECKS = (
    Check("I19", _("The trail is one unbroken chain, and every row is as it was written"), chain),
    Check("I03", _("Every guard of the manifest stands in the database"), manifest),
    Check("I12", _("Every idempotency key has its one reply"), keys),
    Check("I14", _("Every run did each item at most once"), runs),
)
