"""Tables of cash: our accounts, the files the bank gave, their lines, and what was proposed for them.

What a line pays and what is left of it stands in the ledger (its open item); here stands what the bank said and what people
decided. Amounts are minor units, + is money in.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)


def fits(table: str, **lengths: int) -> list[models.CheckConstraint]:
    """One CHECK per text column: SQLite keeps whatever length it is given."""
    return [
        models.CheckConstraint(condition=Q(**{f"{n}__length__lte": most}), name=f"{table}_{n}_fits")
        for n, most in lengths.items()
    ]


class HouseBank(models.Model):
    """An account of ours. `spellings`: how files write its number, learned from the first file."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    bank = models.CharField(max_length=120, blank=True, default="")
    currency = models.CharField(max_length=3)
    account = models.CharField(max_length=12, default="1002")  # of the ledger
    spellings = models.JSONField(default=list)
    map = models.JSONField(null=True)  # the column map its files are read with, when one is needed
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="housebank_once"),
            models.CheckConstraint(condition=~Q(number="") & Q(currency__length=3), name="housebank_named"),
            *fits("housebank", number=60, name=120, bank=120),
        ]

    def __str__(self) -> str:
        return self.number if self.name == self.number else f"{self.name} {self.number}"


class StatementFile(models.Model):
    """A file as the bank gave it, once (I09). Its bytes are kept by office/files."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    bank = models.ForeignKey(HouseBank, models.PROTECT, related_name="files")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=8)
    charset = models.CharField(max_length=20, blank=True, default="")
    file = models.BigIntegerField(null=True)  # files.File
    read = models.PositiveIntegerField()
    refused = models.JSONField(default=list)  # statements whose sums do not close: what, why
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "bank", "sha256"], name="i09_statement_file_once"),
            *fits("statementfile", sha256=64, name=200),
        ]


class BankStatement(models.Model):
    """One statement of a file. opening + net + waiting = closing, where the bank states both.

    `net`: the lines that were read, known ones too; `waiting`: what the rows set aside must come to.
    """

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    bank = models.ForeignKey(HouseBank, models.PROTECT, related_name="statements")
    file = models.ForeignKey(StatementFile, models.PROTECT, related_name="statements")
    n = models.PositiveIntegerField()
    number = models.CharField(max_length=40, blank=True, default="")
    account = models.CharField(max_length=60, blank=True, default="")  # as the file writes it
    currency = models.CharField(max_length=3)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    opening = models.BigIntegerField(null=True)
    closing = models.BigIntegerField(null=True)
    net = models.BigIntegerField()
    waiting = models.BigIntegerField(default=0)
    lines = models.PositiveIntegerField()
    known = models.PositiveIntegerField(default=0)
    part = models.BooleanField(default=False)  # a page that carries on from an earlier one
    shared = models.JSONField(default=list)  # keys of lines of its that stand with another statement
    act = models.BigIntegerField(null=True)  # who noted it; of before it was told: its file's

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "n"], name="bankstatement_once"),
            models.CheckConstraint(
                condition=Q(opening__isnull=True)
                | Q(closing__isnull=True)
                | Q(closing=F("opening") + F("net") + F("waiting")),
                name="i09_statement_closes",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "bank", "account", "since"], name="bankstatement_chain")]


STATES = ("open", "account", "out", "ignored", "waiting", "charged")


class BankLine(models.Model):
    """A movement the bank reported. `entry` is its posting, `item` the receipt on the customer's account.

    `state`: open (to be explained), account (left on account by a person), out (money out), ignored (not ours, with a
    reason), waiting (not posted yet: no rate for its currency), charged (to an account that is no customer's, by the entry
    `charge`). Whether it is wholly or partly applied is asked of the ledger.
    """

    # Each index is written with each line: where another begins with the column, or nobody looks by it, there is none.
    # A constraint of the database is asked row by row: where the guard of I22 looks up what a line names, there is none
    # (docs/decisions/0015).
    company = models.ForeignKey(
        "company.Company", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    bank = models.ForeignKey(HouseBank, models.PROTECT, related_name="lines", db_index=False, db_constraint=False)
    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="own_lines", db_constraint=False)
    import_id = models.CharField(max_length=160)
    row = models.PositiveIntegerField()
    date = models.DateField()
    value_date = models.DateField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payer_name = models.CharField(max_length=300, blank=True, default="")
    payer_account = models.CharField(max_length=60, blank=True, default="")
    payer_bank = models.CharField(max_length=200, blank=True, default="")
    folded = models.CharField(max_length=200, blank=True, default="")
    remark = models.CharField(max_length=1000, blank=True, default="")
    reference = models.CharField(max_length=200, blank=True, default="")
    serial = models.CharField(max_length=120, blank=True, default="")
    raw = models.JSONField(default=list)  # [[heading, cell], …]: a JSON object would lose their order on PostgreSQL
    state = models.CharField(max_length=8, default="open")
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    how = models.CharField(max_length=10, blank=True, default="")  # by which evidence the payer is known
    entry = models.ForeignKey(
        "ledger.Entry", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    item = models.OneToOneField("ledger.OpenItem", models.PROTECT, null=True, related_name="+", db_constraint=False)
    charge = models.ForeignKey(
        "ledger.Entry", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    assigned = models.CharField(max_length=80, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "import_id"], name="i09_bank_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="bankline_moves_money"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="bankline_state"),
            models.CheckConstraint(
                condition=Q(item__isnull=True) | Q(customer__isnull=False), name="bankline_item_has_payer"
            ),
            models.CheckConstraint(
                condition=Q(state="charged", charge__isnull=False) | (~Q(state="charged") & Q(charge__isnull=True)),
                name="bankline_charged_is_posted",
            ),
            *fits("bankline", import_id=160, payer_name=300, remark=1000, reference=200, serial=120),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-date", "-id"], name="bankline_latest"),
            models.Index(fields=["company", "state", "date"], name="bankline_state_date"),
            models.Index(fields=["company", "customer", "date"], name="bankline_customer"),
            models.Index(fields=["company", "amount"], name="bankline_amount"),
            models.Index(
                fields=["company", "date"], condition=Q(item__isnull=True, state="open"), name="bankline_unknown"
            ),
        ]

    def __str__(self) -> str:
        return self.document

    @property
    def document(self) -> str:
        """The number people know it by."""
        return f"BL{self.pk:08d}"

    @property
    def stamp(self) -> int:
        """What whoever reads the line tells back when they change it (I20): grows with each change of the line, and of the
        item that holds its money (each clearing of it)."""
        return self.version + (self.item.version if self.item is not None else 0)

    @property
    def cells(self) -> dict[str, str]:
        """The row as it was written."""
        return dict(self.raw)

    @property
    def text(self) -> str:
        """All that was written beside the money."""
        return " ".join(x for x in (self.remark, self.reference) if x)


class QuarantinedLine(models.Model):
    """A row that could not be read: set aside, to be corrected and fed again, or dropped with a reason."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    bank = models.ForeignKey(HouseBank, models.PROTECT, related_name="quarantined")
    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="quarantined")
    row = models.PositiveIntegerField()
    raw = models.JSONField()  # [[heading, cell], …]
    faults = models.JSONField()
    state = models.CharField(max_length=8, default="waiting")
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    act = models.BigIntegerField(null=True)  # who set it aside; of before it was told: its file's

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "row"], name="quarantined_once"),
            models.CheckConstraint(condition=Q(state__in=["waiting", "fixed", "dropped"]), name="quarantined_state"),
            models.CheckConstraint(
                condition=~Q(state="fixed") | Q(line__isnull=False), name="quarantined_fixed_has_line"
            ),
        ]

    @property
    def cells(self) -> dict[str, str]:
        """The row as it was written, heading by heading."""
        return dict(self.raw)


