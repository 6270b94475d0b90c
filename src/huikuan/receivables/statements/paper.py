"""The statement on paper: PDF/A through typst, and XLSX with the same figures. Pure: a Statement in, bytes out.

The layout stands in `layout/statement.typ`; it gets ready words and numbers as JSON and computes nothing. One
compiler is kept for the life of the process, because starting one costs more than a page.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from huikuan.kit import cells
from huikuan.kit.errors import Refused
from huikuan.kit.money import capitals, exponent, minor_text
from huikuan.kit.words import Say, _
from huikuan.receivables.statements.rules import FLOW, Line, Section, Statement

HERE = Path(__file__).resolve().parent / "layout"
FONTS = Path(__file__).resolve().parents[2] / "web" / "fonts"

KINDS = {
    "invoice": _("Bill"),
    "credit": _("Credit note"),
    "receipt": _("Receipt"),
    "account": _("On account"),
    "transfer": _("Cleared elsewhere"),
    "other": _("Other"),
}
FLOW_WORDS = {
    "opening": _("Opening balance"),
    "invoiced": _("Billed"),
    "credited": _("Credit notes"),
    "received": _("Received"),
    "other": _("Other movements"),
    "closing": _("Closing balance"),
}
_lock = Lock()  # a compiler serves one call at a time


def kind_word(kind: str) -> Say:
    return KINDS.get(kind, KINDS["other"])


def bucket_word(name: str) -> Say:
    """A bucket as people read it: "not_due", "1-30", "over-90"."""
    if name == "not_due":
        return _("Not due")
    if name.startswith("over-"):
        return _("Over %(days)s days", days=name.removeprefix("over-"))
    low, _dash, high = name.partition("-")
    return _("%(low)s–%(high)s days", low=low, high=high)


def words(statement: Statement) -> dict[str, Say]:
    """Every fixed sentence of the letter."""
    return {
        "title": _("Statement of account"),
        "to": _("Addressee"),
        "from": _("Sender"),
        "customer_number": _("Customer no."),
        "uscc": _("USCC"),
        "number": _("Statement no."),
        "cutoff": _("Cut-off date"),
        "period": _("Period"),
        "purpose": _(
            "To keep both sides' books in agreement we list below what our books show up to %(day)s. "
            "Please compare it with your own records and return the reply at the end.",
            day=statement.until,
        ),
        "owed_to_us": _("You owe us"),
        "owed_by_us": _("We owe you"),
        "currency": _("Currency"),
        "capitals": _("In words"),
        "movements": _("Movements"),
        "date": _("Date"),
        "kind": _("Kind"),
        "document": _("Document"),
        "due": _("Due"),
        "debit": _("Debit"),
        "credit": _("Credit"),
        "balance": _("Balance"),
        "settled": _("Cleared with"),
        "open": _("Open at the cut-off"),
        "amount": _("Amount"),
        "left": _("Open"),
        "late": _("Days late"),
        "ageing": _("Ageing by due date"),
        "total": _("Total"),
        "none": _("No movements in this period."),
        "only": _("This letter is for reconciliation only and is not a dunning."),
        "reply": _("Reply"),
        "agree": _("1. The information is correct."),
        "differ": _("2. The information differs. Please list the differences:"),
        "seal": _("(Company seal)"),
        "day": _("Date"),
        "handler": _("Handled by"),
        "return_to": _("Please return to"),
        "contact": _("Contact"),
        "preview": _("Preview, not issued"),
    }


def pdf(statement: Statement, made: datetime | None = None) -> bytes:
    """PDF/A-2b, about 30 ms for two pages. `made` stamps the file, so that the same letter is the same bytes.

    Refused when a name holds a character that the font lacks: a letter with a box in it must not go out.
    """
    inputs = {"data": json.dumps(page(statement), ensure_ascii=False)}
    stamp = int(made.timestamp()) if made else 0
    try:
        with _lock:
            return bytes(
                _compiler().compile(
                    sys_inputs=inputs, format="pdf", pdf_standards=["a-2b"], timestamp=stamp, pdf_tags=False
                )  # type: ignore[arg-type, union-attr]
            )
    except (RuntimeError, typst.TypstError) as e:
        missing = re.search(r"could not be displayed|no font could be found|missing glyph|\.notdef", str(e))
        if not missing:
            raise
        raise Refused(
            _(
                "The letter to %(customer)s holds a character that cannot be printed. Correct the name or text and try again. (%(what)s)",
                customer=statement.customer.called(statement.language),
                what=str(e).splitlines()[0][:200],
            )
        ) from e


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(HERE / "statement.typ"), root=str(HERE), font_paths=[str(FONTS)], ignore_system_fonts=True
    )


def page(statement: Statement) -> dict[str, Any]:
    """The letter as the layout wants it: every word and number ready."""
    language = statement.language
    said = {k: s.to(language) for k, s in words(statement).items()}
    return {
        "language": "zh" if language.startswith("zh") else "en",
        "words": said,
        "number": statement.number,
        "since": statement.since.isoformat(),
        "until": statement.until.isoformat(),
        "sender": _party(statement.sender, language),
        "customer": _party(statement.customer, language),
        "sections": [_section(s, language, said) for s in statement.sections],
    }


def _party(party: Any, language: str) -> dict[str, str]:
    return {
        "name": party.called(language),
        "number": party.number,
        "uscc": party.uscc,
        "address": party.address,
        "contact": " ".join(x for x in (party.contact, party.phone) if x),
    }


def _capitals(section: Section) -> str:
    return capitals(abs(section.closing), prefix="人民币") if section.currency == "CNY" else ""


def _section(section: Section, language: str, said: Mapping[str, str]) -> dict[str, Any]:
    def money(minor: int) -> str:
        return minor_text(minor, exponent(section.currency), grouped=True)

    lines = [
        [line.on.isoformat(), kind_word(line.kind).to(language), line.document, line.due.isoformat() if line.due else "",
         money(line.debit) if line.amount > 0 else "", money(line.credit) if line.amount < 0 else "", money(line.balance),
         cleared_with(line, section.currency)]
        for line in section.lines
    ]  # fmt: skip
    still = [
        [o.on.isoformat(), kind_word(o.kind).to(language), o.document, o.due.isoformat() if o.due else "", money(o.amount),
         money(o.left), str(o.late) if o.late > 0 and o.left > 0 else ""]
        for o in section.open
    ]  # fmt: skip
    line_widths = _widths([said[k] for k in LINE_COLUMNS], lines, "settled", LINE_COLUMNS)
    open_widths = _widths([said[k] for k in OPEN_COLUMNS], still, "document", OPEN_COLUMNS)
    return {
        "currency": section.currency,
        "owed_to_us": money(section.owed_to_us),
        "owed_by_us": money(section.owed_by_us),
        "capitals": _capitals(section),
        "flow": [[FLOW_WORDS[k].to(language), money(section.flow[k])] for k in FLOW],
        "lines": blocks(lines, line_widths, small=True),
        "line_widths": line_widths,
        "open": blocks(still, open_widths),
        "open_widths": open_widths,
        "ageing": [[bucket_word(k).to(language), money(v)] for k, v in section.ageing.items()],
        "total": money(section.closing),
    }


LINE_COLUMNS = ("date", "kind", "document", "due", "debit", "credit", "balance", "settled")
OPEN_COLUMNS = ("date", "kind", "document", "due", "amount", "left", "late")
WIDEST = 130.0  # points: a longer document number is broken
_ROMAN, _HAN = 4.35, 7.6  # points of a sign at 7.5 pt: digits and letters, Chinese


def _width(texts: Iterable[str]) -> float:
    """Points that a column takes with these texts in it: worked out from the longest, where typst would lay out each twice."""
    longest = max(texts, key=lambda t: len(t) + sum(ord(c) > 0x2E7F for c in t), default="")
    points = sum(_HAN if ord(c) > 0x2E7F else _ROMAN + (1.6 if c.isupper() else 0) for c in longest)
    return round(min(points, WIDEST) + 8, 1)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], rest: str, columns: Sequence[str]) -> list[float]:
    """Points of each column; 0 for the one that takes the rest."""
    return [0.0 if k == rest else _width([heads[n], *(r[n] for r in rows)]) for n, k in enumerate(columns)]


TABLE = 504.5  # points between the margins of A4
INSET = 6.0
TOGETHER = 5
# Advances of our font from U+0020 to U+007E in thousandths of its size; a test reads them from the font again.
ADVANCES = (
    224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555, 555, 555, 555, 555, 555,
    555, 555, 278, 278, 555, 555, 555, 474, 946, 608, 657, 638, 688, 589, 552, 689, 728, 293, 535, 646, 543, 812, 723, 742,
    633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555, 559, 606, 563, 618, 510, 620, 554, 325, 564,
    607, 275, 275, 552, 284, 926, 610, 606, 620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555,
)  # fmt: skip


def measured(text: str, size: float) -> float:
    """At most so many points wide; infinite where a sign's width is not known for certain."""
    wide = 0
    for c in text:
        at = ord(c)
        if 0x20 <= at <= 0x7E:
            wide += ADVANCES[at - 0x20]
        elif 0x3000 <= at <= 0x9FFF or 0xFF00 <= at <= 0xFFEF or c in "–—…·":
            wide += 1000
        else:
            return math.inf
    return wide * size / 1000


