"""What else reads foreign text, as targets of harness/fuzz.py: advices, maps, lists with their maps, extracts, sheets, data.

Each takes the bytes as its door does, up to the point where rows would be written; only Invalid may come out.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from harness import seeds

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
MAPS = Path(__file__).resolve().parent.parent / "docs" / "examples" / "maps"
DAY = date(2026, 3, 31)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def advice(content: bytes) -> None:
    """Without the child's door, that turns every other error into a refusal too."""
    from huikuan.connectors.bank.remittance import work

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # the child that reads has nobody to tell
    json.dumps(work(content, {"name": "x", "map": None, "currency": "CNY"}))


def outline(content: bytes) -> None:
    from huikuan.connectors.bank import outline as look

    json.dumps(look(content))


def bank_map(content: bytes) -> None:
    from huikuan.connectors.bank.columns import read_map
    from huikuan.kit.errors import Invalid
    from huikuan.kit.maps import read_yaml
    from huikuan.kit.words import Say

    given = read_yaml(_text(content))
    if given is not None and not isinstance(given, dict):
        raise Invalid.one("map", "", Say("the form says so"))
    read_map(given)
    json.dumps(given).encode()  # as it is kept


def takeover_map(content: bytes) -> None:
    from huikuan.review.takeover.rules.maps import read_map

    read_map(_text(content))


@cache
def _map(name: str) -> Any:
    from huikuan.review.takeover.rules.maps import read_map

    return read_map((MAPS / f"{name}.yaml").read_text(encoding="utf-8"))


def open_items(content: bytes) -> None:
    from huikuan.review.takeover.rules.claims import read_claims
    from huikuan.review.takeover.rules.files import read

    mapped = _map("fbl5n_zh")
    read_claims(read(io.BytesIO(content), finds=mapped.finds), mapped)


def documents(content: bytes) -> None:
    from huikuan.review.takeover.rules.files import read
    from huikuan.review.takeover.rules.papers import read_papers

    mapped = _map("online_retail")
    read_papers(read(io.BytesIO(content), finds=mapped.finds), mapped)


_FILE = re.compile(rb"^#([a-z_]{3,60})$", re.MULTILINE)


def extract(content: bytes) -> None:
    """A folder in one piece (seeds.extract), so that any of its files may break, and be cut, doubled or mixed."""
    from huikuan.connectors.sap.extract import read_dir
    from huikuan.review.takeover.rules.extract import read_extract

    _before, *parts = _FILE.split(content)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            (Path(folder) / f"{name.decode()}.jsonl").write_bytes(text.removeprefix(b"\n"))
        read_extract(read_dir(Path(folder)))


def order_sheet(content: bytes) -> None:
    from huikuan.sales.orders.paper import read_book
    from huikuan.sales.orders.rules import sheet

    sheet.read(read_book(content), sheet.Known({"1001": 1, "1002": 2}, {"A100": 1, "A200": 2}, {}, frozenset(), DAY))


def rates(content: bytes) -> None:
    from huikuan.books.catalog.rules import rate_rows, read_rates
    from huikuan.site.commands.rates import table

    read_rates(rate_rows(table(content, "rates.csv"), "2026-03-02"), "CNY", DAY)


def typed_data(content: bytes) -> None:
    """A setting's value or the rule of payment terms; what a setting may be is anything that can be kept and shown."""
    from huikuan.books.customers.rules import read_terms
    from huikuan.kit.text import read_json

    found = read_json(_text(content))
    json.dumps(found, ensure_ascii=False).encode()
    read_terms(found)


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "remittance advices as tables": (advice, seeds.advices),
    "remittance advices as PDF": (advice, seeds.papers),
    "first look at a bank file": (outline, seeds.tables),
    "column maps of banks": (bank_map, seeds.bank_maps),
    "column maps of lists": (takeover_map, seeds.takeover_maps),
    "open items by their map": (open_items, seeds.fbl5n),
    "invoice lines by their map": (documents, seeds.invoice_lines),
    "SAP extract of many files": (extract, seeds.extract),
    "sheets of orders": (order_sheet, seeds.orders),
    "exchange rates": (rates, seeds.rates),
    "payment terms and settings": (typed_data, seeds.data),
}
