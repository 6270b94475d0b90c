"""Tables of acceptance drafts: each sub-range that we hold or held, and every move it made. Amounts are minor units."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)


class Draft(models.Model):
    """One sub-range of a draft. `booked`: account 1121 carries it; `contra`: a liability stands against it because a
    recourse may come; `exposed`: what of it still counts as the payer's exposure; `item`: the receipt's open item."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    number = models.CharField(max_length=30)
    start = models.BigIntegerField(default=0)
    end = models.BigIntegerField(default=0)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    issued = models.DateField()
    due = models.DateField()
    acceptor = models.CharField(max_length=200)
    drawer = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    standing = models.CharField(max_length=10)
    received = models.DateField()
    state = models.CharField(max_length=10)
    booked = models.BooleanField(default=False)
    contra = models.BooleanField(default=False)
    exposed = models.BigIntegerField(default=0)
    charge = models.BigIntegerField(default=0)
    item = models.BigIntegerField(null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    holder = models.CharField(max_length=200, blank=True, default="")
    documents = models.JSONField(default=list)  # what the customer says it pays, until it is taken
    version = models.PositiveIntegerField(default=1)
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["due", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "number", "start", "end"], condition=~Q(state__in=("returned", "declined")),
                name="draft_range_once",
            ),
            models.CheckConstraint(condition=Q(number__length=30), name="draft_number_30"),
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(charge__gte=0), name="draft_amount"),
            models.CheckConstraint(condition=Q(exposed=0) | Q(exposed=F("amount")), name="draft_exposed"),
            models.CheckConstraint(
                condition=Q(start=0, end=0) | Q(start__gt=0, end=F("start") + F("amount") - 1), name="draft_range"
            ),
            models.CheckConstraint(condition=Q(due__gt=F("issued")), name="draft_days"),
            models.CheckConstraint(condition=Q(kind__in=("bank", "commercial")), name="draft_kind"),
            models.CheckConstraint(
                condition=Q(booked=False) | Q(state__in=("held", "presented", "endorsed", "discounted")),
                name="draft_booked_while_live",
            ),
            *(
                models.CheckConstraint(condition=Q(**{f"{n}__length__lte": 200}), name=f"draft_{n}_fits")
                for n in ("acceptor", "drawer", "holder")
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "due"], name="draft_calendar"),
            models.Index(fields=["company", "customer", "-id"], name="draft_customer"),
        ]

    def __str__(self) -> str:
        return self.number if not self.end else f"{self.number} {self.start}-{self.end}"


class Move(models.Model):
    """One thing that happened to a draft, once and for all. `cost`: discount interest."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="moves")
    to = models.CharField(max_length=10)
    on = models.DateField()
    amount = models.BigIntegerField()
    cost = models.BigIntegerField(default=0)
    entry = models.BigIntegerField(null=True)
    line = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(cost__gte=0), name="draftmove_amounts"),
            models.CheckConstraint(condition=Q(note__length__lte=300), name="draftmove_note_fits"),
        ]
        indexes: ClassVar = [models.Index(fields=["draft", "id"], name="draftmove_draft")]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.to} {self.on}"


class Concession(models.Model):
    """What was agreed with a customer or a group about their drafts instead of the company's policy (收票条件). Never changed:
    a new one ends the one before, which stays in sight with the reason."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    group = models.ForeignKey("customers.Group", models.PROTECT, null=True, related_name="+")
    terms = models.JSONField()  # {share, days, rate, banks, acceptors}, those that were agreed (rules.TERMS)
    until = models.DateField(null=True)  # the last day on which a draft is taken by it
    note = models.CharField(max_length=300, blank=True, default="")
    live = models.BooleanField(default=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    act = models.BigIntegerField()
    end_reason = models.CharField(max_length=300, null=True)
    ended_by = models.CharField(max_length=80, null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, group__isnull=True) | Q(customer__isnull=True, group__isnull=False),
                name="draftconcession_whose",
            ),
            models.UniqueConstraint(
                fields=["company", "customer"], condition=Q(live=True, customer__isnull=False), name="draftconcession_customer_once"
            ),
            models.UniqueConstraint(
                fields=["company", "group"], condition=Q(live=True, group__isnull=False), name="draftconcession_group_once"
            ),
            models.CheckConstraint(
                condition=Q(live=True, end_reason__isnull=True, ended_by__isnull=True, ended_at__isnull=True)
                | Q(live=False, end_reason__isnull=False, ended_by__isnull=False, ended_at__isnull=False),
                name="draftconcession_ended_with_reason",
            ),
            models.CheckConstraint(condition=Q(note__length__lte=300), name="draftconcession_note_fits"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.group or self.customer)
