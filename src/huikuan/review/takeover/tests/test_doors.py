"""Pages and commands of the take-over."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from typer.testing import CliRunner

from huikuan.books.customers import queries as customers
from huikuan.review.takeover import actions, bots, queries
from huikuan.review.takeover.models import Document, Leader, Load, Reject, TieOut
from huikuan.review.takeover.tests.test_real import DATA, MAPS
from huikuan.review.takeover.tests.test_rules import HEAD, LINES, MAP

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


@pytest.fixture
def loaded(cast: Any, act: Any) -> int:
    rows = "C1,甲,A1,2026-01-05,,100.00,\nC1,甲,A2,2026-02-30,,50.00,\n"
    bots.receivables(act(), io.BytesIO((HEAD + rows).encode()), "list.csv", MAP, "t.yaml")
    lines = "D,T,Q,P,C\n1,2026-01-05,2,5.00,C1\n2,2026-01-05,x,1.00,C1\n2,2026-01-05,1,1.00,C1\n"
    bots.documents(act(), io.BytesIO(lines.encode()), "lines.csv", LINES, "l.yaml")
    bots.tie_out(act(), "t", ON, queries.kept_claims(cast.company.pk, "t"), None, "kept")
    return int(cast.company.pk)


PAGES = [
    "/takeover/", "/takeover/?q=list", "/takeover/{load}", "/takeover/{load}?section=one-sided", "/takeover/{load}?section=map",
    "/takeover/rejects", "/takeover/rejects?load={load}&state=waiting", "/takeover/rejects/{reject}", "/takeover/papers",
    "/takeover/papers?q=1&kind=invoice", "/takeover/papers/{paper}", "/takeover/panel/{customer}", "/takeover/leaders",
    "/takeover/tie-outs", "/takeover/tie-outs/{tie}", "/takeover/tie-outs/{tie}?section=differences", "/takeover/post-backs",
    "/takeover/{load}/rejects.xlsx", "/takeover/rejects?export=xlsx",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_open(loaded: int, sign_in: Any, language: str) -> None:
    client = sign_in("wu.gang", language)
    ids = {
        "load": Load.objects.order_by("pk")[0].pk, "reject": Reject.objects.filter(profile="documents")[0].pk, "paper": Document.objects.get().pk,
        "customer": customers.customer(loaded, "C1").id, "tie": TieOut.objects.get().pk,
    }  # fmt: skip
    for page in PAGES:
        answer = client.get(page.format(**ids))
        assert answer.status_code == 200, (page, answer.content[:300])
        if not page.endswith("xlsx"):
            assert not re.search(r"%\(\w+\)s", answer.content.decode()), page


def test_a_row_is_mended_on_its_page(loaded: int, sign_in: Any) -> None:
    client = sign_in("liu.min")
    row = Reject.objects.get(profile="receivables")
    form = client.get(f"/takeover/rejects/{row.pk}/mend")
    assert form.status_code == 200 and "2026-02-30" in form.content.decode()
    cells = {f"c{n}": v for n, v in enumerate(row.raw.values())}
    place = list(row.raw).index("Date")
    answer = client.post(
        f"/takeover/rejects/{row.pk}/mend", {**cells, f"c{place}": "2026-02-28", "key": "k1", "version": row.version}
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    row.refresh_from_db()
    assert row.state == "fixed"


def test_the_auditor_reads_only(loaded: int, sign_in: Any) -> None:
    client = sign_in("wu.gang")
    row = Reject.objects.get(profile="receivables")
    assert client.get(f"/takeover/rejects/{row.pk}/mend").status_code == 403
    assert client.get("/takeover/upload").status_code == 403
    assert client.get("/takeover/leaders/entry").status_code == 403


def test_rows_are_dropped_with_a_reason(loaded: int, act: Any) -> None:
    row = Reject.objects.get(profile="receivables")
    assert actions.drop(act("liu.min"), [row.pk], "a test row") == 1
    row.refresh_from_db()
    assert (row.state, row.note, row.ended_by) == ("dropped", "a test row", "liu.min")


def test_who_leads_is_set_on_its_page(cast: Any, sign_in: Any) -> None:
    answer = sign_in("admin").post("/takeover/leaders/entry", {"leader": "huikuan", "key": "k"})
    assert answer.status_code == 302
    assert Leader.objects.get().leader == "huikuan"


def test_an_upload_is_kept_and_a_robot_loads_it(cast: Any, sign_in: Any) -> None:
    from huikuan.office.work.bots import work_once

    client = sign_in("liu.min")
    assert client.get("/takeover/upload").status_code == 200
    answer = client.post(
        "/takeover/upload",
        {
            "profile": "receivables", "key": "k", "file": SimpleUploadedFile("a.csv", (HEAD + "C1,甲,A1,2026-01-05,,100.00,\n").encode()),
            "map": SimpleUploadedFile("t.yaml", MAP.encode()),
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()[:2000]
    del work_once
    from datetime import UTC, datetime

    from huikuan.office.work.bots import Job
    from huikuan.office.work.models import WorkOrder

    order = WorkOrder.objects.get(kind="takeover.load")
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    job = Job(order.pk, cast.company.pk, order.kind, order.subject, order.data, ON, 1, "robot", "w", lambda: at, 60)
    assert "1 rows landed" in str(bots.load_kept(job))
    assert Load.objects.get().by == "liu.min"


def test_a_wrong_map_is_said_on_the_form(cast: Any, sign_in: Any) -> None:
    answer = sign_in("liu.min").post(
        "/takeover/upload",
        {
            "profile": "receivables",
            "key": "k",
            "file": SimpleUploadedFile("a.csv", b"x"),
            "map": SimpleUploadedFile("t.yaml", b"fields: {a: b}"),
        },
    )
    assert answer.status_code == 422 and "fields.a" in answer.content.decode()


def test_the_morning_tie_out_runs(loaded: int, cast: Any) -> None:
    from datetime import UTC, datetime

    from huikuan.office.work.bots import Job

    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    job = Job(1, cast.company.pk, "takeover.tie_out", "", {}, ON, 1, "robot", "w", lambda: at, 60)
    assert "no difference" in str(bots.daily_tie_out(job))


def run(*args: str) -> Any:
    from huikuan.site.cli import gather

    return CliRunner().invoke(gather(), list(args))


def test_command_load(cast: Any, tmp_path: Path, monkeypatch: Any) -> None:
    from huikuan.site.commands import frame

    monkeypatch.setattr(frame, "ready", lambda: None)
    (tmp_path / "m.yaml").write_text(MAP)
    file = tmp_path / "a.csv"
    file.write_text(HEAD + "C1,甲,A1,2026-01-05,,100.00,\nC1,甲,A2,2026-02-30,,50.00,\n")
    at = ["receivables", str(file), "--map", str(tmp_path / "m.yaml")]
    dry = run("load", *at, "--dry-run", "--json")
    assert dry.exit_code == 1 and json.loads(dry.stdout)["landed"] == 1 and not Load.objects.exists()
    done = run("load", *at, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (told["read"], told["landed"], told["known"], told["quarantined"]) == (2, 1, 0, 1)
    assert {k: told["errors"][0][k] for k in ("row", "field", "value")} == {
        "row": 3,
        "field": "document_date",
        "value": "2026-02-30",
    }
    file.write_text(HEAD + "C1,甲,A1,2026-01-05,,100.00,\n")
    assert run("load", *at).exit_code == 0
    assert run("tie-out", "receivables", str(file), "--map", str(tmp_path / "m.yaml"), "--json").exit_code == 0
    assert run("tie-out", "kept").exit_code == 0
    file.write_bytes(b"PK\x03\x04 no workbook")
    bad = run("load", *at, "--json")
    assert bad.exit_code == 1 and json.loads(bad.stdout)["errors"][0]["field"] == "file"
    assert run("load", "receivables", str(tmp_path / "none.csv"), "--map", str(tmp_path / "m.yaml")).exit_code == 2
    assert run("load", "receivables", str(file)).exit_code == 2
    assert run("load", "other", str(file)).exit_code == 2
    (tmp_path / "m.yaml").write_text("profile: [")
    assert run("load", *at).exit_code == 2
    assert run("post-back", str(tmp_path / "back.csv"), "--json").exit_code == 0


def test_command_load_of_what_is_no_extract_is_misuse(cast: Any, tmp_path: Path, monkeypatch: Any) -> None:
    from huikuan.site.commands import frame

    monkeypatch.setattr(frame, "ready", lambda: None)
    file = tmp_path / "a.csv"
    file.write_text("x")
    empty, other = tmp_path / "empty", tmp_path / "other"
    empty.mkdir()
    other.mkdir()
    (other / "cats.jsonl").write_text("{}")
    for path in (tmp_path / "none", file, empty, other, tmp_path):
        told = run("load", "sap-s4", str(path), "--json")
        assert (told.exit_code, told.stdout) == (2, ""), path
        assert len(told.stderr.strip().splitlines()) == 1, told.stderr
    assert not Load.objects.exists()


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data sets are absent")
def test_command_tie_out_with_the_extract(cast: Any, act: Any, monkeypatch: Any) -> None:
    from huikuan.site.commands import frame

    monkeypatch.setattr(frame, "ready", lambda: None)
    bots.sap_s4(act(), DATA / "sap_o2c")
    out = run("tie-out", "sap-s4", str(DATA / "sap_o2c"), "--json")
    told = json.loads(out.stdout)
    assert out.exit_code == 0, told["systems"][0]["differences"][:5]
    [row] = [r for r in told["systems"][0]["rows"] if r["object"] == "entry"]
    assert row["ours"] == {"count": 123, "sum": "12099.69", "open": "2654.64"}
    assert (MAPS / "ibm_ar.yaml").exists()


FBL5N = {
    "zh": ["公司代码", "客户", "客户名称", "会计年度", "凭证编号", "行项目", "凭证类型", "凭证日期", "净到期日", "凭证货币金额", "凭证货币", "参照"],
    "en": ["Company Code", "Account", "Name 1", "Fiscal Year", "Document Number", "Line Item", "Document Type", "Document Date", "Net Due Date",
           "Amount in Document Currency", "Document Currency", "Reference"],
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_list_from_fbl5n_comes_in_by_the_page(cast: Any, sign_in: Any, language: str) -> None:
    from datetime import UTC, datetime

    from huikuan.books.ledger import queries as ledger
    from huikuan.kit import cells
    from huikuan.office.work.bots import Job
    from huikuan.office.work.models import WorkOrder

    def row(document: str, amount: Any, kind: str = "RV", day: Any = "2026-02-02") -> list[Any]:
        return ["1000", "10001", "上海嘉禾", 2026, document, 1, kind, day, "2026-03-04", amount, "CNY", "90001"]

    out = io.BytesIO()
    book = cells.workbook(out)
    page = book.add_worksheet("Sheet1")
    rows = [
        row("1800000001", 1000.5),
        row("1800000002", -50, "DG"),
        row("1800000003", "abc"),
        row("1800000004", 7, day="2026-02-30"),
    ]
    for n, cells_ in enumerate([FBL5N[language], *rows, ["", "", "", "", "", "", "", "", "", 950.5, "CNY", ""]]):
        page.write_row(n, 0, cells_)
    book.close()
    map_file = SimpleUploadedFile("m.yaml", (MAPS / f"fbl5n_{language}.yaml").read_bytes())
    form = {
        "profile": "receivables",
        "key": "k",
        "file": SimpleUploadedFile("fbl5n.xlsx", out.getvalue()),
        "map": map_file,
    }
    client = sign_in("liu.min")
    answer = client.post("/takeover/upload", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    order, at = WorkOrder.objects.get(kind="takeover.load"), datetime(2026, 3, 2, 2, tzinfo=UTC)
    job = Job(order.pk, cast.company.pk, order.kind, order.subject, order.data, ON, 1, "robot", "w", lambda: at, 60)
    assert "2 rows landed" in str(bots.load_kept(job))
    assert {i.document: i.remaining for i in ledger.open_items(cast.company.pk, ON)} == {
        "1800000001": 100050,
        "1800000002": -5000,
    }
    shown = client.get("/takeover/rejects?state=waiting").content.decode()
    assert "abc" in shown and "2026-02-30" in shown
