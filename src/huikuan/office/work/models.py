"""The queue's rows: what is to be done (WorkOrder), what was said about it (Comment), what a schedule set off (Tick)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huikuan.kit.words import Say, unpack
from huikuan.office.work import rules


class WorkOrder(models.Model):
    """One thing to be done about a subject, by a robot or a person. The row is the queue: claimed by a conditional
    update, held by a lease, finished once."""

    company = models.ForeignKey("company.Company", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    title = models.JSONField()  # a packed Say
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=200, blank=True)  # opened at most once per key
    state = models.CharField(max_length=10, default=rules.WAITING)
    role = models.CharField(max_length=3, blank=True)
    person = models.CharField(max_length=80, blank=True)  # login
    due = models.DateField(null=True)
    priority = models.SmallIntegerField(default=50)  # lower first
    business_date = models.DateField()  # frozen when it was opened (I23)
    run = models.BigIntegerField(null=True)  # trail.Run, when a batch made it

    attempts = models.IntegerField(default=0)  # counted when claimed, so that work which kills its worker counts too
    not_before = models.DateTimeField()
    leased_by = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    trouble = models.JSONField(null=True)  # a packed Say: why the last try failed

    outcome = models.JSONField(null=True)  # a packed Say or a text
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)
    opened_act = models.BigIntegerField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["priority", "due", "id"]
        indexes = [
            models.Index(fields=["company", "state", "priority", "id"], name="work_queue"),
            models.Index(fields=["state", "not_before"], condition=Q(state="waiting"), name="work_waiting"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="work_leases"),
            models.Index(fields=["company", "subject", "-id"], name="work_subject"),
            models.Index(fields=["company", "person", "state"], name="work_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "key"], condition=~Q(key=""), name="work_key_once"),
            models.CheckConstraint(condition=Q(state__in=rules.STATES), name="work_state"),
            models.CheckConstraint(
                condition=(Q(state="running") & ~Q(leased_by="") & Q(lease_until__isnull=False))
                | (~Q(state="running") & Q(leased_by="") & Q(lease_until__isnull=True)),
                name="work_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=rules.OPEN, ended_at__isnull=True)
                | (~Q(state__in=rules.OPEN) & Q(ended_at__isnull=False)),
                name="work_ended_when_closed",
            ),
            models.CheckConstraint(condition=Q(attempts__gte=0), name="work_attempts"),
        ]

    @property
    def says(self) -> Say | str:
        return unpack(self.title)  # type: ignore[no-any-return]

    @property
    def ended_with(self) -> Say | str | None:
        return unpack(self.outcome)  # type: ignore[no-any-return]

    @property
    def last_trouble(self) -> Say | None:
        return unpack(self.trouble)  # type: ignore[no-any-return]

    @property
    def is_open(self) -> bool:
        return self.state in rules.OPEN

    @property
    def state_word(self) -> Say:
        return rules.STATE_WORDS[self.state]


class Comment(models.Model):
    """What someone said about a work order. Never changed."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="comments")
    company = models.ForeignKey("company.Company", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="work_comment_says_something")]


class Tick(models.Model):
    """A schedule that fell due: (job, business date, item) sets off at most one work order (I14)."""

    company = models.ForeignKey("company.Company", on_delete=models.PROTECT, related_name="+")
    job = models.CharField(max_length=60)
    business_date = models.DateField()
    item = models.CharField(max_length=20, blank=True)
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "job", "business_date", "item"], name="work_tick_once")
        ]