def blocks(rows: Sequence[Sequence[str]], widths: Sequence[float], *, small: bool = False) -> list[dict[str, Any]]:
    """Rows put together by fives, {"cells": a text for each column with a line for each row, "rule": whether a line ends it}.

    A cell costs the printer as much with five lines in it as with one, and cells are what a long letter takes its time
    for. Only rows of which no text can need a second line are put together; any other stays a row by itself. `small`: the
    last column is printed smaller.
    """
    rest = TABLE - sum(widths)
    room = [(w or rest) - INSET - 0.5 for w in widths]
    sizes = [6.5 if small and n == len(widths) - 1 else 7.5 for n in range(len(widths))]
    out: list[dict[str, Any]] = []
    for at in range(0, len(rows), TOGETHER):
        some = rows[at : at + TOGETHER]
        plain = [all(measured(t, z) <= w for t, z, w in zip(r, sizes, room, strict=True)) for r in some]
        for fits, group in groupby(zip(plain, some, strict=True), key=itemgetter(0)):
            each = [r for _fits, r in group]
            cells = [["\n".join(texts) for texts in zip(*each, strict=True)]] if fits else [list(r) for r in each]
            out += [{"cells": c, "rule": False} for c in cells]
        out[-1]["rule"] = len(some) == TOGETHER
    return out


