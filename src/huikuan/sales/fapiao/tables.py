"""How e-invoice numbers look in lists: marks, columns, filters, what search finds."""

from __future__ import annotations

from collections.abc import Sequence

from huikuan.kit.words import Say, _, _in, unpack
from huikuan.office.trail.hands import Hit
from huikuan.sales.fapiao import queries
from huikuan.web.filters import Amounts, Choice, Dates, Pasted, Picked, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called, said
from huikuan.web.tables import Column

STATES = {"1": Mark(_in("e-invoice", "Noted"), "good"), "0": Mark(_in("e-invoice", "Struck out"), "plain", "ban")}
COLOURS = {
    "blue": Mark(_in("e-invoice", "Blue"), "plain", "file-dollar"),
    "red": Mark(_in("e-invoice", "Red"), "attention", "receipt-refund"),
}


def colour(kind: str) -> str:
    """A credit note goes out as a red invoice (红字)."""
    return "red" if kind == "credit_note" else "blue"


FAPIAOS = (
    Column("number", _("E-invoice number"), "link", url="/billing/{document_id}"),
    Column("code", _("Invoice code"), hidden=True),
    Column("document", _("Bill"), value="document.number", url="/billing/{document_id}"),
    Column("payer", _("Payer"), value=lambda r: called(r.document.payer), sort="document__payer__name",
           url=lambda r: f"/customers/{r.document.payer_id}", wide=True),
    Column("issued_on", _("Date of issue"), "date"),
    Column("colour", _("Colour"), "state", value=lambda r: COLOURS[colour(r.document.kind)], sort="document__kind"),
    Column("amount", _("Total with tax"), "money", currency="=CNY", note=_("Of the whole invoice, where the register tells it")),
    Column("gross", _("Gross of the bill"), "money", value="document.gross", currency="document.currency", hidden=True),
    Column("live", _("State"), "state", value=lambda r: STATES[str(int(r.live))], sort="-"),
    Column("by", _("Noted by")),
    Column("at", _("Noted at"), "time"),
    Column("struck_reason", _("Why it was struck out"), hidden=True, wide=True),
    Column("struck_by", _("Struck out by"), hidden=True),
)  # fmt: skip
FILTERS = (
    Words("number", "code", "document__number", "document__payer__number", "document__payer__name", "document__payer__name_en",
          "document__payer__pinyin", whole=("number", "tail")),
    Choice("live", _("State"), options=STATES),
    Dates("issued_on", _("Date of issue")),
    Amounts("amount", _("Total with tax")),
    Pasted("numbers", _("E-invoice numbers"), field="number"),
    Pasted("bills", _("Numbers of bills"), field="document__number"),
    Picked("payer", _("Payer"), field="document__payer__number", url="/customers/pick"),
)  # fmt: skip
SHEETS = (
    Column("name", _("File"), "link", url="/fapiao/sheets/{pk}"),
    Column("at", _("Fed at"), "time"),
    Column("by", _("By")),
    Column("read", _("Rows"), "number"),
    Column("landed", _in("e-invoice", "Noted"), "number"),
    Column("known", _("Known before"), "number"),
    Column("refused", _in("register", "Refused"), "number"),
)
ROW_STATES = {
    "waiting": Mark(_in("register", "Waits"), "attention"),
    "landed": Mark(_in("e-invoice", "Noted"), "good"),
    "known": Mark(_("Known before"), "plain"),
    "dropped": Mark(_("Dropped"), "plain", "ban"),
    "past": Mark(_("Came again later"), "plain"),
}
ROWS = (
    Column("sheet", _("File"), "link", value="sheet.name", url="/fapiao/sheets/{sheet_id}"),
    Column("row", _("Row"), "number"),
    Column("number", _("E-invoice number"), value=lambda r: r.whole.get("digital") or r.whole.get("number", ""), sort="-"),
    Column("buyer", _("Buyer"), value=lambda r: r.whole.get("buyer", ""), sort="-", wide=True),
    Column("bill", _("Bill"), value=lambda r: r.whole.get("bill") or r.whole.get("remark", ""), sort="-", wide=True),
    Column("faults", _("Reason"), value=lambda r: "; ".join(said(unpack(f["reason"])) for f in r.faults), sort="-", wide=True),
    Column("state", _("State"), "state", value=lambda r: ROW_STATES[r.state]),
    Column("reason", _("Why it was dropped"), hidden=True, wide=True),
)  # fmt: skip
# What timelines call the facts that acts on numbers keep; marked here for the catalogue.
NAMED = (
    _("Noted"),
    _("Numbers"),
    _("Number"),
    _("Reason"),
    _("Read"),
    _("Known"),
    _("Refused"),
    _("Landed"),
    _("Waiting"),
    _("Row"),
)
ACTS: dict[str, Say] = {
    "fapiao.note": _("E-invoice number noted"),
    "fapiao.feed": _("E-invoice number noted by the register"),
    "fapiao.strike": _("E-invoice number struck out"),
    "fapiao.feed_again": _("Rows of a register fed again"),
    "fapiao.drop_row": _("Row of a register dropped"),
}


def hits(company: int, text: str, limit: int) -> Sequence[Hit]:
    """The bills that stand under a number."""
    return [
        Hit(number, f"{bill} {said(gross)}", f"/billing/{pk}", _("E-invoice"))
        for pk, number, bill, gross in queries.find(company, text, limit)
    ]
