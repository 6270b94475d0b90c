"""Reading, purely: files that hurt, maps that are wrong, cells that lie, lines that must add up."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from huikuan.connectors.sap.extract import read_dir
from huikuan.connectors.sap.types import PostBackLine
from huikuan.connectors.sap.upload import journal, write
from huikuan.kit.errors import Invalid
from huikuan.kit.money import divide
from huikuan.review.takeover.rules import plan, tie
from huikuan.review.takeover.rules.claims import Claim, ClaimsReading, read_claims, revived
from huikuan.review.takeover.rules.extract import read_extract
from huikuan.review.takeover.rules.files import Caps, Sheet, decode, read
from huikuan.review.takeover.rules.maps import read_map
from huikuan.review.takeover.rules.papers import read_papers, share_out
from huikuan.review.takeover.rules.values import Bad, number_style, read_decimal

MAP = """
profile: receivables
system: t
numbers: "1,234.56"
fields:
  customer: No
  customer_name: {column: Name, optional: yes}
  document: Doc
  document_date: {column: Date, date: yyyy-mm-dd}
  due: {column: Due, date: yyyy-mm-dd, optional: yes}
  amount: Amount
  currency: {constant: CNY}
  settled: {column: Settled, date: yyyy-mm-dd, optional: yes}
"""
HEAD = "No,Name,Doc,Date,Due,Amount,Settled\n"


def sheet(text: str | bytes, map_text: str = MAP, **more: object) -> Sheet:
    content = text if isinstance(text, bytes) else text.encode()
    mapped = read_map(map_text)
    return read(io.BytesIO(content), finds=mapped.finds, charset=mapped.charset, **more)  # type: ignore[arg-type]


def claims(text: str | bytes, map_text: str = MAP, known: set[str] | None = None) -> ClaimsReading:
    return read_claims(sheet(text, map_text), read_map(map_text), known=known)


def told(got: ClaimsReading) -> list[tuple[int, str, str]]:
    return [(f.row or 0, f.field, f.value) for b in got.bad for f in b.faults]


def test_good_row() -> None:
    [claim] = claims(HEAD + 'C1,"甲, 乙",A1,2026-01-05,2026-02-04,"1,234.50",\n').claims
    assert (claim.customer, claim.amount, claim.due, claim.settled, claim.kind) == (
        "C1",
        123450,
        date(2026, 2, 4),
        None,
        "invoice",
    )


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ("C1,N,A1,2026-02-30,,10.00,", "document_date", "2026-02-30"),
        ("C1,N,A1,05.01.2026,,10.00,", "document_date", "05.01.2026"),
        ("C1,N,A1,2026-01-05,,ten,", "amount", "ten"),
        ("C1,N,A1,2026-01-05,,10.005,", "amount", "10.005"),
        ("C1,N,A1,2026-01-05,,0.00,", "amount", "0.00"),
        ("C1,N,A1,2026-01-05,,=1+1,", "amount", "=1+1"),
        ("C1,=HYPERLINK(1),A1,2026-01-05,,10.00,", "customer_name", "=HYPERLINK(1)"),
        ("C1,@SUM(A1),A1,2026-01-05,,10.00,", "customer_name", "@SUM(A1)"),
        (",N,A1,2026-01-05,,10.00,", "customer", ""),
        ("C1,N,,2026-01-05,,10.00,", "document", ""),
        ("C1,N,A1,2026-01-05,,1e5,", "amount", "1e5"),
        ("C1,N,A1,2026-01-05,,99999999999999999999,", "amount", "99999999999999999999"),
        ("C1,N,A1,9999-12-31,,10.00,", "document_date", "9999-12-31"),
        ("C1,N,A1,2026-01-05,,10.00,2026-01-04", "settled", "2026-01-04"),
        ("C1,N,A1,2026-01-05", "", "4"),
        ("C1,N,A1,2026-01-05,,10.00,,1", "", "8"),  # a comma too many has moved the cells
    ],
)
def test_a_bad_row_waits_with_row_and_field_and_the_others_land(row: str, field: str, value: str) -> None:
    got = claims(HEAD + row + "\nC2,N,B1,2026-01-05,,20.00,\n")
    assert (2, field, value) in told(got)
    assert [c.document for c in got.claims] == ["B1"]
    assert got.read == 2


def test_a_number_that_stands_twice_is_wrong_in_the_later_row() -> None:
    got = claims(HEAD + "C1,N,A1,2026-01-05,,10.00,\nC1,N,A1,2026-01-05,,10.00,\n")
    assert told(got) == [(3, "document", "A1")]
    assert [c.row for c in got.claims] == [2]


def test_unknown_customer_only_where_customers_must_exist() -> None:
    text = HEAD + "C1,N,A1,2026-01-05,,10.00,\nC9,N,A2,2026-01-05,,10.00,\n"
    assert told(claims(text, MAP + "customers: must_exist\n", known={"C1"})) == [(3, "customer", "C9")]
    assert told(claims(text)) == []


def test_gbk_is_read_as_chinese() -> None:
    got = claims((HEAD + "C1,沪光食品饮料有限公司,A1,2026-01-05,,10.00,\n").encode("gbk"))
    assert got.parties["C1"].name == "沪光食品饮料有限公司"


def test_gbk_bytes_in_a_utf8_file_cost_their_row_only() -> None:
    good = "".join(f"C{i},沪光食品,A{i},2026-01-05,,10.00,\n" for i in range(1, 5))
    got = claims((HEAD + good).encode() + "C9,饮料有限公司,A9,2026-01-05,,10.00,\n".encode("gbk"))
    assert [(b.row, b.faults[0].value) for b in got.bad] == [(6, "饮料有限公司")]
    assert len(got.claims) == 4


def test_an_alphabet_that_cannot_be_told_is_refused() -> None:
    with pytest.raises(Invalid):
        decode("Müller & Söhne, Zürich, Crédit Agricole, Malmö".encode("latin-1") * 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_charsets_and_delimiters(encoding: str, mark: str) -> None:
    text = (HEAD + "C1,华东经销商,A1,2026-01-05,,10.00,\n").replace(",", mark)
    got = claims(text.encode(encoding))
    assert got.parties["C1"].name == "华东经销商"


@pytest.mark.parametrize("cut", [3, 8, 12, 40])
def test_a_packed_file_that_was_cut_short_is_refused(cut: int) -> None:
    rows = "".join(f"C{i},N,A{i},2026-01-05,,10.00,\n" for i in range(200))
    packed = gzip.compress((HEAD + rows).encode())
    assert len(claims(packed).claims) == 200
    with pytest.raises(Invalid, match="damaged"):
        sheet(packed[:-cut])


def test_members_of_a_packed_file_follow_each_other() -> None:
    packed = gzip.compress(HEAD.encode()) + gzip.compress(b"C1,N,A1,2026-01-05,,10.00,\n") + bytes(12)
    assert [c.document for c in claims(packed).claims] == ["A1"]
    with pytest.raises(Invalid, match="damaged"):
        sheet(gzip.compress(HEAD.encode()) + gzip.compress(b"C1,N,A1,2026-01-05,,10.00,\n")[:-9])


def test_a_heading_may_begin_like_an_archive() -> None:
    assert len(claims("PK," + HEAD + "1,C1,N,A1,2026-01-05,,10.00,\n").claims) == 1


def test_300_megabytes_from_300_kilobytes_are_refused_without_unfolding_them() -> None:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as packed:
        packed.write(HEAD.encode())
        for _i in range(300):
            packed.write(b"0" * 1024 * 1024)
    assert len(out.getvalue()) < 400_000
    with pytest.raises(Invalid, match="unfolds"):
        sheet(out.getvalue())


def test_a_workbook_that_unfolds_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60 * 1024 * 1024)
    with pytest.raises(Invalid, match="unfolds"):
        sheet(out.getvalue())


def test_caps_hold_for_plain_files_too() -> None:
    with pytest.raises(Invalid):
        sheet(HEAD + "x" * 2000, caps=Caps(unfolded=1000))


def test_a_lone_quotation_mark_costs_one_row() -> None:
    got = claims(HEAD + 'C1,"N,A1,2026-01-05,,10.00,\nC2,N,B1,2026-01-05,,20.00,\nC3,N,B2,2026-01-05,,20.00,\n')
    assert [c.document for c in got.claims] == ["B1", "B2"]
    assert [b.row for b in got.bad] == [2]


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\x00\x01\x02" * 100,
        b"PK\x03\x04 no archive",
        b"\x1f\x8b broken",
        b"a;b\n1;2\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ],
)
def test_what_is_no_table_is_refused_in_words(junk: bytes) -> None:
    with pytest.raises(Invalid):
        sheet(junk)


@given(st.binary(max_size=300))
def test_no_bytes_bring_anything_but_a_table_or_a_refusal(junk: bytes) -> None:
    try:
        read_claims(sheet(HEAD.encode() + junk), read_map(MAP))
    except Invalid:
        pass


def workbook(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(r, c, cell, day)  # type: ignore[arg-type]
            else:
                page.write(r, c, cell)
    book.close()
    return out.getvalue()


def test_workbook_with_title_rows_dates_and_a_formula() -> None:
    rows: list[list[object]] = [
        ["List of items"],
        [],
        ["No", "Name", "Doc", "Date", "Due", "Amount", "Settled"],
        ["C1", "N", 1000000017, date(2026, 1, 5), date(2026, 2, 4), 105.92, None],
        ["C2", "N", "B1", date(2026, 1, 5), None, "=1+1", None],
    ]
    got = claims(workbook(rows))
    [claim] = got.claims
    assert (claim.document, claim.amount, claim.due, claim.row) == ("1000000017", 10592, date(2026, 2, 4), 4)
    assert [(b.row, b.faults[0].field) for b in got.bad] == [(5, "amount")]


MAPS = Path(__file__).resolve().parents[5] / "docs" / "examples" / "maps"


def test_fbl5n_in_chinese_with_totals_and_trailing_minus() -> None:
    head = ["客户", "公司代码", "会计年度", "凭证编号", "行项目", "凭证类型", "凭证日期", "过账日期", "净到期日", "凭证货币金额", "凭证货币", "本币金额", "清账日期", "清账凭证", "文本", "付款冻结"]  # fmt: skip
    rows = [
        ["0010001234", "1000", "2026", "1800000001", "1", "RV", "2026.01.05", "2026.01.05", "2026.02.04", "1.234,56", "CNY", "1.234,56", "2026.02.01", "1400000009", "一月货款", ""],
        ["0010001234", "1000", "2026", "1400000009", "1", "DZ", "2026.02.01", "2026.02.01", "2026.02.01", "1.234,56-", "CNY", "1.234,56-", "2026.02.01", "1400000009", "", ""],
        ["0010001234", "1000", "2026", "1800000002", "1", "RV", "2026.02.05", "2026.02.05", "2026.03.07", "100,00", "CNY", "100,00", "", "", "", "A"],
        ["", "", "", "", "", "", "", "", "", "100,00", "CNY", "100,00", "", "", "", ""],
    ]  # fmt: skip
    text = "\n".join(";".join(r) for r in [head, *rows])
    mapped = (MAPS / "fbl5n_zh.yaml").read_text()
    got = claims(text.encode("gbk"), mapped)
    assert got.bad == [] and got.read == 3
    assert [(c.key, c.kind, c.amount, c.block) for c in got.claims] == [
        ("1000/2026/1800000001/1", "invoice", 123456, ""), ("1000/2026/1400000009/1", "receipt", -123456, ""),
        ("1000/2026/1800000002/1", "invoice", 10000, "A"),
    ]  # fmt: skip
    [clearing] = plan.clearings(got.claims)
    assert (clearing.rest, clearing.one_sided, len(clearing.legs)) == (0, False, 2)


def test_fbl5n_in_english_as_a_workbook() -> None:
    rows: list[list[object]] = [
        ["Account", "Document Number", "Document Type", "Document Date", "Posting Date", "Net Due Date", "Amount in Local Currency", "Local Currency", "Clearing Date", "Reference", "Text"],
        ["10001234", "1800000001", "RV", date(2026, 1, 5), date(2026, 1, 5), date(2026, 2, 4), 1234.56, "CNY", None, "90001", "January"],
    ]  # fmt: skip
    [claim] = claims(workbook(rows), (MAPS / "fbl5n_en.yaml").read_text()).claims
    assert (claim.amount, claim.reference, claim.due) == (123456, "90001", date(2026, 2, 4))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("amount: Amount", "amounts: Amount"), "fields.amounts"),
        (
            ("document_date: {column: Date, date: yyyy-mm-dd}", "document_date: {column: Date}"),
            "fields.document_date.date",
        ),
        (("date: yyyy-mm-dd}", "date: yyyy-dd}"), "fields.document_date.date"),
        (("constant: CNY", "constant: XYZ"), "fields.currency"),
        (("system: t", "system: t\nround: up"), "round"),
        (("  amount: Amount\n", ""), "fields.amount"),
        (("system: t", "system: t\nrates: {USD: -1}"), "rates.USD"),
    ],
)
def test_a_wrong_map_says_where(change: tuple[str, str], field: str) -> None:
    with pytest.raises(Invalid) as e:
        read_map(MAP.replace(*change))
    assert field in [f.field for f in e.value.faults]


def test_a_map_with_aliases_or_broken_yaml_is_refused() -> None:
    for text in ("a: &x [1]\nb: *x", "profile: [", "just text", "profile: receivables"):
        with pytest.raises(Invalid):
            read_map(text)


def test_number_styles() -> None:
    assert number_style(["1.234,56", "12"]) == ","
    assert number_style(["1,234.56", "1.234"]) == "."
    assert number_style(["1,5", *["2.5"] * 10]) == "."
    assert number_style(["12", "7"]) is None
    for both in (["1.234", "5.678"], ["1,5", "1.5"]):
        with pytest.raises(Bad):
            number_style(both)


@given(st.integers(-(10**14), 10**14), st.sampled_from([".", ","]), st.booleans(), st.booleans())
def test_every_written_number_is_read_back(minor: int, mark: str, grouped: bool, trailing: bool) -> None:
    whole, part = divmod(abs(minor), 100)
    text = f"{whole:,}" if grouped else str(whole)
    text = text.replace(",", "." if mark == "," else ",") + mark + f"{part:02d}"
    if minor < 0:
        text = text + "-" if trailing else "-" + text
    assert int(read_decimal(text, mark) * 100) == minor


@given(st.lists(st.integers(-(10**20), 10**20), min_size=1, max_size=40))
def test_rounded_lines_add_up_to_the_rounded_document(exact: list[int]) -> None:
    total, pieces = share_out(exact, 10**14)
    assert total == divide(sum(exact), 10**14) == sum(pieces)
    assert all(abs(Fraction(x, 10**14) - p) < 1 for x, p in zip(exact, pieces, strict=True))


LINES = """
profile: documents
system: t
numbers: "1,234.56"
fields:
  customer: {column: C, strip: [".0"]}
  document: D
  kind: {column: D, starts: {C: credit, A: adjustment}, otherwise: invoice}
  document_date: {column: T, date: yyyy-mm-dd}
  quantity: Q
  price: P
  currency: {constant: GBP}
