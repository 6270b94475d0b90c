"""Columns and filters of the ledger's lists. What a row says, and in which words; no rows are read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from huikuan.books.ledger import queries, rules
from huikuan.books.ledger.rules import ACCOUNT_KINDS
from huikuan.kit.errors import Invalid
from huikuan.kit.text import whole
from huikuan.kit.words import Say, _
from huikuan.office.trail.hands import subject_url
from huikuan.web.filters import Amounts, Choice, Dates, Filter, Hidden, Pasted, Words
from huikuan.web.look import Mark, icon
from huikuan.web.shell import called
from huikuan.web.tables import Column

KINDS: dict[str, Mark] = {
    "invoice": Mark(_("Billing document"), "plain", "file-invoice"),
    "credit": Mark(_("Credit note"), "plain", "receipt-refund"),
    "debit": Mark(_("Debit note"), "plain", "file-plus"),
    "receipt": Mark(_("Receipt"), "plain", "cash"),
    "account": Mark(_("On account"), "plain", "wallet"),
    "other": Mark(_("Other"), "plain", "file-text"),
}
OPEN, CLEARED, LATE, PARTLY = (
    Mark(_("Open"), "plain"),
    Mark(_("Cleared"), "done"),
    Mark(_("Overdue"), "late"),
    Mark(_("Partly cleared"), "plain", "progress"),
)
PERIOD = {
    "open": Mark(_("Open for posting"), "good", "lock-open"),
    "closed": Mark(_("Closed for posting"), "blocked", "lock"),
}
AWAITING = {
    "invoice_receipt": _("waits until the invoice is received"),
    "sign_off": _("waits until the goods are signed for"),
    "next_batch": _("waits for the next batch"),
    "contract_end": _("stands until the contract ends"),
}
SUBTOTALS = {
    "customer": _("Customer"),
    "month": _("Due month"),
    "currency": _("Currency"),
    "reason": _("Reason"),
    "owner": _("Owner"),
}


def state_of(row: Any) -> Mark:
    """How an item stood on the day asked about: cleared, overdue, partly cleared or open."""
    if row.then == 0:
        return CLEARED
    if row.amount > 0 and (row.late or 0) > 0:
        return LATE
    return PARTLY if row.then != row.amount else OPEN


def in_words(words: dict[str, Say], value: str) -> Say | str:
    return words.get(value, value)


def late_of(row: Any) -> int | None:
    """Days late of a debit that is still open; nothing for the rest."""
    return row.late if row.then and (row.late or 0) > 0 else None


@dataclass(frozen=True)
class EditColumn(Column):
    """A cell that can be changed where it stands: it loads a small form of its item from `…/cell/<field>`."""

    def html(self, row: Any, zone: str = "") -> SafeString | str:
        return cell_html(row.pk, self.key, super().html(row, zone), row.then != 0)


def cell_html(pk: int, field: str, body: SafeString | str, can: bool = True) -> SafeString | str:
    if not can:
        return body
    return format_html(
        '<button type="button" class="cell-edit" hx-get="/ledger/items/{}/cell/{}" hx-target="closest td" hx-swap="innerHTML">'
        "{}{}</button>",
        pk, field, body or mark_safe('<span class="muted">–</span>'), icon("pencil", "cell-pencil"),  # nosec B308 # built from escaped parts
    )  # fmt: skip


def _reference(row: Any) -> str:
    return str(row.reference)


ITEM: dict[str, Column] = {
    "document": Column("document", _("Document"), "link", url="/ledger/items/{pk}"),
    "customer": Column(
        "customer", _("Customer"), value=lambda r: r.customer.number, sort="customer__number",
        url=lambda r: subject_url(f"customers.customer:{r.customer_id}"),
    ),
    "name": Column("name", _("Name"), value=lambda r: called(r.customer), sort="customer__pinyin", wide=True),
    "due": Column("due", _("Due date"), "date", value="due_then"),
    "late": Column("late", _("Days late"), "days", value=late_of, sort="-day", note=_("Days from the due date to the key date; due on the day itself is not late")),
    "then": Column("then", _("Open"), "money", total=True, note=_("What was open at the end of the key date")),
    "amount": Column("amount", _("Amount"), "money", total=True),
    "state": Column("state", _("State"), "state", value=state_of, sort="-"),
    "kind": Column("kind", _("Kind"), value=lambda r: KINDS[r.kind].label if r.kind in KINDS else r.kind, sort="kind"),
    "reference": Column("reference", _("Reference")),
    "document_date": Column("document_date", _("Document date"), "date"),
    "posting_date": Column("posting_date", _("Posting date"), "date", hidden=True),
    "block": Column("block", _("Block"), value=lambda r: in_words(rules.BLOCKS, r.block), sort="block"),
    "reason_code": Column("reason_code", _("Reason"), value=lambda r: in_words(rules.REASONS, r.reason_code), sort="reason_code"),
    "owner": Column("owner", _("Owner")),
    "expected_date": Column("expected_date", _("Expected on"), "date", hidden=True),
    "currency": Column("currency", _("Currency"), hidden=True),
    "base": Column("base", _("Open in company currency"), "money", value="base_then", total=True, hidden=True),
    "base_date": Column("base_date", _("Base date"), "date", hidden=True),
    "awaiting": Column("awaiting", _("Awaits"), value=lambda r: in_words(AWAITING, r.awaiting), sort="awaiting", hidden=True),
    "dunning_level": Column("dunning_level", _("Dunning level"), "number", hidden=True),
    "text": Column("text", _("Text"), wide=True, hidden=True),
    "account": Column("account", _("Account"), value="account.code", sort="account__code", hidden=True),
    "voucher": Column(
        "voucher", _("Entry"), value=lambda r: r.line.entry.voucher, sort="-", hidden=True,
        url=lambda r: f"/ledger/entries/{r.line.entry_id}",
    ),
    "cleared_on": Column("cleared_on", _("Cleared on"), "date", hidden=True),
}  # fmt: skip


def item_columns(
    currency: str, *keys: str, edit: bool = False, names: Mapping[str, str] | None = None
) -> tuple[Column, ...]:
    """Columns of items in an order. `currency` is the company's; `names` are people's by login. With `edit`, some cells
    can be changed in place."""
    found = []
    for key in keys or ITEM:
        column = ITEM[key]
        if key == "base":
            column = replace(column, currency=f"={currency}")
        if key == "owner" and names is not None:
            column = replace(column, value=lambda r: names.get(r.owner, r.owner), sort="owner")
        if edit and key in ("reason_code", "owner", "expected_date"):
            column = EditColumn(
                column.key, column.label, column.kind, value=column.value, sort=column.sort, hidden=False
            )
        found.append(column)
    return tuple(found)


WEIGHT = Column(
    "weight", _("Amount × days"), "number", hidden=True,
    note=_("What is open in company currency times the days it is late: the first rows cost most"),
)  # fmt: skip


def replace(column: Column, **changes: Any) -> Column:
    from dataclasses import replace as changed

    return changed(column, **changes)


# ---- filters -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeyDate(Filter):
    """The day everything is shown as of. Read by the page itself; here it only stands in the bar and the export."""

    kind: ClassVar[str] = "day"

    def read(self, query: QueryDict, request: HttpRequest) -> date | None:
        text = query.get(self.key, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as e:
            raise Invalid.one(self.key, text, _("this date does not exist"), _("Write it as 2026-03-31.")) from e

    def apply(self, rows: Any, value: Any) -> Any:
        return rows


@dataclass(frozen=True)
class Status(Choice):
    """Open, cleared, or both. Nothing ticked means open. The page applies it: it knows the key date."""

    def apply(self, rows: Any, value: Any) -> Any:
        return rows


@dataclass(frozen=True)
class Currencies(Choice):
    """Offers the currencies customers trade in; takes any code from a link, for an item may be in another."""

    def read(self, query: QueryDict, request: HttpRequest) -> list[str] | None:
        return [v for v in dict.fromkeys(query.getlist(self.key)) if v.isalpha() and len(v) == 3] or None


@dataclass(frozen=True)
class Aside(Hidden):
    """A parameter of the address that the page reads itself and the filter bar only keeps (basis, subtotals)."""

    def apply(self, rows: Any, value: Any) -> Any:
        return rows


@dataclass(frozen=True)
class Late(Filter):
    """Days late from and to, both included: `from_days`, `to_days`, as the cells of an ageing link here."""

    kind: ClassVar[str] = "amounts"

    @property
    def params(self) -> tuple[str, ...]:
        return ("from_days", "to_days")

    def read(self, query: QueryDict, request: HttpRequest) -> tuple[int | None, int | None] | None:
        found: list[int | None] = []
        for name in self.params:
            text = query.get(name, "").strip()
            days = whole(text.removeprefix("-"))
            if text and (days is None or len(text) > 6):
                raise Invalid.one(name, text, _("is not a number of days"), _("Write whole days, such as 30."))
            found.append(-days if days and text.startswith("-") else days)
        return (found[0], found[1]) if any(v is not None for v in found) else None

    def words(self, value: tuple[int | None, int | None], request: HttpRequest) -> str:
        low, high = value
        return f"{'…' if low is None else low} – {'…' if high is None else high}"


STATUS = (("open", _("Open")), ("cleared", _("Cleared")), ("all", _("All")))
BASIS = {"due": _("by due date"), "invoice": _("by document date")}


def item_filters(company: int, as_of: date) -> tuple[Filter, ...]:
    """The filter bar of line items. Days late depend on the key date."""
    return (
        Words("document", "reference", "text", "customer__name", "customer__name_en", "customer__pinyin", "customer__number"),
        Status("status", _("Status"), options=STATUS),
        KeyDate("as_of", _("Key date")),
        Pasted("customer", _("Customers"), where=lambda some: Q(customer_id__in=queries.customer_ids(company, some))),
        Pasted("documents", _("Document numbers"), field="document"),
        Choice("kind", _("Kind"), options=KINDS),
        Currencies("currency", _("Currency"), options=lambda request: queries.currencies(company)),
        Late("late", _("Days late"), where=lambda v: queries.days_late(v[0], v[1], as_of)),
        Dates("due", _("Due date"), field="due_then"),
        Dates("document_date", _("Document date")),
        Dates("posting_date", _("Posting date")),
        Amounts("open", _("Open amount"), field="then"),
        Choice("reason_code", _("Reason"), options={"-": _("none given"), **rules.REASONS}, where=_reasoned),
        Choice("block", _("Block"), options={**rules.BLOCKS, "-": _("none")}, where=_blocked),
        Choice("owner", _("Owner"), options=lambda request: [("-", _("nobody")), *queries.owners(company)], where=_owned),
        Hidden("customer_id", _("Customer"), where=_customer_id, name=lambda v: queries.customer_name(company, v)),
        Hidden("org", _("Org unit"), field="customer__org__code"),
        Hidden("account", _("Account"), field="account__code"),
        Aside("basis", _("Aged"), name=lambda v: BASIS.get(v, v)),
        Aside("sub", _("Subtotals"), name=lambda v: SUBTOTALS.get(v, v)),
    )  # fmt: skip


def _blocked(values: list[str]) -> Q:
    return Q(block__in=["" if v == "-" else v for v in values])


def _reasoned(values: list[str]) -> Q:
    return Q(reason_code__in=["" if v == "-" else v for v in values])


def _owned(values: list[str]) -> Q:
    return Q(owner__in=["" if v == "-" else v for v in values])


def _customer_id(value: str) -> Q:
    pk = whole(value)
    return Q(pk=None) if pk is None else Q(customer_id=pk)


# ---- entries, accounts, clearings --------------------------------------------------------------------------------


def source_url(row: Any) -> str:
    return subject_url(row.source) if row.source else ""


def source_words(source: str) -> str:
    """ "billing.document:7" as "billing.document 7"; what it is called stands on its own page."""
    return source.replace(":", " ")


def side(sign: int) -> Callable[[Any], int | None]:
    """The debit (1) or credit (-1) side of a line in company currency, positive."""
    return lambda row: sign * row.amount if sign * row.amount > 0 else None


def reversal_of(row: Any) -> Mark | None:
    if row.reverses_id:
        return Mark(_("Reversal"), "attention", "rotate")
    return Mark(_("Reversed"), "done", "arrow-back-up") if row.was_reversed else None


def undone_of(row: Any) -> Mark:
    if row.reverses_id:
        return Mark(_("Undoes another"), "attention", "rotate")
    return Mark(_("Undone"), "done", "arrow-back-up") if row.was_reversed else Mark(_("Stands"), "plain")


def entry_columns(currency: str) -> tuple[Column, ...]:
    return (
        Column("number", _("Voucher"), "link", value="voucher", sort="-", url="/ledger/entries/{pk}"),
        Column("posting_date", _("Posting date"), "date"),
        Column("klass", _("Class"), hidden=True),
        Column("text", _("Summary"), wide=True),
        Column("reference", _("Reference")),
        Column("total", _("Amount"), "money", value="debit", sort="-", currency=f"={currency}", note=_("Sum of the debits in company currency")),
        Column("source", _("Comes from"), value=lambda r: source_words(r.source), sort="source", url=source_url),
        Column("by", _("By")),
        Column("document_date", _("Document date"), "date", hidden=True),
        Column("at", _("Posted at"), "time", hidden=True),
        Column("reversed", _("Reversal"), "state", value=reversal_of, sort="-"),
    )  # fmt: skip


CLEARINGS = (
    Column("number", _("Clearing"), "link", value="voucher", sort="-", url="/ledger/clearings/{pk}"),
    Column("date", _("Date"), "date"),
    Column("items", _("Items"), "number", value="n", sort="-"),
    Column("cleared", _("Cleared"), "money", value="cleared", sort="-", currency="cur"),
    Column("customer", _("Customer"), value=lambda r: f"{r.party} {r.party_name}", sort="-", wide=True),
    Column("reason", _("Reason"), wide=True),
    Column("by", _("By")),
    Column(
        "source", _("Comes from"), value=lambda r: source_words(r.source), sort="source", url=source_url, hidden=True
    ),
    Column("state", _("State"), "state", value=undone_of, sort="-"),
)
ACCOUNTS = (
    Column("code", _("Account"), "link", url="/ledger/accounts/{code}"),
    Column("name", _("Name"), value=called, sort="name"),
    Column("kind", _("Kind"), value=lambda r: in_words(ACCOUNT_KINDS, r.kind), sort="kind"),
    Column(
        "control", _("Open items"), "bool", note=_("A control account: each of its lines is an open item of a customer")
    ),
    Column("blocked", _("Blocked"), "bool"),
)


def trial_columns(currency: str, since: date, until: date) -> tuple[Column, ...]:
    money = f"={currency}"
    return (
        Column("account", _("Account"), "link", url=f"/ledger/accounts/{{account}}?posting_date_from={since}&posting_date_to={until}"),
        Column("name", _("Name"), value=called),
        Column("opening", _("Opening"), "money", currency=money, total=True),
        Column("debit", _("Debit"), "money", currency=money, total=True),
        Column("credit", _("Credit"), "money", currency=money, total=True),
        Column("closing", _("Closing"), "money", currency=money, total=True),
    )  # fmt: skip


def account_columns(currency: str, balance: Callable[[Any], int]) -> tuple[Column, ...]:
    money = f"={currency}"
    return (
        Column("posting_date", _("Posting date"), "date", sort="-"),
        Column("voucher", _("Voucher"), "link", value=lambda r: r.entry.voucher, sort="-", url="/ledger/entries/{entry_id}"),
        Column("text", _("Summary"), sort="-", wide=True),
        Column("party", _("Customer"), value=lambda r: f"{r.party.number} {called(r.party)}" if r.party else "", sort="-", wide=True),
        Column("reference", _("Reference"), sort="-", hidden=True),
        Column("doc", _("Document amount"), "money", value="doc_amount", sort="-", hidden=True),
        Column("debit", _("Debit"), "money", value=side(1), sort="-", currency=money),
        Column("credit", _("Credit"), "money", value=side(-1), sort="-", currency=money),
        Column("balance", _("Balance"), "money", value=balance, sort="-", currency=money, note=_("The account's balance after this line")),
    )  # fmt: skip


PERIODS = (
    Column("period", _("Period"), "link", value=lambda p: str(p), sort="start", url="/ledger/periods/{pk}"),
    Column("start", _("First day"), "date"),
    Column("end", _("Last day"), "date"),
    Column("state", _("State"), "state", states=PERIOD),
    Column("n", _("Entries"), "number"),
)
