"""Orders as they stand. Amounts are minor units of the order's currency, prices 10^-10, quantities 10^-6, rates 10^-8.

What is delivered and billed is counted on the line by guarded updates; what an order takes of a customer's credit
is derived from these counts (`rules.layers`) and kept as exposure in `books/customers`.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Upper

from huikuan.sales.orders.rules import Outcome, State

STATES = [(s.value, s.value) for s in State]
LEADS = ("huikuan", "sap")  # who decides about a row: we, or the system beside us, whose loads change it here

models.CharField.register_lookup(Length)


def fits(table: str, **lengths: int) -> list[models.CheckConstraint]:
    """One CHECK per text column: SQLite keeps whatever length it is given."""
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__length__lte": n}), name=f"{table}_{name}_fits")
        for name, n in lengths.items()
    ]


class Order(models.Model):
    """One customer's wish for goods. `version` counts changes; a write names the version it read (I20)."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=24)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="orders")
    payer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="orders_to_pay")
    ship_to = models.ForeignKey("customers.ShipTo", models.PROTECT, related_name="+", null=True, blank=True)
    org = models.ForeignKey("customers.OrgUnit", models.PROTECT, related_name="+", null=True, blank=True)
    terms = models.ForeignKey("customers.Terms", models.PROTECT, related_name="+", null=True, blank=True)
    date = models.DateField()
    requested = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=5, choices=[("net", "net"), ("gross", "gross")], default="net")
    state = models.CharField(max_length=14, choices=STATES, default=State.FREE.value)
    customer_po = models.CharField(max_length=60, blank=True, default="")
    contract = models.CharField(max_length=60, blank=True, default="")  # the sales contract it is placed under
    net = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    gross = models.BigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")  # why it was rejected or cancelled
    held_on = models.DateField(null=True, blank=True)  # the business day since which it waits
    shortfall = models.BigIntegerField(null=True, blank=True)  # of the newest decision, for the queue
    prepay = models.BigIntegerField(default=0)  # how much the terms want to have before the goods go
    copied_from = models.ForeignKey("self", models.PROTECT, related_name="copies", null=True, blank=True)
    external = models.CharField(max_length=60, blank=True, default="")  # the key in the system it came from
    led = models.CharField(max_length=8, default="huikuan")
    said = models.CharField(max_length=20, blank=True, default="")  # its state in the words of whoever leads it
    version = models.PositiveIntegerField(default=1)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["company", "external"], condition=~Q(external=""), name="order_external_once"
            ),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="order_gross_is_net_and_tax"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="order_state_known"),
            models.CheckConstraint(condition=Q(led__in=LEADS), name="order_led_known"),
            *fits("order", number=24, customer_po=60, contract=60, note=200, reason=200, external=60, said=20),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "-id"], name="order_by_state"),
            models.Index(fields=["company", "-date", "-id"], name="order_by_date"),
            models.Index(fields=["payer", "state"], name="order_by_payer"),
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            # What a buyer, or the system beside us, calls it, however it is written.
            models.Index(F("company"), Upper("customer_po"), condition=~Q(customer_po=""), name="order_by_po"),
            models.Index(F("company"), Upper("external"), condition=~Q(external=""), name="order_by_external"),
            models.Index(F("company"), Upper("contract"), condition=~Q(contract=""), name="order_by_contract"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    n = models.PositiveIntegerField()
    item = models.ForeignKey("catalog.Item", models.PROTECT, related_name="+")
    text = models.CharField(max_length=200, blank=True, default="")
    quantity = models.BigIntegerField()
    unit = models.CharField(max_length=32, blank=True, default="")
    price = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    tax_code = models.CharField(max_length=10, blank=True, default="")
    tax_rate = models.BigIntegerField(default=0)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    delivered = models.BigIntegerField(default=0)
    billed = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["order", "n"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "n"], name="order_line_once"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="order_line_gross_is_net_and_tax"),
            models.CheckConstraint(condition=Q(quantity__gt=0, price__gte=0), name="order_line_positive"),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=100_000_000), name="order_line_discount"),
            models.CheckConstraint(
                condition=Q(billed__gte=0, billed__lte=F("delivered"), delivered__lte=F("quantity")),
                name="order_line_billed_delivered_ordered",
            ),
            *fits("order_line", text=200, unit=32, tax_code=10),
        ]


