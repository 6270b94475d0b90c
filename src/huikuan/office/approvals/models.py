"""An approval: what was shown to whom, who asked, who decided, in which acts. And the limits it is held against."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huikuan.kit.money import Money
from huikuan.kit.words import Say, unpack
from huikuan.office.approvals import rules
from huikuan.office.trail.hands import Guard


class Approval(models.Model):
    """One question of four eyes. What is shown never changes: an edit of the document voids it and asks anew (I16)."""

    company = models.ForeignKey("company.Company", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    title = models.JSONField()  # a packed Say
    amount = models.BigIntegerField(null=True)  # minor units; held against limits; null = no amount
    currency = models.CharField(max_length=3, blank=True)
    shown = models.JSONField()
    shown_hash = models.CharField(max_length=64)
    beneficiary = models.CharField(max_length=80, blank=True)  # login of who gains, when it is one of us
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    asked_act = models.BigIntegerField()
    state = models.CharField(max_length=8, default=rules.ASKED)
    # Above the highest limit two holders of it agree; the first one stands here.
    first_by = models.CharField(max_length=80, blank=True)
    first_act = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_act = models.BigIntegerField(null=True)
    granted_hash = models.CharField(max_length=64, blank=True)  # what the checker had before her eyes
    reason = models.CharField(max_length=1000, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["company", "state", "id"], name="approval_inbox"),
            models.Index(fields=["company", "subject", "-id"], name="approval_subject"),
            models.Index(fields=["company", "asked_by", "-id"], name="approval_asker"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "subject"], condition=Q(state="asked"), name="approval_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=rules.STATES), name="approval_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "refused"]) | ~Q(decided_by=F("asked_by")), name="approval_i16_maker"
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(beneficiary="") | ~Q(decided_by=F("beneficiary")),
                name="approval_i16_beneficiary",
            ),
            models.CheckConstraint(
                condition=Q(first_by="")
                | (~Q(first_by=F("asked_by")) & (~Q(state="granted") | ~Q(first_by=F("decided_by")))),
                name="approval_i16_two",
            ),
            models.CheckConstraint(
                condition=Q(state="granted", granted_hash=F("shown_hash")) | (~Q(state="granted") & Q(granted_hash="")),
                name="approval_i16_hash",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by="", decided_at__isnull=True, decided_act__isnull=True)
                | (~Q(state="asked") & ~Q(decided_by="") & Q(decided_at__isnull=False, decided_act__isnull=False)),
                name="approval_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True, currency="") | (Q(amount__isnull=False) & ~Q(currency="")),
                name="approval_amount_has_currency",
            ),
        ]

    @property
    def money(self) -> Money | None:
        return None if self.amount is None else Money(self.amount, self.currency)

    @property
    def says(self) -> Say | str:
        return unpack(self.title)  # type: ignore[no-any-return]

    @property
    def state_word(self) -> Say:
        return rules.STATE_WORDS[self.state]


class Limit(models.Model):
    """Who may grant how much: a role, or one person (which wins over her roles); one duty, or ("") all of them."""

    company = models.ForeignKey("company.Company", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=3, blank=True)
    person = models.CharField(max_length=80, blank=True)
    duty = models.CharField(max_length=60, blank=True)
    up_to = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["currency", "-up_to", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "role", "person", "duty", "currency"], name="limit_once"),
            models.CheckConstraint(
                condition=(Q(role="") & ~Q(person="")) | (~Q(role="") & Q(person="")), name="limit_of_one"
            ),
            models.CheckConstraint(condition=Q(up_to__gte=0), name="limit_not_negative"),
        ]


# --- what the database itself holds of I16 -------------------------------------------------------------------------

TABLE = "approvals_approval"
# Everything else of an approval is fixed when it is asked: an edit of the document is another approval.
FREE = (
    "state",
    "first_by",
    "first_act",
    "decided_by",
    "decided_at",
    "decided_act",
    "granted_hash",
    "reason",
    "version",
)

_SAYS = "I16 approvals_approval: what was decided stays decided"
DECIDED = Guard(
    name="approval_decided",
    table=TABLE,
    sqlite=(
        f"CREATE TRIGGER hk_approval_decided BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN (OLD.state <> 'asked') "
        f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END",
    ),
    postgres=(
        (
            "hk_approval_decided",
            TABLE,
            f"BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = '23514'; END",
            "BEFORE UPDATE",
            "FOR EACH ROW WHEN (OLD.state <> 'asked')",
        ),
    ),
)
