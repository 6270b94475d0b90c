"""Tables of the ledger. Entries and lines never change; what may change of a receivable stands on its OpenItem.

Keys of rows that come by the million have no constraint of the database where a guard looks them up (docs/decisions/0015).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, When


class Account(models.Model):
    company = models.ForeignKey("company.Company", models.PROTECT)
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10)  # asset, liability, equity, income, expense, other
    control = models.BooleanField(default=False)  # its lines are open items of customers
    blocked = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="account_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Period(models.Model):
    """A month. Posting reads its row under a share lock, closing takes it for update (I05)."""

    company = models.ForeignKey("company.Company", models.PROTECT)
    year = models.IntegerField()
    month = models.IntegerField()
    start = models.DateField()
    end = models.DateField()
    state = models.CharField(max_length=6, default="open")
    totals = models.JSONField(null=True)  # at close: {"entries": n, "lines": n, "accounts": {code: minor}}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "year", "month"], name="period_once"),
            models.CheckConstraint(condition=Q(state__in=["open", "closed"]), name="period_state"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12, start__lte=F("end")), name="period_month"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


class Entry(models.Model):
    """A voucher. Inserted after its lines: the insert seals them (I01)."""

    company = models.ForeignKey("company.Company", models.PROTECT, db_index=False, db_constraint=False)
    period = models.ForeignKey(Period, models.PROTECT, db_constraint=False)
    klass = models.CharField(max_length=8)
    year = models.IntegerField()
    number = models.BigIntegerField()
    posting_date = models.DateField()
    document_date = models.DateField()
    text = models.CharField(max_length=200)
    reference = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=80, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    digest = models.CharField(max_length=64)
    act = models.BigIntegerField()
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "klass", "year", "number"], name="entry_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="entry_number"),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="entry_not_itself"),
        ]
        indexes = [
            models.Index(fields=["company", "posting_date", "id"], name="entry_date"),
            models.Index(fields=["company", "source"], name="entry_source"),
        ]

    @property
    def voucher(self) -> str:
        return f"{self.klass}-{self.year}-{self.number:06d}"


class Line(models.Model):
    """Debit positive, credit negative; `amount` in the company's currency, `doc_amount` in the document's."""

    company = models.ForeignKey("company.Company", models.PROTECT, db_index=False, db_constraint=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lines", db_index=False)
    n = models.IntegerField()
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, db_constraint=False)
    party = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    currency = models.CharField(max_length=3)
    doc_amount = models.BigIntegerField()
    amount = models.BigIntegerField()
    posting_date = models.DateField()
    text = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "n"], name="line_n"),
            models.CheckConstraint(condition=~Q(doc_amount=0, amount=0), name="line_not_nothing"),
        ]
        indexes = [models.Index(fields=["account", "posting_date", "amount"], name="line_account")]


class OpenItem(models.Model):
    """What may change of a receivable line. Its key is the line's. `remaining` is a guarded counter (I07, I08)."""

    id = models.BigIntegerField(primary_key=True)
    line = models.OneToOneField(Line, models.PROTECT, db_column="line_id", related_name="item", db_constraint=False)
    company = models.ForeignKey("company.Company", models.PROTECT, db_index=False, db_constraint=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, db_constraint=False)
    kind = models.CharField(max_length=8)
    document = models.CharField(max_length=40)
    document_date = models.DateField()
    posting_date = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    base_amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    base_remaining = models.BigIntegerField()
    due_date = models.DateField(null=True)
    base_date = models.DateField(null=True)
    awaiting = models.CharField(max_length=20, blank=True)
    block = models.CharField(max_length=20, blank=True)
    dunning_level = models.IntegerField(default=0)
    reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    expected_date = models.DateField(null=True)
    reason_code = models.CharField(max_length=20, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount"))
                | Q(amount__lt=0, remaining__lte=0, remaining__gte=F("amount")),
                name="i07_no_more_is_cleared_than_there_is",
            ),
            models.CheckConstraint(condition=Q(id=F("line")), name="item_is_its_line"),
        ]
        indexes = [
            # What is open of a customer, and of all by customer: everything that ageing asks stands in the index.
            models.Index(
                fields=[
                    "company",
                    "customer",
                    "currency",
                    "due_date",
                    "document_date",
                    "posting_date",
                    "amount",
                    "remaining",
                    "base_remaining",
                ],
                condition=~Q(remaining=0),
                name="item_open",
            ),
            # What is open by the day it falls due.
            models.Index(
                fields=[
                    "company",
                    "due_date",
                    "currency",
                    "posting_date",
                    "remaining",
                    "base_remaining",
                    "reason_code",
                ],
                condition=~Q(remaining=0),
                name="item_open_due",
            ),
            # The costliest overdue items (queries.overdue_rows), and those that somebody looks after.
            models.Index(fields=["company", "base_remaining"], condition=~Q(remaining=0), name="item_open_base"),
            models.Index(fields=["company", "owner"], condition=~Q(remaining=0) & ~Q(owner=""), name="item_open_owner"),
            models.Index(fields=["company", "document"], name="item_document"),
            models.Index(fields=["company", "posting_date"], name="item_posted"),
            models.Index(fields=["company", "customer", "posting_date"], name="item_customer"),
            models.Index(fields=["company", "due_date", "id"], name="item_due"),
            # Lists sorted by what is open: without it the largest fifty of a million are found by sorting them all.
            models.Index(fields=["company", "remaining", "id"], condition=~Q(remaining=0), name="item_remaining"),
            models.Index(fields=["company", "amount", "id"], condition=~Q(remaining=0), name="item_open_amount"),
            # By days late, which is the day an item is aged by, the other way round (store.Aged).
            models.Index(
                F("company"),
                Case(
                    When(amount__lt=0, then=F("document_date")), default=F("due_date"), output_field=models.DateField()
                ),
                F("id"),
                condition=~Q(remaining=0),
                name="item_open_day",
            ),
        ]


class ItemChange(models.Model):
    """A dated change of an item, so that a past date can be asked with what was known then."""

    company = models.ForeignKey("company.Company", models.PROTECT)
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="changes")
    field = models.CharField(max_length=20)
    old = models.CharField(max_length=200, blank=True)
    new = models.CharField(max_length=200, blank=True)
    on = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    act = models.BigIntegerField()
    by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["company", "field", "on"], name="item_change_on")]


class Clearing(models.Model):
    """Debits and credits that settle each other on a date. Inserted after its legs; undone only by a reversal of it."""

    company = models.ForeignKey("company.Company", models.PROTECT, db_index=False, db_constraint=False)
    year = models.IntegerField()
    number = models.BigIntegerField()
    date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=80, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    act = models.BigIntegerField()
    by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "year", "number"], name="clearing_number_once")]
        indexes = [
            models.Index(fields=["company", "-id"], name="clearing_latest"),
            models.Index(fields=["company", "source"], name="clearing_source"),
        ]

    @property
    def voucher(self) -> str:
        return f"CL-{self.year}-{self.number:06d}"


class ClearingLeg(models.Model):
    """`amount` has the sign of what it takes off its item; a reversal's legs have the other."""

    company = models.ForeignKey("company.Company", models.PROTECT, db_index=False, db_constraint=False)
    clearing = models.ForeignKey(Clearing, models.PROTECT, related_name="legs", db_index=False)
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="legs", db_constraint=False)
    amount = models.BigIntegerField()
    base_amount = models.BigIntegerField()
    date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clearing", "item"], name="leg_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="leg_not_nothing"),
        ]
        indexes = [models.Index(fields=["company", "date", "item", "amount"], name="leg_date")]
