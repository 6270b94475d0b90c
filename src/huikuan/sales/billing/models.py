"""Billing documents as they stand. Posted ones never change but for who cancelled them; a correction is a new document.

Amounts are minor units of the document's currency: positive on invoices, negative on credit notes and cancellations
of invoices, so that sums over documents are what was billed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Upper

KINDS = ("invoice", "credit_note", "cancellation")
STATES = ("draft", "posted", "cancelled")
LEADS = ("huikuan", "sap")  # who decides about a document: we, or the system beside us, whose loads change it here

models.CharField.register_lookup(Length)


def fits(table: str, **lengths: int) -> list[models.CheckConstraint]:
    """One CHECK per text column: SQLite keeps whatever length it is given."""
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__length__lte": n}), name=f"{table}_{name}_fits")
        for name, n in lengths.items()
    ]


class Document(models.Model):
    """The claim against a payer. `entry` is its voucher; drafts have none yet and stand in exposure layer "billing"."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=12, choices=[(k, k) for k in KINDS])
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="posted")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="billed")  # who ordered
    payer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="documents")
    org = models.ForeignKey("customers.OrgUnit", models.PROTECT, related_name="+", null=True, blank=True)
    terms = models.ForeignKey("customers.Terms", models.PROTECT, related_name="+", null=True, blank=True)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="documents", null=True, blank=True)
    date = models.DateField()
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=5, choices=[("net", "net"), ("gross", "gross")], default="net")
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    text = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")  # of a credit note or a cancellation
    reference = models.CharField(max_length=60, blank=True, default="")  # the customer's purchase order
    due = models.JSONField(default=list)  # [{n, date|null, amount, awaiting, why}], as posted
    entry = models.ForeignKey("ledger.Entry", models.PROTECT, related_name="+", null=True, blank=True)
    original = models.ForeignKey("self", models.PROTECT, related_name="credit_notes", null=True, blank=True)
    cancels = models.OneToOneField("self", models.PROTECT, related_name="cancelled_by", null=True, blank=True)
    external = models.CharField(max_length=60, blank=True, default="")
    led = models.CharField(max_length=8, default="huikuan")
    # The accounting document that the leading system posted for it ("ABCD/2025/9400000220"): `entry` is found by it.
    booked_as = models.CharField(max_length=60, blank=True, default="")
    invoice_received_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="document_number_once"),
            models.UniqueConstraint(
                fields=["company", "external"], condition=~Q(external=""), name="document_external_once"
            ),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="document_gross_is_net_and_tax"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="document_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="credit_note") | Q(original__isnull=True), name="document_original_of_credit"
            ),
            models.CheckConstraint(
                condition=Q(kind="cancellation", cancels__isnull=False)
                | (~Q(kind="cancellation") & Q(cancels__isnull=True)),
                name="document_cancels_one",
            ),
            models.CheckConstraint(condition=Q(led__in=LEADS), name="document_led_known"),
            *fits("document", number=24, text=200, reason=200, reference=60, external=60, booked_as=60),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-date", "-id"], name="document_by_date"),
            models.Index(fields=["payer", "-date"], name="document_by_payer"),
            models.Index(fields=["company", "state", "-id"], name="document_by_state"),
            models.Index(fields=["entry"], name="document_by_entry"),
            models.Index(fields=["company", "booked_as"], condition=~Q(booked_as=""), name="document_by_booking"),
            # What a buyer calls it, however they write it.
            models.Index(F("company"), Upper("reference"), condition=~Q(reference=""), name="document_by_reference"),
            models.Index(fields=["company", "-gross", "-id"], name="document_by_gross"),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentLine(models.Model):
    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, related_name="lines")
    n = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", models.PROTECT, related_name="+", null=True, blank=True)
    text = models.CharField(max_length=200, blank=True, default="")
    quantity = models.BigIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=32, blank=True, default="")
    price = models.BigIntegerField(null=True, blank=True)
    discount = models.BigIntegerField(default=0)  # minor units taken off this line, already in net
    net = models.BigIntegerField()
    tax_code = models.CharField(max_length=10, blank=True, default="")
    tax_rate = models.BigIntegerField(default=0)
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    order_line = models.ForeignKey(
        "orders.OrderLine", models.PROTECT, related_name="billed_lines", null=True, blank=True
    )
    delivery = models.ForeignKey("orders.Delivery", models.PROTECT, related_name="billed_lines", null=True, blank=True)
    delivery_line = models.ForeignKey(
        "orders.DeliveryLine", models.PROTECT, related_name="billed_lines", null=True, blank=True
    )
    original = models.ForeignKey("self", models.PROTECT, related_name="credited_by", null=True, blank=True)
    led = models.CharField(max_length=8, default="huikuan")  # as its document: a row's guard sees only the row

    class Meta:
        ordering: ClassVar = ["document", "n"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "n"], name="document_line_once"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="document_line_gross_is_net_and_tax"),
            *fits("document_line", text=200, unit=32, tax_code=10),
        ]
