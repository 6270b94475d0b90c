"""A billing document on paper: PDF/A through typst, in the customer's language. Pure: words and numbers in, bytes out.

The layout stands in `layout/document.typ` and computes nothing. One compiler is kept for the life of the process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from huikuan.kit.errors import Refused
from huikuan.kit.money import PRICE_SCALE, QUANTITY_SCALE, RATE_SCALE, capitals, exponent, minor_text, scaled_text
from huikuan.kit.words import Say, _

HERE = Path(__file__).resolve().parent / "layout"
FONTS = Path(__file__).resolve().parents[2] / "web" / "fonts"
_lock = Lock()  # a compiler serves one call at a time

KINDS = {"invoice": _("Bill"), "credit_note": _("Credit note"), "cancellation": _("Cancellation")}
WORDS = {
    "number": _("Number"),
    "date": _("Date"),
    "bill_to": _("Payer"),
    "ship_to": _("Ordered by"),
    "seller": _("Seller"),
    "tax_number": _("Tax number"),
    "customer_number": _("Customer no."),
    "order": _("Order"),
    "delivery": _("Delivery"),
    "po": _("Your order"),
    "refers": _("Refers to"),
    "reason": _("Reason"),
    "item": _("Item"),
    "batch": _("Batch"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "price_net": _("Unit price (net)"),
    "price_gross": _("Unit price (gross)"),
    "net": _("Net"),
    "rate": _("VAT rate"),
    "tax": _("VAT amount"),
    "gross": _("Gross"),
    "total": _("Total"),
    "in_words": _("In words"),
    "terms": _("Payment terms"),
    "due": _("Due"),
    "amount": _("Amount"),
    "page": _("Page no."),
    "cancelled": _("Reversed"),
    "discount": _("Discount"),
    "draft": _("Draft, not posted"),
    "not_tax": _("This bill is a commercial document. The VAT invoice is issued separately."),
}


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    number: str = ""
    tax_number: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """`detail` is what stands small under the item: delivery, batch, expiry."""

    item: str
    detail: str
    quantity: int | None
    unit: str
    price: int | None
    net: int
    tax_rate: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything the page says. Amounts are minor units as the document has them (negative on credit notes)."""

    language: str
    kind: str
    state: str
    number: str
    on: date
    currency: str
    mode: str
    seller: Party
    payer: Party
    customer: Party | None
    facts: tuple[tuple[str, str], ...]  # (key of WORDS, value): order, delivery, po, refers, reason
    lines: tuple[PaperLine, ...]
    net: int
    tax: int
    gross: int
    terms: str
    due: tuple[tuple[str, int], ...]  # (date, or what it waits for, in words; amount)


def waits(awaiting: str) -> Say:
    return {
        "invoice_receipt": _("when the invoice is received"),
        "sign_off": _("when the goods are signed for"),
        "next_batch": _("with the next batch"),
        "contract_end": _("when the contract ends"),
    }.get(awaiting, _("not known yet"))


def page(paper: Paper) -> dict[str, Any]:
    """What the layout gets: ready texts only."""
    places = exponent(paper.currency)

    def money(minor: int) -> str:
        return minor_text(minor, places, grouped=True)

    words = {k: s.to(paper.language) for k, s in WORDS.items()}
    chinese = paper.language.startswith("zh")
    return {
        "language": "zh" if chinese else "en",
        "w": words,
        "title": KINDS[paper.kind].to(paper.language),
        "stamp": words.get(paper.state, "") if paper.state in ("cancelled", "draft") else "",
        "number": paper.number,
        "date": paper.on.isoformat(),
        "currency": paper.currency,
        "price_word": words["price_gross" if paper.mode == "gross" else "price_net"],
        "seller": _party(paper.seller),
        "payer": _party(paper.payer),
        "customer": _party(paper.customer) if paper.customer else None,
        "facts": [[words[k], v] for k, v in paper.facts],
        "lines": [
            [
                str(n),
                line.item,
                line.detail,
                scaled_text(line.quantity, QUANTITY_SCALE) if line.quantity is not None else "",
                line.unit,
                scaled_text(line.price, PRICE_SCALE, least=places) if line.price is not None else "",
                money(line.net),
                scaled_text(line.tax_rate, RATE_SCALE // 100) + "%",
                money(line.tax),
                money(line.gross),
            ]
            for n, line in enumerate(paper.lines, 1)
        ],
        "net": money(paper.net),
        "tax": money(paper.tax),
        "gross": money(paper.gross),
        "words_amount": capitals(paper.gross, prefix="人民币") if paper.currency == "CNY" and chinese else "",
        "terms": paper.terms,
        "due": [[text, money(amount)] for text, amount in paper.due],
    }


def _party(party: Party) -> dict[str, str]:
    return {"name": party.name, "number": party.number, "tax_number": party.tax_number, "address": party.address}


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(HERE / "document.typ"), root=str(HERE), font_paths=[str(FONTS)], ignore_system_fonts=True)


def pdf(paper: Paper) -> bytes:
    """PDF/A-2b. Refused when a name holds a character that the font lacks: a bill with a box in it must not go out."""
    inputs = {"data": json.dumps(page(paper), ensure_ascii=False)}
    try:
        with _lock:
            # The document's own date stamps the file, so that the same document is the same bytes.
            stamp = (paper.on - date(1970, 1, 1)).days * 86400
            return bytes(_compiler().compile(sys_inputs=inputs, format="pdf", pdf_standards=["a-2b"], timestamp=stamp))  # type: ignore[arg-type]
    except (RuntimeError, typst.TypstError) as e:
        if not _is_glyph(str(e)):
            raise
        raise Refused(
            _("%(number)s holds a character that can't be printed. Correct the name or text.", number=paper.number)
        ) from e


def _is_glyph(text: str) -> bool:
    return any(t in text for t in ("could not be displayed", "no font could be found", "missing glyph", ".notdef"))
