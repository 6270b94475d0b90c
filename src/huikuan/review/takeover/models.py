"""What a system beside us has told us, where it went, and what waits.

`Link` joins a key of that system with a row of ours and keeps what was said last, so that the next load is a delta.
`Reject` keeps a bad row whole until a person mends or drops it. `Document` holds foreign papers (orders, deliveries,
billing documents) as they were said; the money of a billing document stands in the ledger.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)

STATES = ("running", "done", "failed")
REJECT_STATES = ("waiting", "fixed", "dropped")
OBJECTS = ("customer", "item", "order", "delivery", "billing", "entry", "receipt", "clearing")
LEADERS = ("sap", "huikuan")


def fits(app: str, **lengths: int) -> list[models.CheckConstraint]:
    """One CHECK per text column: SQLite keeps whatever length it is given."""
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__length__lte": n}), name=f"{app}_{name}_fits")
        for name, n in lengths.items()
    ]


class Load(models.Model):
    """One load of one file or folder. `counts` per object; `warnings` and `left_out` are packed sentences with counts."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    profile = models.CharField(max_length=20)
    system = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    map_name = models.CharField(max_length=100, blank=True, default="")
    map_digest = models.CharField(max_length=64, blank=True, default="")
    map_text = models.TextField(blank=True, default="")
    state = models.CharField(max_length=8, default="running")
    run = models.BigIntegerField(null=True)
    read = models.IntegerField(default=0)
    landed = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    trouble = models.JSONField(null=True)
    by = models.CharField(max_length=80)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="load_state"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(read=F("landed") + F("known") + F("quarantined")),
                name="load_every_row_is_told_of",
            ),
            *fits("load", profile=20, system=40, name=200, map_name=100, by=80),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="load_latest")]

    def __str__(self) -> str:
        return f"{self.profile} {self.name}"


