"""A statement that was issued: for whom, for which days, the figures it named, and the very letter."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Statement(models.Model):
    """Issued once and kept as it was (I03): a later posting into the period gives a new statement, not a new text.

    `figures` holds, for each currency, opening, closing, owed_to_us and owed_by_us in minor units.
    """

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField()
    language = models.CharField(max_length=8)
    figures = models.JSONField()
    file = models.ForeignKey("files.File", models.PROTECT, related_name="+")
    issued_by = models.CharField(max_length=80)
    issued_at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="statement_number_once"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="statement_dates"),
            models.CheckConstraint(condition=Q(language__in=("zh-hans", "en")), name="statement_language"),
            models.CheckConstraint(condition=Q(number__length__lte=20), name="statement_number_fits"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "customer", "-id"], name="statement_customer")]

    def __str__(self) -> str:
        return self.number
