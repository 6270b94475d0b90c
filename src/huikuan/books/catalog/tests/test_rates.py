"""Exchange rates: read from texts, kept, found by day, entered on the page, by REST and by the command line."""

from __future__ import annotations

import hashlib
import io
from datetime import date

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from huikuan.books.catalog import actions, queries
from huikuan.books.catalog.models import ExchangeRate
from huikuan.books.catalog.rules import rate_rows, read_rates
from huikuan.kit.errors import Denied, Invalid
from huikuan.kit.money import RATE_SCALE
from huikuan.office.company import actions as company

DAY = date(2026, 3, 2)


def row(currency="USD", on="2026-03-02", rate="6.8912", **more):
    return {"currency": currency, "on": on, "rate": rate, **more}


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (row(currency="XYZ"), "currency"),
        (row(currency="CNY"), "currency"),
        (row(on="2026-02-30"), "on"),
        (row(on="2026-03-03"), "on"),
        (row(rate="0"), "rate"),
        (row(rate="-1"), "rate"),
        (row(rate="7%"), "rate"),
        (row(rate="=A1"), "rate"),
        (row(rate="seven"), "rate"),
        (row(rate="99999999"), "rate"),
        (row(per="3"), "per"),
    ],
)
def test_a_bad_row_is_named(cells, field):
    good, faults = read_rates([(7, cells)], "CNY", DAY)
    assert not good and faults[0].field == field and faults[0].row == 7


def test_yen_are_quoted_per_hundred_and_a_twin_is_refused():
    good, faults = read_rates([(1, row("JPY", rate="4.621", per="100")), (2, row("JPY"))], "CNY", DAY)
    assert [r.rate for r in good] == [4_621_000] and [f.row for f in faults] == [2]


@given(st.lists(st.tuples(st.integers(1, 10**11), st.integers(0, 60)), min_size=1, max_size=8), st.integers(0, 70))
def test_the_rate_of_a_day_is_the_newest_on_or_before_it(entered, asked):
    by = sorted({day: rate for rate, day in entered}.items(), reverse=True)
    days = queries.RateDays({"USD": [(date.fromordinal(739_000 + d), r) for d, r in by]})
    want = next((r for d, r in by if d <= asked), None)
    assert days.on("USD", date.fromordinal(739_000 + asked)) == want


def test_a_table_is_read_with_or_without_headings():
    assert rate_rows([["币种", "日期", "汇率", "单位"], ["USD", "2026-03-02", "7"]])[0][1] == row(rate="7", per="")
    assert rate_rows([["USD", "2026-03-02", "7"]]) == [(1, row(rate="7"))]
    assert rate_rows([[], ["USD", "7"]], "2026-03-01") == [(2, row(on="2026-03-01", rate="7"))]


def test_rates_are_entered_once_found_by_day_and_never_edited(cast, act):
    here = cast.company.pk
    done = actions.set_rates(
        act("sun.tao"), [(1, row(rate="7")), (2, row(on="2026-02-01", rate="6.5")), (3, row("EUR", rate="x"))], "PBC"
    )
    assert (done.entered, done.known, [f.row for f in done.faults]) == (2, 0, [3])
    assert actions.set_rates(act("sun.tao"), [(1, row(rate="7"))], "PBC").known == 1
    assert queries.exchange_rate(here, "USD", date(2026, 2, 20)) == 65 * RATE_SCALE // 10
    assert queries.exchange_rate(here, "USD", date(2026, 1, 31)) is None
    actions.set_rates(act("sun.tao"), [(1, row(rate="7.1"))], "corrected")
    assert queries.exchange_rate(here, "USD", DAY) == 71 * RATE_SCALE // 10
    assert sorted(r.old for r in queries.exchange_rates(here)) == [False, False, True]
    with pytest.raises(DatabaseError), transaction.atomic():
        ExchangeRate.objects.update(rate=1)
    with pytest.raises(Denied):
        actions.set_rates(act("liu.min"), [(1, row())], "PBC")
    with pytest.raises(Invalid):
        actions.set_rates(act("sun.tao"), [(1, row())], " ")


