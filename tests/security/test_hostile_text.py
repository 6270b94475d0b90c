"""Text made to hurt at doors that take text: an answer in the 200s to 400s, and nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from huikuan.books.customers.forms import TermsForm
from huikuan.books.customers.models import Terms
from huikuan.books.customers.rules import read_terms
from huikuan.connectors.bank.remittance import parse
from huikuan.kit.errors import Invalid, Trouble
from huikuan.kit.text import read_json
from huikuan.office.company.forms import SettingForm
from huikuan.office.company.models import Setting
from huikuan.review.takeover.rules.maps import read_map
from huikuan.site.cli import gather
from huikuan.site.commands.rates import table

TWO = "²"  # a digit to str.isdigit, not to int
LONG = "9" * 5000


def door(cast: Any, login: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(cast.people[login])
    return client


@pytest.mark.parametrize("number", [TWO, LONG, "９", "٣"])
def test_what_only_looks_like_a_number(cast: Any, number: str) -> None:
    client = door(cast, "sun.tao")
    for url in (
        f"/customers/?size={number}", f"/cash/?size={number}", f"/cash/match?case={number}", f"/cash/files/try?kept={number}&account=1",
        f"/cash/files/columns?kept={number}", f"/cash/match/strong?least={number}", f"/cash/lines/1/apply?ids={number}",
        f"/company/calendar?year={number}", f"/ledger/items/?customer={number}", f"/approvals/?case={number}",
    ):  # fmt: skip
        assert client.get(url).status_code < 500, url
    for url, data in (
        ("/cash/match/strong", {"line": [number]}),
        ("/cash/match/strong", {"line": ["1"], "least": number}),
        ("/cash/lines/1/apply", {f"share-{number}": "1", f"off-{number}": "5", "version": number}),
        ("/cash/lines/1/difference", {f"off-{number}": "5", f"share-{number}": "1"}),
    ):
        assert client.post(url, data).status_code < 500, (url, data)


JSON = (
    "[" * 20_000,
    '{"a":' * 3000 + "1" + "}" * 3000,
    "NaN",
    "[-Infinity]",
    '"\\ud800"',
    '{"\\ud800": 1}',
    '"\\u0000"',
    LONG,
    "1" * 19,
)


@pytest.mark.parametrize("text", JSON, ids=range(len(JSON)))
def test_settings_and_terms_written_as_data(cast: Any, text: str) -> None:
    client = door(cast, "admin")
    kept = Setting.objects.count(), Terms.objects.count()
    assert "value" in SettingForm({"name": "files.most_bytes", "value": text, "key": "k"}).errors
    assert "rule" in TermsForm({"code": "T", "name": "T", "rule": text, "key": "k"}).errors
    assert client.post("/company/settings/new", {"name": "x.y", "value": text, "key": "k"}).status_code < 500
    assert (Setting.objects.count(), Terms.objects.count()) == kept


@pytest.mark.parametrize("text", ["[]", '"x"', '{"kind": 1}', '{"kind": "days", "days": "²"}', '{"kind": "days", "days": 99999999999}',
                                  '{"kind": ["days"]}', '{"kind": "parts", "parts": [{"kind": "parts"}]}', '{"kind": "days", "days": 1.5}'])  # fmt: skip
def test_terms_are_understood_or_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_terms(read_json(text))


BASE = Path("docs/examples/maps/fbl5n_zh.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("more", ['header: "²"', "header: " + LONG, 'sheet: "²"'])
def test_a_takeover_map_with_odd_numbers_is_read_as_text(more: str) -> None:
    head, _file, rest = BASE.partition("\nfile:")
    kept = rest.split("\n", 1)[1] if rest else ""
    while kept.startswith(" "):
        kept = kept.split("\n", 1)[1]
    read = read_map(f"{head}\n{kept}\nfile: {{{more}}}\n")
    assert isinstance(read.header if more.startswith("header") else read.sheet, str)


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{" * 5000, "- " * 5000, "x" * 70_000])
def test_a_deep_takeover_map_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_map(text)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"currency\tdate\trate\rUSD\t2026-03-02\t7.1\r", 2),
        (b"currency,date,rate\r\nUSD,2026-03-02,7.1\r\n", 2),
        (b'a,"b\rc"\n', 1),
    ],
)
def test_rates_with_any_ends_of_lines(content: bytes, rows: int) -> None:
    assert len(table(content, "r.csv")) == rows


def test_a_cell_larger_than_any_is_a_refusal_with_its_line(cast: Any, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("currency,date,rate\nUSD,2026-03-02," + "7" * 140_000 + "\n")
    with pytest.raises(Invalid) as e:
        table((tmp_path / "r.csv").read_bytes(), "r.csv")
    assert e.value.faults[0].row == 2
    told = CliRunner().invoke(gather(), ["rates", "import", str(tmp_path / "r.csv")])
    assert told.exit_code == 2 and "Traceback" not in told.output, told.exception


def test_a_pdf_that_passes_the_reader_s_own_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdf import PdfReader
    from pypdf.errors import LimitReachedError

    from huikuan.receivables.cash.tests.test_advice import pdf

    assert parse(pdf(["INV-1 1.00"])).lines

    def over(self: Any, *given: Any, **named: Any) -> None:
        raise LimitReachedError("too much")

    monkeypatch.setattr(PdfReader, "__init__", over)
    with pytest.raises(Trouble, match="PDF"):
        parse(pdf(["INV-1 1.00"]))