class CreditDecision(models.Model):
    """What the credit rule said, when, and why. Never changed; a new check is a new row."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    on = models.DateField()
    by = models.CharField(max_length=60)
    act = models.BigIntegerField(null=True)  # the trail row of the act
    cause = models.CharField(max_length=12)  # place, change, copy, check, cash, deliver
    outcome = models.CharField(max_length=5, choices=[(o.value, o.value) for o in Outcome])
    reasons = models.JSONField(default=list)  # packed Say, in the order they were found
    exposure = models.JSONField(default=dict)  # layer -> minor, in the currency of the limit, before this order
    limit = models.BigIntegerField(null=True, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    shortfall = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["order", "id"]


class Release(models.Model):
    """A held order let go: by whom, why, on what evidence. I15 asks for one where credit is exceeded."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="releases")
    at = models.DateTimeField()
    on = models.DateField()
    by = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    shortfall = models.BigIntegerField(default=0)
    evidence = models.ForeignKey("files.File", models.PROTECT, related_name="+", null=True, blank=True)
    money_came_on = models.DateField(null=True, blank=True)  # set when the evidence was checked against the bank
    ended_on = models.DateField(null=True, blank=True)  # a later change of the order ends what was released

    class Meta:
        ordering: ClassVar = ["order", "id"]


class Delivery(models.Model):
    """Goods that left. `state`: open (not billed), billed, cancelled. The sign-off date may come before or after billing."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=24)
    order = models.ForeignKey(Order, models.PROTECT, related_name="deliveries")
    date = models.DateField()
    etd = models.DateField(null=True, blank=True)
    eta = models.DateField(null=True, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    signed_by = models.CharField(max_length=60, blank=True, default="")
    carrier = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=10, choices=[(s, s) for s in ("open", "billed", "cancelled")], default="open")
    external = models.CharField(max_length=60, blank=True, default="")
    led = models.CharField(max_length=8, default="huikuan")
    said = models.CharField(max_length=20, blank=True, default="")
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="delivery_number_once"),
            models.UniqueConstraint(
                fields=["company", "external"], condition=~Q(external=""), name="delivery_external_once"
            ),
            models.CheckConstraint(condition=Q(led__in=LEADS), name="delivery_led_known"),
            *fits("delivery", number=24, signed_by=60, carrier=60, external=60, said=20),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "date", "id"], name="delivery_by_state"),
            models.Index(fields=["company", "-date", "-id"], name="delivery_by_date"),
        ]

    def __str__(self) -> str:
        return self.number


class DeliveryLine(models.Model):
    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="delivery_lines")
    quantity = models.BigIntegerField()
    batch = models.CharField(max_length=40, blank=True, default="")
    expiry = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["delivery", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_line_positive"),
            *fits("delivery_line", batch=40),
        ]


class OrderImport(models.Model):
    """One uploaded sheet of orders. Its rows that could not land wait here to be mended and fed again."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    read = models.PositiveIntegerField(default=0)
    landed = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="order_import_newest")]


class OrderImportRow(models.Model):
    """One row of the sheet as it was written, and what was wrong with it. `state`: waiting, landed, dropped."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    sheet = models.ForeignKey(OrderImport, models.PROTECT, related_name="rows")
    row = models.PositiveIntegerField()
    cells = models.JSONField(default=dict)
    faults = models.JSONField(default=list)  # [{field, value, reason: packed Say, remedy: packed Say|None}]
    state = models.CharField(max_length=8, choices=[(s, s) for s in ("waiting", "landed", "dropped")])
    order = models.ForeignKey(Order, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["sheet", "row"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["sheet", "row"], name="order_import_row_once")]


__all__ = [
    "CreditDecision",
    "Delivery",
    "DeliveryLine",
    "Order",
    "OrderImport",
    "OrderImportRow",
    "OrderLine",
    "Outcome",
    "Release",
]
