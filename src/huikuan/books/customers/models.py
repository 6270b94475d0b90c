"""Customers and what hangs on them.

The payer owes, so a customer may name another as payer; the group adds up; org units are dated, because
sales areas move. Amounts are minor units in the currency beside them; a limit is in the customer's currency,
NULL = unlimited, 0 = nothing allowed. Lengths are checked by the database, as SQLite would not.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)

KLASSES = ("ka", "distributor", "shop", "special", "indirect", "online", "other")
STATES = ("open", "blocked", "closed")
LAYERS = ("orders", "deliveries", "billing", "items", "drafts")
ORG_KINDS = ("BU", "MU", "RU", "AU")
LANGUAGES = ("zh-hans", "en")


def fits(app: str, **lengths: int) -> list[models.CheckConstraint]:
    """One CHECK per text column: SQLite keeps whatever length it is given."""
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__length__lte": n}), name=f"{app}_{name}_fits")
        for name, n in lengths.items()
    ]


class Group(models.Model):
    """Customers under one owner; their exposure is judged together against the group's limit too."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True, default="")
    currency = models.CharField(max_length=3)
    credit_limit = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="group_number_once"),
            models.CheckConstraint(
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0), name="group_limit_not_negative"
            ),
            models.CheckConstraint(condition=Q(currency__length=3), name="group_currency"),
            *fits("group", number=20, name=200, name_en=200),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class OrgUnit(models.Model):
    """A node of the sales organisation, BU › MU › RU › AU, valid from `since` to `until` (inclusive)."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=2)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True, default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "code"], name="orgunit_code_once"),
            models.CheckConstraint(condition=Q(kind__in=ORG_KINDS), name="orgunit_kind"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="orgunit_dates"),
            models.CheckConstraint(condition=Q(parent__isnull=False) | Q(kind="BU"), name="orgunit_top_is_bu"),
            *fits("orgunit", code=20, name=200, name_en=200),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Terms(models.Model):
    """Payment terms as data; `rule` is what rules.read_terms understands."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    rule = models.JSONField()
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "code"], name="terms_code_once"),
            *fits("terms", code=20, name=100, name_en=100),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Customer(models.Model):
    """One customer account. `folded` and `pinyin` are derived from the name for finding and matching."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    external = models.CharField(max_length=40, blank=True, default="")  # the number in the system beside us (SAP)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True, default="")
    short_name = models.CharField(max_length=60, blank=True, default="")
    folded = models.CharField(max_length=200, db_index=True)
    pinyin = models.CharField(max_length=200, blank=True, default="")
    klass = models.CharField(max_length=12, default="other")
    state = models.CharField(max_length=8, default="open")
    block_reason = models.CharField(max_length=200, blank=True, default="")
    payer = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="pays_for")
    distributor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supplies")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="members")
    org = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="customers")
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, blank=True, related_name="customers")
    # 铺底: what stands until the contract ends, where it differs from the terms' amount; and when that is.
    base_stock = models.BigIntegerField(null=True, blank=True)
    contract_end = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8, default="zh-hans")
    credit_limit = models.BigIntegerField(null=True, blank=True)
    uscc = models.CharField(max_length=20, blank=True, default="")  # or another tax number
    tax_title = models.CharField(max_length=300, blank=True, default="")  # the name on VAT invoices
    tax_kind = models.CharField(max_length=8, default="general")  # general, small, person, foreign
    tax_address = models.CharField(max_length=300, blank=True, default="")
    tax_phone = models.CharField(max_length=60, blank=True, default="")
    tax_bank = models.CharField(max_length=120, blank=True, default="")
    tax_account = models.CharField(max_length=50, blank=True, default="")
    address = models.CharField(max_length=300, blank=True, default="")
    contact = models.CharField(max_length=100, blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    owner = models.CharField(max_length=150, blank=True, default="")  # login of the person who looks after the account
    opened = models.DateField(null=True, blank=True)
    closed = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="customer_number_once"),
            models.UniqueConstraint(
                fields=["company", "external"], condition=~Q(external=""), name="customer_external_once"
            ),
            models.CheckConstraint(condition=Q(klass__in=KLASSES), name="customer_klass"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="customer_state"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="customer_language"),
            models.CheckConstraint(
                condition=Q(tax_kind__in=("general", "small", "person", "foreign")), name="customer_tax_kind"
            ),
            models.CheckConstraint(condition=Q(currency__length=3), name="customer_currency"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(name=""), name="customer_named"),
            models.CheckConstraint(
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0), name="customer_limit_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(base_stock__isnull=True) | Q(base_stock__gte=0), name="customer_base_stock_not_negative"
            ),
            models.CheckConstraint(condition=Q(payer__isnull=True) | ~Q(payer=F("id")), name="customer_payer_is_other"),
            models.CheckConstraint(
                condition=Q(distributor__isnull=True) | ~Q(distributor=F("id")), name="customer_distributor_other"
            ),
            *fits(
                "customer",
                number=20,
                external=40,
                name=200,
                name_en=200,
                short_name=60,
                folded=200,
                pinyin=200,
                uscc=20,
                tax_title=300,
                tax_address=300,
                tax_phone=60,
                tax_bank=120,
                tax_account=50,
                address=300,
                contact=100,
                phone=60,
                email=254,
                owner=150,
                block_reason=200,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "uscc"], name="customer_uscc"),
            models.Index(fields=["company", "folded"], name="customer_folded"),
            models.Index(fields=["company", "pinyin"], name="customer_pinyin"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def payer_key(self) -> int:
        """The id of who owes: the named payer, or the customer."""
        return self.payer_id or self.pk


# All of an account may change but whose it is; none is ever deleted.
FREE = tuple(str(f.column) for f in Customer._meta.concrete_fields if f.column not in {"id", "company_id"})


class Alias(models.Model):
    """Another name or spelling under which a customer pays or is written (former names too), folded."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "folded", "customer"], name="alias_once"),
            *fits("alias", name=200, folded=200),
        ]

    def __str__(self) -> str:
        return self.name