"""


def test_documents_wait_whole_and_round_once() -> None:
    text = "D,T,Q,P,C\n1,2011-01-05 08:00:00,1,0.005,17.0\n1,2011-01-05,1,0.005,17.0\n2,2011-01-05,x,1,17.0\n2,2011-01-05,1,1,17.0\n3,2011-01-05,1,1,\nC4,2011-01-05,-2,1.25,17.0\n5,2011-01-05,1,1,17.0\n5,2011-01-05,1,1,18.0\n"
    got = read_papers(sheet(text, LINES), read_map(LINES))
    assert [(p.document, p.kind, p.net, [x.net for x in p.lines]) for p in got.papers] == [
        ("1", "invoice", 1, [1, 0]), ("C4", "credit", -250, [-250])
    ]  # fmt: skip
    assert [(b.row, b.key, b.faults[0].field) for b in got.bad] == [
        (4, "2", "quantity"), (5, "2", "document"), (6, "3", "customer"), (8, "5", "document"), (9, "5", "customer"),
    ]  # fmt: skip
    assert got.read == 8 == sum(len(p.lines) for p in got.papers) + len(got.bad)
    assert got.papers[0].customer == "17"


def a_claim(key: str = "1", **facts: object) -> Claim:
    base: dict[str, object] = {
        "key": key, "row": 2, "customer": "C1", "document": key, "kind": "invoice", "document_date": date(2026, 1, 5),
        "posting_date": date(2026, 1, 5), "due": date(2026, 2, 4), "base_date": None, "amount": 1000, "currency": "CNY",
    }  # fmt: skip
    return Claim(**{**base, **facts})  # type: ignore[arg-type]


def test_what_was_said_comes_back_as_it_was() -> None:
    claim = a_claim(settled=date(2026, 2, 1), clearing="14", disputed=True, base_amount=5)
    back = revived(claim.stored())
    assert back.stored() == claim.stored() and back.group == claim.group


@pytest.mark.parametrize(
    ("facts", "verb", "clears"),
    [
        ({}, "same", False),
        ({"row": 99}, "same", False),
        ({"due": date(2026, 3, 4)}, "change", False),
        ({"settled": date(2026, 2, 1)}, "change", True),
        ({"amount": 900}, "repost", False),
        ({"amount": 900, "settled": date(2026, 2, 1)}, "repost", True),
        ({"customer": "C2"}, "repost", False),
        ({"cancelled": True}, "cancel", False),
    ],
)
def test_the_difference_decides(facts: dict[str, object], verb: str, clears: bool) -> None:
    move = plan.decide(a_claim(), a_claim(**facts))
    assert (move.verb, move.clears) == (verb, clears)


def test_new_cancelled_and_come_back() -> None:
    assert plan.decide(None, a_claim()).verb == "post"
    assert plan.decide(None, a_claim(cancelled=True)).verb == "skip"
    assert plan.decide(a_claim(cancelled=True), a_claim(cancelled=True), live=False).verb == "same"
    assert plan.decide(a_claim(cancelled=True), a_claim(), live=False).verb == "post"


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5), st.integers(0, 5)), max_size=40, unique_by=lambda t: t[0])
)
def test_lots_keep_groups_together(rows: list[tuple[int, int, int]]) -> None:
    def made(key: int, day: int) -> Claim:
        return a_claim(str(key), settled=date(2026, 2, day) if day else None)

    olds = {str(k): made(k, o) for k, o, _n in rows if o}
    moves = [plan.Move("change", made(k, n)) for k, _o, n in rows]
    lots = plan.lots(moves, olds)
    assert sum(len(x) for x in lots.values()) == len(moves)
    for group in {m.claim.group for m in moves if m.claim.group} | {c.group for c in olds.values()}:
        holding = {
            n
            for n, x in lots.items()
            for m in x
            if group in {m.claim.group, olds[m.claim.key].group if m.claim.key in olds else ""}
        }
        assert len(holding) <= 1


def test_tie_names_each_difference() -> None:
    mine = [
        tie.Figure("entry", "1", "CNY", 100, 0, "C"),
        tie.Figure("entry", "2", "CNY", 50, 50, "C"),
        tie.Figure("entry", "3", "CNY", 7, 7, "C"),
    ]
    ours = [
        tie.Figure("entry", "1", "CNY", 100, 100, "C"),
        tie.Figure("entry", "3", "CNY", 8, 8, "C"),
        tie.Figure("entry", "4", "CNY", 1, 1, "C"),
    ]
    found = tie.tie(mine, ours)
    assert [(d.key, d.what) for d in found.differences] == [
        ("1", "open"),
        ("2", "missing here"),
        ("3", "amount"),
        ("4", "missing there"),
    ]
    assert not found.ok and tie.tie(mine, mine).ok


def test_an_extract_with_bad_lines(tmp_path: Path) -> None:
    (tmp_path / "business_partners.jsonl").write_text(
        '{"businessPartner": "1", "customer": "1", "businessPartnerFullName": "A"}\n'
    )
    item = '{"companyCode":"X","fiscalYear":"2025","accountingDocument":"%s","accountingDocumentItem":"1","transactionCurrency":"INR","companyCodeCurrency":"INR","amountInTransactionCurrency":"%s","amountInCompanyCodeCurrency":"%s","postingDate":"%s","customer":"%s"}\n'
    day = "2025-04-02T00:00:00.000Z"
    with gzip.open(tmp_path / "journal_entry_items_accounts_receivable.jsonl.gz", "wt") as out:
        out.write(item % ("90", "1.00", "1.00", day, "1"))
        out.write("not json\n[1]\n")
        out.write(item % ("91", "=1", "1.00", day, "1"))
        out.write(item % ("92", "1.00", "1.00", "2025-02-30", "1"))
        out.write(item % ("93", "1.00", "1.00", day, "2"))
        out.write(item % ("90", "1.00", "1.00", day, "1"))
    got = read_extract(read_dir(tmp_path))
    assert [c.document for c in got.claims] == ["90"]
    assert sorted((b.row, b.faults[0].field) for _f, b in got.bad) == [
        (2, ""), (3, ""), (4, "amountInTransactionCurrency"), (5, "postingDate"), (6, "customer"), (7, "accountingDocument"),
    ]  # fmt: skip
    assert got.read == 8
    with pytest.raises(Invalid):
        read_dir(tmp_path / "nowhere")


def test_the_upload_for_sap_holds_no_formula() -> None:
    line = PostBackLine(
        "TO-1",
        1,
        "1000",
        "DR",
        date(2026, 1, 5),
        date(2026, 1, 5),
        "CNY",
        "01",
        "1122",
        "C1",
        123456,
        123456,
        "CNY",
        None,
        "=x",
        "-cmd|x",
    )
    text = write(journal([line])).decode("utf-8-sig")
    assert "1234.56" in text and ",'=x," in text and "'-cmd|x" in text
