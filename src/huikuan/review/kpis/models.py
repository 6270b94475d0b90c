"""Who has a report made from time to time, and what was made for them.

A delivery is an outbox row: the files are kept and stand on Today; where an address is given, a robot's order sends them there
by mail (HUIKUAN_SMTP_URL). Without a mail server the row stays "queued" and says so.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)

REPORTS = ("ageing", "figures")
EVERY = ("daily", "weekly", "monthly")


class Subscription(models.Model):
    """One report for one person, with the parameters it was ordered with."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    person = models.CharField(max_length=150)  # login
    report = models.CharField(max_length=10)
    query = models.CharField(max_length=2000, blank=True)
    name = models.CharField(max_length=120)
    every = models.CharField(max_length=8)
    language = models.CharField(max_length=8)
    email = models.CharField(max_length=254, blank=True)
    live = models.BooleanField(default=True)
    ended = models.CharField(max_length=200, blank=True)  # why
    last = models.DateField(null=True)  # the slot that was delivered last
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(report__in=REPORTS), name="subscription_report"),
            models.CheckConstraint(condition=Q(every__in=EVERY), name="subscription_every"),
            models.CheckConstraint(condition=Q(query__length__lte=2000), name="subscription_query_fits"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "person"], name="subscription_person")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """A report as it was made for one slot. `state`: here (on Today only), queued (no mail went out), sent."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="deliveries")
    slot = models.DateField()
    day = models.DateField()  # the day of its figures
    title = models.CharField(max_length=200)
    pdf = models.BigIntegerField()  # files.File
    xlsx = models.BigIntegerField()
    email = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=8, default="here")
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "slot"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=("here", "queued", "sent")), name="delivery_state"),
            models.CheckConstraint(condition=~Q(state="queued") | ~Q(email=""), name="delivery_queued_has_address"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="delivery_latest")]