def sign_in(cast, login, language="zh-hans"):
    person = cast.people[login]
    person.language = language
    person.save()
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_looks_first_then_enters_and_leaves_what_is_wrong(cast, act, language):
    client = sign_in(cast, "sun.tao", language)
    assert client.get("/catalog/rates").status_code == 200
    assert client.get("/catalog/rates/new?currency=USD").status_code == 200
    given = {"pasted": "USD\t2026-03-02\t6.89\nEUR\t2026-03-99\t7.5", "source": "PBC", "key": "a"}
    looked = client.post("/catalog/rates/new", {**given, "step": "try"})
    assert looked.status_code == 422 and "2026-03-99" in looked.content.decode() and not ExchangeRate.objects.exists()
    done = client.post("/catalog/rates/new", {**given, "step": "do"})
    body = done.content.decode()
    assert ExchangeRate.objects.get().currency == "USD" and "EUR" in body and "6.89\t" not in body
    assert "6.89" in client.get("/catalog/rates?tab=all&holds=1").content.decode()
    assert sign_in(cast, "liu.min").get("/catalog/rates/new").status_code == 403


def test_a_workbook_is_read_and_a_formula_refused(cast, act):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for r, cells in enumerate(
        [["币种", "日期", "汇率", "单位"], ["USD", "2026-03-02", 6.8912, ""], ["JPY", "2026/03/02", 4.62, 100]]
    ):
        for c, value in enumerate(cells):
            sheet.write(r, c, value)
    sheet.write_row(3, 0, ["EUR", "2026-03-02"])
    sheet.write_formula(3, 2, "=1+6", None, 7)
    book.close()
    file = SimpleUploadedFile("rates.xlsx", out.getvalue())
    client = sign_in(cast, "sun.tao")
    answer = client.post("/catalog/rates/new", {"file": file, "source": "BOC", "key": "f", "step": "do"})
    assert answer.status_code == 422 and "=1+6" in answer.content.decode()
    assert dict(ExchangeRate.objects.values_list("currency", "rate")) == {"USD": 689_120_000, "JPY": 4_620_000}
    bomb = SimpleUploadedFile("rates.xlsx", b"PK no book")
    assert (
        client.post("/catalog/rates/new", {"file": bomb, "source": "BOC", "key": "g", "step": "do"}).status_code == 422
    )


def test_rest_enters_all_or_none(cast, act):
    company.make_token(act("sun.tao"), "test", hashlib.sha256(b"hk_x").hexdigest())
    client = Client(headers={"Authorization": "Bearer hk_x"})
    bad = {"source": "PBC", "rates": [row(), row("EUR", on="2099-03-03")]}
    answer = client.post("/api/v1/catalog/rates", bad, "application/json")
    assert answer.status_code == 422 and answer.json()["errors"][0]["row"] == 2 and not ExchangeRate.objects.exists()
    assert (
        client.post("/api/v1/catalog/rates", {"source": "PBC", "rates": [row()]}, "application/json").json()["entered"]
        == 1
    )
    assert client.get("/api/v1/catalog/rates?currency=USD").json()["items"][0]["rate"] == "6.8912"


def test_the_command(cast, act, tmp_path):
    from huikuan.site.cli import gather

    run = CliRunner().invoke
    app = gather()
    assert run(app, ["rates", "set", "USD", "6.9", "--on", "2026-03-01"]).exit_code == 0
    assert '"rate": "6.9"' in run(app, ["rates", "list", "--json"]).stdout
    file = tmp_path / "rates.csv"
    file.write_text("币种,日期,汇率\nEUR,2026-03-01,7.5\nEUR,2026-02-30,7.4\n", encoding="gb18030")
    done = run(app, ["rates", "import", str(file), "--json"])
    assert done.exit_code == 1 and '"landed": 1' in done.stdout and '"row": 3' in done.stdout
    assert run(app, ["rates", "set", "ABC", "1"]).exit_code == 2
    assert "EUR" in run(app, ["rates", "list", "--on", "2026-03-05"]).stdout
