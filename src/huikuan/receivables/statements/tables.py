"""Columns of issued statements."""

from __future__ import annotations

from huikuan.kit.money import exponent, minor_text
from huikuan.kit.words import _
from huikuan.receivables.statements.models import Statement
from huikuan.web.filters import Choice, Dates, Hidden, Words
from huikuan.web.shell import called
from huikuan.web.tables import Column

LANGUAGES = {"zh-hans": _("Chinese"), "en": _("English")}


def closing(row: Statement) -> str:
    """What the letter says is open: "5,500.00 CNY, 20.00 USD"."""
    return ", ".join(
        f"{minor_text(f['closing'], exponent(currency), grouped=True)} {currency}"
        for currency, f in sorted(row.figures.items())
    )


COLUMNS = (
    Column("number", _("Number"), "link", url="/statements/{pk}"),
    Column("customer_number", _("Customer no."), value="customer.number", sort="customer__number"),
    Column(
        "customer",
        _("Customer"),
        value=lambda row: called(row.customer),
        sort="customer__name",
        url="/customers/{customer_id}",
        wide=True,
    ),
    Column("since", _("From"), "date"),
    Column("until", _("To (cut-off)"), "date"),
    Column("closing", _("Closing balance"), value=closing, sort="-"),
    Column("language", _("Language"), value=lambda row: LANGUAGES[row.language], sort="language"),
    Column("issued_by", _("Issued by"), hidden=True),
    Column("issued_at", _("Issued at"), "time"),
)
FILTERS = (
    Words("number", "customer__number", "customer__name", "customer__name_en", "customer__pinyin"),
    Dates("until", _("Cut-off date")),
    Choice("language", _("Language"), options=LANGUAGES),
    Hidden("customer", _("Customer no."), field="customer__number"),
)
