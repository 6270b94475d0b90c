"""Posting invoices in bulk through the ledger, against the raw bulk rate of the same rows on the same database.

    python -m benchmarks.posting [--invoices 10000]     (HUIKUAN_DATABASE_URL for PostgreSQL)

One invoice is 2 lines of goods and 13 % VAT in one entry of 3 journal lines, 1 open item. Raw: the same rows of
the same tables, same indexes and foreign keys, in one transaction with the guards off. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from datetime import UTC, date, datetime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--invoices", type=int, default=10_000)
    wanted = parser.parse_args().invoices
    home = tempfile.mkdtemp(prefix="huikuan-bench-")
    os.environ["HUIKUAN_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from huikuan.books.customers import actions as customers
    from huikuan.books.ledger import actions, queries, store
    from huikuan.books.ledger.models import Entry, Line, OpenItem
    from huikuan.books.ledger.types import EntryDraft, LineDraft
    from huikuan.kit.money import Money
    from huikuan.office.company.actions import open_company
    from huikuan.office.trail import guards
    from huikuan.office.trail.act import Act
    from huikuan.office.trail.store import reserve

    call_command("migrate", verbosity=0, run_syncdb=True)
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    company = open_company(Act(by="system", company=None, at=at, door="bench"), "900", "基准", "CNY")

    def act() -> Act:
        return Act(by="system", company=company.pk, at=at, door="bench")

    people = [customers.create(act(), f"B{n:04d}", f"客户{n}").pk for n in range(200)]
    day = date(2026, 3, 2)
    drafts = []
    for n in range(wanted):
        net = 10_000 + n % 977
        tax = net * 13 // 100
        lines = (
            LineDraft(
                "1122", Money(net + tax, "CNY"), party=people[n % 200], due=day, kind="invoice", document=f"D{n}"
            ),
            LineDraft("6001", Money(-net, "CNY")),
            LineDraft("222101", Money(-tax, "CNY")),
        )
        drafts.append(EntryDraft("RV", day, "销售", lines))
    seconds = 0.0
    for i in range(0, wanted, 2000):
        start = time.perf_counter()
        actions.post(act(), drafts[i : i + 2000])
        seconds += time.perf_counter() - start
    assert queries.counts(company.pk)["entries"] == wanted

    lines = list(Line.objects.filter(company=company).order_by("id").values_list(*actions.LINE_COLUMNS))
    items = list(OpenItem.objects.filter(company=company).order_by("id").values_list(*actions.ITEM_COLUMNS))
    entries = list(Entry.objects.filter(company=company).order_by("id").values_list(*actions.ENTRY_COLUMNS))
    guards.drop()
    with transaction.atomic():
        shift_entry, shift_line = reserve(Entry, wanted)[0] - entries[0][0], reserve(Line, len(lines))[0] - lines[0][0]
        lines = [(r[0] + shift_line, r[1], r[2] + shift_entry, *r[3:]) for r in lines]
        items = [(r[0] + shift_line, r[1] + shift_line, *r[2:]) for r in items]
        entries = [(r[0] + shift_entry, r[1], r[2], "RX", *r[4:]) for r in entries]
    start = time.perf_counter()
    with transaction.atomic():
        store.insert(Line, actions.LINE_COLUMNS, lines)
        store.insert(OpenItem, actions.ITEM_COLUMNS, items)
        store.insert(Entry, actions.ENTRY_COLUMNS, entries)
    raw = time.perf_counter() - start
    print(
        json.dumps(
            {
                "work": "post invoices in batches of 2,000", "database": connection.vendor, "invoices": wanted,
                "posted_per_second": round(wanted / seconds), "raw_per_second": round(wanted / raw), "ratio": round(raw / seconds, 3),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