def cleared_with(line: Line, currency: str) -> str:
    """What cleared a movement: "2026-03-05 1,200.00 (RC-7, RC-9); …"."""
    return "; ".join(
        f"{s.on.isoformat()} {minor_text(abs(s.amount), exponent(currency), grouped=True)}"
        + (f" ({', '.join(s.against[:3])}{' …' if len(s.against) > 3 else ''})" if s.against else "")
        for s in line.settled
    )


def xlsx(statement: Statement) -> bytes:
    """The same as a workbook: a summary, then movements, open items and ageing of each currency.

    Text is always written as text, so that a name beginning with "=" stays a name.
    """
    out = io.BytesIO()
    book = cells.workbook(out, in_memory=True)
    said = {k: s.to(statement.language) for k, s in words(statement).items()}
    bold = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "bg_color": "#E6F0EE", "bottom": 1})
    days = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    figures = {
        s.currency: book.add_format(
            {"num_format": "#,##0" + ("." + "0" * exponent(s.currency) if exponent(s.currency) else "")}
        )
        for s in statement.sections
    }

    def put(sheet: Any, row: int, column: int, value: Any, currency: str = "", form: Any = None) -> None:
        if isinstance(value, date):
            sheet.write_datetime(row, column, value, days)
        elif isinstance(value, int) and currency:
            sheet.write_number(row, column, Decimal(value).scaleb(-exponent(currency)), figures[currency])
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, value or "", form)

    first = book.add_worksheet(said["title"][:31])
    first.set_column(0, 0, 22)
    first.set_column(1, 4, 20)
    put(first, 0, 0, said["title"], form=bold)
    facts = [
        (said["from"], statement.sender.called(statement.language)),
        (said["to"], statement.customer.called(statement.language)),
        (said["customer_number"], statement.customer.number),
        (said["number"], statement.number or said["preview"]),
        (said["period"], f"{statement.since} – {statement.until}"),
        (said["cutoff"], statement.until),
    ]
    for i, (label, value) in enumerate(facts, 2):
        put(first, i, 0, label, form=bold)
        put(first, i, 1, value)
    row = 9
    for i, label in enumerate((said["currency"], said["owed_to_us"], said["owed_by_us"], said["capitals"])):
        put(first, row, i, label, form=head)
    for section in statement.sections:
        row += 1
        put(first, row, 0, section.currency)
        put(first, row, 1, section.owed_to_us, section.currency)
        put(first, row, 2, section.owed_by_us, section.currency)
        put(first, row, 3, _capitals(section))
    put(first, row + 2, 0, said["only"])

    for section in statement.sections:
        currency = section.currency
        sheet = book.add_worksheet(currency)
        sheet.set_column(0, 3, 15)
        sheet.set_column(4, 6, 16)
        sheet.set_column(7, 8, 40)
        columns = [said[k] for k in ("date", "kind", "document", "due", "debit", "credit", "balance", "settled")]
        for i, label in enumerate(columns):
            put(sheet, 0, i, label, form=head)
        put(sheet, 1, 0, FLOW_WORDS["opening"].to(statement.language), form=bold)
        put(sheet, 1, 6, section.opening, currency)
        row = 1
        for line in section.lines:
            row += 1
            put(sheet, row, 0, line.on)
            put(sheet, row, 1, kind_word(line.kind).to(statement.language))
            put(sheet, row, 2, line.document)
            put(sheet, row, 3, line.due or "")
            put(sheet, row, 4 if line.amount >= 0 else 5, abs(line.amount), currency)
            put(sheet, row, 6, line.balance, currency)
            put(sheet, row, 7, cleared_with(line, currency))
        row += 1
        put(sheet, row, 0, FLOW_WORDS["closing"].to(statement.language), form=bold)
        put(sheet, row, 6, section.closing, currency)
        sheet.freeze_panes(1, 0)
        row += 2
        put(sheet, row, 0, said["ageing"], form=bold)
        for i, (name, amount) in enumerate(section.ageing.items()):
            put(sheet, row + 1, i, bucket_word(name).to(statement.language), form=head)
            put(sheet, row + 2, i, amount, currency)
        put(sheet, row + 1, len(section.ageing), said["total"], form=head)
        put(sheet, row + 2, len(section.ageing), section.closing, currency)
        row += 4
        put(sheet, row, 0, said["open"], form=bold)
        row += 1
        for i, k in enumerate(("date", "kind", "document", "due", "amount", "left", "late")):
            put(sheet, row, i, said[k], form=head)
        for o in section.open:
            row += 1
            for i, value in enumerate((o.on, kind_word(o.kind).to(statement.language), o.document, o.due or "")):
                put(sheet, row, i, value)
            put(sheet, row, 4, o.amount, currency)
            put(sheet, row, 5, o.left, currency)
            if o.late > 0 and o.left > 0:
                put(sheet, row, 6, o.late)
    book.close()
    return out.getvalue()
