"""A kept file: what the bytes are called, what they are, whose they are. Never changed; the bytes stand on disk."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class File(models.Model):
    """One keeping of some bytes. The same bytes for another subject are another row over the same file on disk."""

    company = models.ForeignKey("company.Company", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    media = models.CharField(max_length=100)  # read from the bytes
    kind = models.CharField(max_length=40)  # "bank.statement", "evidence", "letter" …
    subject = models.CharField(max_length=80, blank=True)
    kept_by = models.CharField(max_length=80)
    kept_at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "subject", "-id"], name="file_subject"),
            models.Index(fields=["sha256"], name="file_sha256"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "subject", "sha256"], name="file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="file_not_empty"),
        ]