class BankAccount(models.Model):
    """An account a customer pays from. The number is text: leading zeros and sub-accounts matter."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="bank_accounts")
    number = models.CharField(max_length=50)
    key = models.CharField(max_length=50, default="")  # rules.account_key of it: banks write it with signs and without
    name = models.CharField(max_length=200)  # the holder as the bank writes it
    bank = models.CharField(max_length=120, blank=True, default="")
    bank_code = models.CharField(max_length=12, blank=True, default="")  # CNAPS
    state = models.CharField(max_length=8, default="active")
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer", "number"], name="bankaccount_once"),
            models.CheckConstraint(condition=Q(state__in=("active", "retired")), name="bankaccount_state"),
            *fits("bankaccount", number=50, key=50, name=200, bank=120, bank_code=12),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "number"], name="bankaccount_number"),
            models.Index(fields=["company", "key"], name="bankaccount_key"),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.number}"


class ShipTo(models.Model):
    """Where goods go."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="ship_tos")
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True, default="")
    contact = models.CharField(max_length=100, blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "number"], name="shipto_number_once"),
            *fits("shipto", number=20, name=200, address=300, contact=100, phone=60),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Exposure(models.Model):
    """What a payer owes or will owe, by layer. Moved by orders, billing and ledger in their own acts, under lock."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="exposures")
    currency = models.CharField(max_length=3)
    layer = models.CharField(max_length=10)
    amount = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "currency", "layer"], name="exposure_once"),
            models.CheckConstraint(condition=Q(layer__in=LAYERS), name="exposure_layer"),
            models.CheckConstraint(condition=Q(currency__length=3), name="exposure_currency"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "customer"], name="exposure_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.layer} {self.amount} {self.currency}"


class CreditPolicy(models.Model):
    """What the credit check asks: for one customer, for a class, or (neither) for the company. Most specific wins."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    klass = models.CharField(max_length=12, blank=True, default="")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="credit_policies")
    check_limit = models.BooleanField(default=True)
    oldest_overdue_days = models.PositiveIntegerField(null=True, blank=True)  # NULL: not asked
    overdue_share = models.BigIntegerField(null=True, blank=True)  # overdue ÷ open, 10^-8; NULL: not asked
    horizon_days = models.PositiveIntegerField(null=True, blank=True)  # open orders beyond it do not count
    grace_days = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(customer__isnull=False), name="creditpolicy_customer_once"
            ),
            models.UniqueConstraint(
                fields=["company", "klass"], condition=Q(customer__isnull=True), name="creditpolicy_klass_once"
            ),
            models.CheckConstraint(condition=Q(klass="") | Q(klass__in=KLASSES), name="creditpolicy_klass"),
            models.CheckConstraint(condition=Q(klass="") | Q(customer__isnull=True), name="creditpolicy_one_scope"),
            models.CheckConstraint(
                condition=Q(overdue_share__isnull=True) | Q(overdue_share__range=(0, 10**8)), name="creditpolicy_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.klass or self.customer_id or '*'}"
