"""The house rules that a machine can hold: no strange imports, no SQL outside its rooms, no floats for money."""

from __future__ import annotations

import re
from pathlib import Path

import grimp
import pytest

from tools import lint

SOURCE = Path(__file__).resolve().parent.parent / "src" / "huikuan"
FLOORS = ("office", "books", "sales", "receivables", "review")
# The only rooms with SQL of a vendor.
CURSOR = {"store.py", "guards.py"}


def files(*parts: str) -> list[Path]:
    return [p for p in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(p.parts)]


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("huikuan", include_external_packages=False)


def capability(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:3]) if len(parts) > 3 and parts[1] in FLOORS else ""


def test_nobody_imports_the_tables_of_another_capability(graph):
    wrong = []
    for module in graph.modules:
        home = capability(module)
        if not home or ".models" not in module or not module.startswith(home + ".models"):
            continue
        for importer in graph.find_modules_that_directly_import(module):
            if not importer.startswith(home) and ".tests" not in importer:
                wrong.append(f"{importer} imports {module}")
    allowed = {line for line in wrong if line.startswith("huikuan.site.") or "company.models" in line}
    assert sorted(set(wrong) - allowed) == []


def test_sql_stands_in_its_rooms_only():
    wrong = [str(p.relative_to(SOURCE)) for p in files() if p.name not in CURSOR and ".cursor(" in p.read_text()]
    assert wrong == []


def test_money_is_never_a_float_or_a_decimal_field():
    banned = re.compile(r"DecimalField\(|FloatField\(|\bfloat\(")
    wrong = [f"{p.relative_to(SOURCE)}:{n}" for p in files() for n, line in enumerate(p.read_text().splitlines(), 1)
             if banned.search(line) and "not money" not in line]  # fmt: skip
    assert wrong == []


def test_no_room_grows_past_its_bounds():
    """A room near 400 lines wants its capability split; 650 is where this test says so."""
    wrong = [f"{p.relative_to(SOURCE)}: {n}" for p in files() if (n := len(p.read_text().splitlines())) > 650]
    assert wrong == []


def test_nothing_but_bots_calls_the_outside():
    banned = re.compile(r"^(?:import|from) (?:httpx|requests|smtplib|socket|urllib\.request)", re.MULTILINE)
    wrong = [
        str(p.relative_to(SOURCE))
        for p in files()
        if banned.search(p.read_text()) and "connectors" not in p.parts and p.name != "bots.py"
    ]
    assert wrong == []


# ---- tools/lint.py: no sins, and one planted sin of each kind is seen -------------------------------------------------


def test_the_house_has_no_sins():
    found = [str(s) for p in lint.every_file() for s in lint.sins(p.relative_to(SOURCE).as_posix(), p.read_text())]
    assert found == []


SINS = {
    "money": """
from django.db import models
class Invoice(models.Model):
    total = models.DecimalField(max_digits=12, decimal_places=2)
""",
    "money by float": """
def share(amount, n):
    return float(amount) / n
""",
    "call-out": """
import httpx
from django.db import transaction
def send(row):
    with transaction.atomic():
        httpx.post("https://tax.example/", json={})
""",
    "call-out in an action": """
from huikuan.office.trail.act import action
import smtplib
@action("letters.send", needs=None)
def send(act, letter):
    smtplib.SMTP("mail").send_message(letter)
""",
    "call-out by a connector": """
from huikuan.connectors import tax
from django.db import transaction
def send(row):
    with transaction.atomic():
        tax.connect("vendor").issue(row)
""",
    "write": """
from huikuan.books.ledger.models import Entry
def patch(pk):
    Entry.objects.filter(pk=pk).update(text="x")
""",
    "write by save": """
def patch(row):
    row.save(update_fields=["text"])
""",
    "xml": """
from lxml import etree
def read(content):
    return etree.fromstring(content)
""",
    "xml with entities": """
from lxml import etree
def read(content):
    return etree.fromstring(content, etree.XMLParser(huge_tree=True))
""",
    "xml of the standard library": """
import xml.etree.ElementTree as ET
def read(content):
    return ET.parse(content)
""",
    "export": """
import xlsxwriter
def save(out):
    return xlsxwriter.Workbook(out)
""",
    "digits": """
def number(request):
    asked = request.GET.get("size", "")
    return int(asked) if asked.strip().isdigit() else 50
""",
    "digits one line above": """
def number(name):
    if not name[4:].isdigit():
        return None
    return int(name[4:])
""",
    "export as CSV": """
import csv
def save(out):
    return csv.writer(out)
""",
}


@pytest.mark.parametrize("sin", SINS)
def test_a_planted_sin_is_seen(sin):
    found = lint.sins("books/ledger/views/entries.py", SINS[sin])
    assert [s.rule for s in found][:1] == [sin.split()[0]], found


FAIR = """
import json
from lxml import etree
from django.db import transaction
from huikuan.office.trail.act import action

def read(content):
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(content, parser)

def ratio(x):
    return float(x)  # not money: pixels of a chart

def chosen(request, more):
    request.session.save()
    more.update({"a": 1})
    return json.loads("1")

def padded(text, year):
    return text.zfill(10) if text.isdigit() else int(year)
"""


def test_what_is_fair_is_let_pass():
    assert lint.sins("web/charts.py", FAIR) == []
    assert lint.sins("books/ledger/actions.py", SINS["write"]) == []


@pytest.mark.parametrize(
    "sin",
    ["import subprocess\nsubprocess.run(given, shell=True)\n", "import pickle\npickle.loads(given)\n", "eval(given)\n"],
)
def test_bandit_runs_and_sees(sin, tmp_path):
    """`make check` runs it over src with the same settings; 0 findings there."""
    import subprocess
    import sys

    (tmp_path / "planted.py").write_text(sin)
    root = SOURCE.parent.parent
    ran = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-c", str(root / "pyproject.toml"), str(tmp_path / "planted.py")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 1 and "Issue:" in ran.stdout
    assert "-m bandit" in (root / "Makefile").read_text() and "tools/lint.py" in (root / "Makefile").read_text()
