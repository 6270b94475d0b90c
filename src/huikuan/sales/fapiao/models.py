"""Numbers of VAT invoices, as they were noted: under which number a bill stands at the tax platform.

A 数电票 has a number of 20 digits and no code; an invoice of the older tax-control system has a code and 8 digits. A row is
never changed but for being struck out, once, with its reason.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length, Right
from django.db.models.lookups import Exact

models.CharField.register_lookup(Length)


def _digits(field: str) -> Exact:
    """Nothing but digits, said alike on both databases; a regular expression in a CHECK would be Django's own on SQLite."""
    return Exact(Func(F(field), Value("0123456789"), function="LTRIM", output_field=models.CharField()), Value(""))


class Fapiao(models.Model):
    """One VAT invoice on one bill. A bill may have several of them, and one of them may cover several bills of one payer.

    `amount`: what the tax platform says of the whole invoice (价税合计), in fen; None where nobody told."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    document = models.ForeignKey("billing.Document", models.PROTECT, related_name="+")
    code = models.CharField(max_length=12, blank=True, default="")
    number = models.CharField(max_length=20)
    tail = models.CharField(max_length=8)  # the last 8 digits, which payers write instead of all
    issued_on = models.DateField()
    amount = models.BigIntegerField(null=True)
    live = models.BooleanField(default=True)
    struck_reason = models.CharField(max_length=200, null=True)
    struck_by = models.CharField(max_length=60, null=True)
    struck_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "code", "number", "document"], condition=Q(live=True), name="fapiao_once_on_a_bill"
            ),
            models.CheckConstraint(
                condition=Q(code="", number__length=20) | Q(code__length__in=(10, 12), number__length=8),
                name="fapiao_number_form",
            ),
            models.CheckConstraint(condition=_digits("number"), name="fapiao_number_digits"),
            models.CheckConstraint(condition=_digits("code"), name="fapiao_code_digits"),
            models.CheckConstraint(condition=Exact(F("tail"), Right("number", 8)), name="fapiao_tail_of_number"),
            models.CheckConstraint(
                condition=Q(live=True, struck_reason__isnull=True, struck_by__isnull=True, struck_at__isnull=True)
                | Q(live=False, struck_reason__isnull=False, struck_by__isnull=False, struck_at__isnull=False),
                name="fapiao_struck_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(struck_reason__isnull=True) | Q(struck_reason__length__lte=200), name="fapiao_reason_fits"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "tail"], name="fapiao_by_tail"),
            models.Index(fields=["company", "number"], name="fapiao_by_number"),
            models.Index(fields=["company", "-issued_on", "-id"], name="fapiao_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}".strip()


class Sheet(models.Model):
    """One register that was fed as a file: what became of its rows when it was fed. Those refused then are its `rows`."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    read = models.PositiveIntegerField()
    landed = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    rejects = models.JSONField(default=list)  # of registers that were fed before their rows had a table of their own
    by = models.CharField(max_length=60)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(read=F("landed") + F("known") + F("refused")), name="fapiao_sheet_every_row"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="fapiao_sheet_newest")]

    def __str__(self) -> str:
        return self.name


class SheetRow(models.Model):
    """A row of a register that was refused: set aside as it was written, to be corrected and fed again, or dropped with a
    reason. `mended`: the cells that a person corrected. `state`: waiting, landed, known (its numbers had been noted by then),
    dropped, past (it came again in the register `later`)."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="rows")
    row = models.PositiveIntegerField()
    cells = models.JSONField()
    mended = models.JSONField(default=dict)
    faults = models.JSONField()  # [{field, value, reason, remedy}]
    state = models.CharField(max_length=8, default="waiting")
    later = models.ForeignKey(Sheet, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["sheet", "row"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "row"], name="fapiao_sheetrow_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "landed", "known", "dropped", "past"]), name="fapiao_sheetrow_state"
            ),
            models.CheckConstraint(
                condition=Q(state="past", later__isnull=False) | (~Q(state="past") & Q(later__isnull=True)),
                name="fapiao_sheetrow_past",
            ),
            models.CheckConstraint(condition=~Q(state="dropped") | ~Q(reason=""), name="fapiao_sheetrow_dropped"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "state", "-id"], name="fapiao_sheetrow_waiting")]

    def __str__(self) -> str:
        return f"{self.sheet.name} {self.row}"

    @property
    def whole(self) -> dict[str, str]:
        """Its cells with what was corrected."""
        return {**self.cells, **self.mended}
