"""Items, tax codes, prices, exchange rates.

Rates are integers of 10^-8, prices of 10^-10 currency units. A tax code has one rate and the dates on which it
holds; when the law changes, `successor` names the code that follows, so items need not be touched.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

models.CharField.register_lookup(Length)

TAX_KINDS = ("taxed", "zero", "exempt", "untaxed")
MODES = ("net", "gross")
KLASSES = ("ka", "distributor", "shop", "special", "indirect", "online", "other")


def fits(app: str, **lengths: int) -> list[models.CheckConstraint]:
    """One CHECK per text column: SQLite keeps whatever length it is given."""
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__length__lte": n}), name=f"{app}_{name}_fits")
        for name, n in lengths.items()
    ]


class TaxCode(models.Model):
    """A VAT rate with its dates (both inclusive; until NULL = open)."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    rate = models.BigIntegerField()
    kind = models.CharField(max_length=8, default="taxed")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "code"], name="taxcode_once"),
            models.CheckConstraint(condition=Q(rate__range=(0, 10**8)), name="taxcode_rate"),
            models.CheckConstraint(condition=Q(kind__in=TAX_KINDS), name="taxcode_kind"),
            models.CheckConstraint(condition=Q(kind="taxed") | Q(rate=0), name="taxcode_untaxed_is_zero"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="taxcode_dates"),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")), name="taxcode_successor_other"
            ),
            *fits("taxcode", code=10, name=100, name_en=100),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Item(models.Model):
    """Something sold, a good or a service."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    external = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True, default="")
    pinyin = models.CharField(max_length=200, blank=True, default="")
    spec = models.CharField(max_length=150, blank=True, default="")
    unit = models.CharField(max_length=32)
    family = models.CharField(max_length=60, blank=True, default="")
    tax_code = models.ForeignKey(TaxCode, models.PROTECT, related_name="items")
    tax_class = models.CharField(max_length=19, blank=True, default="")  # 税收分类编码
    tax_short = models.CharField(max_length=120, blank=True, default="")  # its short name, printed *软饮料*
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, default="active")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="item_number_once"),
            models.UniqueConstraint(
                fields=["company", "external"], condition=~Q(external=""), name="item_external_once"
            ),
            models.CheckConstraint(condition=Q(state__in=("active", "closed")), name="item_state"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(name=""), name="item_named"),
            models.CheckConstraint(condition=Q(tax_class="") | Q(tax_class__length=19), name="item_tax_class"),
            *fits(
                "item",
                number=40,
                external=40,
                name=200,
                name_en=200,
                pinyin=200,
                spec=150,
                unit=32,
                family=60,
                tax_short=120,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Price(models.Model):
    """A unit price from `since` to `until` (inclusive), for one customer, a class, or (neither) everyone."""

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="prices")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, blank=True, related_name="+")
    klass = models.CharField(max_length=12, blank=True, default="")
    currency = models.CharField(max_length=3)
    price = models.BigIntegerField()
    mode = models.CharField(max_length=5, default="net")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item", "customer", "currency", "since"],
                condition=Q(customer__isnull=False),
                name="price_customer_once",
            ),
            models.UniqueConstraint(
                fields=["item", "klass", "currency", "since"],
                condition=Q(customer__isnull=True),
                name="price_klass_once",
            ),
            models.CheckConstraint(condition=Q(klass="") | Q(klass__in=KLASSES), name="price_klass"),
            models.CheckConstraint(condition=Q(klass="") | Q(customer__isnull=True), name="price_one_scope"),
            models.CheckConstraint(condition=Q(mode__in=MODES), name="price_mode"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=Q(currency__length=3), name="price_currency"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="price_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.price} {self.currency}"


class ExchangeRate(models.Model):
    """Company currency for one unit of `currency` (10^-8) from a day on, until a later day has one of its own.

    Never edited: a rate entered wrongly is entered again for the same day, and the newest of a day holds.
    """

    company = models.ForeignKey("company.Company", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.BigIntegerField()
    source = models.CharField(max_length=80)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchangerate_positive"),
            models.CheckConstraint(condition=Q(currency__length=3), name="exchangerate_currency"),
            models.CheckConstraint(condition=~Q(source="") & Q(source__length__lte=80), name="exchangerate_source"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "currency", "-on", "-id"], name="exchangerate_latest"),
            models.Index(fields=["company", "-on", "-id"], name="exchangerate_days"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on} {self.rate}"
