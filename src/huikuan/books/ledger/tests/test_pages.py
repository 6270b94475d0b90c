"""The ledger's pages: what they show is what the ledger says, for any day, exactly and exported alike."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from huikuan.books.ledger import queries
from huikuan.books.ledger.models import Clearing, Entry, ItemChange, OpenItem
from huikuan.kit.money import minor_text

D = date


def text(response):
    assert response.status_code == 200, response.content[:600]
    return re.sub(r"<[^>]+>", " ", response.content.decode())


def documents(response):
    return re.findall(r'href="/ledger/items/\d+">([^<]+)</a>', response.content.decode())


def test_line_items_as_of_a_day(books, sit):
    page = sit("sun.tao")
    assert set(documents(page.get("/ledger/items"))) == {"B2", "B3", "B4", "B5", "G1", "U1", "R2"}
    then = page.get("/ledger/items?as_of=2026-03-31")
    assert set(documents(then)) == {"B1", "B2", "B3", "B4", "B5", "G1", "U1"}
    assert "2026-02-04" in text(then) and "2026-04-30" not in text(then)  # the due date as it was
    assert documents(page.get("/ledger/items?status=cleared")) == ["B1", "R1"]
    assert len(documents(page.get("/ledger/items?status=all"))) == 9
    assert documents(page.get("/ledger/items?as_of=2026-01-31&status=all")) == ["B5", "B3"]


@pytest.mark.parametrize("as_of", [D(2026, 1, 31), D(2026, 3, 31), D(2026, 4, 15)])
@pytest.mark.parametrize("basis", ["due", "invoice"])
def test_every_cell_of_the_ageing_opens_its_rows(books, sit, as_of, basis):
    """The sum of the list behind each cell is the cell, its count too; for each customer and in all."""
    page = sit("wu.gang")
    spans = {"not_due": "to_days=0", "1-30": "from_days=1&to_days=30", "31-60": "from_days=31&to_days=60",
             "61-90": "from_days=61&to_days=90", "over-90": "from_days=91"}  # fmt: skip
    seen = 0
    for by in ("currency", "customer"):
        for row in queries.ageing(books.cast.company.pk, as_of, basis=basis, by=by):
            for name, span in spans.items():
                who = f"&customer={row.key}" if by == "customer" else ""
                got = page.get(f"/ledger/items?as_of={as_of}&basis={basis}&currency={row.currency}&{span}{who}")
                assert len(documents(got)) == row.buckets[name].items, (row.key, name)
                if row.buckets[name].items:
                    amount = minor_text(row.buckets[name].amount, 2, grouped=True).replace("-", "−")
                    totals = re.search(r"<tfoot.*?</tfoot>", got.content.decode(), re.DOTALL)
                    assert totals and amount in totals[0], (row.key, name, amount)
                    seen += 1
    assert seen >= 4


def test_pasted_numbers_and_what_is_not_there(books, sit):
    got = sit("sun.tao").get("/ledger/items", {"documents": "B2\nB4, B9", "status": "all"})
    assert set(documents(got)) == {"B2", "B4"} and "B9" in text(got)
    got = sit("sun.tao").get("/ledger/items", {"customer": "C002 C777"})
    assert set(documents(got)) == {"B4", "B5", "G1", "U1", "R2"} and "C777" in text(got)


def test_subtotals_add_up(books, sit):
    rows = queries.open_then(
        queries.item_rows(books.cast.company.pk, D(2026, 4, 15)), books.cast.company.pk, D(2026, 4, 15)
    )
    for by in ("customer", "month", "currency", "reason", "owner"):
        found = queries.subtotals(rows, by)
        assert (
            sum(s.remaining for s in found if s.currency == "CNY") == 250_00 + 400_00 + 80_50 + 999_99 - 30_00 - 12_34
        )
        assert sum(s.items for s in found) == 7
        page = sit("sun.tao").get(f"/ledger/items?sub={by}&part=subtotals")
        assert "1,688.15" in text(page) if by == "currency" else page.status_code == 200


def test_export_is_what_is_shown(books, sit):
    page = sit("sun.tao")
    query = "customer=C002&status=all&sort=-amount&cols=document,due,then,currency,customer"
    shown = documents(page.get(f"/ledger/items?{query}"))
    got = page.get(f"/ledger/items?{query}&export=xlsx")
    sheet = load_workbook(io.BytesIO(got.content)).worksheets[0]
    rows = list(sheet.values)
    assert rows[0] == ("Document", "Due date", "Open", "Currency", "Customer")
    assert [r[0] for r in rows[1:]] == shown and len(shown) == 5
    assert {r[0]: r[2] for r in rows[1:]}["B5"] == 999.99


def test_bulk_change_tries_first_then_runs(books, sit):
    page = sit("chen.jing")
    picks = [books.items["B2"], books.items["B4"], books.items["B1"]]
    data = {
        "bulk": "change",
        "pick": picks,
        "due_date": "2026-05-31",
        "block": "dunning",
        "reason": "agreed by phone",
        "key": "k1",
    }
    ask = page.post("/ledger/items?status=all", {"bulk": "change", "pick": picks})
    assert "chosen: 3" in text(ask)
    tried = page.post("/ledger/items?status=all", {**data, "step": "try"})
    assert "2026-03-16" in text(tried) and "2026-05-31" in text(tried) and "is cleared" in text(tried)
    assert not OpenItem.objects.filter(block="dunning").exists()
    done = page.post("/ledger/items?status=all", {**data, "step": "do"})
    assert "2 are changed" in text(done)  # B1 was refused, so the outcome is shown
    assert set(
        OpenItem.objects.filter(block="dunning", due_date=D(2026, 5, 31)).values_list("document", flat=True)
    ) == {"B2", "B4"}
    again = page.post("/ledger/items?status=all", {**data, "step": "do"})
    assert again.status_code == 200
    assert ItemChange.objects.filter(field="block").count() == 2  # the same key acts once


def test_bulk_change_needs_the_duty_and_something_to_change(books, sit):
    refused = sit("wu.gang").post(
        "/ledger/items", {"bulk": "change", "pick": [books.items["B2"]], "step": "do", "block": "legal", "reason": "x"}
    )
    assert refused.status_code == 404  # the auditor has no such act on this list
    empty = sit("sun.tao").post(
        "/ledger/items", {"bulk": "change", "pick": [books.items["B2"]], "step": "do", "reason": "x"}
    )
    assert empty.status_code == 422 and "at least one field" in empty.content.decode()


def test_many_items_change_in_a_run(books, sit, monkeypatch):
    from huikuan.books.ledger.views import items
    from huikuan.office.trail.models import Run

    monkeypatch.setattr(items, "AT_ONCE", 3)
    data = {"bulk": "change", "all": "1", "owner": "chen.jing", "reason": "handed over", "key": "k7", "step": "do"}
    sit("sun.tao").post("/ledger/items", data)
    assert OpenItem.objects.filter(owner="chen.jing").count() == 7
    assert Run.objects.get().done == 7


def test_chosen_items_are_cleared_oldest_first(books, sit):
    data = {
        "bulk": "clear",
        "pick": [books.items["B5"], books.items["G1"], books.items["R2"]],
        "on": "2026-04-15",
        "key": "k2",
    }
    page = sit("sun.tao")
    assert "3 items" in text(page.post("/ledger/items", {**data, "step": "try"}))
    assert Clearing.objects.count() == 1
    page.post("/ledger/items", {**data, "step": "do"})
    assert OpenItem.objects.get(document="B5").remaining == 999_99 - 30_00 - 12_34
    one_side = page.post("/ledger/items", {**data, "pick": [books.items["B2"]], "step": "do", "key": "k3"})
    assert one_side.status_code == 422 and "stands against" in one_side.content.decode()


def test_an_item_and_its_change(books, sit):
    page, pk = sit("sun.tao"), books.items["B3"]
    shown = page.get(f"/ledger/items/{pk}")
    assert "2026-04-30" in text(shown)
    assert "agreed" in text(page.get(f"/ledger/items/{pk}?section=changes"))
    form = {
        "reference": "PO-1",
        "text": "T",
        "due_date": "2026-05-01",
        "dunning_level": 1,
        "reason": "r",
        "version": 2,
        "key": "a",
    }
    page.post(f"/ledger/items/{pk}/change", form)
    item = OpenItem.objects.get(pk=pk)
    assert (item.due_date, item.reference, item.dunning_level, item.version) == (D(2026, 5, 1), "PO-1", 1, 3)
    stale = page.post(f"/ledger/items/{pk}/change", {**form, "text": "U", "key": "b"})
    assert stale.status_code == 409 and "changed meanwhile" in stale.content.decode()
    assert sit("wu.gang").post(f"/ledger/items/{pk}/change", form).status_code == 403
    assert page.get("/ledger/items/99999").status_code == 404


def test_overdue_and_its_cells(books, sit):
    page = sit("chen.jing")
    got = page.get("/ledger/overdue")
    assert documents(got) == ["U1", "B5", "B2"]  # 3,600.00 x 43 days, 999.99 x 105, 250.00 x 30
    pk = books.items["B5"]
    form = page.get(f"/ledger/items/{pk}/cell/reason_code")
    assert "Disputed" in form.content.decode()
    saved = page.post(f"/ledger/items/{pk}/cell/reason_code", {"value": "disputed", "version": "1", "key": "c1"})
    assert "Disputed" in text(saved)
    late = page.post(f"/ledger/items/{pk}/cell/owner", {"value": "chen.jing", "version": "1", "key": "c2"})
    assert late.status_code == 409 and "changed meanwhile" in late.content.decode()
    wrong = page.post(f"/ledger/items/{pk}/cell/expected_date", {"value": "2026-02-31", "version": "2", "key": "c3"})
    assert wrong.status_code == 422
    assert page.post(f"/ledger/items/{pk}/cell/amount", {"value": "1"}).status_code == 404
    assert sit("liu.min").post(f"/ledger/items/{pk}/cell/owner", {"value": "x", "version": "2"}).status_code == 403
    assert documents(page.get("/ledger/overdue?reason_code=-")) == ["U1", "B2"]
    assert "Disputed" in text(page.get("/ledger/overdue?sub=reason&part=subtotals"))
    assert "5,249.98" not in text(page.get("/ledger/overdue")) and "4,849.99" in text(
        page.get("/ledger/overdue?part=figures")
    )


def test_a_layout_is_kept_for_oneself_or_the_team(books, sit):
    page = sit("sun.tao")
    came = {"HTTP_HX_CURRENT_URL": "http://testserver/ledger/items?customer=C001&cols=document,then&view=9&after=xx"}
    page.post(
        "/company/views/keep?page=/ledger/items",
        {"name": "我的账", "query": "customer=C001&cols=document,then", "key": "v1"},
        **came,
    )
    assert "我的账" in text(page.get("/ledger/items"))
    assert "我的账" not in text(sit("chen.jing").get("/ledger/items"))


def test_entries_and_reversal(books, sit):
    page, pk = sit("sun.tao"), books.entries["B2"]
    listed = page.get("/ledger/entries")
    assert listed.content.decode().count("/ledger/entries/") >= 9 and "250.00" in text(listed)
    assert documents(page.get("/ledger/entries?q=B2")) == [] and "RV-2026-000002" in text(
        page.get("/ledger/entries?q=B2")
    )
    assert "RV-2026-000003" in text(page.get("/ledger/entries?q=rv-2026-3")) and "DZ-2026" not in text(
        page.get("/ledger/entries?account=6001")
    )
    one = text(page.get(f"/ledger/entries/{pk}"))
    assert "RV-2026-000002" in one and "1122" in one and "6001" in one and Entry.objects.get(pk=pk).digest in one
    done = page.post(f"/ledger/entries/{pk}/reverse", {"on": "2026-04-15", "reason": "typo", "key": "r1"})
    mirror = Entry.objects.get(reverses_id=pk)
    assert done.url == f"/ledger/entries/{mirror.pk}"
    assert mirror.voucher in text(page.get(f"/ledger/entries/{pk}")) and "RV-2026-000002" in text(
        page.get(f"/ledger/entries/{mirror.pk}")
    )
    again = page.post(f"/ledger/entries/{pk}/reverse", {"on": "2026-04-15", "reason": "typo", "key": "r2"})
    assert again.status_code == 409 and "already" in again.content.decode()
    assert sit("wu.gang").post(f"/ledger/entries/{pk}/reverse", {"on": "2026-04-15", "reason": "x"}).status_code == 403


def line(at, **values):
    return {f"l{at}-{k}": v for k, v in values.items()}


def test_a_manual_entry_is_tried_then_posted(books, sit):
    page, before = sit("sun.tao"), Entry.objects.count()
    head = {"posting_date": "2026-04-15", "text": "手工", "currency": "CNY", "rows": 6, "key": "m1"}
    off = page.post(
        "/ledger/entries/new",
        {
            **head,
            **line(0, account="1122", customer="C001", debit="1,000.00"),
            **line(1, account="6051", credit="999"),
            "step": "try",
        },
    )
    assert off.status_code == 422 and "I01" in off.content.decode()
    strange = page.post(
        "/ledger/entries/new",
        {
            **head,
            **line(0, account="1122", customer="C9", debit="1"),
            **line(1, account="6051", credit="1"),
            "step": "try",
        },
    )
    assert strange.status_code == 422 and "no such customer" in strange.content.decode()
    both = page.post("/ledger/entries/new", {**head, **line(0, account="1122", debit="1", credit="1"), "step": "try"})
    assert both.status_code == 422 and "Either a debit or a credit" in both.content.decode()
    good = {
        **head,
        **line(0, account="1122", customer="C001", debit="1,000.00", due="2026-05-15"),
        **line(1, account="6051", credit="1000"),
    }
    assert (
        "can be posted" in text(page.post("/ledger/entries/new", {**good, "step": "try"}))
        and Entry.objects.count() == before
    )
    done = page.post("/ledger/entries/new", {**good, "step": "do"})
    assert done.status_code == 302 and Entry.objects.count() == before + 1
    item = OpenItem.objects.latest("id")
    assert (item.amount, item.due_date, item.customer) == (100_000, D(2026, 5, 15), books.yonghui)
    page.post("/ledger/entries/new", {**good, "step": "do"})
    assert Entry.objects.count() == before + 1  # the same form twice
    assert "l9-account" in page.post("/ledger/entries/new", {**good, "step": "more"}).content.decode()
    assert page.post("/ledger/entries/new", {**good, "currency": "QQQ", "step": "try"}).status_code == 422
    assert sit("chen.jing").get("/ledger/entries/new").status_code == 403


def test_trial_balance_and_an_account(books, sit):
    page = sit("zhou.hui")
    got = text(page.get("/ledger/trial-balance?period_from=2026-02-01&period_to=2026-04-15"))
    assert "equal to the debits" in got and "equal to the control accounts" in got and "not equal" not in got
    lines = page.get("/ledger/accounts/1122?posting_date_from=2026-04-01&posting_date_to=2026-04-15")
    rows = re.findall(r"<tr data-url.*?</tr>", lines.content.decode(), re.DOTALL)
    assert len(rows) == 2
    last = queries.balance(books.cast.company.pk, "1122", D(2026, 4, 15))
    assert minor_text(last, 2, grouped=True) in rows[-1]
    assert page.get("/ledger/accounts/9999").status_code == 404
    assert "应收账款" in text(sit("sun.tao", "zh-hans").get("/ledger/accounts"))


def test_running_balance_goes_on_over_pages(books, sit, monkeypatch):
    from huikuan.books.ledger.views.balances import AccountLines

    monkeypatch.setattr(AccountLines, "size", 3)
    page, url, seen = sit("wu.gang"), "/ledger/accounts/1122", []
    while url:
        html = page.get(url).content.decode()
        seen += [
            re.findall(r'class="num(?: amt)?(?: neg)?">([^<]*)<', r)[-1]
            for r in re.findall(r"<tr data-url.*?</tr>", html, re.DOTALL)
        ]
        found = re.search(r'rel="next" href="([^"]+)"', html)
        url = found[1].replace("&amp;", "&") if found else ""
    sheet = load_workbook(io.BytesIO(page.get("/ledger/accounts/1122?export=xlsx").content)).worksheets[0]
    exported = [r[-1] for r in list(sheet.values)[1:]]
    assert len(seen) == 9
    assert [Decimal(s.replace(",", "").replace("−", "-")) for s in seen] == [Decimal(str(x)) for x in exported]


def test_periods_close_and_reopen(books, sit):
    from huikuan.books.ledger.models import Period

    page, pk = sit("zhou.hui"), Period.objects.get(year=2026, month=2).pk
    assert "2026-02" in text(page.get("/ledger/periods"))
    assert "6001" in text(page.get(f"/ledger/periods/{pk}"))
    page.post(f"/ledger/periods/{pk}/close", {"key": "p1"})
    assert Period.objects.get(pk=pk).state == "closed"
    assert sit("sun.tao").post(f"/ledger/periods/{pk}/reopen", {"reason": "x"}).status_code == 403
    assert page.post(f"/ledger/periods/{pk}/reopen", {"reason": ""}).status_code == 422
    page.post(f"/ledger/periods/{pk}/reopen", {"reason": "late bill", "key": "p2"})
    assert Period.objects.get(pk=pk).state == "open"


def test_clearings_and_undoing_one(books, sit):
    page = sit("sun.tao")
    assert "CL-2026-000001" in text(page.get("/ledger/clearings")) and "100.00" in text(
        page.get("/ledger/clearings?documents=B1")
    )
    assert "CL-2026-000001" not in text(page.get("/ledger/clearings?customer=C002"))
    shown = text(page.get(f"/ledger/clearings/{books.clearing}"))
    assert "B1" in shown and "R1" in shown
    done = page.post(
        f"/ledger/clearings/{books.clearing}/undo", {"on": "2026-04-15", "reason": "wrong bill", "key": "u1"}
    )
    assert done.status_code == 302 and OpenItem.objects.get(document="B1").remaining == 100_00
    assert "Undone by" in text(page.get(f"/ledger/clearings/{books.clearing}"))
    assert (
        sit("wu.gang").post(f"/ledger/clearings/{books.clearing}/undo", {"on": "2026-04-15", "reason": "x"}).status_code
        == 403
    )


def test_panel_tile_and_search(books, sit):
    page = sit("chen.jing")
    assert "B5" in text(page.get(f"/ledger/customers/{books.nanjing.pk}/items"))
    assert "U1" in text(page.get("/ledger/today"))
    pk = books.cast.company.pk
    assert [h.title for h in queries.find(pk, "b2", 5)] == ["B2"]
    assert {h.title for h in queries.find(pk, "RV-2026-000002", 5)} == {"RV-2026-000002"}
    assert {h.title for h in queries.find(pk, "cl-2026-1", 5)} == {"CL-2026-000001"}
    assert {h.title for h in queries.find(pk, "999.99", 5)} == {"B5"} and {
        h.title for h in queries.find(pk, "12.34", 5)
    } == {"R2"}


def test_a_past_day_shows_but_changes_nothing(books, sit):
    page = sit("sun.tao")
    page.post("/company/as-of", {"as_of": "2026-03-31"})
    assert "B1" in documents(page.get("/ledger/items"))
    got = page.post(
        f"/ledger/items/{books.items['B2']}/change", {"text": "x", "reason": "y", "dunning_level": 0, "version": 1}
    )
    assert got.status_code == 409 and OpenItem.objects.get(document="B2").text != "x"
