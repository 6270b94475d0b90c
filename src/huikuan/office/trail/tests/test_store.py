"""Many rows at once: what is put is what is read, on both databases, and a name that is no column is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q

from huikuan.office.trail.act import plain, revive, sha256
from huikuan.office.trail.models import Record, Run, RunItem
from huikuan.office.trail.store import among, fresh, looked_up, put, reserve

AT = datetime(2026, 3, 2, 2, 30, 5, 123456, tzinfo=UTC)


def test_what_is_put_is_what_a_constructor_would_have_saved(db: None) -> None:
    told = {"a": ["沪光", 1, None], "quote": 'x"\\\n\t'}
    facts = {
        "company": 1, "name": "x.y", "by": "沪", "at": AT, "door": "test", "root": 7, "outcome": "done", "input": told, "digest": "d" * 64,
    }  # fmt: skip
    one, two = reserve(Record, 2)
    put([fresh(Record, id=one, **facts)])
    Record.objects.bulk_create([Record(id=two, **facts)])
    fields = [f.attname for f in Record._meta.concrete_fields if f.attname != "id"]
    rows = {r["id"]: {n: r[n] for n in fields} for r in Record.objects.values()}
    assert rows[one] == rows[two]
    assert (rows[one]["input"], rows[one]["at"], rows[one]["reason"], rows[one]["changes"]) == (told, AT, None, [])


def test_rows_without_a_key_get_one(db: None) -> None:
    run = Run.objects.create(company=1, kind="x", by="y", started=AT)
    put([fresh(RunItem, run_id=run.pk, item=str(n), outcome="done") for n in range(3)])
    assert sorted(RunItem.objects.values_list("item", flat=True)) == ["0", "1", "2"]
    assert len(set(RunItem.objects.values_list("id", flat=True))) == 3
    put([])


def test_many_keys_are_found_either_way(db: None) -> None:
    runs = [Run.objects.create(company=1, kind="x", by="y", started=AT) for _n in range(3)]
    put([fresh(RunItem, run_id=r.pk, item=str(n), outcome="done") for r in runs for n in range(2)])
    wanted = [runs[0].pk, runs[2].pk, 10**15]
    for found in (looked_up(RunItem, "run_id", wanted), Q(run_id__in=among(wanted))):
        assert sorted(RunItem.objects.filter(found, item="1").values_list("run_id", flat=True)) == [
            runs[0].pk,
            runs[2].pk,
        ]
    assert not RunItem.objects.filter(looked_up(RunItem, "run_id", [])).exists()


def test_a_value_that_does_not_fit_is_refused(db: None) -> None:
    run = Run.objects.create(company=1, kind="x", by="y", started=AT)
    if connection.vendor == "postgresql":  # SQLite has no lengths; its guards say what is too long
        with pytest.raises(DataError), transaction.atomic():
            put([fresh(RunItem, run_id=run.pk, item="x" * 1000, outcome="done")])
    with pytest.raises((DataError, IntegrityError)), transaction.atomic():
        put([fresh(RunItem, run_id=run.pk, item=None, outcome="done")])
    assert not RunItem.objects.filter(run=run).exists()


def test_fresh_rows_share_nothing_and_know_their_columns() -> None:
    one, two = fresh(Record, name="a"), fresh(Record, name="b")
    one.changes.append({"x": 1})
    assert (two.changes, one._state.adding, Record(name="b").changes) == ([], True, [])
    assert {**one.__dict__}.keys() == {**Record(name="a").__dict__}.keys()
    with pytest.raises(TypeError, match="nonsense"):
        fresh(Record, nonsense=1)


def test_plain_writes_each_kind_as_it_always_did() -> None:
    from huikuan.books.ledger.types import EntryDraft, LineDraft
    from huikuan.kit.money import Money

    draft = EntryDraft(
        "RV", date(2026, 3, 2), "销售", (LineDraft("1122", Money(5, "CNY"), party=3, due=date(2026, 4, 1)),)
    )
    written = plain({"drafts": [draft], "n": {3, 1, 2}, "deep": [[date(2026, 1, 1)], ("x", None, True)]})
    assert written["n"] == [1, 2, 3]
    assert written["deep"] == [[{"$date": "2026-01-01"}], ["x", None, True]]
    assert written["drafts"][0]["fields"]["lines"][0]["fields"]["amount"] == {"$money": 5, "currency": "CNY"}
    assert revive(written["drafts"][0]) == draft
    assert sha256(written) == sha256(
        plain({"deep": [[date(2026, 1, 1)], ("x", None, True)], "n": {1, 2, 3}, "drafts": [draft]})
    )
    for wrong in (1.5, object(), [2.5], EntryDraft("RV", date(2026, 1, 1), "x", (0.5,))):  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            plain(wrong)