class Proposal(models.Model):
    """An explanation of a line: `legs` [[item, minor units with the item's sign], …], best rank first.

    `state`: live, cleared (by the machine), accepted (by a person), past (a later look replaced it).
    """

    company = models.ForeignKey(
        "company.Company", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    line = models.ForeignKey(BankLine, models.PROTECT, related_name="proposals", db_index=False, db_constraint=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    rank = models.PositiveIntegerField()
    score = models.PositiveIntegerField()
    rule = models.CharField(max_length=30)
    sure = models.BooleanField()
    legs = models.JSONField()
    why = models.JSONField()
    considered = models.JSONField(default=list)
    deductions = models.JSONField(default=list)  # [[item, minor units, code, by], …]: what the payer took off
    rest = models.BigIntegerField()
    rules = models.PositiveIntegerField(default=0)  # the version of the company's rules it was found under
    state = models.CharField(max_length=8, default="live")
    clearing = models.BigIntegerField(null=True)
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["live", "cleared", "accepted", "past"]), name="proposal_state"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["line", "state", "rank"], name="proposal_line")]


class Lesson(models.Model):
    """Whom a person said a name or account belongs to. A lesson found wrong is ended, not deleted."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)  # name, account
    key = models.CharField(max_length=200)
    shown = models.CharField(max_length=300)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, related_name="+")
    live = models.BooleanField(default=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "kind", "key", "customer"], name="lesson_once"),
            models.CheckConstraint(condition=Q(kind__in=["name", "account"]), name="lesson_kind"),
            *fits("lesson", key=200),
        ]


class RuleSet(models.Model):
    """The company's rules of matching, tolerances and reason codes, in numbered versions. One is live: a person asked for
    it, another granted it (A27). What is not said stands as delivered."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    values = models.JSONField()  # {"limits": {…}, "groups": {…}, "users": {…}, "codes": […]}
    note = models.CharField(max_length=300, blank=True, default="")
    state = models.CharField(max_length=8, default="asked")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    granted_by = models.CharField(max_length=150, blank=True, default="")
    granted_at = models.DateTimeField(null=True)
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="ruleset_once"),
            models.UniqueConstraint(fields=["company"], condition=Q(state="live"), name="ruleset_one_live"),
            models.CheckConstraint(condition=Q(state__in=["asked", "live", "past", "refused"]), name="ruleset_state"),
            models.CheckConstraint(condition=~Q(state="live") | ~Q(granted_by=F("by")), name="i16_ruleset_four_eyes"),
            *fits("ruleset", note=300, by=150, granted_by=150),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Difference(models.Model):
    """What was paid too little (+) or too much (-) on an item, why, and what became of it.

    `how`: charged (to the account of its reason), residual (a new item of the customer, in dispute). `state`: asked (a
    second person decides), done, undone (with its clearing), refused. `entry` is its posting, `clearing` the clearing it
    belongs to, `residual` the item that was made.
    """

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    line = models.ForeignKey(BankLine, models.PROTECT, related_name="differences")
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    how = models.CharField(max_length=8)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8)
    clearing = models.BigIntegerField(null=True)
    entry = models.ForeignKey("ledger.Entry", models.PROTECT, null=True, related_name="+")
    residual = models.ForeignKey("ledger.OpenItem", models.PROTECT, null=True, related_name="+")
    rules = models.PositiveIntegerField(default=0)
    why = models.JSONField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount=0), name="difference_is_one"),
            models.CheckConstraint(condition=Q(how__in=["charged", "residual"]), name="difference_how"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "done", "undone", "refused"]), name="difference_state"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "undone"]) | Q(entry__isnull=False, clearing__isnull=False),
                name="difference_done_is_posted",
            ),
            *fits("difference", code=20, note=300, by=150),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "clearing"], name="difference_clearing"),
            models.Index(fields=["company", "state", "code"], name="difference_state_code"),
        ]


