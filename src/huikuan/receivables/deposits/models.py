"""Tables of deposits and advances: each with what is left of it, every move it made, and requests to return or keep it.

The balance is the sum of the moves, held by a guard of the database and recounted by `verify` against the ledger. Amounts are
minor units; + is money we hold.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)


class Deposit(models.Model):
    """Money of a customer that we hold. `reserved`: what requests keep back until it is paid out, kept or refused."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    received = models.DateField()
    purpose = models.CharField(max_length=200, blank=True, default="")
    agreement = models.CharField(max_length=80, blank=True, default="")
    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="+")
    due_back = models.DateField(null=True)
    balance = models.BigIntegerField(default=0)
    base_balance = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, default="settled")
    version = models.PositiveIntegerField(default=1)
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="deposit_number_once"),
            models.CheckConstraint(condition=Q(kind__in=("deposit", "advance")), name="deposit_kind"),
            models.CheckConstraint(condition=Q(currency__length=3), name="deposit_currency"),
            models.CheckConstraint(condition=Q(reserved__gte=0) & Q(reserved__lte=F("balance")), name="i07_deposit_balance"),
            models.CheckConstraint(
                condition=Q(state="open", balance__gt=0) | Q(state="settled", balance=0), name="deposit_state"
            ),
            *(
                models.CheckConstraint(condition=Q(**{f"{n}__length__lte": most}), name=f"deposit_{n}_fits")
                for n, most in (("number", 20), ("purpose", 200), ("agreement", 80))
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "due_back"], name="deposit_due_back"),
            models.Index(fields=["company", "customer", "-id"], name="deposit_customer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def free(self) -> int:
        """What may still be taken from it."""
        return self.balance - self.reserved


class Request(models.Model):
    """A question to give money back, or to keep it for good: asked by one, granted by another, paid by a third."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="requests")
    what = models.CharField(max_length=10)
    amount = models.BigIntegerField()
    on = models.DateField()
    reason = models.CharField(max_length=300)
    payee = models.CharField(max_length=200, blank=True, default="")
    payee_account = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=8, default="asked")
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    granted_by = models.CharField(max_length=80, blank=True, default="")
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="depositrequest_amount"),
            models.CheckConstraint(condition=Q(what__in=("returned", "forfeited")), name="depositrequest_what"),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "granted", "done", "refused", "undone")), name="depositrequest_state"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "refused")) | ~Q(granted_by=F("by")) & ~Q(granted_by=""), name="i16_depositrequest_four_eyes"
            ),
            *(
                models.CheckConstraint(condition=Q(**{f"{n}__length__lte": most}), name=f"depositrequest_{n}_fits")
                for n, most in (("reason", 300), ("payee", 200), ("payee_account", 60))
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["company", "state", "amount"], name="depositrequest_state")]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.what} {self.amount}"


class Move(models.Model):
    """One thing that happened to a deposit, once and for all: + came in, - went out. `entry` is its posting, `clearings`
    what it cleared, `line` the bank line that brought the money or took it, `document` the invoices it paid."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="moves")
    what = models.CharField(max_length=10)
    on = models.DateField()
    amount = models.BigIntegerField()
    base = models.BigIntegerField()
    entry = models.BigIntegerField()
    clearings = models.JSONField(default=list)
    item = models.BigIntegerField(null=True)  # the open item of an advance
    line = models.BigIntegerField(null=True)
    request = models.ForeignKey(Request, models.PROTECT, null=True, related_name="moves")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    document = models.CharField(max_length=300, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(what="received", amount__gt=0)
                | Q(what__in=("offset", "returned", "forfeited"), amount__lt=0)
                | (Q(what="undone") & ~Q(amount=0) & Q(undoes__isnull=False)),
                name="depositmove_sign",
            ),
            models.CheckConstraint(condition=Q(what="undone") | Q(undoes__isnull=True), name="depositmove_undoes"),
            models.UniqueConstraint(fields=["entry"], name="depositmove_entry_once"),
            *(
                models.CheckConstraint(condition=Q(**{f"{n}__length__lte": 300}), name=f"depositmove_{n}_fits")
                for n in ("document", "note")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deposit", "id"], name="depositmove_deposit"),
            models.Index(fields=["company", "line"], name="depositmove_line"),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.what} {self.on}"
