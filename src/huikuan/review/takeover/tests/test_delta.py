"""Deltas: what changes there changes here, dated and reversible; what is known stays as it is; what waits can be mended."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from huikuan.books.customers import queries as customers
from huikuan.books.ledger import queries as ledger
from huikuan.books.ledger.checks import CHECKS as LEDGER_CHECKS
from huikuan.kit.errors import Refused
from huikuan.review.takeover import actions, bots, queries
from huikuan.review.takeover.checks import CHECKS
from huikuan.review.takeover.models import Link, Load, Reject
from huikuan.review.takeover.tests.test_rules import HEAD, LINES, MAP

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


def load(act: Any, *rows: str, head: str = HEAD, map_text: str = MAP) -> bots.Outcome:
    return bots.receivables(act, io.BytesIO((head + "\n".join(rows) + "\n").encode()), "list.csv", map_text, "t.yaml")


def left(company: int, day: date = ON) -> dict[str, int]:
    return {i.document: i.remaining for i in ledger.open_items(company, day)}


def sound(company: int) -> None:
    for check in (*CHECKS, *LEDGER_CHECKS):
        found = check.run(company)
        assert not found.wrong, (check.id, found.broken)


@pytest.fixture
def company(cast: Any) -> Any:
    yield cast.company.pk
    sound(cast.company.pk)


def test_a_second_run_adds_nothing(company: int, act: Any) -> None:
    rows = ("C1,甲,A1,2026-01-05,2026-02-04,100.00,2026-02-01", "C1,甲,A2,2026-01-06,2026-02-05,50.00,")
    first = load(act(), *rows)
    before = ledger.counts(company)
    again = load(act(), *rows)
    assert (first.landed, again.landed, again.known) == (2, 0, 2)
    assert ledger.counts(company) == before
    assert left(company) == {"A2": 5000}


def test_a_dry_run_writes_nothing_and_says_the_same(company: int, act: Any) -> None:
    rows = ("C1,甲,A1,2026-01-05,,100.00,2026-02-01", "C1,甲,A2,2026-13-06,,50.00,")
    dry = load(act(dry=True), *rows)
    assert (dry.read, dry.landed, dry.quarantined, dry.load) == (2, 1, 1, None)
    assert not Load.objects.exists() and not Link.objects.exists() and not Reject.objects.exists()
    assert not ledger.open_items(company, ON) and customers.every(company) == []


def test_cleared_since(company: int, act: Any) -> None:
    load(act(), "C1,甲,A1,2026-01-05,,100.00,", "C1,甲,A2,2026-01-05,,50.00,")
    out = load(act(), "C1,甲,A1,2026-01-05,,100.00,2026-02-01", "C1,甲,A2,2026-01-05,,50.00,")
    assert (out.landed, out.known) == (1, 1)
    assert left(company) == {"A2": 5000}
    assert left(company, date(2026, 1, 31)) == {"A1": 10000, "A2": 5000}


def test_settled_on_another_day_and_not_at_all(company: int, act: Any) -> None:
    load(act(), "C1,甲,A1,2026-01-05,,100.00,2026-02-01", "C1,甲,A2,2026-01-05,,50.00,2026-02-01")
    load(act(), "C1,甲,A1,2026-01-05,,100.00,2026-02-10", "C1,甲,A2,2026-01-05,,50.00,2026-02-01")
    assert left(company, date(2026, 2, 5)) == {"A1": 10000}
    assert left(company) == {}
    load(act(), "C1,甲,A1,2026-01-05,,100.00,", "C1,甲,A2,2026-01-05,,50.00,2026-02-01")
    assert left(company) == {"A1": 10000}


def test_re_dated(company: int, act: Any) -> None:
    load(act(), "C1,甲,A1,2026-01-05,2026-02-04,100.00,")
    load(act(), "C1,甲,A1,2026-01-05,2026-03-04,100.00,")
    [item] = ledger.open_items(company, ON)
    assert item.due_date == date(2026, 3, 4)
    assert [c.field for c in ledger.changes(company, item.id)] == ["due_date"]


def test_another_amount_is_reversed_and_posted_anew(company: int, act: Any) -> None:
    load(act(), "C1,甲,A1,2026-01-05,,100.00,2026-02-01", "C1,甲,A2,2026-01-05,,50.00,2026-02-01")
    out = load(act(), "C1,甲,A1,2026-01-05,,90.00,2026-02-01", "C1,甲,A2,2026-01-05,,50.00,2026-02-01")
    assert out.counts["moves"]["repost"] == 1
    assert left(company) == {}
    assert left(company, date(2026, 1, 31)) == {"A1": 9000, "A2": 5000}
    assert ledger.billed_months(company) == {("CNY", "2026-01"): 14000}


CANCEL = MAP.rstrip() + "\n  cancelled: {column: Gone, optional: yes}\n"
CANCEL_HEAD = HEAD.strip() + ",Gone\n"


def test_cancelled_there_is_reversed_here(company: int, act: Any) -> None:
    load(act(), "C1,甲,A1,2026-01-05,,100.00,,no", head=CANCEL_HEAD, map_text=CANCEL)
    load(act(), "C1,甲,A1,2026-01-05,,100.00,,yes", head=CANCEL_HEAD, map_text=CANCEL)
    assert left(company) == {}
    again = load(act(), "C1,甲,A1,2026-01-05,,100.00,,yes", head=CANCEL_HEAD, map_text=CANCEL)
    assert again.known == 1


CLEARING = MAP.rstrip() + "\n  clearing: {column: Clearing, optional: yes}\n"
CLEARING_HEAD = HEAD.strip() + ",Clearing\n"


def test_a_partner_that_comes_later_finds_its_clearing(company: int, act: Any) -> None:
    def go(*rows: str) -> bots.Outcome:
        return load(act(), *rows, head=CLEARING_HEAD, map_text=CLEARING)

    go("C1,甲,A1,2026-01-05,,100.00,2026-02-01,77")
    [one] = queries.one_sided(company)
    assert (one["document"], one["rest"]) == ("77", 10000)
    go("C1,甲,A1,2026-01-05,,100.00,2026-02-01,77", "C1,甲,P1,2026-02-01,,-100.00,2026-02-01,77")
    assert queries.one_sided(company) == []
    assert left(company) == {}
    assert ledger.balance(company, "9901", ON) == 0


def test_a_closed_period_keeps_its_row_back_only(company: int, act: Any) -> None:
    from huikuan.books.ledger import actions as books

    books.open_periods(act(), date(2026, 1, 1), date(2026, 1, 31))
    period = ledger.periods(company).get(year=2026, month=1)
    books.close_period(act(), period.pk)
    out = load(act(), "C1,甲,A1,2026-01-05,,100.00,", "C1,甲,A2,2026-02-05,,50.00,")
    assert (out.landed, out.quarantined) == (1, 1)
    assert "closed" in str(out.errors[0][1].reason)
    books.reopen_period(act(), period.pk, "late file")
    out = load(act(), "C1,甲,A1,2026-01-05,,100.00,", "C1,甲,A2,2026-02-05,,50.00,")
    assert (out.landed, out.known, out.quarantined) == (1, 1, 0)
    assert set(Reject.objects.values_list("state", flat=True)) == {"fixed"}


def test_where_huikuan_leads_a_load_is_refused(company: int, act: Any) -> None:
    actions.set_leader(act(), "entry", "huikuan")
    with pytest.raises(Refused, match="leads"):
        load(act(), "C1,甲,A1,2026-01-05,,100.00,")
    actions.set_leader(act(), "entry", "sap")
    actions.set_leader(act(), "clearing", "huikuan")
    load(act(), "C1,甲,A1,2026-01-05,,100.00,2026-02-01")
    assert left(company) == {"A1": 10000}


def test_customers_led_here_are_not_made_by_a_file(company: int, act: Any) -> None:
    actions.set_leader(act(), "customer", "huikuan")
    out = load(act(), "C1,甲,A1,2026-01-05,,100.00,")
    assert (out.landed, out.quarantined, out.errors[0][1].field) == (0, 1, "customer")


def test_spellings_find_their_customer(company: int, act: Any) -> None:
    load(
        act(),
        "C1,WAL-MAR corp,A1,2026-01-05,,1.00,",
        "C1,WAL-MAR corp,A2,2026-01-05,,1.00,",
        "C1,WAL-MAR foundation,A3,2026-01-05,,1.00,",
    )
    assert [c.name for c in customers.find(company, "wal-mar foundation")] == ["WAL-MAR corp"]


def test_foreign_currency_by_rate_and_without(company: int, act: Any) -> None:
    usd = MAP.replace("constant: CNY", "constant: USD")
    out = load(
        act(),
        "C1,甲,A1,2026-01-05,,100.00,2026-02-01",
        "C1,甲,A2,2026-01-05,,3.33,",
        map_text=usd + 'rates: {USD: "7.10"}\n',
    )
    assert not any("1:1" in str(w.say) for w in out.warnings)
    [item] = ledger.open_items(company, ON)
    assert (item.remaining, item.base_remaining) == (333, 2364)
    out = load(act(), "C1,甲,B1,2026-01-05,,100.00,", map_text=usd)
    assert any("1:1" in str(w.say) for w in out.warnings)


def test_a_bad_row_is_mended_on_the_page_and_by_file(company: int, act: Any) -> None:
    first = load(act(), "C1,甲,A1,2026-02-30,,100.00,", "C1,甲,A2,2026-01-05,,x,")
    assert first.quarantined == 2
    one, two = Reject.objects.order_by("row")
    done, faults = actions.mend(act(), one.pk, {"Date": "2026-02-31"})
    assert not done and faults[0]["field"] == "document_date"
    done, _faults = actions.mend(act(), one.pk, {"Date": "2026-02-28"})
    assert done and left(company) == {"A1": 10000}
    again = load(act(), "C1,甲,A1,2026-02-30,,100.00,", "C1,甲,A2,2026-01-05,,x,")
    assert (again.known, again.quarantined) == (1, 1)
    load(act(), f"C1,甲,A2,2026-01-05,,7.00,,{two.pk}", head=HEAD.strip() + ",huikuan_reject\n")
    assert set(Reject.objects.values_list("state", flat=True)) == {"fixed"}
    assert left(company) == {"A1": 10000, "A2": 700}


def test_mended_rows_of_the_list_itself_settle_what_waited(company: int, act: Any) -> None:
    """The clerk mends the list and feeds it again, without our column: by number, and where that was wrong, by likeness."""
    load(
        act(),
        "C1,甲,A1,2026-02-30,,100.00,",  # a wrong date: its number finds it
        "C1,甲,A2,2026-01-05,,50.00,",
        "C2,乙,A2,2026-01-06,,60.00,",  # a number that is taken: the number is what is wrong
        "C3,丙,,2026-01-07,,70.00,",  # no number at all
        "C3,丙,,2026-01-08,,71.00,",
    )
    assert Reject.objects.filter(state="waiting").count() == 4
    load(
        act(),
        "C1,甲,A1,2026-02-28,,100.00,",
        "C1,甲,A2,2026-01-05,,50.00,",
        "C2,乙,A3,2026-01-06,,60.00,",
        "C3,丙,A4,2026-01-07,,70.00,",
    )
    [still] = Reject.objects.filter(state="waiting")
    assert still.raw["Amount"] == "71.00"
    assert left(company) == {"A1": 10000, "A2": 5000, "A3": 6000, "A4": 7000}


def lines(act: Any, *rows: str) -> bots.Outcome:
    return bots.documents(
        act, io.BytesIO(("D,T,Q,P,C\n" + "\n".join(rows) + "\n").encode()), "lines.csv", LINES, "l.yaml"
    )


def test_documents_land_change_and_are_mended_whole(company: int, act: Any) -> None:
    out = lines(
        act(),
        "1,2026-01-05,1,10.00,17.0",
        "1,2026-01-05,2,0.005,17.0",
        "2,2026-01-05,1,5.00,",
        "2,2026-01-05,1,6.00,17.0",
    )
    assert (out.read, out.landed, out.quarantined) == (4, 2, 2)
    assert left(company) == {"1": 1001}
    one = Reject.objects.order_by("row").first()
    assert one is not None
    done, _faults = actions.mend(act(), one.pk, {"C": "17"})
    assert done
    assert left(company) == {"1": 1001, "2": 1100}
    assert set(Reject.objects.values_list("state", flat=True)) == {"fixed"}
    out = lines(act(), "1,2026-01-05,1,12.00,17.0", "1,2026-01-05,2,0.005,17.0")
    assert out.landed == 2 and left(company) == {"1": 1201, "2": 1100}
    assert [(d.number, d.version, d.net) for d in queries.documents(company).order_by("number")] == [
        ("1", 2, 1201),
        ("2", 1, 1100),
    ]


def test_tie_out_after_someone_posted_here(company: int, act: Any) -> None:
    load(act(), "C1,甲,A1,2026-01-05,,100.00,", "C1,甲,A2,2026-01-05,,50.00,2026-02-01")
    _pk, found = bots.tie_out(act(), "t", ON, queries.kept_claims(company, "t"), None, "kept")
    assert found.ok
    from huikuan.books.ledger import actions as books
    from huikuan.books.ledger.types import ClearDraft, EntryDraft, LineDraft
    from huikuan.kit.money import Money

    customer = customers.customer(company, "C1").id
    [posted] = books.post(act(), [EntryDraft("BR", ON, "收款", (LineDraft("1122", Money(-10000, "CNY"), party=customer, kind="receipt"), LineDraft("1002", Money(10000, "CNY"))))])  # fmt: skip
    [item] = [i for i in ledger.open_items(company, ON) if i.document == "A1"]
    books.clear(act(), [ClearDraft(ON, ((item.id, 10000), (posted.items[0], -10000)))])
    _pk, found = bots.tie_out(act(), "t", ON, queries.kept_claims(company, "t"), None, "kept")
    assert [(d.key, d.what) for d in found.differences] == [("A1", "open")]
    actions.set_leader(act(), "receipt", "huikuan")
    sent = bots.send_back(act(), ON, "back.csv", "1000")
    assert (sent.records, sent.lines) == (1, 2)
    assert "DZ" in sent.content.decode("utf-8-sig")
    assert bots.send_back(act(), ON, "back.csv", "1000").records == 0


def test_a_row_without_its_number_has_none_of_the_others(company: int, act: Any) -> None:
    """Company code and line alone are no number: such rows are known again by likeness, not taken for each other."""
    keyed = MAP.rstrip() + "\n  company_code: {column: Code, optional: yes}\n"
    head = HEAD.strip() + ",Code\n"
    load(act(), "C1,甲,,2026-01-05,,100.00,,1000", "C2,乙,,2026-01-05,,60.00,,1000", head=head, map_text=keyed)
    assert set(Reject.objects.values_list("key", flat=True)) == {""}
    load(act(), "C1,甲,A1,2026-01-05,,100.00,,1000", head=head, map_text=keyed)
    assert dict(Reject.objects.values_list("row", "state")) == {2: "fixed", 3: "waiting"}