class Advice(models.Model):
    """A remittance advice: what a payer says a payment is for. `lines`: [[number, minor units or null, memo, taken off,
    code], …]. `line` is the receipt it came to, null while nobody knows. A newer one for the same receipt replaces it."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    line = models.ForeignKey(BankLine, models.PROTECT, null=True, related_name="advices")
    name = models.CharField(max_length=200, blank=True, default="")
    file = models.BigIntegerField(null=True)  # files.File
    payer = models.CharField(max_length=300, blank=True, default="")
    total = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    on = models.DateField(null=True)
    lines = models.JSONField()
    state = models.CharField(max_length=8, default="live")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line"], condition=Q(state="live"), name="advice_one_a_line"),
            models.CheckConstraint(condition=Q(state__in=["live", "past"]), name="advice_state"),
            *fits("advice", name=200, payer=300, by=150),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "state"], name="advice_state_of")]


class Claim(models.Model):
    """Sales say that a receipt nobody can place is their customer's (认款). `state`: asked (the cash desk looks at it), accepted,
    refused, withdrawn, past (a rival was accepted). Who decides is never who claimed."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    line = models.ForeignKey(BankLine, models.PROTECT, related_name="claims")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=1000, blank=True, default="")
    file = models.BigIntegerField(null=True)  # files.File
    state = models.CharField(max_length=9, default="asked")
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    act = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line", "customer"], condition=Q(state="asked"), name="claim_once_a_customer"
            ),
            models.UniqueConstraint(fields=["line"], condition=Q(state="accepted"), name="claim_one_accepted"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "accepted", "refused", "withdrawn", "past"]), name="claim_state"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "refused"]) | (~Q(decided_by="") & ~Q(decided_by=F("by"))),
                name="i16_claim_four_eyes",
            ),
            models.CheckConstraint(condition=~Q(evidence="") | Q(file__isnull=False), name="claim_has_evidence"),
            *fits("claim", evidence=1000, reason=300, by=150, decided_by=150),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "-id"], name="claim_of_state"),
        ]

    def __str__(self) -> str:
        return f"{self.line} ← {self.customer}"