class Reject(models.Model):
    """A row that waits. `raw` by heading as it stood (or as a person has mended it so far); `faults` are packed.

    `digest` is of the row as it first came, with a counter among equal rows, so that a second load finds it again.
    """

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, models.PROTECT, related_name="rejects")
    system = models.CharField(max_length=40)
    profile = models.CharField(max_length=20)
    file = models.CharField(max_length=200, blank=True, default="")
    row = models.IntegerField()
    key = models.CharField(max_length=120, blank=True, default="")
    digest = models.CharField(max_length=64)
    raw = models.JSONField()
    faults = models.JSONField()
    state = models.CharField(max_length=8, default="waiting")
    note = models.CharField(max_length=200, blank=True, default="")
    ended_by = models.CharField(max_length=80, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "system", "digest"], name="reject_once"),
            models.CheckConstraint(condition=Q(state__in=REJECT_STATES), name="reject_state"),
            *fits("reject", system=40, profile=20, file=200, key=120, note=200),
        ]
        indexes: ClassVar = [
            models.Index(fields=["load", "row"], name="reject_load"),
            models.Index(fields=["company", "system", "key"], name="reject_key"),
            models.Index(fields=["company", "state", "-id"], name="reject_state_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"


class Link(models.Model):
    """A key of the system beside us and what it is here. `data` is what was said last; `live` False = reversed here.

    For an entry: `pk_of` is its open item, `entry` the entry, `group` what it is cleared with. For a clearing: `pk_of` is
    the clearing, `entry` the counter entry that was needed (None when the group nets to nothing).
    """

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    system = models.CharField(max_length=40)
    object = models.CharField(max_length=10)
    key = models.CharField(max_length=160)
    group = models.CharField(max_length=160, blank=True, default="")
    pk_of = models.BigIntegerField(null=True)
    entry = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    live = models.BooleanField(default=True)
    load = models.ForeignKey(Load, models.PROTECT, related_name="links")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "system", "object", "key"], name="link_once"),
            models.CheckConstraint(condition=Q(object__in=OBJECTS), name="link_object"),
            *fits("link", system=40, key=160, group=160),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "system", "object", "group"], condition=~Q(group=""), name="link_group"),
            models.Index(fields=["company", "object", "pk_of"], name="link_pk"),
            models.Index(fields=["company", "entry"], condition=Q(entry__isnull=False), name="link_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.object} {self.key}"


class Leader(models.Model):
    """Who leads an object of the trade: where SAP leads, loads write it; where Huikuan leads, loads of it are refused."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    object = models.CharField(max_length=10)
    leader = models.CharField(max_length=8, default="sap")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "object"], name="leader_once"),
            models.CheckConstraint(condition=Q(leader__in=LEADERS), name="leader_known"),
            models.CheckConstraint(condition=Q(object__in=OBJECTS), name="leader_object"),
        ]

    def __str__(self) -> str:
        return f"{self.object}: {self.leader}"


class Document(models.Model):
    """A paper of the system beside us, as it was said. A changed one makes the next version; the last is `live`."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    system = models.CharField(max_length=40)
    object = models.CharField(max_length=10)
    kind = models.CharField(max_length=12)
    number = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    live = models.BooleanField(default=True)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    date = models.DateField()
    currency = models.CharField(max_length=3)
    net = models.BigIntegerField()
    state = models.CharField(max_length=20, blank=True, default="")
    reference = models.CharField(max_length=60, blank=True, default="")
    terms = models.CharField(max_length=20, blank=True, default="")
    entry = models.BigIntegerField(null=True)
    lines_count = models.IntegerField(default=0)
    load = models.ForeignKey(Load, models.PROTECT, related_name="documents")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "system", "object", "number", "version"], name="takeover_document_once"
            ),
            models.UniqueConstraint(
                fields=["company", "system", "object", "number"],
                condition=Q(live=True),
                name="takeover_document_one_live",
            ),
            *fits("takeover_document", system=40, kind=12, number=40, state=20, reference=60, terms=20),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-date", "-id"], name="takeover_document_date"),
            models.Index(fields=["customer", "-date"], name="takeover_document_customer"),
            models.Index(fields=["company", "number"], name="takeover_document_number"),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentLine(models.Model):
    """A line of a paper: quantity 10^-6, price 10^-10, net in minor units. `before` / `before_line`: the paper it follows."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="lines", db_index=False)
    n = models.IntegerField()
    row = models.IntegerField()
    item = models.CharField(max_length=40, blank=True, default="")
    text = models.CharField(max_length=200, blank=True, default="")
    quantity = models.BigIntegerField()
    price = models.BigIntegerField()
    net = models.BigIntegerField()
    unit = models.CharField(max_length=32, blank=True, default="")
    before = models.CharField(max_length=40, blank=True, default="")
    before_line = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "n"], name="takeover_line_once")]
        indexes: ClassVar = [models.Index(fields=["before"], condition=~Q(before=""), name="takeover_line_before")]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.n}"


class TieOut(models.Model):
    """One comparison of their figures with ours. `rows` per object and currency; `differences` named, at most 1,000."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    system = models.CharField(max_length=40)
    date = models.DateField()
    source = models.CharField(max_length=200)
    ok = models.BooleanField()
    rows = models.JSONField()
    differences = models.JSONField()
    count = models.IntegerField(default=0)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="tieout_latest")]

    def __str__(self) -> str:
        return f"{self.system} {self.date}"


class PostBack(models.Model):
    """One file for SAP of what Huikuan leads. `lines` counts its data lines, `counts` records by object; `file` keeps it."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    records = models.IntegerField(default=0)
    lines = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    until = models.DateField(null=True)
    company_code = models.CharField(max_length=10, blank=True, default="")
    file = models.BigIntegerField(null=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [*fits("postback", company_code=10)]
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="postback_latest")]

    def __str__(self) -> str:
        return self.name


class PostBackRecord(models.Model):
    """The mark that a record was sent: each version of it once (0 where a record does not change)."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    post_back = models.ForeignKey(PostBack, models.PROTECT, related_name="marks")
    object = models.CharField(max_length=10)
    pk_of = models.BigIntegerField()
    version = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "object", "pk_of", "version"], name="postback_once")
        ]

    def __str__(self) -> str:
        return f"{self.object}:{self.pk_of}"


def packed(value: Any) -> Any:
    """A sentence, or a fault's parts, as JSON."""
    return value.pack() if hasattr(value, "pack") else value
