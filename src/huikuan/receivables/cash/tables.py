"""How bank lines, files and clearings look in lists."""

from __future__ import annotations

from django.db.models import Q

from huikuan.kit.words import Say, _, _in
from huikuan.receivables.cash import queries
from huikuan.web.filters import Amounts, Choice, Dates, Flag, Hidden, Picked, Words
from huikuan.web.look import Mark
from huikuan.web.shell import called, said
from huikuan.web.tables import Column

STANDS = {
    "unknown": Mark(_("Payer unknown"), "blocked", "help-circle"),
    "unapplied": Mark(_("Not applied"), "attention", "clock"),
    "partly": Mark(_("Partly applied"), "attention", "circle-dot"),
    "applied": Mark(_("Applied"), "done", "check"),
    "account": Mark(_("On account"), "plain", "inbox"),
    "reversal": Mark(_("Taken back"), "late", "arrow-back-up"),
    "waiting": Mark(_("Waits for a rate"), "attention", "hourglass"),
    "ignored": Mark(_("Not ours"), "plain", "ban"),
    "charged": Mark(_("Charged to an account"), "plain", "receipt-2"),
    "out": Mark(_("Money out"), "plain", "arrow-up-right"),
}
HOW: dict[str, Say] = {
    "account": _("by account number"),
    "uscc": _("by tax number"),
    "name": _("by name"),
    "taught": _("as someone has taught"),
    "person": _("by a person"),
    "match": _("by what it pays"),
    "reversal": _("as the receipt it takes back"),
}
ROWS = {
    "waiting": Mark(_in("row of a file", "Waits"), "attention"),
    "fixed": Mark(_("Corrected"), "good", "check"),
    "dropped": Mark(_("Dropped"), "plain", "ban"),
}


LINES = (
    Column("document", _("Bank line"), "link", value="document", sort="pk", url="/cash/lines/{pk}"),
    Column("date", _("Date"), "date"),
    Column("payer", _("Payer"), value="payer_name", wide=True),
    Column("amount", _("Amount"), "money", total=True),
    Column("left", _("Left"), "money", total=True, note=_("What has not been applied yet")),
    Column("stand", _("State"), "state", states=STANDS),
    Column("customer", _("Customer"), value=lambda r: called(r.customer), sort="customer__pinyin", url=lambda r: f"/customers/{r.customer_id}" if r.customer_id else ""),
    Column("remark", _("Remark"), wide=True),
    Column("reference", _("Reference"), hidden=True),
    Column("payer_account", _("Payer's account"), hidden=True),
    Column("payer_bank", _("Payer's bank"), hidden=True),
    Column("bank", _("Our account"), value="bank.number", sort="bank__number", hidden=True),
    Column("serial", _("Bank's serial"), hidden=True),
    Column("value_date", _("Value date"), "date", hidden=True),
    Column("assigned", _in("colleague", "Asked"), hidden=True),
    Column("note", _("Note"), hidden=True, wide=True),
)  # fmt: skip
LINE_FILTERS = (
    Words("payer_name", "remark", "reference", "serial", "payer_account", "customer__name", "customer__number"),
    Choice("stand", _("State"), options=STANDS),
    Dates("date", _("Date")),
    Amounts("amount", _("Amount")),
    Flag("mine", _("Asked of someone"), where=lambda on: ~Q(assigned="")),
    Picked("who", _("Customer"), field="customer__number", url="/customers/pick"),
    Hidden("customer", _("Customer"), field="customer_id"),
    Hidden("file", _("File"), field="statement__file_id"),
    Hidden("bank", _("Our account"), field="bank_id"),
)

FILES = (
    Column("name", _("File"), "link", value=lambda r: r.name or r.sha256[:12], sort="name", url="/cash/files/{pk}"),
    Column("bank", _("Our account"), value="bank.number", sort="bank__number"),
    Column("kind", _("Format")),
    Column("charset", _("Alphabet"), hidden=True),
    Column("read", _("Lines read"), "number"),
    Column("lines", _("Landed"), "number", value="landed"),
    Column("waiting", _("Set aside"), "number"),
    Column("unclosed", _("Statements that do not close"), "number"),
    Column("refused", _("Statements refused"), "number", value=lambda r: len(r.refused), sort="-"),
    Column("at", _("Imported"), "moment"),
    Column("by", _("By")),
)

QUARANTINE = (
    Column("row", _("Row"), "link", url="/cash/rows/{pk}"),
    Column("file", _("File"), value=lambda r: r.statement.file.name, sort="-", url=lambda r: f"/cash/files/{r.statement.file_id}"),
    Column("what", _("What is wrong"), value=lambda r: "; ".join(f"{f['field']} “{f['value']}”: {said(queries.says(f['reason']))}" for f in r.faults), sort="-", wide=True),
    Column("state", _("State"), "state", states=ROWS),
    Column("bank", _("Our account"), value="bank.number", sort="bank__number"),
)  # fmt: skip

CLEARINGS = (
    Column("voucher", _("Clearing"), "link", value="voucher", sort="pk", url="/ledger/clearings/{pk}"),
    Column("date", _("Date"), "date"),
    Column("line", _("Bank line"), value=lambda r: f"BL{int(r.source.rpartition(':')[2]):08d}", sort="-",
           url=lambda r: f"/cash/lines/{r.source.rpartition(':')[2]}"),
    Column("customer", _("Customer"), value="who", sort="-", wide=True),
    Column("paid", _("Paid"), value=lambda r: f"{r.first} … ({r.n})" if r.n > 1 else r.first or "", sort="-"),
    Column("amount", _("Amount"), "money", value="applied", sort="-", currency="money"),
    Column("state", _("State"), "state", value=lambda r: "undone" if r.undone else "stands", sort="-",
           states={"undone": Mark(_("Undone"), "plain", "arrow-back-up"), "stands": Mark(_("Stands"), "good", "check")}),
    Column("by", _("By")),
    Column("reason", _("Why"), hidden=True, wide=True),
)  # fmt: skip

LESSONS = (
    Column("shown", _("Written as"), wide=True),
    Column("kind", _in("lesson", "What"), "state", states={"name": Mark(_("Name")), "account": Mark(_("Account number"))}),
    Column("customer", _("Customer"), value=lambda r: called(r.customer), sort="customer__pinyin", url="/customers/{customer_id}"),
    Column("by", _("Taught by")),
    Column("at", _("When"), "moment"),
    Column("live", _("State"), "state", value=lambda r: "live" if r.live else "ended", sort="live",
           states={"live": Mark(_("In use"), "good"), "ended": Mark(_in("lesson", "Ended"), "plain", "ban")}),
)  # fmt: skip
